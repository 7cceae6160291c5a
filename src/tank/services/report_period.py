"""The period of a report: what a person types, and what it means in their zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tank.domain.errors import FieldProblem, Invalid
from tank.services.zones import first_instant, zone_named

#: The longest period of one report.
MAX_DAYS = 400
DEFAULT_DAYS = 30
DEFAULT_ZONE = "Asia/Seoul"
#: Before the first there was no mail; arithmetic on days ends soon after the last.
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``since`` up to, and without, ``until``: aware moments."""

    since: datetime
    until: datetime
    zone: str


def period_of(since: str | None, until: str | None, zone: str, *, now: datetime) -> Period:
    """What a person typed as a period; by default the last 30 days, today included.

    ``since`` and ``until`` are ISO 8601 dates, both of which count as a whole, or times (in ``zone`` where they name
    no offset), of which ``until`` is the first that no longer counts. Raises ``Invalid`` with the problem's field.
    """
    place = zone_named(zone)
    until = until or now.astimezone(place).date().isoformat()
    end = _moment("until", until, place, days_later=1)
    if since:
        begin = _moment("since", since, place)
    else:
        last_day = (end - timedelta(microseconds=1)).astimezone(place).date()
        begin = _midnight(last_day - timedelta(days=DEFAULT_DAYS - 1), place)
    if end <= begin:
        raise _problem("until", "The period ends before it begins.", code="empty_period")
    if end.astimezone(place).date() - begin.astimezone(place).date() > timedelta(days=MAX_DAYS):
        raise _problem("since", f"A report covers {MAX_DAYS} days at most.", code="period_too_long")
    return Period(since=begin, until=end, zone=zone)


def _moment(field: str, text: str, zone: ZoneInfo, *, days_later: int = 0) -> datetime:
    """A time as it is; of a date the first moment, or that of a later day."""
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError as error:
        message = "This is neither a date (2026-11-30) nor a time (2026-11-30T09:00:00+09:00)."
        raise _problem(field, message, code="not_a_date") from error
    if typed.year not in _YEARS:
        raise _problem(field, f"The year must be from {_YEARS[0]} to {_YEARS[-1]}.", code="out_of_range")
    if _is_date(text):
        return _midnight(typed.date() + timedelta(days=days_later), zone)
    return first_instant(typed, zone) if typed.tzinfo is None else typed


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return first_instant(datetime.combine(day, time()), zone)


def _problem(field: str, message: str, *, code: str) -> Invalid:
    return Invalid(
        "The period of the report cannot be used.",
        problems=[FieldProblem(field=field, message=message, code=code)],
        remedy="Give `since` and `until` as the first and the last day, for example 2026-11-01 and 2026-11-30.",
        code="invalid_period",
    )
