"""A run that finds far more or fewer recipients than the runs before it waits for a person, and mails nobody."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tank.db.database import Database
from tank.domain.attachment import MissingFilePolicy
from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.job import Job, JobState, ResendRow, Trigger
from tank.domain.mail import SendErrorKind
from tank.domain.run import RunPhase
from tank.domain.values import Row, RowValues
from tests.fakes.clock import FakeClock, RunningClock
from tests.support.site import FILE_RULE, TARGET, UPDATE, Site, customers

COLUMNS = ("CUST_ID", "EMAIL", "고객명")


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    """It has run once, for four customers."""
    made = Site(logs_db, clock, rows=customers(4))
    assert made.work(made.start()).state is JobState.SUCCESS
    made.sender.accepted.clear()
    return made


def run_of(site: Site, count: int) -> Job:
    site.customers(customers(count))
    return site.work(site.start())


def audit(site: Site, action: str) -> Sequence[object]:
    with site.db.read() as tables:
        return [entry.detail for entry in tables.audit.page(limit=100).items if entry.action == action]


@pytest.mark.parametrize("count", [7, 1, 0])
def test_it_pauses_before_anyone_is_mailed_and_says_why(site: Site, count: int) -> None:
    job = run_of(site, count)
    assert (job.state, job.reason_code, site.mailed(), site.errors()) == (JobState.PAUSED, "drift", [], ["drift"])
    percent = {7: "75 % more", 1: "75 % fewer", 0: "100 % fewer"}[count]
    assert job.reason == (
        f"Expected about 4 recipients from the last run, found {count}: {percent}; the limit is 50 %. "
        "Nobody has been mailed."
    )
    run = site.run(job)
    assert run is not None
    assert (run.phase, run.counts.target, run.counts.pending) == (RunPhase.DELIVER, count, count)
    # Workers that look again do not begin either.
    enough = time.monotonic() + 0.5
    assert site.work(job, until=lambda: time.monotonic() > enough, workers=2).state is JobState.PAUSED
    assert site.mailed() == []


@pytest.mark.parametrize("count", [2, 6])
def test_up_to_the_limit_it_goes_on(site: Site, count: int) -> None:
    assert run_of(site, count).state is JobState.SUCCESS


@pytest.mark.parametrize("count", [300, 1, 0])
def test_resuming_it_means_these_recipients_and_mails_each_once(site: Site, count: int) -> None:
    site.publish(dbio={"update_query": UPDATE})
    paused = run_of(site, count)
    site.customers([])  # the query is not asked again
    site.jobs.resume(paused.id, by="lee")
    job = site.work(paused)
    assert (job.state, job.reason_code) == (JobState.SUCCESS, "")
    counts = site.counts(job)
    assert (counts.target, counts.sent, counts.update_ok) == (count, count, count)
    assert Counter(site.mailed()) == Counter(f"c{number}@example.com" for number in range(1, count + 1))
    (resumed,) = audit(site, "job.running")
    assert resumed == {"reason": "", "confirmed": paused.reason}


def test_a_person_s_pause_after_it_was_confirmed_is_an_ordinary_one(site: Site) -> None:
    job = run_of(site, 9)
    site.jobs.resume(job.id, by="lee")
    site.jobs.pause(job.id, by="lee", reason="lunch")
    site.jobs.resume(job.id, by="lee")
    assert site.work(job).state is JobState.SUCCESS
    assert [detail == {"reason": ""} for detail in audit(site, "job.running")] == [True, False]


def test_a_run_that_was_not_meant_is_cancelled_and_is_no_measure_for_the_next(site: Site) -> None:
    job = run_of(site, 40)
    site.jobs.cancel(job.id, by="lee")
    job = site.work(job)
    assert {d.error_kind for d in site.deliveries(job)} == {ErrorKind.CANCELLED}
    assert run_of(site, 4).state is JobState.SUCCESS
    assert site.mailed() == [f"c{number}@example.com" for number in range(1, 5)]


def test_a_run_that_was_confirmed_is_a_measure_for_the_next(site: Site) -> None:
    job = run_of(site, 40)
    site.jobs.resume(job.id, by="lee")
    site.work(job)
    assert run_of(site, 25).state is JobState.SUCCESS  # the median of 4 and 40 is 22


def test_the_first_run_has_nothing_to_be_compared_with(logs_db: Database, clock: FakeClock) -> None:
    site = Site(logs_db, clock, rows=[])
    assert site.work(site.start()).state is JobState.SUCCESS
    # Nor has one after runs that found nobody.
    assert run_of(site, 30).state is JobState.SUCCESS


def test_without_a_limit_nothing_is_too_far(site: Site) -> None:
    site.publish(policies={"drift_limit_percent": None})
    assert run_of(site, 40).state is JobState.SUCCESS


def test_a_limit_beyond_a_hundred_lets_a_target_double(site: Site) -> None:
    site.publish(policies={"drift_limit_percent": 150})
    assert run_of(site, 10).state is JobState.SUCCESS
    assert run_of(site, 40).state is JobState.PAUSED


def test_a_scheduled_run_pauses_too(site: Site) -> None:
    site.customers(customers(40))
    job = site.work(site.jobs.request(site.automation_id, trigger=Trigger.SCHEDULE, by="schedule"))
    assert (job.state, job.reason_code, site.mailed()) == (JobState.PAUSED, "drift", [])


def test_retries_and_re_sends_were_chosen_by_a_person(site: Site) -> None:
    site.sender.fail(SendErrorKind.REJECTED, to="c1@example.com")
    first = run_of(site, 4)
    (failed,) = site.deliveries(first, DeliveryStatus.FAIL)
    site.sender.recover()
    retry = site.work(site.jobs.retry_failed(failed.run_id, by="kim"))
    assert (retry.state, site.counts(retry).target) == (JobState.SUCCESS, 1)
    again = site.jobs.resend([ResendRow(delivery_id=failed.id)], by="kim", reason="lost")
    assert site.work(again).state is JobState.SUCCESS
    assert run_of(site, 4).state is JobState.SUCCESS


def test_a_missing_file_that_stops_the_run_comes_first(site: Site) -> None:
    site.publish(attachments=(FILE_RULE,), policies={"missing_file": MissingFilePolicy.ABORT_RUN})
    job = run_of(site, 40)
    assert (job.state, job.reason_code, site.mailed()) == (JobState.FAIL, "missing_file", [])


def test_who_resumes_a_pause_of_their_own_has_confirmed_nothing(site: Site) -> None:
    """The pause comes while the query is still being read; what it finds is seen after the resumption alone."""
    jobs: list[Job] = []

    def answer(_: Row) -> Sequence[RowValues]:
        if jobs and site.jobs.get(jobs[0].id).state is JobState.RUNNING and len(jobs) == 1:
            site.jobs.pause(jobs[0].id, by="kim", reason="wait a moment")
            jobs.append(jobs[0])
        return customers(40)

    site.source.answer(TARGET, COLUMNS, answer)
    jobs.append(site.start())
    job = site.work(jobs[0])
    assert (job.state, job.reason_code) == (JobState.PAUSED, "paused_by_person")
    site.jobs.resume(job.id, by="kim")
    job = site.work(job)
    assert (job.state, job.reason_code, site.mailed()) == (JobState.PAUSED, "drift", [])
    assert site.counts(job).target == 40
    site.jobs.resume(job.id, by="kim")
    assert site.work(job).state is JobState.SUCCESS
    assert len(site.mailed()) == 40


def test_what_nobody_confirms_ends_without_a_mail(site: Site, clock: FakeClock) -> None:
    job = run_of(site, 40)
    clock.advance(timedelta(hours=73).total_seconds())
    site.supervision.sweep()
    job = site.work(job)
    assert (job.state, job.reason_code, site.mailed()) == (JobState.FAIL, "paused_too_long", [])
    assert site.counts(job).skipped == 40
