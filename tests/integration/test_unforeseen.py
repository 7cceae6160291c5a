"""What no rule foresees: odd bytes from outside, columns that vanish, bugs. Nobody is lost, and people are told."""

from __future__ import annotations

import pytest

from tank.db.database import Database
from tank.domain.automation import TargetColumns, Template
from tank.domain.delivery import DeliveryStatus, UpdateStatus
from tank.domain.errors import TankError
from tank.domain.job import JobState
from tank.domain.log import SystemErrorRecord
from tank.domain.mail import OutgoingMail, Receipt, SendErrorKind
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.senders import ScriptedSender
from tests.support.site import MAPPING, TARGET, UPDATE, Site, customers

#: What a Korean mail server says in cp949, as drivers hand it over, and a NUL, which PostgreSQL cannot keep.
ODD = "수신거부 \udcb0\udca1 \0 끝"


@pytest.fixture
def clock() -> FakeClock:
    """What failed comes again after a rest, so time must pass."""
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock)


def _errors(site: Site) -> list[SystemErrorRecord]:
    with site.db.read() as tables:
        return list(tables.system_errors.page().items)


class OddSender(ScriptedSender):
    """Says what no text should hold."""

    async def send(self, mail: OutgoingMail) -> Receipt:
        await super().send(mail)
        return Receipt(ODD)


class BrokenSender(ScriptedSender):
    """Has a bug, behind the moment at which the provider accepts."""

    async def send(self, mail: OutgoingMail) -> Receipt:
        await super().send(mail)
        raise ZeroDivisionError("division by zero")


class TestOddBytes:
    def test_one_odd_answer_keeps_no_result_out_of_the_ledger(self, site: Site) -> None:
        site.customers(customers(40))
        site.sender = OddSender()
        job = site.start()
        assert site.work(job).state is JobState.SUCCESS
        assert site.counts(job).sent == 40
        assert site.deliveries(job)[0].message_id == "수신거부 \ufffd\ufffd \ufffd 끝"

    def test_odd_refusals_are_told_and_counted(self, site: Site) -> None:
        site.publish(policies={"breaker_threshold": 3})
        site.sender.fail(SendErrorKind.REJECTED, code=ODD)
        job = site.work(site.start())
        assert job.state is JobState.PAUSED
        assert site.counts(job).fail == 3


class TestVanishedColumns:
    def test_a_bind_that_the_target_lost_fails_the_run_before_the_first_mail(self, site: Site) -> None:
        site.source.answer(TARGET, ("EMAIL", "ID"), [("a@example.com", "C1")])
        site.publish(dbio={"mapping_query": MAPPING}, columns=TargetColumns(email="EMAIL", key=("ID",)))
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.FAIL, "unknown_bind")
        assert "CUST_ID" in job.reason
        assert site.sender.attempts == []
        assert [error.code for error in _errors(site)] == ["unknown_bind"]

    def test_an_update_that_binds_what_nobody_has_pauses_and_nothing_is_in_doubt(self, site: Site) -> None:
        site.source.answer(TARGET, ("EMAIL", "ID"), [("a@example.com", "C1")])
        site.publish(
            dbio={"update_query": UPDATE},
            columns=TargetColumns(email="EMAIL", key=("ID",)),
            template=Template(subject="안녕하세요", text="{{ ID }}"),
        )
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.PAUSED, "unknown_bind")
        (delivery,) = site.deliveries(job)
        assert (delivery.status, delivery.update_query_ok) == (DeliveryStatus.SENT, UpdateStatus.PENDING)
        with site.db.write() as tables:
            lease = tables.shards.claim(delivery.run_id, 0, delivery.id, lease_seconds=1, at=site.clock.now())
            assert lease is not None
            assert [update.in_doubt for update in tables.ledger.pending_updates(lease, limit=9)] == [False]


class TestBugs:
    def test_a_bug_in_a_sender_is_in_doubt_and_pauses_the_run(self, site: Site) -> None:
        """Not one windowful after the other: whether the provider took the mail cannot be known."""
        site.customers(customers(40))
        site.publish(policies={"breaker_threshold": 5})
        site.sender = BrokenSender(max_concurrency=4)
        job = site.work(site.start())
        assert job.state is JobState.PAUSED
        unknown = [row for row in site.deliveries(job) if row.status is DeliveryStatus.UNKNOWN]
        assert len(unknown) == len(site.sender.accepted) < 20
        assert {row.error_code for row in unknown} == {"ZeroDivisionError"}

    @pytest.mark.parametrize("method", ["map_rows", "stream"])
    def test_a_bug_in_a_source_is_told_and_pauses_the_run(self, site: Site, method: str) -> None:
        site.publish(dbio={"mapping_query": MAPPING})
        site.source.fail(method, ZeroDivisionError("division by zero"), times=3)
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.PAUSED, "unforeseen")
        assert "ZeroDivisionError: division by zero" in job.reason
        assert [error.code for error in _errors(site)] == ["unforeseen", "unforeseen"]
        site.jobs.resume(job.id, by="kim")
        assert site.work(job).state is JobState.SUCCESS
        assert len(site.sender.accepted) == 3

    def test_what_passes_by_itself_is_no_bug(self, site: Site) -> None:
        site.publish(dbio={"mapping_query": MAPPING})
        site.source.fail("map_rows", ZeroDivisionError("once"), times=1)
        assert site.work(job := site.start()).state is JobState.SUCCESS
        assert site.counts(job).sent == 3
        assert isinstance(_errors(site)[0], SystemErrorRecord)

    def test_updates_that_meet_a_bug_are_in_doubt_not_lost(self, site: Site) -> None:
        def effect(_binds: object) -> int:
            raise ZeroDivisionError("in the driver")

        site.publish(dbio={"update_query": UPDATE})
        site.source.accept(UPDATE, effect)
        job = site.work(site.start())
        site.source.accept(UPDATE)
        if job.state is JobState.PAUSED:
            site.jobs.resume(job.id, by="kim")
            job = site.work(job)
        assert site.counts(job).sent == 3
        assert site.counts(job).update_in_doubt + site.counts(job).update_ok == 3


def test_an_error_with_odd_bytes_can_be_told(site: Site) -> None:
    site.source.fail("stream", TankError(ODD))
    job = site.work(site.start())
    assert job.state is JobState.SUCCESS
    assert "\0" not in _errors(site)[0].message
