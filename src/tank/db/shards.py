"""Shards and their leases: who may make intents for which rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.engine import Connection

from tank.db.email_send_log import email_send_log
from tank.db.job_tables import NOT_DONE, job, run, shard
from tank.db.lease_clock import LeaseClock
from tank.db.quarters import quarter_of
from tank.db.settings import setting
from tank.domain.delivery import DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.job import JobState
from tank.domain.ports.store import SENDING_STOPPED
from tank.domain.shard import Shard, ShardLease, ShardState, UnheldShard
from tank.domain.worker import Task, TaskKind

_WORKER_LOST = "The worker stopped while this mail was on its way: it may or may not have been accepted."


class ShardTable:
    """Implements ``ShardTable``."""

    def __init__(self, connection: Connection, lease_clock: LeaseClock) -> None:
        self._connection = connection
        self._lease_clock = lease_clock

    def claim(self, run_id: UUID, no: int, worker_id: UUID, *, lease_seconds: float, at: datetime) -> ShardLease | None:
        begun = self._lease_clock.holder_now()
        now = self._lease_clock.now(self._connection)
        ran_out = and_(shard.c.state == ShardState.HELD, self._has_run_out(now))
        was_lost = self._connection.execute(
            select(ran_out).where(shard.c.run_id == run_id, shard.c.no == no)
        ).scalar_one_or_none()
        changed = self._connection.execute(
            update(shard)
            .where(shard.c.run_id == run_id, shard.c.no == no, or_(shard.c.state == ShardState.OPEN, ran_out))
            .values(
                state=ShardState.HELD,
                holder=worker_id,
                fence=shard.c.fence + 1,
                lease_until=now + lease_seconds,
                lease_boot=self._lease_clock.boot,
                crashes=shard.c.crashes + int(bool(was_lost)),
            )
        )
        if changed.rowcount == 0:
            return None
        row = self._connection.execute(select(shard).where(shard.c.run_id == run_id, shard.c.no == no)).one()
        held = Shard(run_id=run_id, no=no, first_seq=row.first_seq, last_seq=row.last_seq)
        self._give_up_sending(held, at)
        return ShardLease(shard=held, worker_id=worker_id, fence=row.fence, deadline=begun + lease_seconds)

    def _give_up_sending(self, held: Shard, at: datetime) -> None:
        """What a former holder left on its way is UNKNOWN: nobody else can tell, and nobody may guess."""
        self._connection.execute(
            update(email_send_log)
            .where(*rows_of(held), email_send_log.c.status == DeliveryStatus.SENDING)
            .values(
                status=DeliveryStatus.UNKNOWN,
                error_kind=ErrorKind.WORKER_LOST,
                error_text=_WORKER_LOST,
                finished_at=at,
                quarter=quarter_of(at),
            )
        )

    def renew(self, leases: Sequence[ShardLease], *, lease_seconds: float) -> list[ShardLease]:
        begun = self._lease_clock.holder_now()
        until = self._lease_clock.now(self._connection) + lease_seconds
        kept = []
        for lease in leases:
            changed = self._connection.execute(
                update(shard).where(*self._held_by(lease)).values(lease_until=until, lease_boot=self._lease_clock.boot)
            )
            if changed.rowcount == 1:
                kept.append(
                    ShardLease(
                        shard=lease.shard,
                        worker_id=lease.worker_id,
                        fence=lease.fence,
                        deadline=begun + lease_seconds,
                    )
                )
        return kept

    def release(self, lease: ShardLease) -> None:
        self._connection.execute(
            update(shard).where(*self._held_by(lease)).values(state=ShardState.OPEN, holder=None, lease_until=None)
        )

    def complete(self, lease: ShardLease) -> bool:
        log = email_send_log.c
        # On PostgreSQL late evidence for this shard is then either seen below, or finds the shard DONE and opens it.
        self._connection.execute(select(shard.c.no).where(*self._held_by(lease)).with_for_update())
        unfinished = exists().where(
            *rows_of(lease.shard), log.status.in_([DeliveryStatus.PENDING, DeliveryStatus.SENDING])
        )
        # Spelled by the index of unfinished updates, so that only its few entries are looked at.
        unwritten = exists().where(*rows_of(lease.shard), log.update_query_ok == UpdateStatus.PENDING)
        changed = self._connection.execute(
            update(shard)
            .where(*self._held_by(lease), not_(unfinished), not_(unwritten))
            .values(state=ShardState.DONE, holder=None, lease_until=None)
        )
        return changed.rowcount == 1

    def crashes(self, run_id: UUID, no: int) -> int:
        now = self._lease_clock.now(self._connection)
        query = select(self._crashes(now)).where(shard.c.run_id == run_id, shard.c.no == no)
        return int(self._connection.execute(query).scalar_one())

    def forgive(self, run_id: UUID) -> None:
        """Forget the crashes: a person resumed the run."""
        self._connection.execute(update(shard).where(shard.c.run_id == run_id).values(crashes=0))

    def all_done(self, run_id: UUID) -> bool:
        # On PostgreSQL two workers may end the last two shards at once, each blind to the other's uncommitted row:
        # the second waits here for the first.
        self._connection.execute(select(run.c.id).where(run.c.id == run_id).with_for_update())
        query = select(func.count()).select_from(shard).where(shard.c.run_id == run_id, NOT_DONE)
        return self._connection.execute(query).scalar_one() == 0

    def reopen(self, run_id: UUID, *, nos: Sequence[int]) -> None:
        self._connection.execute(
            update(shard)
            .where(shard.c.run_id == run_id, shard.c.no.in_(nos), shard.c.state == ShardState.DONE)
            .values(state=ShardState.OPEN)
        )

    def unheld(self, *, run_id: UUID | None = None, limit: int = 500) -> Sequence[UnheldShard]:
        now = self._lease_clock.now(self._connection)
        stopped = exists().where(setting.c.name == SENDING_STOPPED)
        query = (
            select(shard.c.run_id, shard.c.no, run.c.job_id, run.c.automation_id, self._crashes(now).label("crashes"))
            .join(run, run.c.id == shard.c.run_id)
            .join(job, job.c.id == run.c.job_id)
            .where(
                NOT_DONE,
                true() if run_id is None else shard.c.run_id == run_id,
                job.c.state != JobState.PAUSED,
                # While all sending is stopped, only what mails nobody goes on.
                or_(job.c.state != JobState.RUNNING, not_(stopped)),
                or_(shard.c.state == ShardState.OPEN, self._has_run_out(now)),
            )
            # By number first, so that runs take turns: a large one would otherwise starve all that come after it.
            .order_by(shard.c.no, shard.c.run_id)
            .limit(limit)
        )
        return [_unheld(row) for row in self._connection.execute(query)]

    def _crashes(self, now: float) -> Any:
        just_now = case((and_(shard.c.state == ShardState.HELD, self._has_run_out(now)), 1), else_=0)
        return shard.c.crashes + just_now

    def _has_run_out(self, now: float) -> Any:
        return self._lease_clock.is_over(shard.c.lease_until, shard.c.lease_boot, now)

    @staticmethod
    def _held_by(lease: ShardLease) -> tuple[Any, ...]:
        return (
            shard.c.run_id == lease.shard.run_id,
            shard.c.no == lease.shard.no,
            shard.c.state == ShardState.HELD,
            shard.c.holder == lease.worker_id,
            shard.c.fence == lease.fence,
        )


def open_for_write_backs(connection: Connection, delivery_ids: Sequence[UUID]) -> None:
    """Open the shards of these deliveries again where they are DONE."""
    log = email_send_log.c
    wanted = (log.id.in_(delivery_ids), log.update_query_ok == UpdateStatus.PENDING)
    rows = connection.execute(select(log.run_id, log.seq).where(*wanted)).all()
    for run_id in {row.run_id for row in rows}:
        # All shards of a run but the last are of one size.
        size = connection.execute(
            select(shard.c.last_seq).where(shard.c.run_id == run_id, shard.c.no == 0)
        ).scalar_one()
        numbers = {(row.seq - 1) // size for row in rows if row.run_id == run_id}
        chosen = (shard.c.run_id == run_id, shard.c.no.in_(numbers))
        # Lock before looking: whoever completes one at this moment has not seen what we know.
        connection.execute(select(shard.c.no).where(*chosen).with_for_update()).all()
        connection.execute(update(shard).where(*chosen, shard.c.state == ShardState.DONE).values(state=ShardState.OPEN))


def _unheld(row: Any) -> UnheldShard:
    task = Task(kind=TaskKind.SEND_SHARD, job_id=row.job_id, run_id=row.run_id, shard_no=row.no)
    return UnheldShard(task=task, automation_id=row.automation_id, crashes=row.crashes)


def rows_of(held: Shard) -> tuple[Any, ...]:
    """The condition that picks a shard's rows out of the ledger."""
    log = email_send_log.c
    return (log.run_id == held.run_id, log.seq >= held.first_seq, log.seq <= held.last_seq)
