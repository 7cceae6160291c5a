"""PostgreSQL through psycopg 3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.raw_cursor import RawCursor, RawServerCursor
from sqlalchemy.pool import PoolProxiedConnection

from tank.domain.query import Column, QueryKind, SourceErrorKind
from tank.domain.values import Value
from tank.sources.database import Database, Encode, OpenQuery, client_seconds
from tank.sources.failures import NO_RIGHT, UNKNOWN_DATABASE, postgres_kind
from tank.sources.postgres_connection import PatientConnection
from tank.sources.statement import Rendered, Statement

#: As in "could not determine data type of parameter $2".
_MARKER = re.compile(r"(?<=parameter )\$([1-9]\d{0,4})\b")
_REMEDIES = {
    "3D000": UNKNOWN_DATABASE,
    "42501": NO_RIGHT,
    "42P18": "Say of which type the bind is, for example CAST(:AMOUNT AS numeric).",
    "42883": "Where a bind meets a column of another type, say of which type it is: CAST(:CUST_ID AS text).",
    "53300": "The database has no connection left for Tank: lower pool_size, or raise max_connections.",
}


class Postgres(Database):
    """PostgreSQL. Binds are ``$1``, so that nothing in the text needs escaping and positions stay true."""

    dialect = "postgres"
    error_class = psycopg.Error
    marker_insert = (
        "INSERT INTO TANK_WRITEBACK (delivery_id, applied_at) VALUES ($1, CURRENT_TIMESTAMP) ON CONFLICT DO NOTHING"
    )
    marker_ddl = "CREATE TABLE TANK_WRITEBACK (delivery_id VARCHAR(36) PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL)"

    def _render(self, statement: Statement) -> Rendered:
        return statement.render(lambda index: f"${index + 1}")

    def connect(self, *, read_only: bool) -> PatientConnection:
        dialect: Any = self.options.url.get_dialect()()
        _, arguments = dialect.create_connect_args(self.options.url)
        arguments.update(autocommit=True, connect_timeout=max(2, round(self.options.connect_timeout)))
        arguments.setdefault("application_name", "tank")
        connection = PatientConnection.connect(**arguments, prepare_threshold=2, client_encoding="utf-8")
        connection.patience = client_seconds(self.options.connect_timeout)
        connection.execute(
            "SELECT set_config('default_transaction_read_only', %s, false),"
            " set_config('statement_timeout', %s, false), set_config('standard_conforming_strings', 'on', false)",
            ("on" if read_only else "off", f"{self.options.call_timeout * 1000:.0f}"),
        )
        connection.lend_types()
        connection.patience = client_seconds(self.options.call_timeout)
        return connection

    def version(self, connection: PoolProxiedConnection) -> str:
        row = _raw(connection).execute("SHOW server_version").fetchone()
        return f"PostgreSQL {str(row[0]).split()[0]}" if row else "PostgreSQL"

    def describe(self, connection: PoolProxiedConnection, kind: QueryKind, rendered: Rendered) -> tuple[Column, ...]:
        del kind
        raw = _raw(connection)
        return tuple(
            Column(name, _type_name(raw, number, modifier)) for name, number, modifier in raw.describe(rendered.text)
        )

    @contextmanager
    def open(
        self,
        connection: PoolProxiedConnection,
        text: str,
        values: Sequence[Any] | None,
        *,
        timeout: float,
        at_leisure: bool,
    ) -> Iterator[OpenQuery]:
        del at_leisure  # here each call is limited by itself
        raw = _raw(connection)
        raw.autocommit = False
        raw.patience = client_seconds(timeout)
        try:
            # A slow reader is no reason to lose the snapshot: the transaction idles between arrays.
            raw.execute(
                "SELECT set_config('statement_timeout', %s, true),"
                " set_config('idle_in_transaction_session_timeout', '0', true)",
                (f"{timeout * 1000:.0f}",),
            )
            with RawServerCursor(raw, name="tank_stream") as cursor:
                cursor.execute(text, values or ())
                yield OpenQuery(tuple(column.name for column in cursor.description or ()), cursor.fetchmany)
        finally:
            if not raw.closed and not raw.broken:
                raw.rollback()
                raw.autocommit = True
                raw.patience = client_seconds(self.options.call_timeout)

    def cursor(self, connection: PoolProxiedConnection) -> Any:
        return RawCursor(_raw(connection))

    def encoder(self, connection: PoolProxiedConnection) -> Encode:
        del connection
        return _encode_all

    def run(self, cursor: Any, sql: str) -> None:
        cursor.execute(sql, prepare=False)

    def classify(self, error: Exception, *, connecting: bool) -> tuple[SourceErrorKind, str | None]:
        assert isinstance(error, psycopg.Error)
        return postgres_kind(error, connecting=connecting)

    def message(self, error: Exception) -> str:
        if isinstance(error, psycopg.Error) and error.diag.message_primary:
            details = [error.diag.message_primary, error.diag.message_detail, error.diag.message_hint]
            return " — ".join(detail for detail in details if detail)
        return super().message(error)

    def in_operators_words(self, message: str, rendered: Rendered) -> str:
        def name(marker: re.Match[str]) -> str:
            index = int(marker.group(1)) - 1
            return f":{rendered.binds[index]}" if index < len(rendered.binds) else marker.group()

        return _MARKER.sub(name, message)

    def remedy(self, kind: SourceErrorKind, code: str | None) -> str | None:
        return _REMEDIES.get(code or "") or super().remedy(kind, code)

    def position(self, error: Exception, rendered: Rendered) -> int | None:
        del rendered
        if isinstance(error, psycopg.Error) and error.diag.statement_position:
            return int(error.diag.statement_position)
        return None


def _raw(connection: PoolProxiedConnection) -> PatientConnection:
    raw = connection.driver_connection
    assert isinstance(raw, PatientConnection)
    return raw


def _type_name(raw: PatientConnection, number: int, modifier: int) -> str:
    row = RawCursor(raw).execute("SELECT format_type($1::oid, $2::int)", (number, modifier)).fetchone()
    return str(row[0]) if row else ""


def _encode_all(values: Sequence[Value]) -> tuple[Any, ...]:
    return tuple(_encode(value) for value in values)


def _encode(value: Value) -> Any:
    """A NUMERIC without decimals goes as a whole number does: see ``postgres_connection.UntypedIntDumper``."""
    if isinstance(value, Decimal) and value.is_finite() and value.as_tuple().exponent == 0:
        return int(value)
    return value
