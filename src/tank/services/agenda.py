"""The agenda: when automations fire next, over all schedules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from uuid import UUID

from tank.domain.automation import Automation
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.schedule import Schedule
from tank.services.calendar import BusinessDays, load_calendar
from tank.services.slots import PlannedSlot, slots_to_come
from tank.services.zones import zone_named

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A slot to come, with what it is a slot of."""

    slot: PlannedSlot
    schedule: Schedule
    automation: Automation

    @property
    def local(self) -> datetime:
        """When it fires, in the schedule's zone."""
        return self.slot.fire_at.astimezone(zone_named(self.schedule.zone))

    @property
    def note(self) -> str:
        """What is remarkable about it, in a few words; empty where nothing is."""
        slot = self.slot
        remarks = (
            (slot.day_off is not None, slot.day_off.name if slot.day_off else ""),
            (slot.is_skipped, "left out"),
            (slot.is_moved, "moved"),
            (not self.schedule.enabled, "schedule is disabled"),
            (not self.automation.enabled, "automation is disabled"),
        )
        return ", ".join(remark for holds, remark in remarks if holds)


class Agenda:
    """Looks ahead. Slots that a business-day rule leaves out are listed too: people wonder where they are."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def soonest(self, *, limit: int) -> Sequence[Appointment]:
        """The next ``limit`` slots over all enabled schedules of enabled automations, soonest first."""
        with self._db.read() as tables:
            days = BusinessDays(load_calendar(tables))
            pairs = [pair for pair in _enabled(tables) if pair[1].enabled]
        appointments = merge(*(self._ahead(pair, days) for pair in pairs), key=lambda one: one.slot)
        return list(islice(appointments, limit))

    def of_each(self, *, count: int, automation_id: UUID | None = None) -> Sequence[Appointment]:
        """The next ``count`` slots of each enabled schedule, soonest first; of one automation, disabled ones too.

        Raises ``NotFound``.
        """
        with self._db.read() as tables:
            days = BusinessDays(load_calendar(tables))
            if automation_id is None:
                pairs = list(_enabled(tables))
            else:
                automation = tables.automations.get(automation_id)
                pairs = [(schedule, automation) for schedule in tables.schedules.of(automation_id)]
        return list(merge(*(islice(self._ahead(pair, days), count) for pair in pairs), key=lambda one: one.slot))

    def _ahead(self, pair: tuple[Schedule, Automation], days: BusinessDays) -> Iterator[Appointment]:
        schedule, automation = pair
        for slot in slots_to_come(schedule, days, now=self._clock.now()):
            yield Appointment(slot=slot, schedule=schedule, automation=automation)


def _enabled(tables: Tables) -> Iterator[tuple[Schedule, Automation]]:
    """Enabled schedules, with their automations."""
    automations: dict[UUID, Automation] = {}
    after: str | None = None
    while True:
        page = tables.schedules.page(after=after, limit=_PAGE)
        for schedule in page.items:
            if schedule.enabled:
                if schedule.automation_id not in automations:
                    automations[schedule.automation_id] = tables.automations.get(schedule.automation_id)
                yield schedule, automations[schedule.automation_id]
        if (after := page.next) is None:
            return
