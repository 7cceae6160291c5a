"""Jobs and the lease of their snapshot, on SQLite and on PostgreSQL, with several takers at once."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest

from tank.db.database import Database
from tank.domain.delivery import ErrorKind
from tank.domain.errors import Conflict
from tank.domain.ids import new_id
from tank.domain.job import TRANSITIONS, JobState
from tank.domain.shard import LeaseLost
from tests.fakes.clock import START, FakeClock
from tests.support.a_run import LEASE_SECONDS, a_job, a_sealed_run, an_unsealed_run, claimed, let_leases_run_out, rows
from tests.support.at_once import all_at_once, at_once
from tests.support.published import a_published_automation


def _claim(db: Database, job_id: UUID) -> int | None:
    with db.write() as tables:
        return tables.jobs.claim(job_id, new_id(), lease_seconds=LEASE_SECONDS, at=START)


def _unheld(db: Database) -> list[UUID]:
    with db.read() as tables:
        return [job.id for job in tables.jobs.unheld()]


def test_of_jobs_asked_for_at_once_one_is_made(logs_db: Database) -> None:
    automation_id = a_published_automation(logs_db)

    def ask() -> str:
        try:
            a_job(logs_db, automation_id)
        except Conflict as error:
            return error.code
        return "made"

    assert sorted(at_once(ask, 6)) == ["job_active"] * 5 + ["made"]


def test_the_next_job_may_come_when_the_last_has_ended(logs_db: Database) -> None:
    first = a_job(logs_db)
    with logs_db.write() as tables:
        tables.jobs.move(first.id, before=[JobState.WAITING], after=JobState.CANCELLED, at=START)
        assert tables.jobs.active(first.automation_id) is None
    second = a_job(logs_db, first.automation_id)
    with logs_db.read() as tables:
        assert tables.jobs.active(first.automation_id) == tables.jobs.get(second.id)


def test_of_workers_that_claim_at_once_one_holds_it(logs_db: Database) -> None:
    job = a_job(logs_db)
    fences = at_once(lambda: _claim(logs_db, job.id), 6)
    assert [fence for fence in fences if fence is not None] == [1]
    with logs_db.read() as tables:
        found = tables.jobs.get(job.id)
    assert (found.state, found.starts, found.started_at) == (JobState.RUNNING, 1, START)


def test_a_lease_that_ran_out_goes_to_the_next_with_a_higher_fence(logs_db: Database, clock: FakeClock) -> None:
    job = a_job(logs_db)
    assert _claim(logs_db, job.id) == 1
    assert _unheld(logs_db) == []
    let_leases_run_out(logs_db, clock)
    assert _unheld(logs_db) == [job.id]
    assert _claim(logs_db, job.id) == 2
    with logs_db.write() as tables:
        assert not tables.jobs.renew(job.id, 1, lease_seconds=LEASE_SECONDS)
        tables.jobs.release(job.id, 1)  # the former holder's goodbye is nobody's business
        assert tables.jobs.renew(job.id, 2, lease_seconds=LEASE_SECONDS)
    assert _unheld(logs_db) == []


def test_one_that_was_given_back_is_not_renewed(logs_db: Database) -> None:
    job = a_job(logs_db)
    assert _claim(logs_db, job.id) == 1
    with logs_db.write() as tables:
        tables.jobs.release(job.id, 1)
        assert not tables.jobs.renew(job.id, 1, lease_seconds=LEASE_SECONDS)
    assert _claim(logs_db, job.id) == 2


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.CANCELLED, JobState.FAIL])
def test_one_that_does_not_run_is_not_claimed(logs_db: Database, state: JobState) -> None:
    job = a_job(logs_db)
    with logs_db.write() as tables:
        tables.jobs.move(job.id, before=[JobState.WAITING], after=state, at=START)
    assert _claim(logs_db, job.id) is None


def test_an_unsealed_job_waits_for_a_worker_until_it_is_closed(logs_db: Database) -> None:
    job = a_job(logs_db)
    assert _unheld(logs_db) == [job.id]
    with logs_db.write() as tables:
        tables.jobs.move(job.id, before=[JobState.WAITING], after=JobState.PAUSED, at=START)
    assert _unheld(logs_db) == []
    with logs_db.write() as tables:
        tables.jobs.move(job.id, before=[JobState.PAUSED], after=JobState.CANCELLED, at=START)
    assert _unheld(logs_db) == [job.id]
    with logs_db.write() as tables:
        assert tables.jobs.close(job.id)
        assert not tables.jobs.close(job.id)
    assert _unheld(logs_db) == []


def test_a_sealed_job_goes_on_by_its_shards_and_waits_for_its_end_after_the_last(logs_db: Database) -> None:
    run = a_sealed_run(logs_db, count=1)
    assert _unheld(logs_db) == []
    lease = claimed(logs_db, run)
    with logs_db.write() as tables:
        tables.ledger.skip_pending(lease, error_kind=ErrorKind.CANCELLED, error_text="", at=START)
        assert tables.shards.complete(lease)
    # As after a crash between the last shard's end and the run's.
    assert _unheld(logs_db) == [run.job_id]


def test_a_move_follows_the_table_or_is_refused(sqlite_db: Database) -> None:
    for before, after in product(JobState, JobState):
        job = a_job(sqlite_db)
        with sqlite_db.write() as tables:
            if after in TRANSITIONS[before]:
                assert tables.jobs.move(job.id, before=[before], after=after, at=START) == (before is JobState.WAITING)
            else:
                with pytest.raises(Conflict):
                    tables.jobs.move(job.id, before=[before], after=after, at=START)


def test_of_moves_at_once_one_succeeds(logs_db: Database) -> None:
    job = a_job(logs_db)
    wishes = iter([JobState.PAUSED, JobState.CANCELLED, JobState.FAIL] * 2)

    def move() -> bool:
        with logs_db.write() as tables:
            return tables.jobs.move(job.id, before=[JobState.WAITING], after=next(wishes), at=START)

    assert sum(at_once(move, 6)) == 1


def test_a_paused_job_is_found_by_how_long_and_why(logs_db: Database) -> None:
    job = a_job(logs_db)
    with logs_db.write() as tables:
        tables.jobs.move(job.id, before=[JobState.WAITING], after=JobState.PAUSED, at=START, reason_code="source_away")
    with logs_db.read() as tables:
        later = START + timedelta(hours=1)
        assert [found.id for found in tables.jobs.paused_since(later, but_for="by_person")] == [job.id]
        assert tables.jobs.paused_since(later, but_for="source_away") == []
        assert tables.jobs.paused_since(START, but_for="by_person") == []


def test_a_claim_waits_for_a_former_holder_s_last_chunk_or_refuses_it(logs_db: Database, clock: FakeClock) -> None:
    """Whoever throws a snapshot away must see all of it: a chunk never appears after the next holder's claim."""
    run = an_unsealed_run(logs_db)
    let_leases_run_out(logs_db, clock)
    may_commit, inserted = threading.Event(), threading.Event()

    def add_slowly() -> None:
        with logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(3), fence=run.fence, at=START)
            inserted.set()
            may_commit.wait(0.3)

    def take_over() -> int:
        inserted.wait(5)
        assert _claim(logs_db, run.job_id) == run.fence + 1
        with logs_db.write() as tables:
            return tables.runs.discard_snapshot(run.run_id, fence=run.fence + 1)

    assert all_at_once(add_slowly, take_over) == [None, 3]
    with pytest.raises(LeaseLost), logs_db.write() as tables:
        tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(3), fence=run.fence, at=START)
