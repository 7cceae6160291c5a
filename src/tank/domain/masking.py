"""Personal data, masked so that its owner would recognize it and a stranger would not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from tank.domain.delivery import Delivery

#: RFC 5322, section 3.2.3, less "=" and quotes: they stand around an address more often than in it.
_ADDRESS: Final = re.compile(r"([\w.+-])[\w.!#$%&*+/?^{|}~-]*@([\w-]+\.[\w.-]+)")
_MOST_STARS: Final = 8


def mask_email(email: str) -> str:
    """The first character and the domain of an address.

    >>> mask_email("kim.minsu@example.com")
    'k***@example.com'
    """
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else mask_text(email)


def mask_text(text: str) -> str:
    """The first character of a name or a key.

    >>> mask_text("김민수")
    '김**'
    """
    return text[:1] + "*" * min(len(text) - 1, _MOST_STARS) if text else ""


def mask_addresses(text: str) -> str:
    """A message with every mail address in it masked.

    >>> mask_addresses("550 no such user kim.minsu@example.com")
    '550 no such user k***@example.com'
    """
    return _ADDRESS.sub(r"\1***@\2", text)


def masked(delivery: Delivery) -> Delivery:
    """A delivery as a list shows it. Its key may be the address, or hold it."""
    return replace(
        delivery,
        recipient_key=mask_addresses(delivery.recipient_key),
        email=mask_email(delivery.email),
        name=mask_text(delivery.name),
        error_text=mask_addresses(delivery.error_text),
        update_error=mask_addresses(delivery.update_error),
    )
