"""Schedules: when automations run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.problems import ProblemField, problem_responses
from tank.api.schemas_common import After, Limit, PageView, Schema, View, page_view
from tank.api.services import Services
from tank.domain.calendar import DayOffKind
from tank.domain.schedule import BusinessDayRule, MisfirePolicy, OverlapPolicy, Schedule, SlotOutcome
from tank.services.slots import PlannedSlot
from tank.services.timing import LONGEST_CATCH_UP, Timing
from tank.services.zones import zone_named

router = APIRouter(tags=["schedules"])

Cron = Annotated[
    str | None,
    Field(max_length=200, description="Minute, hour, day of the month, month, day of the week. Or else `at`."),
]
At = Annotated[
    datetime | None,
    Field(description="One moment instead of a cron. Without an offset it is meant in `zone`."),
]
Zone = Annotated[str, Field(max_length=64, description="IANA name of the time zone.")]
CatchUp = Annotated[
    int,
    Field(
        ge=0,
        le=int(LONGEST_CATCH_UP.total_seconds()),
        description="A slot that is found later than this, in seconds, is missed for good.",
    ),
]


class TimingIn(Schema):
    """When to run: a cron expression or one moment."""

    cron: Cron = None
    at: At = None
    zone: Zone = "Asia/Seoul"
    business_days: BusinessDayRule = BusinessDayRule.ANY_DAY
    misfire: MisfirePolicy = MisfirePolicy.RUN_ONCE
    overlap: OverlapPolicy = OverlapPolicy.QUEUE
    catch_up_seconds: CatchUp = 6 * 3600


class ScheduleIn(TimingIn):
    """A new schedule."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "automation_id": "0198c0de-0000-7000-8000-000000000001",
                    "cron": "0 9 5 * *",
                    "zone": "Asia/Seoul",
                    "business_days": "next_business_day",
                },
                {"automation_id": "0198c0de-0000-7000-8000-000000000001", "at": "2099-12-01T09:00:00"},
            ]
        }
    )

    automation_id: UUID
    enabled: bool = True


class ScheduleChange(Schema):
    """What to change; fields left out stay. Setting one of `cron` and `at` clears the other."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"cron": "30 8 5 * *"}]})

    cron: Cron = None
    at: At = None
    zone: Zone | None = None
    business_days: BusinessDayRule | None = None
    misfire: MisfirePolicy | None = None
    overlap: OverlapPolicy | None = None
    catch_up_seconds: CatchUp | None = None


class PreviewIn(TimingIn):
    """A timing that is not saved yet."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"cron": "0 9 * * *", "business_days": "skip", "count": 5}]}
    )

    count: Annotated[int, Field(ge=1, le=100)] = 10


class ScheduleView(View):
    """A schedule."""

    id: UUID
    automation_id: UUID
    cron: str | None
    at: AwareDatetime | None
    zone: str
    business_days: BusinessDayRule
    misfire: MisfirePolicy
    overlap: OverlapPolicy
    catch_up_seconds: int
    enabled: bool
    next_due: AwareDatetime | None = Field(description="When its next slot comes; null where none will.")
    created_at: AwareDatetime
    updated_at: AwareDatetime


class ScheduleCreated(ScheduleView):
    """A new schedule, and what its automation still lacks: until that is mended its slots fail."""

    lacking: list[ProblemField] = Field(description="Empty where the automation can run.")


class DayOffView(View):
    """Why a day is not a business day."""

    kind: DayOffKind
    name: str


class PlannedSlotView(View):
    """A slot to come."""

    fire_at: AwareDatetime = Field(description="When it fires (UTC).")
    local: AwareDatetime = Field(description="The same in the schedule's zone.")
    due_at: AwareDatetime = Field(
        description="The moment that the cron names, which date variables come from; the business-day rule may move it."
    )
    is_moved: bool
    is_skipped: bool = Field(description="The business-day rule leaves it out.")
    day_off: DayOffView | None = Field(description="Why the day that the cron names is not a business day.")


class UpcomingView(PlannedSlotView):
    """A slot to come, with what it is a slot of."""

    automation_id: UUID
    automation_name: str
    schedule_id: UUID
    zone: str
    note: str = Field(description="The day off's name, and whether the slot is moved or left out; empty otherwise.")


class SlotView(View):
    """What became of a slot."""

    due_at: AwareDatetime
    outcome: SlotOutcome
    job_id: UUID | None
    detail: str
    recorded_at: AwareDatetime


def _view(schedule: Schedule) -> ScheduleView:
    seconds = int(schedule.catch_up.total_seconds())
    fields = {name: getattr(schedule, name) for name in ScheduleView.model_fields if name != "catch_up_seconds"}
    return ScheduleView(**fields, catch_up_seconds=seconds)


def _planned(slot: PlannedSlot, zone: str) -> PlannedSlotView:
    return PlannedSlotView(
        fire_at=slot.fire_at,
        local=slot.fire_at.astimezone(zone_named(zone)),
        due_at=slot.due_at,
        is_moved=slot.is_moved,
        is_skipped=slot.is_skipped,
        day_off=DayOffView.model_validate(slot.day_off) if slot.day_off else None,
    )


def _timing(body: TimingIn) -> Timing:
    fields = {name: getattr(body, name) for name in TimingIn.model_fields if name != "catch_up_seconds"}
    return Timing(**fields, catch_up=timedelta(seconds=body.catch_up_seconds))


def _changes(body: ScheduleChange) -> dict[str, Any]:
    """What was sent; null means something for ``cron`` and ``at`` alone."""
    sent = {name: getattr(body, name) for name in body.model_fields_set}
    changes = {name: value for name, value in sent.items() if value is not None or name in {"cron", "at"}}
    if "catch_up_seconds" in changes:
        changes["catch_up"] = timedelta(seconds=changes.pop("catch_up_seconds"))
    return changes


@router.post("/scheduler", status_code=201, summary="Schedule an automation", responses=problem_responses(404))
def create_schedule(body: ScheduleIn, services: Services, actor: Actor) -> ScheduleCreated:
    """The first schedule of a complete automation publishes it. `POST /scheduler/preview` shows the times first."""
    schedule, lacking = services.schedules.create(body.automation_id, _timing(body), by=actor, enabled=body.enabled)
    problems = []
    if lacking is not None:
        problems = [ProblemField(field="", message=lacking.message, code=lacking.code)]
        problems += [ProblemField.model_validate(problem, from_attributes=True) for problem in lacking.problems]
    return ScheduleCreated(**_view(schedule).model_dump(), lacking=problems)


@router.post("/scheduler/preview", summary="When would this fire?")
def preview_schedule(body: PreviewIn, services: Services) -> list[PlannedSlotView]:
    """The next slots of a timing that is not saved yet, with holidays marked."""
    return [_planned(slot, body.zone) for slot in services.schedules.preview(_timing(body), count=body.count)]


@router.get("/scheduler", summary="List schedules", responses=problem_responses(404))
def list_schedules(
    services: Services, automation_id: UUID | None = None, after: After = None, limit: Limit = 50
) -> PageView[ScheduleView]:
    """All schedules in the order of their making, or all of one automation."""
    if automation_id is not None:
        return PageView(items=[_view(schedule) for schedule in services.schedules.of(automation_id)])
    return page_view(services.schedules.page(after=after, limit=limit), _view)


@router.get("/scheduler/upcoming", summary="What fires next, over all schedules?")
def upcoming_slots(services: Services, limit: Annotated[int, Query(ge=1, le=500)] = 20) -> list[UpcomingView]:
    """Of enabled schedules of enabled automations, soonest first; slots that a holiday moves or leaves out too."""
    return [
        UpcomingView(
            automation_id=one.automation.id,
            automation_name=one.automation.name,
            schedule_id=one.schedule.id,
            zone=one.schedule.zone,
            note=one.note,
            **_planned(one.slot, one.schedule.zone).model_dump(),
        )
        for one in services.agenda.soonest(limit=limit)
    ]


@router.get("/scheduler/{schedule_id}", summary="Read a schedule", responses=problem_responses(404))
def read_schedule(schedule_id: UUID, services: Services) -> ScheduleView:
    """A schedule, with when its next slot comes."""
    return _view(services.schedules.get(schedule_id))


@router.patch("/scheduler/{schedule_id}", summary="Change a schedule", responses=problem_responses(404))
def change_schedule(schedule_id: UUID, body: ScheduleChange, services: Services, actor: Actor) -> ScheduleView:
    """Slots that have come are done with; only later ones follow the change."""
    return _view(services.schedules.change(schedule_id, _changes(body), by=actor))


@router.delete(
    "/scheduler/{schedule_id}", status_code=204, summary="Delete a schedule", responses=problem_responses(404)
)
def delete_schedule(schedule_id: UUID, services: Services, actor: Actor) -> None:
    """Its jobs stay; the record of its slots goes. Disabling it keeps the record."""
    services.schedules.delete(schedule_id, by=actor)


@router.post("/scheduler/{schedule_id}/enable", summary="Enable a schedule", responses=problem_responses(404))
def enable_schedule(schedule_id: UUID, services: Services, actor: Actor) -> ScheduleView:
    """It fires from now on; slots that passed meanwhile are done with."""
    return _view(services.schedules.enable(schedule_id, by=actor))


@router.post("/scheduler/{schedule_id}/disable", summary="Disable a schedule", responses=problem_responses(404))
def disable_schedule(schedule_id: UUID, services: Services, actor: Actor) -> ScheduleView:
    """It fires no more; a slot of it that waits is given up. Jobs that run go on."""
    return _view(services.schedules.disable(schedule_id, by=actor))


@router.get("/scheduler/{schedule_id}/next", summary="When does it fire next?", responses=problem_responses(404))
def next_slots(
    schedule_id: UUID, services: Services, count: Annotated[int, Query(ge=1, le=100)] = 10
) -> list[PlannedSlotView]:
    """The next slots with holidays marked; of a disabled schedule, as if it were enabled."""
    zone = services.schedules.get(schedule_id).zone
    return [_planned(slot, zone) for slot in services.schedules.upcoming(schedule_id, count=count)]


@router.get("/scheduler/{schedule_id}/slots", summary="What became of its slots?", responses=problem_responses(404))
def list_slots(schedule_id: UUID, services: Services, limit: Limit = 50) -> list[SlotView]:
    """Each slot that came has exactly one record, also where it did not fire. Newest first."""
    return [SlotView.model_validate(slot) for slot in services.schedules.slots(schedule_id, limit=limit)]
