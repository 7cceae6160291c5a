"""Recipients' addresses: what may be mailed, in the form in which it is mailed."""

from __future__ import annotations

import re

from email_validator import EmailNotValidError, validate_email

from tank.domain.values import Value

#: The usual form, where nothing needs to be normalised but the domain's case: RFC 5321's limits on length, no
#: leading, trailing or doubled dots. Anything else is looked at by email-validator, which is 30 times slower.
_USUAL = re.compile(
    r"(?=.{1,64}@)[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
    r"@(?=.{4,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


class BadAddress(ValueError):
    """An address that cannot be mailed; the text says why."""


def normalise_address(value: Value) -> str:
    """The address as it is mailed: no surrounding space, the domain in lower-case ASCII. Raises ``BadAddress``.

    Non-ASCII local parts are refused: neither SES's raw interface nor most servers take them.
    """
    if value is None:
        raise BadAddress("There is no address.")
    if not isinstance(value, str):
        raise BadAddress(f"An address is text, not {type(value).__name__}.")
    text = value.strip(" \t\r\n\u3000")
    if not text:
        raise BadAddress("The address is empty.")
    if _USUAL.fullmatch(text) and "xn--" not in text:
        local, _, domain = text.rpartition("@")
        return f"{local}@{domain.lower()}"
    try:
        checked = validate_email(
            text,
            strict=True,  # RFC 5321's limit on the part before the @
            check_deliverability=False,
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
        )
    except EmailNotValidError as error:
        raise BadAddress(str(error)) from error
    if checked.ascii_email is None or "=?" in checked.ascii_email:
        raise BadAddress("The part before the @ has characters that mail servers do not take.")
    return checked.ascii_email
