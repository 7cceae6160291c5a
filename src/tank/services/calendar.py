"""The company calendar: where it is kept, and which days it makes business days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import holidays

from tank.domain.calendar import CompanyCalendar, DayOff, DayOffKind
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ports.store import COMPANY_CALENDAR, Tables
from tank.domain.schedule import BusinessDayRule

#: A slot is moved by so many days at most; with no business day that near, it is left out.
MAX_SHIFT_DAYS = 31
_DAY = timedelta(days=1)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHIFTS = {BusinessDayRule.NEXT_BUSINESS_DAY: _DAY, BusinessDayRule.PREVIOUS_BUSINESS_DAY: -_DAY}


@dataclass(frozen=True, slots=True)
class Placement:
    """On which day a slot of some day fires, if it does."""

    day: date
    #: Why the slot's own day is not a business day; None where it is one.
    day_off: DayOff | None = None
    is_skipped: bool = False


class BusinessDays:
    """Answers for days of one company calendar. Cheap to make."""

    def __init__(self, calendar: CompanyCalendar) -> None:
        self._calendar = calendar

    def day_off(self, day: date) -> DayOff | None:
        """Why this is not a business day; None where it is one."""
        if day in self._calendar.working_days:
            return None
        if day in self._calendar.holidays:
            return DayOff(kind=DayOffKind.COMPANY_HOLIDAY, name=self._calendar.holidays[day])
        public, weekend = _public_holidays(self._calendar.country, day.year)
        if day in public:
            return DayOff(kind=DayOffKind.PUBLIC_HOLIDAY, name=public[day])
        if day.weekday() in weekend:
            return DayOff(kind=DayOffKind.WEEKEND, name=_WEEKDAYS[day.weekday()])
        return None

    def place(self, day: date, rule: BusinessDayRule) -> Placement:
        """Where the rule puts the slots of a day. The day it answers never falls as ``day`` rises."""
        day_off = self.day_off(day)
        if day_off is None or rule is BusinessDayRule.ANY_DAY:
            return Placement(day, day_off)
        if rule is BusinessDayRule.SKIP:
            return Placement(day, day_off, is_skipped=True)
        for days in range(1, MAX_SHIFT_DAYS + 1):
            moved = day + days * _SHIFTS[rule]
            if self.day_off(moved) is None:
                return Placement(moved, day_off)
        return Placement(day, day_off, is_skipped=True)


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> tuple[Mapping[date, str], frozenset[int]]:
    """Name by date with substitute holidays, in the country's language, and the weekend (Monday is 0)."""
    if not country:
        return {}, frozenset({5, 6})
    # Without a language the library follows the server's locale, and names would differ between machines.
    language = getattr(holidays, country).default_language
    of_country = holidays.country_holidays(country, years=year, language=language)
    return dict(of_country), frozenset(of_country.weekend)


def load_calendar(tables: Tables) -> CompanyCalendar:
    """The company calendar; Korea's public holidays alone where none was saved."""
    saved = tables.settings.get(COMPANY_CALENDAR)
    return CompanyCalendar() if saved is None else _from_json(saved)


def save_calendar(tables: Tables, calendar: CompanyCalendar) -> None:
    """Raises ``Invalid`` with every problem."""
    check_calendar(calendar)
    tables.settings.put(COMPANY_CALENDAR, _to_json(calendar))


def check_calendar(calendar: CompanyCalendar) -> None:
    """Raise ``Invalid`` for an unknown country, a nameless day, or a day that is both holiday and working day."""
    problems = []
    if calendar.country and calendar.country not in holidays.list_supported_countries():
        problems.append(
            FieldProblem(
                field="country",
                message=f"No public holidays are known for {calendar.country[:20]!r}. "
                "Use an ISO code such as KR, or leave it empty.",
                code="unknown_country",
            )
        )
    for day in sorted(calendar.holidays.keys() & calendar.working_days.keys()):
        message = f"{day} is both a holiday and a working day."
        problems.append(FieldProblem(field="working_days", message=message, code="contradicting_day"))
    if problems:
        raise Invalid("The company calendar cannot be saved.", problems=problems)


def _to_json(calendar: CompanyCalendar) -> dict[str, Any]:
    return {
        "country": calendar.country,
        "holidays": {day.isoformat(): name for day, name in sorted(calendar.holidays.items())},
        "working_days": {day.isoformat(): name for day, name in sorted(calendar.working_days.items())},
    }


def _from_json(saved: Mapping[str, Any]) -> CompanyCalendar:
    return CompanyCalendar(
        country=saved["country"],
        holidays={date.fromisoformat(day): name for day, name in saved["holidays"].items()},
        working_days={date.fromisoformat(day): name for day, name in saved["working_days"].items()},
    )
