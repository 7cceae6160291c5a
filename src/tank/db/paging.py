"""Keyset paging: the token of a page is where it ended, so that rows added meanwhile shift nothing."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

import orjson

from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ports.paging import Page

T = TypeVar("T")


def token_of(*keys: str | int) -> str:
    """An opaque token for the row with these sort keys."""
    return urlsafe_b64encode(orjson.dumps(keys)).decode().rstrip("=")


def keys_of(token: str, *kinds: type) -> list[str | int]:
    """The sort keys of a token, one of each of ``kinds`` (str, int). Raises ``Invalid``: tokens come from outside."""
    try:
        keys = orjson.loads(urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4)))
    except (ValueError, binascii.Error):
        keys = None
    well_formed = (
        isinstance(keys, list)
        and len(keys) == len(kinds)
        and all(type(key) is kind for key, kind in zip(keys, kinds, strict=True))
    )
    if not isinstance(keys, list) or not well_formed:
        raise _bad_token()
    if any((isinstance(key, str) and "\x00" in key) or (type(key) is int and abs(key) >= 2**63) for key in keys):
        raise _bad_token()
    return keys


def id_of(token: str) -> UUID:
    """The id in a token of a page that is ordered by id."""
    try:
        return UUID(str(keys_of(token, str)[0]))
    except ValueError:
        raise _bad_token() from None


def page_of(rows: Sequence[T], *, limit: int, token: Callable[[T], str]) -> Page[T]:
    """A page out of up to ``limit + 1`` rows: the one too many tells that there is a next page."""
    items = rows[:limit]
    return Page(items, token(items[-1]) if len(rows) > limit and items else None)


def _bad_token() -> Invalid:
    problem = FieldProblem(field="after", message="This is not a page token.", code="page_token")
    return Invalid(
        "This page does not exist.",
        problems=[problem],
        remedy="Pass the `next` of the page before, unchanged, or leave `after` out for the first page.",
        code="page_token",
    )
