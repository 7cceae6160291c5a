"""Whatever a worker sends can be made again byte for byte from what the ledger keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tank.db.database import Database
from tank.domain.attachment import AttachmentRule
from tank.domain.automation import Envelope, TargetColumns, Template
from tank.domain.delivery import DeliveryStatus
from tank.domain.job import ResendRow
from tank.domain.mail import SendErrorKind
from tank.domain.values import RowValues, Value
from tank.rendering.lab import ProcessTemplateLab
from tank.rendering.mime import MimeComposer
from tank.services.sent_mails import SentMails
from tests.fakes.clock import FakeClock, RunningClock
from tests.support.site import MAPPING, TARGET, Site, customers

TEMPLATES = (
    Template(subject="{{ NAME }} 님", html="<p>{{ AMT }} {{ WHEN }} {{ row['AMT'] }}</p>{{ YYYYMM }}"),
    Template(
        subject="x", html="{% for r in rows %}<b>{{ r.ITEM }}</b> {{ r.COST }}<br>{% endfor %}", text="{{ ITEM }}"
    ),
    Template(subject="{{ CUST_ID }}", html="<style>b{color:red}</style><b>{{ AMT }}</b>", text="{{ LAST_YYYYMM }}"),
)
RULES = (
    (),
    (AttachmentRule(pattern="/s/{{ CUST_ID }}.pdf", file_name="{{ CUST_ID }} 명세서"),),
    (AttachmentRule(pattern="/shared.pdf", shared=True), AttachmentRule(pattern="/o/{{ CUST_ID }}.*", required=False)),
)

_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=60)
_MOMENTS = st.datetimes(
    datetime(1900, 1, 1), datetime(2199, 1, 1), timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=9))])
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12),
    st.sampled_from([Decimal("10.10"), Decimal("1E+3"), Decimal("-0.00")]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=60),
    _MOMENTS,
    st.dates(date(1900, 1, 1), date(2199, 1, 1)),
    st.times(),
    st.just(time(0, 0)),
)


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock)


def sent_mails(site: Site, lab: ProcessTemplateLab) -> SentMails:
    """With a composer of its own, as in another process."""
    return SentMails(site.db, storage=site.storage, lab=lab, composer=MimeComposer())


def check(site: Site, mails: SentMails, *, count: int) -> None:
    """Every mail of the newest run that was accepted is made again as it left."""
    with site.db.read() as tables:
        job = tables.jobs.page(limit=1).items[0]
    sent = {mail.delivery_id: mail.message for mail in site.sender.accepted}
    rows = site.deliveries(job, DeliveryStatus.SENT)
    assert len(rows) == count
    for row in rows:
        mail = mails.of(row.id)
        assert (mail.identical, mail.reason) == (True, "")
        assert mail.message == sent[row.id]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    values=st.lists(st.tuples(_TEXTS, VALUES, VALUES), min_size=1, max_size=4),
    details=st.lists(st.tuples(VALUES, VALUES), max_size=3),
    template=st.sampled_from(TEMPLATES),
    rules=st.sampled_from(RULES),
    file=st.binary(min_size=1, max_size=300),
)
def test_every_mail_that_was_sent_is_made_again_byte_for_byte(
    site: Site,
    values: list[tuple[str, Value, Value]],
    details: list[RowValues],
    template: Template,
    rules: tuple[AttachmentRule, ...],
    file: bytes,
) -> None:
    rows = [
        (f"C{number:04}", f"c{number}@example.com", name, amount, when)
        for number, (name, amount, when) in enumerate(values)
    ]
    site.source.answer(TARGET, ("CUST_ID", "EMAIL", "NAME", "AMT", "WHEN"), rows)
    site.source.answer(MAPPING, ("ITEM", "COST"), details or [("-", 0)])
    site.publish(
        policies={"drift_limit_percent": None},  # each example finds as many as it likes
        dbio={"mapping_query": MAPPING},
        columns=TargetColumns(email="EMAIL", key=("CUST_ID",), name="NAME"),
        template=template,
        attachments=rules,
    )
    site.storage.add("shared.pdf", file)
    for number in range(len(rows)):
        site.storage.add(f"s/C{number:04}.pdf", file + bytes([number]))
    site.storage.add("o/C0000.txt", file)
    job = site.work(site.start())
    lab = ProcessTemplateLab()
    try:
        check(site, sent_mails(site, lab), count=site.counts(job).sent)
    finally:
        lab.close()


def test_a_retry_and_a_corrected_address_too(site: Site, clock: FakeClock) -> None:
    lab = ProcessTemplateLab()
    mails = sent_mails(site, lab)
    site.publish(envelope=Envelope(sender="out", from_email="bank@example.com", headers=(("X-Campaign", "7"),)))
    site.customers(customers(3))
    site.sender.fail(SendErrorKind.THROTTLED, times=2)  # two mails leave at a second attempt
    first = site.work(site.start())
    check(site, mails, count=3)
    clock.advance(86_400)
    (row, *_) = site.deliveries(first)
    job = site.jobs.resend([ResendRow(delivery_id=row.id, email="new@example.com")], by="kim", reason="moved")
    site.work(job)
    check(site, mails, count=1)
    lab.close()
