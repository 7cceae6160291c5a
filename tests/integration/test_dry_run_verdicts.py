"""What a dry run says of each kind of defect is what the run then does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tank.db.database import Database
from tank.domain.attachment import MissingFilePolicy
from tank.domain.automation import EqualAddresses, TargetColumns, Template
from tank.domain.delivery import ErrorKind
from tank.domain.job import JobState
from tank.domain.query import SourceError, SourceErrorKind
from tank.domain.values import Row, RowValues
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.senders import ScriptedSender
from tests.support.dry_run import dry_run
from tests.support.site import FILE_RULE, MAPPING, Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    return Site(sqlite_db, clock, rows=customers(6))


def _addresses(site: Site) -> None:
    site.customers([*customers(2), ("C8", "no address", "x"), ("C9", None, "y"), ("CA", "a\r\nBcc: x@b.com", "x")])


def _a_name_no_header_may_hold(site: Site) -> None:
    site.customers([*customers(2), ("C9", "a@example.com", "김\r\nBcc: x@example.com")])
    site.publish(template=Template(subject="{{ 고객명 }}", html="x"))


def _mapping_errors(site: Site) -> None:
    def answer(binds: Row) -> Sequence[RowValues]:
        if binds["CUST_ID"] == "C0002":
            raise SourceError(SourceErrorKind.OTHER, "invalid number", database_code="ORA-01722")
        return [(1,)]

    site.source.answer(MAPPING, ("AMOUNT",), answer)
    site.publish(dbio={"mapping_query": MAPPING})


def _template_errors(site: Site) -> None:
    site.publish(template=Template(subject="{{ 1 // (CUST_ID|length - 5) if CUST_ID != 'C0001' else 'ok' }}", html="x"))


def _files(site: Site) -> None:
    """Found, missing, twice there, empty."""
    site.publish(attachments=(replace(FILE_RULE, pattern="/s/{{ CUST_ID }}*.pdf"),))
    for name in ("C0001", "C0003", "C0003_2"):
        site.storage.add(f"s/{name}.pdf", b"%PDF")
    site.storage.add("s/C0004.pdf", b"")


def _large_mails(site: Site) -> None:
    site.sender = ScriptedSender(max_message_bytes=4_000)
    site.publish(template=Template(subject="x", html="{{ 'x' * 9000 if CUST_ID == 'C0002' else CUST_ID }}", text="x"))


def _mailed_lately(site: Site) -> None:
    """C0001 was mailed, so C0007 may have its address; C0008 may not; the key of a bad row was mailed too."""
    site.publish(
        policies={"once_per_hours": 24, "drift_limit_percent": None},
        columns=TargetColumns(email="EMAIL", key=("CUST_ID",), equal_addresses=EqualAddresses.FIRST_ONLY),
    )
    site.customers(customers(2))
    site.work(site.start())
    more: list[RowValues] = [
        ("C0007", "c1@example.com", "x"),
        ("C0002", "no address", "y"),
        ("C0008", "c1@EXAMPLE.com", ""),
    ]
    site.customers([customers(1)[0], *more, *customers(4)[2:]])


@pytest.mark.parametrize(
    ("prepared", "kinds"),
    [
        (_addresses, {ErrorKind.INVALID_ADDRESS}),
        (_a_name_no_header_may_hold, set()),
        (_mapping_errors, {ErrorKind.MAPPING_ERROR}),
        (_template_errors, {ErrorKind.RENDER_ERROR}),
        (
            _files,
            {ErrorKind.ATTACHMENT_NOT_FOUND, ErrorKind.ATTACHMENT_AMBIGUOUS, ErrorKind.ATTACHMENT_REFUSED},
        ),
        (_large_mails, {ErrorKind.COMPOSE_ERROR}),
        (_mailed_lately, {ErrorKind.ALREADY_MAILED, ErrorKind.DUPLICATE_ADDRESS, ErrorKind.INVALID_ADDRESS}),
    ],
)
def test_it_leaves_out_whom_a_run_leaves_out(
    site: Site, prepared: Callable[[Site], None], kinds: set[ErrorKind]
) -> None:
    prepared(site)
    found = dry_run(site)
    job = site.work(site.start())
    told = {defect.row_number: (defect.error_kind, defect.message) for defect in found.defects}
    assert told == {one.seq: (one.error_kind, one.error_text) for one in site.deliveries(job) if one.error_kind}
    assert {kind for kind, _ in told.values()} == kinds or not kinds
    counts = site.counts(job)
    assert (found.target, found.would_send, found.stops) == (counts.target, counts.sent, ())
    assert found.has_defects == (job.state is not JobState.SUCCESS)


def _equal_addresses(site: Site) -> None:
    site.customers([("A", "a@example.com", ""), ("B", "a@example.com", "")])
    site.publish(columns=TargetColumns(email="EMAIL", key=("CUST_ID",), equal_addresses=EqualAddresses.STOP))


def _equal_keys(site: Site) -> None:
    site.customers([("A", "a@example.com", ""), ("A", "b@example.com", "")])


def _no_key(site: Site) -> None:
    site.customers([("A", "a@example.com", ""), (None, "b@example.com", "")])


def _too_many(site: Site) -> None:
    site.publish(policies={"max_recipients": 2})


def _one_file_for_two(site: Site) -> None:
    site.storage.add("s/all.pdf", b"%PDF")
    site.publish(attachments=(replace(FILE_RULE, pattern="/s/*.pdf"),), policies={"check_files_first": True})


def _a_missing_file(site: Site) -> None:
    site.publish(attachments=(FILE_RULE,), policies={"missing_file": MissingFilePolicy.ABORT_RUN})


@pytest.mark.parametrize(
    "prepared", [_equal_addresses, _equal_keys, _no_key, _too_many, _one_file_for_two, _a_missing_file]
)
def test_it_names_what_stops_a_run(site: Site, prepared: Callable[[Site], None]) -> None:
    prepared(site)
    found = dry_run(site)
    job = site.work(site.start())
    assert (job.state, site.mailed()) == (JobState.FAIL, [])
    assert found.stops
