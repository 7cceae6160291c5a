"""Schedules and the record of their slots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Row,
    String,
    Table,
    Uuid,
    delete,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from tank.db.metadata import FreeText, UtcDateTime, metadata
from tank.db.paging import id_of, page_of, token_of
from tank.domain.errors import NotFound
from tank.domain.ports.paging import Page
from tank.domain.schedule import BusinessDayRule, MisfirePolicy, OverlapPolicy, Schedule, Slot, SlotOutcome

schedule = Table(
    "schedule",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("automation_id", Uuid, ForeignKey("automation.id", ondelete="CASCADE"), nullable=False),
    Column("cron", String(200)),
    Column("at", UtcDateTime),
    Column("zone", String(64), nullable=False),
    Column("business_days", String(32), nullable=False),
    Column("misfire", String(16), nullable=False),
    Column("overlap", String(16), nullable=False),
    Column("catch_up_seconds", Integer, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("done_until", UtcDateTime, nullable=False),
    Column("next_due", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_schedule_automation_id", "automation_id"),
)
_ENABLED = schedule.c.enabled.is_(True)
Index("ix_schedule_due", schedule.c.next_due, sqlite_where=_ENABLED, postgresql_where=_ENABLED)

schedule_slot = Table(
    "schedule_slot",
    metadata,
    Column("schedule_id", Uuid, ForeignKey("schedule.id", ondelete="CASCADE"), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("outcome", String(16), nullable=False),
    Column("job_id", Uuid),
    Column("detail", FreeText, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
)
_QUEUED = schedule_slot.c.outcome == literal_column(f"'{SlotOutcome.QUEUED.value}'")
Index("ix_schedule_slot_queued", schedule_slot.c.due_at, sqlite_where=_QUEUED, postgresql_where=_QUEUED)


class ScheduleTable:
    """Implements ``domain.ports.store.ScheduleTable``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Schedule) -> None:
        self._connection.execute(insert(schedule).values(**_columns(new)))

    def get(self, schedule_id: UUID) -> Schedule:
        row = self._connection.execute(select(schedule).where(schedule.c.id == schedule_id)).one_or_none()
        if row is None:
            raise NotFound.of("schedule", schedule_id)
        return _schedule(row)

    def replace(self, changed: Schedule) -> None:
        done = self._connection.execute(update(schedule).where(schedule.c.id == changed.id).values(**_columns(changed)))
        if done.rowcount == 0:
            raise NotFound.of("schedule", changed.id)

    def delete(self, schedule_id: UUID) -> None:
        deleted = self._connection.execute(delete(schedule).where(schedule.c.id == schedule_id))
        if deleted.rowcount == 0:
            raise NotFound.of("schedule", schedule_id)

    def of(self, automation_id: UUID) -> Sequence[Schedule]:
        query = select(schedule).where(schedule.c.automation_id == automation_id)
        return [_schedule(row) for row in self._connection.execute(query.order_by(schedule.c.id))]

    def page(self, *, after: str | None = None, limit: int = 50) -> Page[Schedule]:
        query = select(schedule).order_by(schedule.c.id).limit(limit + 1)
        if after is not None:
            query = query.where(schedule.c.id > id_of(after))
        found = [_schedule(row) for row in self._connection.execute(query)]
        return page_of(found, limit=limit, token=lambda item: token_of(str(item.id)))

    def due(self, now: datetime, *, limit: int = 100) -> Sequence[Schedule]:
        query = select(schedule).where(_ENABLED, schedule.c.next_due <= now)
        return [_schedule(row) for row in self._connection.execute(query.order_by(schedule.c.next_due).limit(limit))]

    def advance(
        self, schedule_id: UUID, *, expected_done_until: datetime, done_until: datetime, next_due: datetime | None
    ) -> bool:
        moved = self._connection.execute(
            update(schedule)
            .where(schedule.c.id == schedule_id, _ENABLED, schedule.c.done_until == expected_done_until)
            .values(done_until=done_until, next_due=next_due)
        )
        return moved.rowcount == 1

    def record(self, slot: Slot) -> bool:
        upsert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        new = upsert(schedule_slot).values(**_slot_columns(slot)).on_conflict_do_nothing()
        # RETURNING, because the row count of an INSERT is not to be had from every driver.
        return self._connection.execute(new.returning(schedule_slot.c.due_at)).first() is not None

    def slots(self, schedule_id: UUID, *, limit: int = 50) -> Sequence[Slot]:
        columns = schedule_slot.c
        query = select(schedule_slot).where(columns.schedule_id == schedule_id)
        return [_slot(row) for row in self._connection.execute(query.order_by(columns.due_at.desc()).limit(limit))]

    def queued(self, *, limit: int = 100) -> Sequence[Slot]:
        query = select(schedule_slot).where(_QUEUED).order_by(schedule_slot.c.due_at).limit(limit)
        return [_slot(row) for row in self._connection.execute(query)]

    def settle_queued(self, slot: Slot) -> bool:
        columns = schedule_slot.c
        settled = self._connection.execute(
            update(schedule_slot)
            .where(
                columns.schedule_id == slot.schedule_id,
                columns.due_at == slot.due_at,
                _QUEUED,
            )
            .values(**_slot_columns(slot))
        )
        return settled.rowcount == 1


def _columns(item: Schedule) -> dict[str, Any]:
    return {
        "id": item.id,
        "automation_id": item.automation_id,
        "cron": item.cron,
        "at": item.at,
        "zone": item.zone,
        "business_days": item.business_days.value,
        "misfire": item.misfire.value,
        "overlap": item.overlap.value,
        "catch_up_seconds": int(item.catch_up.total_seconds()),
        "enabled": item.enabled,
        "done_until": item.done_until,
        "next_due": item.next_due,
        "created_at": item.created_at,
        "updated_at": item.updated_at,
    }


def _schedule(row: Row[Any]) -> Schedule:
    return Schedule(
        id=row.id,
        automation_id=row.automation_id,
        cron=row.cron,
        at=row.at,
        zone=row.zone,
        business_days=BusinessDayRule(row.business_days),
        misfire=MisfirePolicy(row.misfire),
        overlap=OverlapPolicy(row.overlap),
        catch_up=timedelta(seconds=row.catch_up_seconds),
        enabled=row.enabled,
        done_until=row.done_until,
        next_due=row.next_due,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _slot_columns(slot: Slot) -> dict[str, Any]:
    return {
        "schedule_id": slot.schedule_id,
        "due_at": slot.due_at,
        "outcome": slot.outcome.value,
        "job_id": slot.job_id,
        "detail": slot.detail,
        "recorded_at": slot.recorded_at,
    }


def _slot(row: Row[Any]) -> Slot:
    return Slot(
        schedule_id=row.schedule_id,
        due_at=row.due_at,
        outcome=SlotOutcome(row.outcome),
        job_id=row.job_id,
        detail=row.detail,
        recorded_at=row.recorded_at,
    )
