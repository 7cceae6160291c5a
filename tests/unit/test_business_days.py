"""Public holidays of Korea, weekends, and the company's own days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tank.domain.calendar import CompanyCalendar, DayOff, DayOffKind
from tank.domain.errors import Invalid
from tank.domain.schedule import BusinessDayRule
from tank.services.calendar import BusinessDays, check_calendar

KOREA = BusinessDays(CompanyCalendar())


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 2, 17), "설날"),
        (date(2026, 2, 16), "설날 전날"),
        (date(2026, 9, 25), "추석"),
        # 삼일절 2026 is a Sunday: its substitute is the Monday.
        (date(2026, 3, 2), "삼일절 대체 휴일"),
        (date(2026, 11, 22), "Sunday"),
        (date(2026, 11, 21), "Saturday"),
    ],
)
def test_a_day_off_is_named(day: date, name: str) -> None:
    day_off = KOREA.day_off(day)
    assert day_off is not None
    assert day_off.name == name


def test_other_days_are_business_days() -> None:
    assert KOREA.day_off(date(2026, 11, 23)) is None


def test_the_company_has_the_last_word() -> None:
    days = BusinessDays(
        CompanyCalendar(
            holidays={date(2026, 11, 23): "창립기념일"},
            working_days={date(2026, 11, 21): "보충 근무", date(2026, 2, 17): "비상 근무"},
        )
    )
    assert days.day_off(date(2026, 11, 23)) == DayOff(kind=DayOffKind.COMPANY_HOLIDAY, name="창립기념일")
    assert days.day_off(date(2026, 11, 21)) is None
    assert days.day_off(date(2026, 2, 17)) is None


def test_without_a_country_only_weekends_are_off() -> None:
    days = BusinessDays(CompanyCalendar(country=""))
    assert days.day_off(date(2026, 2, 17)) is None
    assert days.day_off(date(2026, 11, 22)) is not None


@pytest.mark.parametrize(
    ("rule", "placed"),
    [
        (BusinessDayRule.ANY_DAY, date(2026, 2, 17)),
        (BusinessDayRule.SKIP, date(2026, 2, 17)),
        (BusinessDayRule.NEXT_BUSINESS_DAY, date(2026, 2, 19)),
        # The three days of 설날 begin on a Monday: the last business day before is the Friday.
        (BusinessDayRule.PREVIOUS_BUSINESS_DAY, date(2026, 2, 13)),
    ],
)
def test_the_rule_decides_where_a_slot_goes(rule: BusinessDayRule, placed: date) -> None:
    placement = KOREA.place(date(2026, 2, 17), rule)
    assert placement.day == placed
    assert placement.is_skipped is (rule is BusinessDayRule.SKIP)


def test_a_slot_with_no_business_day_near_is_left_out() -> None:
    closed = {date(2026, 1, 1) + timedelta(days=number): "휴업" for number in range(365)}
    days = BusinessDays(CompanyCalendar(holidays=closed))
    placement = days.place(date(2026, 6, 15), BusinessDayRule.NEXT_BUSINESS_DAY)
    assert (placement.day, placement.is_skipped) == (date(2026, 6, 15), True)


@settings(deadline=None)  # the first look at a year computes its holidays
@given(
    first=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    distance=st.integers(0, 40),
    rule=st.sampled_from(BusinessDayRule),
    closed=st.sets(st.integers(0, 60)),
)
def test_later_days_are_never_placed_earlier(
    first: date, distance: int, rule: BusinessDayRule, closed: set[int]
) -> None:
    days = BusinessDays(CompanyCalendar(holidays={first + timedelta(days=number): "휴업" for number in closed}))
    assert days.place(first, rule).day <= days.place(first + timedelta(days=distance), rule).day


def test_a_calendar_with_mistakes_lists_them_all() -> None:
    day = date(2026, 5, 5)
    with pytest.raises(Invalid) as caught:
        check_calendar(CompanyCalendar(country="XX", holidays={day: "a"}, working_days={day: "b"}))
    assert [problem.code for problem in caught.value.problems] == ["unknown_country", "contradicting_day"]
