"""Jobs, and the lease under which a worker takes a job's snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    exists,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from tank.db.job_tables import IS_ACTIVE, NOT_DONE, job, run, shard
from tank.db.lease_clock import LeaseClock
from tank.db.paging import id_of, page_of, token_of
from tank.domain.delivery import ErrorKind
from tank.domain.errors import Conflict, NotFound
from tank.domain.job import Job, JobState, ResendRow, Trigger, check_transition
from tank.domain.ports.paging import Page


class JobTable:
    """Implements ``JobTable``."""

    def __init__(self, connection: Connection, lease_clock: LeaseClock) -> None:
        self._connection = connection
        self._lease_clock = lease_clock

    def add(self, new: Job) -> None:
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(job).values(**_columns(new), closed=False))
        except IntegrityError as error:
            if (active := self.active(new.automation_id)) is None:
                raise
            raise Conflict(
                f"This automation already has a job that is {active.state}.",
                remedy="Wait for it to end, or cancel it.",
                code="job_active",
            ) from error

    def get(self, job_id: UUID) -> Job:
        row = self._connection.execute(select(job).where(job.c.id == job_id)).one_or_none()
        if row is None:
            raise NotFound.of("job", job_id)
        return _job(row)

    def page(
        self,
        *,
        automation_id: UUID | None = None,
        states: Sequence[JobState] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        query = select(job).order_by(job.c.id.desc()).limit(limit + 1)
        if automation_id is not None:
            query = query.where(job.c.automation_id == automation_id)
        if states:
            query = query.where(job.c.state.in_([str(state) for state in states]))
        if after is not None:
            query = query.where(job.c.id < id_of(after))
        jobs = [_job(row) for row in self._connection.execute(query)]
        return page_of(jobs, limit=limit, token=lambda last: token_of(str(last.id)))

    def active(self, automation_id: UUID) -> Job | None:
        row = self._connection.execute(select(job).where(job.c.automation_id == automation_id, IS_ACTIVE)).one_or_none()
        return None if row is None else _job(row)

    def move(
        self,
        job_id: UUID,
        *,
        before: Sequence[JobState],
        after: JobState,
        at: datetime,
        reason_code: str = "",
        reason: str = "",
    ) -> bool:
        for state in before:
            check_transition(state, after)
        values: dict[str, Any] = {"state": after, "state_since": at, "reason_code": reason_code, "reason": reason}
        if not after.is_active:
            values["finished_at"] = at
        changed = self._connection.execute(
            update(job).where(job.c.id == job_id, job.c.state.in_([str(s) for s in before])).values(values)
        )
        return changed.rowcount == 1

    def claim(self, job_id: UUID, worker_id: UUID, *, lease_seconds: float, at: datetime) -> int | None:
        now = self._lease_clock.now(self._connection)
        changed = self._connection.execute(
            update(job)
            .where(
                job.c.id == job_id,
                job.c.state.in_([JobState.WAITING, JobState.RUNNING]),
                self._is_unheld(now),
            )
            .values(
                state=JobState.RUNNING,
                holder=worker_id,
                fence=job.c.fence + 1,
                starts=job.c.starts + 1,
                lease_until=now + lease_seconds,
                lease_boot=self._lease_clock.boot,
            )
        )
        if changed.rowcount == 0:
            return None
        self._connection.execute(
            update(job).where(job.c.id == job_id, job.c.started_at.is_(None)).values(started_at=at, state_since=at)
        )
        return int(self._connection.execute(select(job.c.fence).where(job.c.id == job_id)).scalar_one())

    def renew(self, job_id: UUID, fence: int, *, lease_seconds: float) -> bool:
        until = self._lease_clock.now(self._connection) + lease_seconds
        changed = self._connection.execute(
            update(job)
            .where(job.c.id == job_id, job.c.fence == fence, job.c.holder.is_not(None))
            .values(lease_until=until, lease_boot=self._lease_clock.boot)
        )
        return changed.rowcount == 1

    def release(self, job_id: UUID, fence: int, *, in_vain: bool = True) -> None:
        values: dict[str, Any] = {"holder": None, "lease_until": None}
        if not in_vain:
            values["starts"] = job.c.starts - 1
        # Its holder is asked too: a second goodbye must not take another start back.
        held = (job.c.id == job_id, job.c.fence == fence, job.c.holder.is_not(None))
        self._connection.execute(update(job).where(*held).values(values))

    def unheld(self, *, limit: int = 100) -> Sequence[Job]:
        now = self._lease_clock.now(self._connection)
        goes_on_by_shards = exists().where(
            run.c.job_id == job.c.id, run.c.sealed_at.is_not(None), shard.c.run_id == run.c.id, NOT_DONE
        )
        query = (
            select(job)
            .where(
                not_(job.c.closed),
                job.c.state != JobState.PAUSED,
                self._is_unheld(now),
                not_(goes_on_by_shards),
            )
            .order_by(job.c.id)
            .limit(limit)
        )
        return [_job(row) for row in self._connection.execute(query)]

    def paused_since(self, before: datetime, *, but_for: str, limit: int = 100) -> Sequence[Job]:
        query = (
            select(job)
            .where(job.c.state == JobState.PAUSED, job.c.state_since < before, job.c.reason_code != but_for)
            .order_by(job.c.id)
            .limit(limit)
        )
        return [_job(row) for row in self._connection.execute(query)]

    def close(self, job_id: UUID) -> bool:
        changed = self._connection.execute(
            update(job).where(job.c.id == job_id, not_(job.c.closed)).values(closed=True)
        )
        return changed.rowcount == 1

    def _is_unheld(self, now: float) -> Any:
        return or_(job.c.holder.is_(None), self._lease_clock.is_over(job.c.lease_until, job.c.lease_boot, now))


def _columns(item: Job) -> Mapping[str, Any]:
    return {
        "id": item.id,
        "automation_id": item.automation_id,
        "revision_id": item.revision_id,
        "state": item.state,
        "state_since": item.state_since or item.created_at,
        "trigger": item.trigger,
        "due_at": item.due_at,
        "schedule_id": item.schedule_id,
        "requested_by": item.requested_by,
        "source_run_id": item.source_run_id,
        "resend_rows": [[str(row.delivery_id), row.email] for row in item.resend_rows],
        "retry_kinds": list(item.retry_kinds),
        "reason_code": item.reason_code,
        "reason": item.reason,
        "created_at": item.created_at,
    }


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        automation_id=row.automation_id,
        revision_id=row.revision_id,
        state=JobState(row.state),
        trigger=Trigger(row.trigger),
        due_at=row.due_at,
        schedule_id=row.schedule_id,
        requested_by=row.requested_by,
        source_run_id=row.source_run_id,
        resend_rows=tuple(ResendRow(delivery_id=UUID(i), email=email) for i, email in row.resend_rows),
        retry_kinds=tuple(ErrorKind(kind) for kind in row.retry_kinds),
        reason_code=row.reason_code,
        reason=row.reason,
        state_since=row.state_since,
        starts=row.starts,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
