"""SYSTEM_ERROR_LOG: failures of Tank's surroundings that an operator should see."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, RowMapping, Table, Uuid, func, insert, select, text, update
from sqlalchemy.engine import Connection

from tank.db.metadata import FreeText, UtcDateTime, metadata
from tank.db.paging import id_of, page_of, token_of
from tank.domain.errors import NotFound
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.paging import Page

_OPEN = text("acknowledged_at IS NULL")

# No foreign keys: an error must be recorded even where what it speaks of is gone, or not written yet.
system_error_log = Table(
    "system_error_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("component", FreeText, nullable=False),
    Column("code", FreeText, nullable=False),
    Column("message", FreeText, nullable=False),
    Column("remedy", FreeText, nullable=False),
    Column("automation_id", Uuid),
    Column("run_id", Uuid),
    Column("worker_id", Uuid),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", FreeText),
    Index("ix_system_error_log_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
)


class SystemErrorTable:
    """Implements ``domain.ports.store.SystemErrorTable``; ids are UUIDv7, so their order is that of time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, error: SystemErrorRecord) -> None:
        self._connection.execute(
            insert(system_error_log).values(
                id=error.id,
                at=error.at,
                component=error.component,
                code=error.code,
                message=error.message,
                remedy=error.remedy,
                automation_id=error.automation_id,
                run_id=error.run_id,
                worker_id=error.worker_id,
                acknowledged_at=error.acknowledged_at,
                acknowledged_by=error.acknowledged_by,
            )
        )

    def page(
        self, *, unacknowledged: bool = False, after: str | None = None, limit: int = 50
    ) -> Page[SystemErrorRecord]:
        query = select(system_error_log).order_by(system_error_log.c.id.desc()).limit(limit + 1)
        if unacknowledged:
            query = query.where(system_error_log.c.acknowledged_at.is_(None))
        if after is not None:
            query = query.where(system_error_log.c.id < id_of(after))
        items = [_record(row) for row in self._connection.execute(query).mappings()]
        return page_of(items, limit=limit, token=lambda error: token_of(str(error.id)))

    def acknowledge(self, error_id: UUID, *, by: str, at: datetime) -> None:
        """Who acknowledged first stays recorded. Raises ``NotFound``."""
        done = self._connection.execute(
            update(system_error_log)
            .where(system_error_log.c.id == error_id)
            .values(
                acknowledged_at=func.coalesce(system_error_log.c.acknowledged_at, at),
                acknowledged_by=func.coalesce(system_error_log.c.acknowledged_by, by),
            )
        )
        if done.rowcount == 0:
            raise NotFound.of("system error", error_id)

    def unacknowledged(self) -> int:
        query = select(func.count()).select_from(system_error_log).where(system_error_log.c.acknowledged_at.is_(None))
        return self._connection.execute(query).scalar_one()


def _record(row: RowMapping) -> SystemErrorRecord:
    return SystemErrorRecord(
        id=row["id"],
        at=row["at"],
        component=row["component"],
        code=row["code"],
        message=row["message"],
        remedy=row["remedy"],
        automation_id=row["automation_id"],
        run_id=row["run_id"],
        worker_id=row["worker_id"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
    )
