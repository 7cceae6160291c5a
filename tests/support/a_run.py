"""A sealed run with a few PENDING rows, for tests of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import update

from tank.db.database import Database
from tank.db.job_tables import job, shard
from tank.domain.delivery import DeliveryStatus, Intent, NewDelivery, Result, UpdateStatus
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState, Trigger
from tank.domain.run import Run, RunCounts, RunPhase
from tank.domain.shard import Shard, ShardLease
from tests.fakes.clock import START, FakeClock
from tests.support.published import a_published_automation

LEASE_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ARun:
    """Ids of what was made."""

    automation_id: UUID
    job_id: UUID
    run_id: UUID
    fence: int
    deliveries: Sequence[NewDelivery]
    shards: Sequence[Shard]


def a_job(db: Database, automation_id: UUID | None = None) -> Job:
    """A WAITING job of an automation (a new one, unless named)."""
    automation_id = automation_id or a_published_automation(db, name=f"자동화 {uuid4().hex[:8]}")
    with db.write() as tables:
        revision_id = tables.automations.get(automation_id).active_revision_id
        assert revision_id is not None
        new = Job(
            id=new_id(),
            automation_id=automation_id,
            revision_id=revision_id,
            state=JobState.WAITING,
            trigger=Trigger.MANUAL,
            due_at=START,
            requested_by="kim",
            created_at=START,
        )
        tables.jobs.add(new)
    return new


def rows(count: int, *, first: int = 1) -> list[NewDelivery]:
    return [
        NewDelivery(
            id=new_id(), seq=seq, recipient_key=f"C{seq:05}", email=f"c{seq}@example.com", values=(f"C{seq:05}", seq)
        )
        for seq in range(first, first + count)
    ]


def an_unsealed_run(db: Database, *, automation_id: UUID | None = None, has_update: bool = False) -> ARun:
    """A run in phase SNAPSHOT, held by a worker, without rows."""
    new = a_job(db, automation_id)
    run = Run(
        id=new_id(),
        job_id=new.id,
        automation_id=new.automation_id,
        revision_id=new.revision_id,
        phase=RunPhase.SNAPSHOT,
        counts=RunCounts(),
        started_at=START,
    )
    with db.write() as tables:
        fence = tables.jobs.claim(new.id, new_id(), lease_seconds=LEASE_SECONDS, at=START)
        assert fence is not None
        tables.runs.add(run, has_update=has_update)
        tables.runs.set_columns(run.id, ("CUST_ID", "N"))
    return ARun(automation_id=new.automation_id, job_id=new.id, run_id=run.id, fence=fence, deliveries=(), shards=())


def a_sealed_run(
    db: Database,
    *,
    count: int = 5,
    shard_size: int = 100,
    automation_id: UUID | None = None,
    has_update: bool = False,
) -> ARun:
    """A run in phase DELIVER with ``count`` PENDING rows; nobody holds it."""
    run = an_unsealed_run(db, automation_id=automation_id, has_update=has_update)
    deliveries = rows(count)
    with db.write() as tables:
        tables.ledger.add_snapshot(run.run_id, run.automation_id, deliveries, fence=run.fence, at=START)
        shards = tables.runs.seal(run.run_id, target=count, shard_size=shard_size, at=START)
        tables.jobs.release(run.job_id, run.fence)
    return ARun(
        automation_id=run.automation_id,
        job_id=run.job_id,
        run_id=run.run_id,
        fence=run.fence,
        deliveries=deliveries,
        shards=shards,
    )


def claimed(db: Database, run: ARun, no: int = 0, *, worker_id: UUID | None = None) -> ShardLease:
    """The lease of a shard, newly claimed."""
    with db.write() as tables:
        lease = tables.shards.claim(run.run_id, no, worker_id or new_id(), lease_seconds=LEASE_SECONDS, at=START)
    assert lease is not None
    return lease


def an_intent(delivery: NewDelivery) -> Intent:
    return Intent(
        delivery_id=delivery.id,
        seq=delivery.seq,
        attempt_token=uuid4(),
        mime_sha256=b"\x01" * 32,
        mime_size=10,
        mime_date=1_700_000_000,
    )


def a_result(
    intent: Intent,
    status: DeliveryStatus = DeliveryStatus.SENT,
    *,
    update_status: UpdateStatus = UpdateStatus.NONE,
) -> Result:
    return Result(
        delivery_id=intent.delivery_id,
        seq=intent.seq,
        attempt_token=intent.attempt_token,
        status=status,
        at=START,
        message_id="m-1" if status is DeliveryStatus.SENT else "",
        update_status=update_status,
    )


def let_leases_run_out(db: Database, clock: FakeClock) -> None:
    """Every lease of today is over: by the fake clock, or on PostgreSQL, whose own clock counts, by hand."""
    clock.advance(LEASE_SECONDS + 1)
    if not db.is_sqlite:
        with db.engine.begin() as connection:
            connection.execute(update(shard).where(shard.c.lease_until.is_not(None)).values(lease_until=0))
            connection.execute(update(job).where(job.c.lease_until.is_not(None)).values(lease_until=0))
