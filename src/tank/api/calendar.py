"""The company calendar: which days are business days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field

from tank.api.auth import Actor
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.calendar import CompanyCalendar, DayOffKind
from tank.domain.errors import FieldProblem, Invalid

router = APIRouter(tags=["schedules"])


class NamedDay(Schema):
    """A day of the company's own."""

    date: date
    name: str = Field(min_length=1, max_length=100)


class CalendarBody(Schema):
    """The company calendar. A working day outweighs every holiday."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"country": "KR", "holidays": [{"date": "2026-12-31", "name": "종무일"}], "working_days": []}]
        }
    )

    country: str = Field(
        default="KR", max_length=2, description="Whose public holidays and weekend count (ISO 3166); empty for none."
    )
    holidays: list[NamedDay] = Field(default_factory=list, max_length=2_000)
    working_days: list[NamedDay] = Field(default_factory=list, max_length=2_000)


class DayOffOnDate(View):
    """A day that is not a business day."""

    date: date
    kind: DayOffKind
    name: str


@router.get("/calendar", summary="Read the company calendar")
def read_calendar(services: Services) -> CalendarBody:
    """The company's own days; public holidays are known without being listed."""
    return _body(services.schedules.calendar())


@router.put("/calendar", summary="Replace the company calendar")
def replace_calendar(body: CalendarBody, services: Services, actor: Actor) -> CalendarBody:
    """When each schedule fires next is computed anew."""
    calendar = CompanyCalendar(
        country=body.country,
        holidays=_by_date(body.holidays, "holidays"),
        working_days=_by_date(body.working_days, "working_days"),
    )
    services.schedules.set_calendar(calendar, by=actor)
    return _body(calendar)


@router.get("/calendar/days-off", summary="List a year's holidays")
def list_days_off(services: Services, year: Annotated[int, Query(ge=2000, le=2100)]) -> list[DayOffOnDate]:
    """Public and company holidays of a year, weekends left out."""
    return [
        DayOffOnDate(date=day, kind=day_off.kind, name=day_off.name)
        for day, day_off in services.schedules.days_off(year)
        if day_off.kind is not DayOffKind.WEEKEND
    ]


def _by_date(days: Sequence[NamedDay], field: str) -> Mapping[date, str]:
    named = {day.date: day.name for day in days}
    if len(named) < len(days):
        problem = FieldProblem(field=field, message="A date is listed twice.", code="repeated_day")
        raise Invalid(problem.message, problems=[problem], code=problem.code)
    return named


def _body(calendar: CompanyCalendar) -> CalendarBody:
    return CalendarBody(
        country=calendar.country,
        holidays=[NamedDay(date=day, name=name) for day, name in sorted(calendar.holidays.items())],
        working_days=[NamedDay(date=day, name=name) for day, name in sorted(calendar.working_days.items())],
    )
