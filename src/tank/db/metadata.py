"""What all tables share: one metadata, naming of constraints, and column types that suit both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import JSON, DateTime, Dialect, MetaData, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment: ``timestamptz`` on PostgreSQL, naive UTC text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment in the Logs DB needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (the base's)
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FreeText(TypeDecorator[str]):
    """Text from anywhere: a reply in cp949, a file name in Latin-1, a message with a NUL in it.

    No database keeps NUL and halves of surrogate pairs; here they become U+FFFD. One such answer of a mail server
    must never keep the results of other mails out of the ledger.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (the base's)
        return value if value is None or (value.isascii() and "\0" not in value) else storable(value)


def storable(text: str) -> str:
    """The text as any database keeps it."""
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


#: JSON documents; engines are created with ``json_dumps`` and ``json_deserializer`` below.
Json = JSON(none_as_null=True)


def json_dumps(value: Any) -> str:
    """Text for a JSON column; keys sorted, so that equal documents have equal text."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def json_loads(stored: str | bytes | int | float) -> Any:
    """The document in a JSON column. SQLite keeps a bare number as one: to it the type JSON has NUMERIC affinity."""
    return stored if isinstance(stored, (int, float)) else orjson.loads(stored)
