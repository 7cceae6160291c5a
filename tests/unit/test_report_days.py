"""Days of a report are the days of its zone, whatever its offset and however its clocks change."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from tank.db.automations import automation
from tank.db.email_send_log import email_send_log
from tank.db.metadata import metadata
from tank.db.quarters import quarter_of
from tank.db.reports import ReportTable
from tank.domain.ids import new_id
from tank.domain.report import ReportSummary

#: Whole hours; 45 and 30 minutes; summer time of 30 minutes, at midnight, and twice a year around Ramadan.
ZONES = (
    "Asia/Seoul", "UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe", "America/Havana",
    "Asia/Beirut", "Africa/Casablanca", "Europe/London", "Pacific/Kiritimati",
)  # fmt: skip
AUTOMATION = new_id()


def summary_of(ends: list[datetime], since: datetime, until: datetime, zone: str) -> ReportSummary:
    """The summary of a ledger in which one mail was SENT at each of ``ends``."""
    engine = create_engine("sqlite://")
    try:
        metadata.create_all(engine, tables=[email_send_log, automation])
        with engine.begin() as connection:
            for seq, end in enumerate(ends):
                connection.execute(
                    insert(email_send_log).values(
                        id=new_id(), run_id=AUTOMATION, automation_id=AUTOMATION, seq=seq, recipient_key=str(seq),
                        email="", name="", status="SENT", created_at=end, quarter=quarter_of(end),
                    )
                )  # fmt: skip
            return ReportTable(connection).summary(since=since, until=until, zone=zone)
    finally:
        engine.dispose()


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    since=st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),
    length=st.integers(min_value=1, max_value=240),
    minutes=st.lists(st.integers(min_value=-3 * 1440, max_value=240 * 1440), max_size=40),
)
def test_each_mail_counts_on_its_own_day(zone: str, since: datetime, length: int, minutes: list[int]) -> None:
    since = since.replace(minute=since.minute // 15 * 15, second=0, microsecond=0)
    until = since + timedelta(days=length)
    ends = [since + timedelta(minutes=number) for number in minutes]

    summary = summary_of(ends, since, until, zone)

    place = ZoneInfo(zone)
    expected = Counter(end.astimezone(place).date() for end in ends if since <= end < until)
    assert {line.day: line.totals.sent for line in summary.days if line.totals.sent} == expected
    assert summary.totals.total == expected.total()
    days = [line.day for line in summary.days]
    assert days[0] == since.astimezone(place).date()
    assert days[-1] == (until - timedelta(seconds=1)).astimezone(place).date()
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(days))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2026, 3, 29), 23),
        ("Europe/London", date(2026, 10, 25), 25),
        ("America/Havana", date(2026, 3, 8), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ],
)
def test_a_day_on_which_clocks_change_has_its_own_length(zone: str, day: date, hours: float) -> None:
    place = ZoneInfo(zone)
    first = datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC)
    every_quarter = [first + timedelta(minutes=15 * number) for number in range(-96, 192)]

    summary = summary_of(every_quarter, every_quarter[0], every_quarter[-1] + timedelta(minutes=15), zone)

    assert {line.day: line.totals.sent for line in summary.days}[day] == hours * 4


def test_a_period_is_widened_to_whole_quarter_hours() -> None:
    since = datetime(2026, 11, 1, 0, 7, tzinfo=UTC)

    summary = summary_of([since - timedelta(minutes=6)], since, since + timedelta(minutes=1), "UTC")

    assert (summary.since, summary.until) == (
        datetime(2026, 11, 1, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 0, 15, tzinfo=UTC),
    )
    assert summary.totals.sent == 1
