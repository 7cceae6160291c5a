"""Workers and their heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Double, Integer, Row, String, Table, Uuid, insert, select, update
from sqlalchemy.engine import Connection

from tank.db.lease_clock import LeaseClock
from tank.db.metadata import FreeText, UtcDateTime, metadata
from tank.domain.worker import Worker, WorkerState

worker = Table(
    "worker",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("host", FreeText, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("doing", FreeText, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    # For people; silence is judged by ``beat_seconds``, on a clock that does not jump.
    Column("beat_at", UtcDateTime, nullable=False),
    Column("beat_seconds", Double, nullable=False),
    Column("beat_boot", String(64), nullable=False),
)
_LIVING = (WorkerState.ALIVE, WorkerState.DRAINING)
_KEPT_GONE = 100


class WorkerTable:
    """Implements ``WorkerTable``."""

    def __init__(self, connection: Connection, lease_clock: LeaseClock) -> None:
        self._connection = connection
        self._lease_clock = lease_clock

    def add(self, new: Worker) -> None:
        self._connection.execute(
            insert(worker).values(
                id=new.id,
                host=new.host,
                pid=new.pid,
                state=new.state,
                doing=new.doing,
                started_at=new.started_at,
                beat_at=new.beat_at,
                **self._beat_now(),
            )
        )

    def beat(self, worker_id: UUID, *, at: datetime, state: WorkerState, doing: str) -> bool:
        changed = self._connection.execute(
            update(worker)
            .where(worker.c.id == worker_id, worker.c.state.in_(_LIVING))
            .values(beat_at=at, state=state, doing=doing, **self._beat_now())
        )
        return changed.rowcount == 1

    def fail_silent(self, *, silent_seconds: float) -> Sequence[Worker]:
        now = self._lease_clock.now(self._connection)
        silent = (
            worker.c.state.in_(_LIVING),
            self._lease_clock.is_over(worker.c.beat_seconds + silent_seconds, worker.c.beat_boot, now),
        )
        gone = [_worker(row) for row in self._connection.execute(select(worker).where(*silent))]
        marked = []
        for one in gone:
            changed = self._connection.execute(
                update(worker).where(worker.c.id == one.id, *silent).values(state=WorkerState.FAIL)
            )
            if changed.rowcount == 1:
                marked.append(one)
        return marked

    def all(self, *, include_gone: bool = False) -> Sequence[Worker]:
        query = select(worker).order_by(worker.c.id.desc()).limit(_KEPT_GONE)
        if not include_gone:
            query = query.where(worker.c.state.in_(_LIVING))
        return [_worker(row) for row in self._connection.execute(query)]

    def _beat_now(self) -> dict[str, Any]:
        return {"beat_seconds": self._lease_clock.now(self._connection), "beat_boot": self._lease_clock.boot}


def _worker(row: Row[Any]) -> Worker:
    return Worker(
        id=row.id,
        host=row.host,
        pid=row.pid,
        state=WorkerState(row.state),
        started_at=row.started_at,
        beat_at=row.beat_at,
        doing=row.doing,
    )
