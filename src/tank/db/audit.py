"""AUDIT_LOG: who did what."""

from __future__ import annotations

from sqlalchemy import Column, Index, RowMapping, Table, Uuid, insert, select
from sqlalchemy.engine import Connection

from tank.db.metadata import FreeText, Json, UtcDateTime, metadata
from tank.db.paging import id_of, page_of, token_of
from tank.domain.log import AuditEntry
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
    Index(None, "subject", "id"),
)


class AuditTable:
    """Implements ``domain.ports.store.AuditTable``; ids are UUIDv7, so their order is that of time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, entry: AuditEntry) -> None:
        self._connection.execute(
            insert(audit_log).values(
                id=entry.id,
                at=entry.at,
                actor=entry.actor,
                action=entry.action,
                subject=entry.subject,
                detail=dict(entry.detail),
                address=entry.address,
            )
        )

    def page(self, *, subject: str | None = None, after: str | None = None, limit: int = 50) -> Page[AuditEntry]:
        query = select(audit_log).order_by(audit_log.c.id.desc()).limit(limit + 1)
        if subject is not None:
            query = query.where(audit_log.c.subject == subject)
        if after is not None:
            query = query.where(audit_log.c.id < id_of(after))
        items = [_entry(row) for row in self._connection.execute(query).mappings()]
        return page_of(items, limit=limit, token=lambda entry: token_of(str(entry.id)))


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        detail=row["detail"],
        address=row["address"],
    )
