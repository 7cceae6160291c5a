"""Runs: sealed snapshots, phases and counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    delete,
    func,
    insert,
    not_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from tank.db.email_send_log import attachment_log, delivery_payload, email_send_log
from tank.db.job_tables import IS_ACTIVE, job, run, shard
from tank.db.paging import id_of, page_of, token_of
from tank.db.run_counts import counts_of, summary_of, waiting
from tank.domain.delivery import DELIBERATE_SKIPS, DeliveryStatus
from tank.domain.errors import NotFound
from tank.domain.job import JobState, Trigger
from tank.domain.ports.paging import Page
from tank.domain.run import Run, RunCounts, RunPhase, RunTarget
from tank.domain.shard import LeaseLost, Shard, ShardState


class RunTable:
    """Implements ``RunTable``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Run, *, has_update: bool) -> None:
        self._connection.execute(
            insert(run).values(
                id=new.id,
                job_id=new.job_id,
                automation_id=new.automation_id,
                revision_id=new.revision_id,
                phase=new.phase,
                columns=list(new.columns),
                has_update=has_update,
                started_at=new.started_at,
            )
        )

    def get(self, run_id: UUID) -> Run:
        row = self._connection.execute(select(run).where(run.c.id == run_id)).one_or_none()
        if row is None:
            raise NotFound.of("run", run_id)
        return self._run(row)

    def of_job(self, job_id: UUID) -> Run | None:
        row = self._connection.execute(select(run).where(run.c.job_id == job_id)).one_or_none()
        return None if row is None else self._run(row)

    def page(
        self,
        *,
        automation_id: UUID | None = None,
        states: Sequence[JobState] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Run]:
        query = select(run).order_by(run.c.id.desc()).limit(limit + 1)
        if automation_id is not None:
            query = query.where(run.c.automation_id == automation_id)
        if states:
            query = query.join(job, job.c.id == run.c.job_id).where(job.c.state.in_([str(state) for state in states]))
        if after is not None:
            query = query.where(run.c.id < id_of(after))
        runs = [self._run(row) for row in self._connection.execute(query).all()]
        return page_of(runs, limit=limit, token=lambda last: token_of(str(last.id)))

    def last_targets(self, automation_id: UUID, *, limit: int) -> Sequence[RunTarget]:
        query = (
            select(run.c.id, run.c.target, run.c.finished_at)
            .join(job, job.c.id == run.c.job_id)
            .where(
                run.c.automation_id == automation_id,
                run.c.finished_at.is_not(None),
                job.c.state.in_([JobState.SUCCESS, JobState.PARTIAL]),
                job.c.trigger.in_([str(trigger) for trigger in Trigger if trigger.asks_the_query]),
            )
            .order_by(run.c.id.desc())
            .limit(limit)
        )
        return [
            RunTarget(run_id=row.id, target=row.target, finished_at=row.finished_at)
            for row in self._connection.execute(query)
        ]

    def set_columns(self, run_id: UUID, columns: Sequence[str]) -> None:
        self._set(run_id, columns=list(columns))

    def set_phase(self, run_id: UUID, phase: RunPhase) -> None:
        self._set(run_id, phase=phase)

    def set_files_checked(self, run_id: UUID, count: int) -> None:
        self._set(run_id, files_checked=count)

    def seal(self, run_id: UUID, *, target: int, shard_size: int, at: datetime) -> Sequence[Shard]:
        log = email_send_log.c
        found = self._connection.execute(
            select(func.count(), func.coalesce(func.max(log.seq), 0)).where(log.run_id == run_id)
        ).one()
        if tuple(found) != (target, target):
            raise LeaseLost(f"Of {target:,} recipients that were written down, {found[0]:,} are there.")
        shards = [
            Shard(run_id=run_id, no=no, first_seq=first, last_seq=min(first + shard_size - 1, target))
            for no, first in enumerate(range(1, target + 1, shard_size))
        ]
        self._set(run_id, sealed_at=at, target=target, phase=RunPhase.DELIVER)
        if shards:
            self._connection.execute(
                insert(shard),
                [
                    {
                        "run_id": run_id,
                        "no": s.no,
                        "first_seq": s.first_seq,
                        "last_seq": s.last_seq,
                        "state": ShardState.OPEN,
                    }
                    for s in shards
                ],
            )
        return shards

    def discard_snapshot(self, run_id: UUID, *, fence: int | None, limit: int = 20_000) -> int:
        may_discard = (
            select(job.c.id)
            .join(run, run.c.job_id == job.c.id)
            .where(run.c.id == run_id, run.c.sealed_at.is_(None))
            .where(not_(IS_ACTIVE) if fence is None else job.c.fence == fence)
            # On PostgreSQL whoever would take the job over waits for this chunk.
            .with_for_update(read=True, of=job)
        )
        if self._connection.execute(may_discard).one_or_none() is None:
            raise LeaseLost("Another worker has taken this run over.")
        some = select(email_send_log.c.id).where(email_send_log.c.run_id == run_id).limit(limit)
        ids = list(self._connection.execute(some).scalars())
        for start in range(0, len(ids), 500):
            chunk = ids[start : start + 500]
            self._connection.execute(delete(attachment_log).where(attachment_log.c.delivery_id.in_(chunk)))
            self._connection.execute(delete(delivery_payload).where(delivery_payload.c.delivery_id.in_(chunk)))
            self._connection.execute(delete(email_send_log).where(email_send_log.c.id.in_(chunk)))
        return len(ids)

    def finish(self, run_id: UUID, *, at: datetime) -> bool:
        row = self._connection.execute(select(run).where(run.c.id == run_id)).one()
        counts = summary_of(self._connection, row)
        changed = self._connection.execute(
            update(run)
            .where(run.c.id == run_id, run.c.finished_at.is_(None))
            .values(
                finished_at=at,
                phase=RunPhase.FINISH,
                summary={name: getattr(counts, name) for name in RunCounts.__dataclass_fields__},
            )
        )
        return changed.rowcount == 1

    def waiting(self, run_id: UUID) -> int:
        return waiting(self._connection, run_id)

    def defects(self, run_id: UUID) -> int:
        log = email_send_log.c
        query = (
            select(func.count())
            .select_from(email_send_log)
            .where(
                log.run_id == run_id,
                log.status == DeliveryStatus.SKIPPED,
                log.error_kind.not_in([str(kind) for kind in DELIBERATE_SKIPS]),
            )
        )
        return self._connection.execute(query).scalar_one()

    def _set(self, run_id: UUID, **values: Any) -> None:
        self._connection.execute(update(run).where(run.c.id == run_id).values(**values))

    def _run(self, row: Row[Any]) -> Run:
        return Run(
            id=row.id,
            job_id=row.job_id,
            automation_id=row.automation_id,
            revision_id=row.revision_id,
            phase=RunPhase(row.phase),
            columns=tuple(row.columns),
            sealed_at=row.sealed_at,
            counts=counts_of(self._connection, row),
            files_checked=row.files_checked,
            started_at=row.started_at,
            finished_at=row.finished_at,
        )
