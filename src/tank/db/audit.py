"""AUDIT_LOG: who did what, chained (``domain/audit_chain.py``)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    RowMapping,
    Select,
    Table,
    Uuid,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DataError, OperationalError

from tank.db.metadata import FreeText, Json, UtcDateTime, json_dumps, json_loads, metadata, storable
from tank.db.paging import keys_of, page_of, token_of
from tank.domain.audit_chain import HASH_BYTES, ChainHead, Stretch, head_of
from tank.domain.log import AuditEntry, AuditFilter, AuditRecord
from tank.domain.ports.paging import Page

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", FreeText, nullable=False),
    Column("action", FreeText, nullable=False),
    Column("subject", FreeText, nullable=False),
    Column("detail", Json, nullable=False),
    Column("address", FreeText, nullable=False),
    Column("no", BigInteger, nullable=False, unique=True),
    Column("hash", LargeBinary(HASH_BYTES), nullable=False),
    Index(None, "subject", "no"),
    Index(None, "actor", "no"),
    Index(None, "at"),
)
#: PostgreSQL's advisory lock for appending: any number that nothing else locks in this database.
_LOCK = 0x7A4E_4B01


class AuditTable:
    """Implements ``domain.ports.store.AuditTable``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        self._waiting.append(_as_stored(entry))

    def append(self) -> None:
        """Append what was added; ``Database.write`` does it at the end of the transaction.

        Two transactions that each held rows and then waited for the other's turn would stop each other: the lock is
        taken when nothing else is waited for any more, and is held for the commit alone.
        """
        if not self._waiting:
            return
        self._wait_for_turn()
        head = self._head()
        rows = []
        for entry in self._waiting:
            record = head.appended(entry)
            head = head_of(record)
            rows.append(_row(record))
        self._waiting = []
        self._connection.execute(insert(audit_log), rows)

    def page(
        self, wanted: AuditFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[AuditRecord]:
        self.append()
        query = _of(wanted).order_by(audit_log.c.no.desc()).limit(limit + 1)
        if after is not None:
            query = query.where(audit_log.c.no < keys_of(after, int)[0])
        return page_of(self._records(query), limit=limit, token=lambda record: token_of(record.no))

    def entries(self, wanted: AuditFilter | None = None, *, after: int = 0, limit: int) -> Sequence[AuditRecord]:
        self.append()
        return self._records(_of(wanted).where(audit_log.c.no > after).order_by(audit_log.c.no).limit(limit))

    def check(self, after: ChainHead, *, limit: int) -> Stretch:
        self.append()
        try:
            records = self._after(after, limit)
        except (ValueError, TypeError, AttributeError, OverflowError, DataError, OperationalError) as error:
            # Nothing that Tank writes is unreadable: somebody changed an entry. Which, a smaller chunk tells.
            if isinstance(error, OperationalError) and not _is_no_text(error):
                raise
            return self.check(after, limit=limit // 2) if limit > 1 else _broken(after)
        head = after
        for record in records:
            if not head.is_followed_by(record):
                return _broken(head, record)
            head = head_of(record)
        return Stretch(head=head, is_last=len(records) < limit)

    def count(self) -> int:
        self.append()
        return self._connection.execute(select(func.count()).select_from(audit_log)).scalar_one()

    def _wait_for_turn(self) -> None:
        """Be the only one who appends until the transaction ends; of SQLite's there is only one that writes."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})

    def _head(self) -> ChainHead:
        query = select(audit_log.c.no, audit_log.c.hash).order_by(audit_log.c.no.desc()).limit(1)
        row = self._connection.execute(query).first()
        return ChainHead() if row is None else ChainHead(row.no, row.hash)

    def _after(self, head: ChainHead, limit: int) -> list[AuditRecord]:
        query = select(audit_log).order_by(audit_log.c.no).limit(limit)
        # From the very first one there is: an entry inserted before number 1 is found too.
        return self._records(query.where(audit_log.c.no > head.no) if head.no else query)

    def _records(self, query: Select[Any]) -> list[AuditRecord]:
        return [_record(row) for row in self._connection.execute(query).mappings()]


def _of(wanted: AuditFilter | None) -> Select[Any]:
    query = select(audit_log)
    if wanted is None:
        return query
    if wanted.subjects:
        query = query.where(audit_log.c.subject.in_(wanted.subjects))
    if wanted.actor is not None:
        query = query.where(audit_log.c.actor == wanted.actor)
    if wanted.action:
        query = query.where(func.substr(audit_log.c.action, 1, len(wanted.action)) == wanted.action)
    if wanted.since is not None:
        query = query.where(audit_log.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(audit_log.c.at < wanted.until)
    return query


def _as_stored(entry: AuditEntry) -> AuditEntry:
    """As it will be read back, since that is what its hash must fit."""
    return replace(
        entry,
        at=entry.at.astimezone(UTC),
        actor=storable(entry.actor),
        action=storable(entry.action),
        subject=storable(entry.subject),
        detail=json_loads(json_dumps(dict(entry.detail))),
        address=storable(entry.address),
    )


def _row(record: AuditRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": record.at,
        "actor": record.actor,
        "action": record.action,
        "subject": record.subject,
        "detail": record.detail,
        "address": record.address,
        "no": record.no,
        "hash": record.hash,
    }


def _record(row: RowMapping) -> AuditRecord:
    return AuditRecord(**row)


def _broken(head: ChainHead, record: AuditRecord | None = None) -> Stretch:
    """At the next number, unless a record (if it could be read) was put before that."""
    expected = head.no + 1
    is_before = record is not None and isinstance(record.no, int) and record.no < expected
    return Stretch(head=head, broken_at=record.no if record is not None and is_before else expected)


def _is_no_text(error: OperationalError) -> bool:
    """SQLite met bytes that are no UTF-8 where text should be."""
    return isinstance(error.orig, sqlite3.OperationalError) and "Could not decode" in str(error.orig)
