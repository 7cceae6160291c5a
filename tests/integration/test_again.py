"""Doing parts of a run again: retries mail nobody twice; what a person chooses is sent because that person says so."""

from __future__ import annotations

from collections import Counter

import pytest

from tank.db.database import Database
from tank.domain.automation import EqualAddresses, TargetColumns
from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.errors import Conflict, Invalid
from tank.domain.job import JobState, ResendRow
from tank.domain.mail import SendErrorKind
from tests.fakes.clock import FakeClock, RunningClock
from tests.support.site import FILE_RULE, Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock)


def test_failed_rows_are_retried_once(site: Site) -> None:
    site.sender.fail(SendErrorKind.REJECTED, to="c2@example.com", times=1)
    job = site.work(site.start())
    run = site.run(job)
    assert run is not None
    again = site.work(site.jobs.retry_failed(run.id, by="kim"))
    assert again.state is JobState.SUCCESS
    (row,) = site.deliveries(again)
    (failed,) = site.deliveries(job, DeliveryStatus.FAIL)
    assert (row.status, row.retry_of) == (DeliveryStatus.SENT, failed.id)
    assert Counter(site.mailed()).most_common(1)[0][1] == 1
    with pytest.raises(Conflict):
        site.jobs.retry_failed(run.id, by="kim")


def test_rows_whose_file_came_late_are_retried_by_their_cause(site: Site) -> None:
    site.publish(attachments=(FILE_RULE,))
    site.storage.add("s/C0001.pdf", b"1")
    job = site.work(site.start())
    run = site.run(job)
    assert run is not None
    with pytest.raises(Conflict):
        site.jobs.retry_failed(run.id, by="kim")
    for row in customers(3):
        site.storage.add(f"s/{row[0]!s}.pdf", b"1")
    again = site.work(site.jobs.retry_failed(run.id, by="kim", error_kinds=[ErrorKind.ATTACHMENT_NOT_FOUND]))
    assert again.state is JobState.SUCCESS
    assert site.mailed() == ["c1@example.com", "c2@example.com", "c3@example.com"]


def test_whom_another_run_mailed_within_the_period_no_retry_mails_again(site: Site) -> None:
    site.publish(policies={"once_per_hours": 24})
    site.sender.fail(SendErrorKind.REJECTED, to="c2@example.com", times=1)
    first = site.run(site.work(site.start()))
    assert first is not None
    site.work(site.start())
    assert site.mailed() == ["c1@example.com", "c2@example.com", "c3@example.com"]
    again = site.work(site.jobs.retry_failed(first.id, by="kim"))
    assert again.state is JobState.SUCCESS
    (row,) = site.deliveries(again)
    assert (row.status, row.error_kind) == (DeliveryStatus.SKIPPED, ErrorKind.ALREADY_MAILED)
    assert len(site.mailed()) == 3
    # One by one and with a reason, it is a person's decision.
    resent = site.jobs.resend([ResendRow(delivery_id=row.id)], by="kim", reason="asked for it")
    assert site.counts(site.work(resent)).sent == 1


def test_whom_a_retry_of_a_retry_mailed_no_retry_mails_again(site: Site) -> None:
    site.publish(attachments=(FILE_RULE,))
    for key in ("C0001", "C0003"):
        site.storage.add(f"s/{key}.pdf", b"1")
    late = [ErrorKind.ATTACHMENT_NOT_FOUND]
    first = site.run(site.work(site.start()))
    assert first is not None
    second = site.run(site.work(site.jobs.retry_failed(first.id, by="kim", error_kinds=late)))
    assert second is not None
    assert second.counts.skipped == 1
    site.storage.add("s/C0002.pdf", b"1")
    third = site.work(site.jobs.retry_failed(second.id, by="kim", error_kinds=late))
    assert site.counts(third).sent == 1
    with pytest.raises(Conflict):
        site.jobs.retry_failed(first.id, by="kim", error_kinds=late)


def test_equal_addresses_are_not_retried_by_their_cause(site: Site) -> None:
    site.customers([("A", "a@example.com", ""), ("B", "a@example.com", "")])
    site.publish(columns=TargetColumns(email="EMAIL", key=("CUST_ID",), equal_addresses=EqualAddresses.FIRST_ONLY))
    run = site.run(site.work(site.start()))
    assert run is not None
    with pytest.raises(Invalid):
        site.jobs.retry_failed(run.id, by="kim", error_kinds=[ErrorKind.DUPLICATE_ADDRESS])


def test_one_delivery_is_sent_again_to_a_corrected_address(site: Site) -> None:
    site.sender.fail(SendErrorKind.REJECTED, to="c2@example.com")
    job = site.work(site.start())
    (failed,) = site.deliveries(job, DeliveryStatus.FAIL)
    row = ResendRow(delivery_id=failed.id, email="right@example.com")
    with pytest.raises(Invalid):
        site.jobs.resend([row], by="kim", reason=" ")
    again = site.work(site.jobs.resend([row], by="kim", reason="주소 정정"))
    assert again.state is JobState.SUCCESS
    assert site.mailed() == ["c1@example.com", "c3@example.com", "right@example.com"]
