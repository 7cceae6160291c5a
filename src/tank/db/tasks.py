"""The queue of the ``local`` engine: wake-ups, in order, at least once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
    Uuid,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from tank.db.lease_clock import LeaseClock
from tank.db.metadata import metadata
from tank.domain.worker import Task, TaskKind

task = Table(
    "task",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("job_id", Uuid, nullable=False),
    Column("run_id", Uuid),
    Column("shard_no", Integer, nullable=False),
    Column("holder", Uuid),
    # Held until then, or (without a holder) not to be taken before then.
    Column("until", Double),
    Column("boot", String(64), nullable=False, server_default=""),
)
Index("ix_task_job", task.c.job_id, task.c.kind, task.c.shard_no)
Index("ix_task_holder", task.c.holder)


class TaskTable:
    """Implements ``TaskTable``."""

    def __init__(self, connection: Connection, lease_clock: LeaseClock) -> None:
        self._connection = connection
        self._lease_clock = lease_clock

    def put(self, new: Task) -> None:
        same = (task.c.job_id == new.job_id, task.c.kind == new.kind, task.c.shard_no == new.shard_no)
        if self._connection.execute(select(task.c.number).where(*same, task.c.holder.is_(None)).limit(1)).first():
            return
        self._connection.execute(
            insert(task).values(kind=new.kind, job_id=new.job_id, run_id=new.run_id, shard_no=new.shard_no)
        )

    def take(self, worker_id: UUID, *, lease_seconds: float) -> tuple[int, Task] | None:
        now = self._lease_clock.now(self._connection)
        free = self._is_free(now)
        # Jobs first, then shards by their number: a small run is not kept waiting by the hundreds of a large one.
        order = (case((task.c.kind == TaskKind.RUN_JOB, 0), else_=1), task.c.shard_no, task.c.number)
        query = select(task).where(free).order_by(*order).limit(1).with_for_update(skip_locked=True)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        self._hold(task.c.number == row.number, worker_id, now + lease_seconds)
        found = Task(kind=TaskKind(row.kind), job_id=row.job_id, run_id=row.run_id, shard_no=row.shard_no)
        return row.number, found

    def extend(self, worker_id: UUID, *, lease_seconds: float) -> None:
        until = self._lease_clock.now(self._connection) + lease_seconds
        self._hold(task.c.holder == worker_id, worker_id, until)

    def done(self, number: int, worker_id: UUID) -> None:
        self._connection.execute(delete(task).where(task.c.number == number, task.c.holder == worker_id))

    def give_back(self, number: int, worker_id: UUID, *, delay_seconds: float) -> None:
        until = self._lease_clock.now(self._connection) + delay_seconds
        self._connection.execute(
            update(task)
            .where(task.c.number == number, task.c.holder == worker_id)
            .values(holder=None, until=until, boot=self._lease_clock.boot)
        )

    def any_free(self) -> bool:
        """Whether a look with a write transaction is worth it."""
        now = self._lease_clock.now(self._connection)
        return self._connection.execute(select(task.c.number).where(self._is_free(now)).limit(1)).first() is not None

    def _is_free(self, now: float) -> Any:
        return or_(task.c.until.is_(None), self._lease_clock.is_over(task.c.until, task.c.boot, now))

    def _hold(self, which: Any, worker_id: UUID, until: float) -> None:
        self._connection.execute(
            update(task).where(which).values(holder=worker_id, until=until, boot=self._lease_clock.boot)
        )
