"""The failure model (DESIGN section 6), with faults made on purpose: each line a test."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, event

from tank.db.database import Database
from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.errors import Misconfigured
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState
from tank.domain.mail import OutgoingMail, Receipt, SendErrorKind
from tank.domain.values import RowValues
from tank.domain.worker import Worker, WorkerState
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.logs_db import FlakyLogsDb
from tests.fakes.senders import ScriptedSender
from tests.fakes.sources import lost_connection
from tests.support.a_run import let_leases_run_out
from tests.support.site import MAPPING, TARGET, UPDATE, Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock, rows=customers(60))


def _everyone_once(site: Site, count: int = 60) -> bool:
    return Counter(site.mailed()) == Counter({f"c{number}@example.com": 1 for number in range(1, count + 1)})


class CallingSender(ScriptedSender):
    """Calls a function with the number of each attempt, before it is made."""

    def __init__(self, call: object) -> None:
        super().__init__(max_concurrency=5)
        self._call = call

    async def send(self, mail: OutgoingMail) -> Receipt:
        self._call(len(self.attempts) + 1)  # type: ignore[operator]
        return await super().send(mail)


def test_a_second_machine_is_refused(site: Site) -> None:
    now = site.clock.now()
    other = Worker(id=new_id(), host="other-host", pid=1, state=WorkerState.ALIVE, started_at=now, beat_at=now)
    with site.db.write() as tables:
        tables.workers.add(other)
    job = site.start()
    with pytest.raises(Misconfigured, match="other-host"):
        site.work(job)
    assert site.mailed() == []


def test_several_workers_mail_everyone_once(site: Site) -> None:
    site.customers(customers(500))
    job = site.work(site.start(), workers=4)
    assert job.state is JobState.SUCCESS
    assert _everyone_once(site, 500)


def test_lost_commit_replies_lose_nothing_and_send_nothing_twice(site: Site) -> None:
    site.publish(dbio={"update_query": UPDATE})
    site.sender = CallingSender(lambda number: site.flaky_db.lose_replies(1) if number % 7 == 0 else None)
    job = site.work(site.start())
    assert job.state is JobState.SUCCESS
    assert _everyone_once(site)
    assert len(site.source.written) == 60


def test_while_the_logs_db_is_away_nothing_is_sent_and_then_it_goes_on(site: Site) -> None:
    def go_away(number: int) -> None:
        if number == 20:
            site.flaky_db.is_away = True
            asyncio.get_running_loop().call_later(0.7, come_back)

    attempts_on_return: list[int] = []

    def come_back() -> None:
        attempts_on_return.append(len(site.sender.attempts))
        site.flaky_db.is_away = False

    site.sender = CallingSender(go_away)
    job = site.work(site.start())
    assert job.state is JobState.SUCCESS
    # What had its intent committed was on its way; nothing else left.
    assert attempts_on_return[0] <= 20 + site.sender.max_concurrency
    assert _everyone_once(site)


def test_on_a_full_disk_nothing_is_sent_that_cannot_be_recorded(sqlite_db: Database, clock: FakeClock) -> None:
    """SQLite's own limit on pages gives the error that a full disk gives: SQLITE_FULL."""
    site = Site(sqlite_db, clock, rows=customers(60))
    site.publish(dbio={"mapping_query": MAPPING})
    # Long mapping rows need new pages with each intent.
    site.source.answer(MAPPING, ("AMOUNT",), lambda _: [(os.urandom(8_000),)])
    pages = "1000000"

    @event.listens_for(sqlite_db.engine, "begin")
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    attempts_at_the_end: list[int] = []

    def fill_up(number: int) -> None:
        nonlocal pages
        if number == 20:
            pages = "1"  # SQLite takes the present size as the least
            asyncio.get_running_loop().call_later(1.0, make_room)

    def make_room() -> None:
        nonlocal pages
        attempts_at_the_end.append(len(site.sender.attempts))
        pages = "1000000"

    site.sender = CallingSender(fill_up)
    job = site.work(site.start())
    assert job.state is JobState.SUCCESS
    assert attempts_at_the_end[0] <= 20 + 2 * site.sender.max_concurrency
    assert _everyone_once(site)


def _crashed_in_flight(site: Site, job: Job) -> list[str]:
    """Let a worker die with mails on their way; whose they were."""

    async def run() -> None:
        site.sender.hold()
        working = asyncio.create_task(site.worker().run(asyncio.Event()))
        while len(site.sender.attempts) < 5:
            await asyncio.sleep(0.01)
        # As kill -9 would: nothing is written any more.
        site.flaky_db.is_away = True
        working.cancel()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())
    site.flaky_db = FlakyLogsDb(site.db)  # the dead one's threads never see it again
    site.sender.release()
    assert site.counts(job).sending == 5
    return [mail.rcpt_to for mail in site.sender.attempts]


def test_what_a_dead_worker_had_on_its_way_is_unknown_and_the_rest_goes_on(site: Site, clock: FakeClock) -> None:
    site.sender = ScriptedSender(max_concurrency=5)
    job = site.start()
    in_flight = _crashed_in_flight(site, job)
    let_leases_run_out(site.db, clock)
    job = site.work(job)
    unknown = site.deliveries(job, DeliveryStatus.UNKNOWN)
    assert sorted(delivery.email for delivery in unknown) == sorted(in_flight)
    assert {delivery.error_kind for delivery in unknown} == {ErrorKind.WORKER_LOST}
    assert job.state is JobState.PARTIAL
    counts = site.counts(job)
    assert (counts.sent, counts.unknown) == (55, 5)
    assert counts.adds_up
    assert Counter(mail.rcpt_to for mail in site.sender.attempts).most_common(1)[0][1] == 1


def test_a_shard_that_kills_its_worker_three_times_pauses_the_run(site: Site, clock: FakeClock) -> None:
    site.customers(customers(40))  # one shard
    site.sender = ScriptedSender(max_concurrency=5)
    job = site.start()
    for _ in range(3):
        site.sender.attempts.clear()
        _crashed_now(site, job)
        let_leases_run_out(site.db, clock)
        site.supervision.sweep()
    job = site.work(job)
    assert job.state is JobState.PAUSED
    assert site.errors()[0].startswith("shard")


def test_a_run_that_nobody_resumes_fails_after_its_limit(site: Site, clock: FakeClock) -> None:
    site.publish(policies={"fail_paused_after_hours": 2})
    site.sender.fail(SendErrorKind.STOPPED)
    job = site.work(site.start())
    assert job.state is JobState.PAUSED
    clock.advance(3_600 * 2 + 1)
    job = site.work(job, until=lambda: site.jobs.get(job.id).state is JobState.FAIL and site.counts(job).skipped == 60)
    assert job.reason_code == "paused_too_long"
    assert site.mailed() == []


def test_a_person_s_pause_lasts(site: Site, clock: FakeClock) -> None:
    site.publish(policies={"fail_paused_after_hours": 2})
    job = site.start()
    site.jobs.pause(job.id, by="kim")
    clock.advance(3_600 * 24)
    site.supervision.sweep()
    assert site.jobs.get(job.id).state is JobState.PAUSED


def test_a_logs_db_that_was_restored_from_an_older_copy_sends_nothing_until_a_person_looked(site: Site) -> None:
    site.work(site.start())
    site.high_water.raise_to(1_000)
    job = site.start()
    site.work(job, until=lambda: site.counts(job).pending == 60)
    assert len(site.sender.attempts) == 60
    assert site.errors() == ["logs_db_restored"]
    site.jobs.resume_sending(by="kim")
    assert site.work(job).state is JobState.SUCCESS
    assert site.errors() == ["logs_db_restored"]


def _crashed_now(site: Site, job: Job) -> None:
    async def run() -> None:
        site.sender.hold()
        working = asyncio.create_task(site.worker().run(asyncio.Event()))
        while not site.sender.attempts:
            await asyncio.sleep(0.01)
        site.flaky_db.is_away = True
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())
    site.flaky_db = FlakyLogsDb(site.db)  # the dead one's threads never see it again
    site.sender.release()


def test_a_worker_frozen_past_its_lease_sends_nothing_more_and_keeps_its_evidence(site: Site, clock: FakeClock) -> None:
    """While it sleeps, another worker takes the shard; what it hears when it wakes settles the UNKNOWN rows."""
    site.customers(customers(40))  # one shard: with two, the worker that wakes may rightly take the other
    site.publish(dbio={"update_query": UPDATE})
    site.sender = ScriptedSender(max_concurrency=5)
    job = site.start()
    site.sender.hold()

    async def run() -> None:
        stop = asyncio.Event()
        frozen = asyncio.create_task(site.worker().run(stop))
        while len(site.sender.attempts) < 5:
            await asyncio.sleep(0.01)
        # Frozen: its heartbeat does not get through either.
        slow, site.sender = site.sender, ScriptedSender(max_concurrency=5)
        frozen_db, site.flaky_db = site.flaky_db, FlakyLogsDb(site.db)
        frozen_db.is_away = True
        let_leases_run_out(site.db, clock)
        other = asyncio.create_task(site.worker().run(stop))
        while site.counts(job).unknown < 5:
            site.supervision.sweep()
            await asyncio.sleep(0.02)
        frozen_db.is_away = False
        slow.release()
        while site.jobs.get(job.id).state is JobState.RUNNING or site.counts(job).update_pending:
            site.supervision.sweep()
            await asyncio.sleep(0.02)
        stop.set()
        await asyncio.gather(frozen, other)
        assert len(slow.attempts) == 5
        assert len(site.sender.attempts) == 35

    asyncio.run(asyncio.wait_for(run(), 30))
    counts = site.counts(job)
    assert (counts.sent, counts.unknown, counts.update_ok) == (40, 0, 40)


def test_pauses_in_the_middle_of_snapshots_use_up_no_tries(site: Site) -> None:
    pauses = 3

    def rows(binds: object) -> list[RowValues]:
        nonlocal pauses
        if pauses:
            pauses -= 1
            site.jobs.pause(job.id, by="kim")
        return customers(60)

    site.source.answer(TARGET, ("CUST_ID", "EMAIL", "고객명"), rows)
    job = site.start()
    for _ in range(3):
        assert site.work(job).state is JobState.PAUSED
        site.jobs.resume(job.id, by="kim")
    site.source.fail("stream", lost_connection(), times=2)
    assert site.work(job).state is JobState.SUCCESS
    assert _everyone_once(site)


def test_a_drain_ends_a_snapshot_between_two_chunks_and_the_job_goes_on(site: Site) -> None:
    stops: list[Callable[[], object]] = []

    def rows_that_end_the_worker(binds: object) -> list[RowValues]:
        if stops:
            stops.pop()()
            time.sleep(0.2)
        return customers(3_000)

    site.source.answer(TARGET, ("CUST_ID", "EMAIL", "고객명"), rows_that_end_the_worker)
    job = site.start()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        await site.worker().run(stop)

    asyncio.run(asyncio.wait_for(run(), 20))
    assert (site.jobs.get(job.id).state, site.counts(job).target) == (JobState.RUNNING, 1_000), "one chunk of three"
    site.work(job, until=lambda: site.counts(job).sent > 0)
    assert site.counts(job).target == 3_000


def test_a_drain_does_not_wait_for_a_prepare_that_hangs(site: Site) -> None:
    """A source that does not answer holds nobody's mail: nothing of the shard is in doubt."""
    site.publish(dbio={"mapping_query": MAPPING})
    asked, answers = threading.Event(), threading.Event()

    def hang(binds: object) -> list[RowValues]:
        asked.set()
        answers.wait(60)
        return [(1,)]

    site.source.answer(MAPPING, ("AMOUNT",), hang)
    job = site.start()

    async def run() -> None:
        stop = asyncio.Event()
        working = asyncio.create_task(site.worker().run(stop))
        while not asked.is_set():
            await asyncio.sleep(0.01)
        stop.set()
        await working

    asyncio.run(asyncio.wait_for(run(), 15))
    counts = site.counts(job)
    assert (counts.pending, counts.sending) == (60, 0)
    answers.set()
    assert site.work(job).state is JobState.SUCCESS
    assert _everyone_once(site)


def test_a_drain_ends_what_is_on_its_way_and_leaves_the_rest(site: Site) -> None:
    site.sender = ScriptedSender(max_concurrency=5)
    job = site.start()
    site.sender.hold()

    async def run() -> None:
        stop = asyncio.Event()
        working = asyncio.create_task(site.worker().run(stop))
        while len(site.sender.attempts) < 5:
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.sleep(0.1)
        site.sender.release()
        await working

    asyncio.run(asyncio.wait_for(run(), 20))
    counts = site.counts(job)
    assert (counts.sending, counts.unknown) == (0, 0)
    assert counts.sent == len(site.sender.attempts) <= 10
    assert site.work(job).state is JobState.SUCCESS
    assert _everyone_once(site)
