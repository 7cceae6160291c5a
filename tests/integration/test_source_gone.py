"""The source goes away between seal and mapping: the shard waits, then the run pauses, and ends as a person decides."""

from __future__ import annotations

from collections import Counter

import pytest

from tank.db.database import Database
from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.job import JobState
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.sources import lost_connection
from tests.support.site import MAPPING, Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    site = Site(logs_db, clock, rows=customers(60))
    site.publish(dbio={"mapping_query": MAPPING}, policies={"fail_paused_after_hours": 2})
    return site


def test_a_source_that_comes_back_soon_is_waited_for(site: Site) -> None:
    site.source.fail("map_rows", lost_connection(), times=2)
    assert site.work(site.start()).state is JobState.SUCCESS
    assert (len(site.mailed()), site.errors()) == (60, [])


def test_one_that_stays_away_pauses_the_run_which_is_resumed_to_its_end(site: Site) -> None:
    site.source.fail("map_rows", lost_connection(), times=1_000)
    job = site.work(site.start())
    assert (job.state, job.reason_code) == (JobState.PAUSED, "source_connection_lost")
    assert site.errors() == ["source_connection_lost"]
    assert {(d.status, d.attempts) for d in site.deliveries(job)} == {(DeliveryStatus.PENDING, 0)}
    site.source.forgive()
    site.jobs.resume(job.id, by="kim")
    assert site.work(job).state is JobState.SUCCESS
    assert Counter(site.mailed()) == Counter({f"c{number}@example.com": 1 for number in range(1, 61)})


def test_one_that_nobody_mends_fails_the_job_after_the_policy_s_limit(site: Site, clock: FakeClock) -> None:
    site.source.fail("map_rows", lost_connection(), times=1_000)
    job = site.work(site.start())
    assert job.state is JobState.PAUSED
    clock.advance(3_600 * 2 + 1)
    job = site.work(job, until=lambda: site.counts(job).skipped == 60)
    assert (job.state, job.reason_code) == (JobState.FAIL, "paused_too_long")
    assert {d.error_kind for d in site.deliveries(job)} == {ErrorKind.ABORTED}
    assert site.mailed() == []
