"""What the database's constraints refuse, said in the operator's words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from tank.domain.errors import Conflict


@contextmanager
def refused_as(message: str, *, code: str, remedy: str | None = None) -> Iterator[None]:
    """Turn a violated constraint into a ``Conflict``. The transaction is lost: let the error end it."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(message, code=code, remedy=remedy) from error
