"""A job that ends early, or is taken over, while a worker takes its snapshot: everyone is accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import event

from tank.db.database import Database
from tank.domain.attachment import AttachmentRule, MissingFilePolicy
from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.query import SourceError, SourceErrorKind
from tank.domain.run import RunPhase
from tank.domain.worker import Task
from tank.services.finishing import close_shard, finish_run
from tank.services.held import LEASE_SECONDS
from tank.services.jobs import Jobs
from tank.services.pools import DaemonPool
from tank.services.run_jobs import RunJobs
from tests.fakes.clock import START, FakeClock
from tests.fakes.logs_db import CountedLogsDb
from tests.fakes.sources import FakeSources
from tests.support.a_run import a_result, a_sealed_run, an_intent, claimed
from tests.support.logs_db import postgres_logs_db
from tests.support.published import AlwaysPublished
from tests.support.site import UPDATE, Site, customers


class MeddledLogsDb:
    """The port ``LogsDb``; calls a function between two of its transactions."""

    def __init__(self, db: LogsDb, *, after_write: int, meddle: Callable[[], None]) -> None:
        self._db = db
        self._left = after_write
        self._meddle = meddle

    @contextmanager
    def read(self) -> Iterator[Tables]:
        with self._db.read() as tables:
            yield tables

    @contextmanager
    def write(self) -> Iterator[Tables]:
        with self._db.write() as tables:
            yield tables
        self._left -= 1
        if self._left == 0:
            self._meddle()

    @property
    def has_meddled(self) -> bool:
        return self._left <= 0


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    return Site(sqlite_db, clock)


def _handle(site: Site, db: LogsDb, job: Job) -> None:
    """As a worker handles the task RUN_JOB."""
    kits = site.kits(DaemonPool("work", 1), site.sender)
    sources = FakeSources(erp=site.source)

    def make_kit(run_id: UUID) -> object:
        return asyncio.run(kits.of(run_id))

    jobs = RunJobs(db=db, engine=site.engine, clock=site.clock, sources=sources, make_kit=make_kit)  # type: ignore[arg-type]
    jobs.handle(job.id, new_id(), holding=lambda _: None)


def _wind_up(site: Site, job: Job) -> None:
    """What workers do afterwards: what the scheduler's sweeps wake them for, until there is nothing more."""
    for _ in range(5):
        with site.db.read() as tables:
            tasks, jobs = [one.task for one in tables.shards.unheld()], tables.jobs.unheld()
        for task in tasks:
            assert task.run_id is not None
            with site.db.write() as tables:
                lease = tables.shards.claim(
                    task.run_id, task.shard_no, new_id(), lease_seconds=LEASE_SECONDS, at=site.clock.now()
                )
                assert lease is not None
                close_shard(tables, lease, job.id, at=site.clock.now())
        for _job in jobs:
            _handle(site, site.db, job)
        if not (tasks or jobs):
            return
    raise AssertionError("there is always more to do")


def _meddled(site: Site, after_write: int, meddle: Callable[[Job], None]) -> tuple[Job, bool]:
    """A job into whose handling somebody meddles after so many writes; and whether there were so many."""
    job = site.start()
    db = MeddledLogsDb(site.db, after_write=after_write, meddle=lambda: meddle(job))
    _handle(site, db, job)
    if not site.jobs.get(job.id).state.is_active:
        _wind_up(site, job)
    return site.jobs.get(job.id), db.has_meddled


def _is_accounted_for(site: Site, job: Job) -> None:
    run, counts = site.run(job), site.counts(job)
    assert run is not None
    assert run.finished_at is not None
    assert run.phase is RunPhase.FINISH
    assert counts.adds_up
    assert (counts.pending, counts.sending) == (0, 0)
    found = site.deliveries(job)
    assert len(found) == counts.target
    assert all(delivery.status is DeliveryStatus.SKIPPED for delivery in found)


def test_an_aborted_run_accounts_for_everyone_whoever_hears_of_the_abort_first(site: Site) -> None:
    site.publish(
        attachments=(AttachmentRule(pattern="{{ CUST_ID }}.pdf"),),
        policies={"missing_file": MissingFilePolicy.ABORT_RUN},
    )
    for after_write in range(1, 30):
        job, has_meddled = _meddled(site, after_write, lambda job: _handle(site, site.db, job))
        assert (job.state, site.counts(job).skipped) == (JobState.FAIL, 3), after_write
        _is_accounted_for(site, job)
        if not has_meddled:
            return
    raise AssertionError("it never ended")


def test_a_run_cancelled_at_any_moment_of_its_snapshot_leaves_nobody_pending(site: Site) -> None:
    def cancel(job: Job) -> None:
        if site.jobs.get(job.id).state.is_active:
            site.jobs.cancel(job.id, by="kim")
            _handle(site, site.db, job)

    for after_write in range(1, 30):
        job, has_meddled = _meddled(site, after_write, cancel)
        if not has_meddled:
            assert (job.state, site.counts(job).pending) == (JobState.RUNNING, 3)
            return
        assert job.state is JobState.CANCELLED
        _is_accounted_for(site, job)
    raise AssertionError("it never ended")


@pytest.mark.parametrize("after", [JobState.PAUSED, JobState.CANCELLED])
def test_a_run_is_steered_at_the_very_moment_it_ends(clock: FakeClock, after: JobState) -> None:
    """Between the look at the job and its move: SQLite has one writer at a time, PostgreSQL has not."""
    with postgres_logs_db(clock=clock) as db:
        run = a_sealed_run(db, count=1)
        lease, intent = claimed(db, run), an_intent(run.deliveries[0])
        with db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
            tables.ledger.settle([a_result(intent)])
        moments = ["before the move"]

        @event.listens_for(db.engine, "before_cursor_execute")
        def meddle(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("UPDATE job SET state") and moments:
                moments.clear()
                with db.write() as tables:
                    assert tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=after, at=START)

        with db.write() as tables:
            close_shard(tables, lease, run.job_id, at=START)
        with db.read() as tables:
            job, found = tables.jobs.get(run.job_id), tables.runs.get(run.run_id)
            assert (job.state, found.finished_at is None) == (after, after is JobState.PAUSED)
        with db.write() as tables:
            if after is JobState.PAUSED:
                assert tables.jobs.move(run.job_id, before=[JobState.PAUSED], after=JobState.RUNNING, at=START)
            assert [job.id for job in tables.jobs.unheld()] == ([run.job_id] if after is JobState.PAUSED else [])
            finish_run(tables, run.run_id, at=START)
            assert tables.runs.get(run.run_id).finished_at == START
            assert tables.jobs.get(run.job_id).state is (JobState.SUCCESS if after is JobState.PAUSED else after)


@pytest.mark.parametrize("source_fails", [False, True])
def test_a_worker_that_freezes_at_any_moment_of_a_snapshot_spoils_nothing_of_its_successor(
    site: Site, source_fails: bool
) -> None:
    """It wakes when another has taken its job over and sealed it, and finds its own source broken perhaps."""
    site.publish(
        attachments=(AttachmentRule(pattern="{{ CUST_ID }}.pdf", required=False),),
        policies={"check_files_first": True},
    )

    def take_over(job: Job) -> None:
        site.clock.advance(LEASE_SECONDS + 1)
        _handle(site, site.db, job)
        if source_fails:
            site.source.fail("stream", SourceError(SourceErrorKind.INVALID_SQL, "no such table"))

    for after_write in range(1, 30):
        job, has_meddled = _meddled(site, after_write, take_over)
        assert site.work(job).state is JobState.SUCCESS, after_write
        assert site.counts(job).sent == len(site.deliveries(job)) == 3
        site.source.forgive()
        if not has_meddled:
            return
    raise AssertionError("it never ended")


def test_a_run_is_handed_out_beside_a_large_one(site: Site) -> None:
    """After a resume nobody but the hand-out wakes workers for it, until the scheduler's next sweep."""
    a_sealed_run(site.db, count=600, shard_size=1)
    later = a_sealed_run(site.db, count=2, shard_size=1)
    with site.db.read() as tables:
        job = tables.jobs.get(later.job_id)
    _handle(site, site.db, job)
    assert [task.shard_no for task in _queued(site.db)] == [0, 1]


def _queued(db: Database) -> list[Task]:
    tasks = []
    with db.write() as tables:
        while (found := tables.tasks.take(new_id(), lease_seconds=60)) is not None:
            tasks.append(found[1])
    return tasks


def test_a_large_replay_goes_shard_by_shard(site: Site) -> None:
    """In one transaction, half a million write-backs would stop all sending for seconds."""
    site.customers(customers(60))
    site.source.accept(UPDATE, lambda binds: 0)
    site.publish(dbio={"update_query": UPDATE})
    job = site.work(site.start())
    run = site.run(job)
    assert run is not None
    seen: list[int] = []
    # After the audit entry and the first shard.
    db = MeddledLogsDb(site.db, after_write=2, meddle=lambda: seen.append(site.counts(job).update_pending))
    assert Jobs(db, site.engine, AlwaysPublished(), site.clock).replay_updates(run.id, by="kim") == 2
    assert (seen, site.counts(job).update_pending) == ([50], 60)


def test_a_large_retry_is_read_in_chunks(site: Site) -> None:
    """Neither all of it at once, nor a transaction for each row."""
    old = a_sealed_run(site.db, count=2_001, shard_size=3_000, automation_id=site.automation_id)
    with site.db.write() as tables:
        tables.jobs.move(old.job_id, before=(JobState.RUNNING,), after=JobState.CANCELLED, at=site.clock.now())
    lease = claimed(site.db, old)
    with site.db.write() as tables:
        close_shard(tables, lease, old.job_id, at=site.clock.now())
    job = site.jobs.retry_failed(old.run_id, by="kim", error_kinds=[ErrorKind.CANCELLED])
    db = CountedLogsDb(site.db)
    _handle(site, db, job)
    run = site.run(job)
    assert run is not None
    assert (run.counts.target, run.counts.pending, run.columns) == (2_001, 2_001, ("CUST_ID", "N"))
    assert db.reads < 20
    with site.db.read() as tables:
        last = tables.ledger.page(run.id, limit=3_000).items[-1]
        original = tables.ledger.page(old.run_id, limit=3_000).items[-1]
    assert (last.seq, last.retry_of) == (2_001, original.id)
