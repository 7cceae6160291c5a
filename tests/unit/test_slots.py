"""When schedules fire: summer time, business days, one moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tank.domain.calendar import CompanyCalendar
from tank.domain.schedule import BusinessDayRule, Schedule
from tank.services.calendar import BusinessDays
from tank.services.cron import Cron
from tank.services.slots import PlannedSlot, next_fire, slots
from tank.services.zones import zone_named
from tests.support.a_schedule import a_schedule, utc

KOREA = BusinessDays(CompanyCalendar())
ZONES = ["Asia/Seoul", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo"]
CRONS = ["*/10 * * * *", "30 * * * *", "30 2 * * *", "*/10 1-3 * * *", "0 0 * * *", "15 */2 * * *", "0 9 L * *"]


def planned(schedule: Schedule, count: int = 10, days: BusinessDays = KOREA) -> list[PlannedSlot]:
    return list(islice(slots(schedule, days, after=schedule.done_until), count))


def fires(schedule: Schedule, count: int = 10, days: BusinessDays = KOREA) -> list[str]:
    """When it fires, by the clocks of its zone, with the offset."""
    zone = zone_named(schedule.zone)
    return [f"{slot.fire_at.astimezone(zone):%m-%d %H:%M %z}" for slot in planned(schedule, count, days)]


def test_a_time_in_a_gap_fires_once_at_the_first_moment_after() -> None:
    schedule = a_schedule("*/20 2 * * *", zone="America/New_York", since="2026-03-08 00:00")
    assert fires(schedule, 3) == ["03-08 03:00 -0400", "03-09 02:00 -0400", "03-09 02:20 -0400"]


def test_a_time_that_comes_twice_fires_the_first_time_only() -> None:
    schedule = a_schedule("30 1 * * *", zone="America/New_York", since="2026-11-01 00:00")
    assert fires(schedule, 2) == ["11-01 01:30 -0400", "11-02 01:30 -0500"]


def test_an_interval_goes_by_elapsed_time() -> None:
    repeated = a_schedule("*/30 * * * *", zone="America/New_York", since="2026-11-01 04:59")
    assert fires(repeated, 5) == [
        "11-01 01:00 -0400",
        "11-01 01:30 -0400",
        "11-01 01:00 -0500",
        "11-01 01:30 -0500",
        "11-01 02:00 -0500",
    ]
    left_out = a_schedule("30 * * * *", zone="America/New_York", since="2026-03-08 06:00")
    assert fires(left_out, 2) == ["03-08 01:30 -0500", "03-08 03:30 -0400"]


def test_half_an_hour_of_summer_time() -> None:
    gap = a_schedule("15 2 * * *", zone="Australia/Lord_Howe", since="2026-10-03 12:00")
    assert fires(gap, 2) == ["10-04 02:30 +1100", "10-05 02:15 +1100"]
    repeat = a_schedule("*/15 * * * *", zone="Australia/Lord_Howe", since="2026-04-04 14:29")
    assert fires(repeat, 5) == [
        "04-05 01:30 +1100",
        "04-05 01:45 +1100",
        "04-05 01:30 +1030",
        "04-05 01:45 +1030",
        "04-05 02:00 +1030",
    ]


def test_midnight_that_does_not_exist() -> None:
    assert fires(a_schedule("0 0 * * *", zone="Africa/Cairo", since="2026-04-23 12:00"), 2) == [
        "04-24 01:00 +0300",
        "04-25 00:00 +0300",
    ]


@settings(deadline=None, max_examples=60)
@given(
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    rule=st.sampled_from(BusinessDayRule),
    since=st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
)
def test_slots_ascend_and_are_the_same_wherever_one_begins(
    cron: str, zone: str, rule: BusinessDayRule, since: datetime
) -> None:
    schedule = a_schedule(cron, zone=zone, business_days=rule, since=utc(since.isoformat()))
    found = planned(schedule, 12)
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(slot.fire_at > schedule.done_until for slot in found)
    for slot in found[:4]:
        following = [later for later in found if later.fire_at > slot.fire_at]
        again = list(islice(slots(schedule, KOREA, after=slot.fire_at), len(following)))
        assert again == following


@settings(deadline=None, max_examples=60)
@given(cron=st.sampled_from(CRONS), zone=st.sampled_from(ZONES), day=st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_every_time_that_the_cron_names_has_a_slot(cron: str, zone: str, day: date) -> None:
    """On every day, of 23, 24 or 25 hours: each time of a cron that is no interval fires exactly once."""
    schedule = a_schedule(cron, zone=zone, since=utc(day.isoformat()) - timedelta(days=1))
    until = utc(day.isoformat()) + timedelta(days=3)
    found = [slot for slot in planned(schedule, 700) if slot.fire_at <= until]
    tz = zone_named(zone)
    shown = [slot.fire_at.astimezone(tz).replace(tzinfo=None, fold=0) for slot in found]
    named = islice(Cron(cron).walls(datetime.combine(day, datetime.min.time())), 300)
    today = {wall for wall in named if wall.date() == day}
    skipped = {wall for wall in today if wall not in shown}
    # Only what summer time leaves out is not shown by the clocks when it fires, and that is at most an hour.
    assert all(max(skipped) - wall < timedelta(hours=1) for wall in skipped)
    if not Cron(cron).is_hourly:
        assert len(shown) == len(set(shown))


def test_holidays_move_a_slot_and_leave_its_own_moment() -> None:
    schedule = a_schedule("0 9 17 * *", business_days=BusinessDayRule.NEXT_BUSINESS_DAY, since="2026-02-01 00:00")
    slot = planned(schedule, 1)[0]
    assert slot.fire_at == utc("2026-02-19 00:00")
    assert slot.due_at == utc("2026-02-17 00:00")
    assert slot.day_off is not None
    assert slot.day_off.name == "설날"


def test_slots_that_meet_on_one_day_are_in_order_of_firing() -> None:
    schedule = a_schedule("0 9,18 * * *", business_days=BusinessDayRule.NEXT_BUSINESS_DAY, since="2026-11-20 12:00")
    found = [f"{slot.fire_at:%d %H} of {slot.due_at:%d %H}" for slot in planned(schedule, 6)]
    expected = ["23 00 of 21 00", "23 00 of 22 00", "23 00 of 23 00", "23 09 of 21 09", "23 09 of 22 09"]
    assert found == [*expected, "23 09 of 23 09"]


def test_slots_before_a_weekend() -> None:
    schedule = a_schedule("0 9 * * 6,0", business_days=BusinessDayRule.PREVIOUS_BUSINESS_DAY, since="2026-11-16 00:00")
    found = [(f"{slot.fire_at:%d}", f"{slot.due_at:%d}") for slot in planned(schedule, 3)]
    assert found == [("20", "21"), ("20", "22"), ("27", "28")]


def test_a_skipped_slot_is_planned_as_such() -> None:
    schedule = a_schedule("0 9 * * *", business_days=BusinessDayRule.SKIP, since="2026-11-20 12:00")
    assert [slot.is_skipped for slot in planned(schedule, 3)] == [True, True, False]


def test_one_moment_comes_once() -> None:
    schedule = a_schedule(at=utc("2026-12-24 15:00"))
    assert [slot.fire_at for slot in planned(schedule)] == [utc("2026-12-24 15:00")]
    assert next_fire(schedule, KOREA, after=utc("2026-12-24 15:00")) is None
    # In Seoul it is already Christmas then.
    moved = a_schedule(at=utc("2026-12-24 15:00"), business_days=BusinessDayRule.PREVIOUS_BUSINESS_DAY)
    assert [slot.fire_at for slot in planned(moved)] == [utc("2026-12-23 15:00")]


@pytest.mark.parametrize("rule", BusinessDayRule)
def test_an_every_minute_cron_is_cheap_to_advance(rule: BusinessDayRule) -> None:
    schedule = a_schedule("* * * * *", business_days=rule, since="2026-11-18 03:00")
    assert next_fire(schedule, KOREA, after=schedule.done_until) == utc("2026-11-18 03:01")
