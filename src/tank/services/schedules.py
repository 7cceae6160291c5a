"""Making, changing and looking at schedules; every change is audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from tank.domain.calendar import CompanyCalendar, DayOff
from tank.domain.errors import Invalid
from tank.domain.ids import new_id
from tank.domain.ports.clock import Clock
from tank.domain.ports.paging import Page
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.schedule import Schedule, Slot, SlotOutcome
from tank.services.audit_trail import note
from tank.services.calendar import BusinessDays, load_calendar, save_calendar
from tank.services.cron import Cron
from tank.services.jobs import Publisher
from tank.services.slots import PlannedSlot, next_fire, slots_to_come
from tank.services.timing import Timing, changed, checked, problem_with, timing_of

_MOST_PREVIEWED = 100
_NOBODY = UUID(int=0)


class Schedules:
    """Schedules of all automations, and the company calendar that moves them."""

    def __init__(self, db: LogsDb, clock: Clock, publisher: Publisher) -> None:
        self._db = db
        self._clock = clock
        self._publisher = publisher

    def create(
        self, automation_id: UUID, timing: Timing, *, by: str, enabled: bool = True
    ) -> tuple[Schedule, Invalid | None]:
        """The schedule, and what the automation still lacks.

        The first schedule of a complete automation publishes it. An incomplete one can be scheduled too: its slots
        fail, visibly, until it is complete. Raises ``NotFound`` and ``Invalid``.
        """
        now = self._clock.now()
        with self._db.read() as tables:
            tables.automations.get(automation_id)
            schedule = self._built(tables, _blank(automation_id, now), timing, now, enabled=enabled)
        lacking = self._publish(automation_id, by) if enabled else None
        with self._db.write() as tables:
            tables.automations.get(automation_id)
            tables.schedules.add(schedule)
            self._audit(tables, by, "schedule.create", schedule, _described(schedule))
        return schedule, lacking

    def change(self, schedule_id: UUID, changes: Mapping[str, Any], *, by: str) -> Schedule:
        """Replace some fields of ``Timing``. Setting one of ``cron`` and ``at`` clears the other.

        Slots that have come are done with: only later ones follow the change. Raises ``NotFound`` and ``Invalid``.
        """
        with self._db.write() as tables:
            before = tables.schedules.get(schedule_id)
            now = self._clock.now()
            after = self._built(tables, before, changed(before, changes), now, enabled=before.enabled)
            tables.schedules.replace(after)
            self._audit(tables, by, "schedule.change", after, _described(after))
            return after

    def enable(self, schedule_id: UUID, *, by: str) -> Schedule:
        """Let it fire from now on; slots that passed meanwhile are done with. Raises ``Invalid`` for a past moment."""
        with self._db.write() as tables:
            before = tables.schedules.get(schedule_id)
            if before.enabled:
                return before
            now = self._clock.now()
            after = self._built(tables, before, timing_of(before), now, enabled=True)
            tables.schedules.replace(after)
            self._audit(tables, by, "schedule.enable", after, {})
        self._publish(after.automation_id, by)
        return after

    def disable(self, schedule_id: UUID, *, by: str) -> Schedule:
        """Let it fire no more; a slot of it that waits is given up."""
        with self._db.write() as tables:
            before = tables.schedules.get(schedule_id)
            if not before.enabled:
                return before
            now = self._clock.now()
            after = replace(before, enabled=False, next_due=None, done_until=now, updated_at=now)
            tables.schedules.replace(after)
            _give_up_queued(tables, after, now)
            self._audit(tables, by, "schedule.disable", after, {})
            return after

    def delete(self, schedule_id: UUID, *, by: str) -> None:
        """Its jobs stay; the record of its slots goes."""
        with self._db.write() as tables:
            schedule = tables.schedules.get(schedule_id)
            tables.schedules.delete(schedule_id)
            self._audit(tables, by, "schedule.delete", schedule, _described(schedule))

    def get(self, schedule_id: UUID) -> Schedule:
        with self._db.read() as tables:
            return tables.schedules.get(schedule_id)

    def page(self, *, after: str | None = None, limit: int = 50) -> Page[Schedule]:
        """In the order of their making."""
        with self._db.read() as tables:
            return tables.schedules.page(after=after, limit=limit)

    def of(self, automation_id: UUID) -> Sequence[Schedule]:
        with self._db.read() as tables:
            tables.automations.get(automation_id)
            return tables.schedules.of(automation_id)

    def slots(self, schedule_id: UUID, *, limit: int = 50) -> Sequence[Slot]:
        """What became of its slots, newest first."""
        with self._db.read() as tables:
            tables.schedules.get(schedule_id)
            return tables.schedules.slots(schedule_id, limit=limit)

    def upcoming(self, schedule_id: UUID, *, count: int = 10) -> Sequence[PlannedSlot]:
        """Its next slots from now, left-out ones included, as if it were enabled."""
        with self._db.read() as tables:
            schedule = tables.schedules.get(schedule_id)
            return self._next(tables, schedule, count)

    def preview(self, timing: Timing, *, count: int = 10) -> Sequence[PlannedSlot]:
        """The next slots of what somebody is about to save. Raises ``Invalid``."""
        with self._db.read() as tables:
            now = self._clock.now()
            schedule = self._built(tables, _blank(_NOBODY, now), timing, now, enabled=True)
            return self._next(tables, schedule, count)

    def calendar(self) -> CompanyCalendar:
        with self._db.read() as tables:
            return load_calendar(tables)

    def days_off(self, year: int) -> Sequence[tuple[date, DayOff]]:
        """Days of a year that are not business days, weekends included."""
        days = BusinessDays(self.calendar())
        first = date(year, 1, 1)
        all_days = (first + timedelta(days=number) for number in range(366))
        return [(day, off) for day in all_days if day.year == year and (off := days.day_off(day)) is not None]

    def set_calendar(self, calendar: CompanyCalendar, *, by: str) -> None:
        """Save the company calendar and compute anew when each schedule fires next. Raises ``Invalid``."""
        with self._db.write() as tables:
            save_calendar(tables, calendar)
            days = BusinessDays(calendar)
            after: str | None = None
            while True:
                page = tables.schedules.page(after=after, limit=500)
                for schedule in page.items:
                    if schedule.enabled:
                        _recompute(tables, schedule, days)
                if (after := page.next) is None:
                    break
            detail = {"holidays": len(calendar.holidays), "working_days": len(calendar.working_days)}
            self._audit(tables, by, "calendar.change", None, {"country": calendar.country, **detail})

    def _next(self, tables: Tables, schedule: Schedule, count: int) -> Sequence[PlannedSlot]:
        days = BusinessDays(load_calendar(tables))
        planned = slots_to_come(schedule, days, now=self._clock.now())
        return list(islice(planned, max(0, min(count, _MOST_PREVIEWED))))

    def _built(self, tables: Tables, before: Schedule, timing: Timing, now: datetime, *, enabled: bool) -> Schedule:
        """``before`` with another timing and its next slot. Raises ``Invalid`` with every problem of the timing."""
        at = checked(timing)
        schedule = replace(
            before,
            cron=Cron(timing.cron).expression if timing.cron is not None else None,
            at=at,
            zone=timing.zone,
            business_days=timing.business_days,
            misfire=timing.misfire,
            overlap=timing.overlap,
            catch_up=timing.catch_up,
            enabled=enabled,
            done_until=now,
            next_due=None,
            updated_at=now,
        )
        if not enabled:
            return schedule
        due = next_fire(schedule, BusinessDays(load_calendar(tables)), after=now)
        if due is None:
            raise problem_with("at", "This moment is past: it would never fire.", "at_in_the_past")
        return replace(schedule, next_due=due)

    def _publish(self, automation_id: UUID, by: str) -> Invalid | None:
        try:
            self._publisher.ensure_published(automation_id, by=by)
        except Invalid as lacking:
            return lacking
        return None

    def _audit(
        self, tables: Tables, by: str, action: str, schedule: Schedule | None, detail: Mapping[str, Any]
    ) -> None:
        subject = schedule.id if schedule else "company_calendar"
        note(tables, action, subject, by=by, at=self._clock.now(), detail=detail)


def _blank(automation_id: UUID, now: datetime) -> Schedule:
    return Schedule(id=new_id(), automation_id=automation_id, done_until=now, created_at=now, updated_at=now)


def _described(schedule: Schedule) -> dict[str, Any]:
    return {
        "automation": str(schedule.automation_id),
        "cron": schedule.cron,
        "at": schedule.at.isoformat() if schedule.at else None,
        "zone": schedule.zone,
        "business_days": str(schedule.business_days),
        "misfire": str(schedule.misfire),
        "overlap": str(schedule.overlap),
        "catch_up_seconds": int(schedule.catch_up.total_seconds()),
        "enabled": schedule.enabled,
    }


def _recompute(tables: Tables, schedule: Schedule, days: BusinessDays) -> None:
    done_until = schedule.done_until
    following = next_fire(schedule, days, after=done_until)
    tables.schedules.advance(schedule.id, expected_done_until=done_until, done_until=done_until, next_due=following)


def _give_up_queued(tables: Tables, schedule: Schedule, now: datetime) -> None:
    for slot in tables.schedules.queued(limit=1_000):
        if slot.schedule_id == schedule.id:
            given_up = replace(slot, outcome=SlotOutcome.DISABLED, detail="The schedule was disabled.", recorded_at=now)
            tables.schedules.settle_queued(given_up)
