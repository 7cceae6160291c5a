"""The slots of a schedule: moments computed from its cron, its zone and the business days.

All moments are UTC instants, so that no jump of a clock can move one. Summer time:

- A time that the zone leaves out (a gap) fires once, at the first moment after the gap.
- A time that comes twice fires once, the first time.
- A cron that fires in every hour of the day is an interval: it goes by elapsed time, so it fires in both passes of a
  repeated hour, and what a gap leaves out does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import dropwhile, groupby
from zoneinfo import ZoneInfo

from tank.domain.calendar import DayOff
from tank.domain.schedule import BusinessDayRule, Schedule
from tank.services.calendar import BusinessDays
from tank.services.cron import Cron
from tank.services.zones import all_instants, first_instant, wall_time, zone_named

#: More than any zone ever set its clocks back by at once.
_LONGEST_REPEAT = timedelta(hours=3)
_SHIFTING = (BusinessDayRule.NEXT_BUSINESS_DAY, BusinessDayRule.PREVIOUS_BUSINESS_DAY)


@dataclass(frozen=True, slots=True, order=True)
class PlannedSlot:
    """A slot, and when it fires. Ordered by when it fires."""

    #: When it fires (UTC).
    fire_at: datetime
    #: The moment that the cron names (UTC): the slot's identity, and what date variables come from.
    #: It differs from ``fire_at`` where the business-day rule moves the slot.
    due_at: datetime
    #: Why the day that the cron names is not a business day.
    day_off: DayOff | None = field(default=None, compare=False)
    #: The business-day rule leaves it out.
    is_skipped: bool = field(default=False, compare=False)

    @property
    def is_moved(self) -> bool:
        return self.fire_at != self.due_at


def slots(schedule: Schedule, days: BusinessDays, *, after: datetime) -> Iterator[PlannedSlot]:
    """The schedule's slots that fire after a moment, in the order of firing, left-out ones included.

    A slot that the cron names before the schedule was made does not exist, even if it would be moved to a later day.
    Raises ``Invalid`` where cron or zone are not valid.
    """
    zone = zone_named(schedule.zone)
    if schedule.cron is not None:
        cron = Cron(schedule.cron)
        start = _start(after, zone, days, schedule.business_days)
        placed = _placed(cron.walls(start), days, schedule.business_days)
        planned = _distinct(_in_order(placed, days, schedule.business_days, zone, is_interval=cron.is_hourly))
    else:
        planned = _one_moment(schedule, days, zone)
    return (
        slot for slot in dropwhile(lambda slot: slot.fire_at <= after, planned) if slot.due_at >= schedule.created_at
    )


def slots_to_come(schedule: Schedule, days: BusinessDays, *, now: datetime) -> Iterator[PlannedSlot]:
    """The slots that are not done with yet, as if the schedule were enabled."""
    return slots(schedule, days, after=max(now, schedule.done_until))


def next_fire(schedule: Schedule, days: BusinessDays, *, after: datetime) -> datetime | None:
    """When the next slot fires or is left out (UTC); None where none follows."""
    slot = next(slots(schedule, days, after=after), None)
    return None if slot is None else slot.fire_at


def _one_moment(schedule: Schedule, days: BusinessDays, zone: ZoneInfo) -> Iterator[PlannedSlot]:
    assert schedule.at is not None
    wall = wall_time(schedule.at, zone)
    placement = days.place(wall.date(), schedule.business_days)
    moved = placement.day != wall.date()
    fire_at = first_instant(datetime.combine(placement.day, wall.time()), zone) if moved else schedule.at
    yield PlannedSlot(fire_at, schedule.at, placement.day_off, placement.is_skipped)


def _start(after: datetime, zone: ZoneInfo, days: BusinessDays, rule: BusinessDayRule) -> datetime:
    """A wall-clock time before which no slot can fire after ``after``."""
    wall = wall_time(after - _LONGEST_REPEAT, zone)
    if rule not in _SHIFTING:
        return wall
    day = wall.date()
    while days.place(day - timedelta(days=1), rule).day >= wall.date():
        day -= timedelta(days=1)
    return datetime.combine(day, datetime.min.time())


def _placed(
    walls: Iterable[datetime], days: BusinessDays, rule: BusinessDayRule
) -> Iterator[tuple[datetime, datetime]]:
    """Wall-clock times as (when it fires, what the cron names), in the order of firing."""
    if rule not in _SHIFTING:
        yield from ((wall, wall) for wall in walls)
        return
    for day, group in groupby(walls, key=lambda wall: days.place(wall.date(), rule).day):
        yield from sorted((datetime.combine(day, wall.time()), wall) for wall in group)


def _in_order(
    placed: Iterable[tuple[datetime, datetime]],
    days: BusinessDays,
    rule: BusinessDayRule,
    zone: ZoneInfo,
    *,
    is_interval: bool,
) -> Iterator[PlannedSlot]:
    """Turn wall-clock times into instants. The second pass of a repeated hour comes after all of the first."""
    waiting: list[PlannedSlot] = []
    for fire_wall, wall in placed:
        fire_at = first_instant(fire_wall, zone)
        while waiting and waiting[0].fire_at < fire_at:
            yield heappop(waiting)
        placement = days.place(wall.date(), rule)
        if fire_wall != wall:
            moments = [(fire_at, first_instant(wall, zone))]
        elif is_interval:
            moments = [(moment, moment) for moment in all_instants(wall, zone)]
        else:
            moments = [(fire_at, fire_at)]
        for fires, due in moments:
            heappush(waiting, PlannedSlot(fires, due, placement.day_off, placement.is_skipped))
    while waiting:
        yield heappop(waiting)


def _distinct(planned: Iterable[PlannedSlot]) -> Iterator[PlannedSlot]:
    """Several times within one gap are one moment."""
    last = None
    for slot in planned:
        if slot != last:
            yield slot
        last = slot
