"""What the scheduler looks after, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tank.db.database import Database
from tank.db.workers import worker as worker_table
from tank.domain.ids import new_id
from tank.domain.job import JobState
from tank.domain.ports.store import PAYLOAD_RETENTION_DAYS
from tank.domain.worker import Task, TaskKind, Worker, WorkerState
from tank.services.readiness import SCHEDULER_TICK
from tank.services.supervision import MOST_CRASHES, SILENT_SECONDS, Supervision
from tests.fakes.clock import START, FakeClock
from tests.fakes.engine import QueueingEngine
from tests.fakes.logs_db import CountedLogsDb
from tests.support.a_run import a_job, a_result, a_sealed_run, an_intent, an_unsealed_run, claimed, let_leases_run_out

MINUTE = 60.0


@pytest.fixture
def supervision(logs_db: Database, clock: FakeClock) -> Supervision:
    return Supervision(logs_db, QueueingEngine(), clock)


def a_worker(db: Database, **fields: object) -> Worker:
    worker = Worker(
        id=new_id(), host="mail-1", pid=4711, state=WorkerState.ALIVE, started_at=START, beat_at=START, doing=""
    )
    worker = replace(worker, **fields)  # type: ignore[arg-type]
    with db.write() as tables:
        tables.workers.add(worker)
    return worker


def take_tasks(db: Database) -> list[Task]:
    """Everything that is queued, taken away."""
    taken: list[Task] = []
    worker_id = new_id()
    with db.write() as tables:
        while (found := tables.tasks.take(worker_id, lease_seconds=MINUTE)) is not None:
            tables.tasks.done(found[0], worker_id)
            taken.append(found[1])
    return taken


def error_codes(db: Database) -> list[str]:
    with db.read() as tables:
        return [error.code for error in tables.system_errors.page().items]


def state_of(db: Database, worker: Worker) -> WorkerState:
    with db.read() as tables:
        return next(one.state for one in tables.workers.all(include_gone=True) if one.id == worker.id)


def test_a_silent_worker_fails_once_and_the_operator_is_told(
    logs_db: Database, supervision: Supervision, clock: FakeClock
) -> None:
    worker = a_worker(logs_db, doing="sending")
    other = Supervision(logs_db, QueueingEngine(), clock)
    supervision.sweep()
    assert state_of(logs_db, worker) is WorkerState.ALIVE
    clock.advance(SILENT_SECONDS + 1)
    if not logs_db.is_sqlite:  # whose own clock counts
        with logs_db.engine.begin() as connection:
            connection.execute(update(worker_table).values(beat_seconds=0))
    supervision.sweep()
    other.sweep()
    assert state_of(logs_db, worker) is WorkerState.FAIL
    with logs_db.read() as tables:
        (error,) = tables.system_errors.page().items
    assert (error.component, error.code, error.worker_id) == ("worker", "worker_lost", worker.id)
    assert "sending" in error.message


def test_a_worker_that_beats_is_left_alone(logs_db: Database, supervision: Supervision, clock: FakeClock) -> None:
    worker = a_worker(logs_db)
    for _ in range(5):
        clock.advance(SILENT_SECONDS / 2)
        with logs_db.write() as tables:
            assert tables.workers.beat(worker.id, at=clock.now(), state=WorkerState.ALIVE, doing="")
        supervision.sweep()
    # A jump of the wall clock says nothing about a worker.
    clock.jump(START + timedelta(days=30))
    supervision.sweep()
    assert state_of(logs_db, worker) is WorkerState.ALIVE
    assert error_codes(logs_db) == []


def test_a_job_whose_wake_up_was_lost_is_woken(logs_db: Database, supervision: Supervision, clock: FakeClock) -> None:
    """The scheduler was killed between the job and its hand-over."""
    a_worker(logs_db)
    waiting = a_job(logs_db)
    assert take_tasks(logs_db) == []
    supervision.sweep()
    assert take_tasks(logs_db) == [Task(kind=TaskKind.RUN_JOB, job_id=waiting.id)]
    clock.advance(MINUTE)
    supervision.sweep()
    supervision.sweep()
    assert len(take_tasks(logs_db)) == 1


def test_a_job_that_is_held_is_woken_when_its_lease_runs_out(
    logs_db: Database, supervision: Supervision, clock: FakeClock
) -> None:
    run = an_unsealed_run(logs_db)
    supervision.sweep()
    assert take_tasks(logs_db) == []
    let_leases_run_out(logs_db, clock)
    supervision.sweep()
    assert take_tasks(logs_db) == [Task(kind=TaskKind.RUN_JOB, job_id=run.job_id)]


def test_unheld_shards_are_woken_and_held_ones_are_not(
    logs_db: Database, supervision: Supervision, clock: FakeClock
) -> None:
    run = a_sealed_run(logs_db, count=5, shard_size=2)
    claimed(logs_db, run, 1)
    supervision.sweep()
    assert [task.shard_no for task in take_tasks(logs_db)] == [0, 2]


def test_a_shard_that_kills_its_workers_pauses_the_run(
    logs_db: Database, supervision: Supervision, clock: FakeClock
) -> None:
    run = a_sealed_run(logs_db, count=4, shard_size=2)
    for _ in range(MOST_CRASHES):
        claimed(logs_db, run, 1)
        let_leases_run_out(logs_db, clock)
    supervision.sweep()
    with logs_db.read() as tables:
        job = tables.jobs.get(run.job_id)
    assert (job.state, job.reason_code) == (JobState.PAUSED, "shard_crashes")
    assert take_tasks(logs_db) == []
    clock.advance(MINUTE)
    supervision.sweep()
    assert error_codes(logs_db).count("shard_crashes") == 1


def test_a_cancelled_run_is_wound_up_whatever_it_did(
    logs_db: Database, supervision: Supervision, clock: FakeClock
) -> None:
    run = a_sealed_run(logs_db, count=2)
    for _ in range(MOST_CRASHES):
        claimed(logs_db, run)
        let_leases_run_out(logs_db, clock)
    with logs_db.write() as tables:
        tables.jobs.move(run.job_id, before=(JobState.RUNNING,), after=JobState.CANCELLED, at=START)
    supervision.sweep()
    assert [task.shard_no for task in take_tasks(logs_db)] == [0]
    with logs_db.read() as tables:
        assert tables.shards.crashes(run.run_id, 0) < MOST_CRASHES


def test_jobs_that_nobody_can_take_are_told_once(logs_db: Database, supervision: Supervision, clock: FakeClock) -> None:
    a_job(logs_db)
    supervision.sweep()
    assert error_codes(logs_db) == []
    for _ in range(3):
        clock.advance(2 * MINUTE)
        supervision.sweep()
    assert error_codes(logs_db) == ["no_worker"]


def test_old_payloads_are_purged_and_young_ones_stay(
    logs_db: Database, supervision: Supervision, clock: FakeClock
) -> None:
    run = a_sealed_run(logs_db, count=2)
    lease = claimed(logs_db, run)
    intents = [an_intent(delivery) for delivery in run.deliveries]
    born = datetime.now(UTC)
    with logs_db.write() as tables:
        tables.settings.put(PAYLOAD_RETENTION_DAYS, 30)
        tables.ledger.record(lease, intents=intents, at=START)
        for intent, days in zip(intents, (0, 20), strict=True):
            assert tables.ledger.settle([replace(a_result(intent), at=born + timedelta(days=days))]) == 1
    clock.advance(86_400 * 31)
    clock.jump(born + timedelta(days=31))
    supervision.sweep()
    with logs_db.read() as tables:
        kept = [tables.ledger.payload(delivery.id) is not None for delivery in run.deliveries]
    assert kept == [False, True]


def test_a_purge_with_nothing_to_purge_writes_nothing(logs_db: Database, clock: FakeClock) -> None:
    """Mails in flight would wait for it."""
    db = CountedLogsDb(logs_db)
    supervision = Supervision(db, QueueingEngine(), clock)
    supervision.sweep()
    with_purge, db.writes = db.writes, 0
    clock.advance(MINUTE)
    supervision.sweep()
    assert db.writes == with_purge


def test_it_leaves_word_that_it_is_there(logs_db: Database, supervision: Supervision, clock: FakeClock) -> None:
    supervision.sweep()
    clock.advance(20)
    supervision.sweep()
    with logs_db.read() as tables:
        assert tables.settings.get(SCHEDULER_TICK) == clock.now().isoformat()
