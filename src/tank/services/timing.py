"""When to run, as somebody typed it, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tank.domain.errors import FieldProblem, Invalid
from tank.domain.schedule import BusinessDayRule, MisfirePolicy, OverlapPolicy, Schedule
from tank.services.cron import Cron
from tank.services.zones import first_instant, zone_named

LONGEST_CATCH_UP = timedelta(days=31)
#: Arithmetic near the ends of the calendar overflows; nobody means such a year.
_YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When to run, as somebody typed it."""

    cron: str | None = None
    #: A naive moment is meant in ``zone``.
    at: datetime | None = None
    zone: str = "Asia/Seoul"
    business_days: BusinessDayRule = BusinessDayRule.ANY_DAY
    misfire: MisfirePolicy = MisfirePolicy.RUN_ONCE
    overlap: OverlapPolicy = OverlapPolicy.QUEUE
    catch_up: timedelta = timedelta(hours=6)


def checked(timing: Timing) -> datetime | None:
    """The moment of the timing in UTC, if it is one. Raises ``Invalid`` with every problem."""
    problems: list[FieldProblem] = []
    at = None
    if (timing.cron is None) == (timing.at is None):
        message = "Give either a cron expression or one moment, and not both."
        problems.append(FieldProblem(field="cron", message=message, code="cron_or_at"))
    try:
        zone = zone_named(timing.zone)
        at = None if timing.at is None else _moment(timing.at, zone)
    except Invalid as error:
        problems += error.problems
    try:
        if timing.cron is not None:
            Cron(timing.cron)
    except Invalid as error:
        problems += error.problems
    if not timedelta(0) <= timing.catch_up <= LONGEST_CATCH_UP:
        message = f"The catch-up window is between 0 and {LONGEST_CATCH_UP.days} days."
        problems.append(FieldProblem(field="catch_up", message=message, code="catch_up_out_of_range"))
    if problems:
        raise Invalid(" ".join(problem.message for problem in problems), problems=problems, code=problems[0].code)
    return at


def _moment(at: datetime, zone: ZoneInfo) -> datetime:
    """The moment in UTC, to the second."""
    if at.year not in _YEARS:
        raise problem_with("at", f"The year {at.year} is out of range.", "at_out_of_range")
    at = at.replace(microsecond=0)
    return first_instant(at, zone) if at.tzinfo is None else at.astimezone(UTC)


def changed(before: Schedule, changes: Mapping[str, Any]) -> Timing:
    """The timing of a schedule with some fields replaced. Setting one of ``cron`` and ``at`` clears the other."""
    if changes.get("cron") is not None and "at" not in changes:
        changes = {**changes, "at": None}
    if changes.get("at") is not None and "cron" not in changes:
        changes = {**changes, "cron": None}
    return replace(timing_of(before), **changes)


def timing_of(schedule: Schedule) -> Timing:
    """The timing that a schedule was made from."""
    return Timing(
        cron=schedule.cron,
        at=schedule.at,
        zone=schedule.zone,
        business_days=schedule.business_days,
        misfire=schedule.misfire,
        overlap=schedule.overlap,
        catch_up=schedule.catch_up,
    )


def problem_with(field: str, message: str, code: str) -> Invalid:
    """An error about one field."""
    return Invalid(message, problems=[FieldProblem(field=field, message=message, code=code)], code=code)
