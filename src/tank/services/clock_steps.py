"""A wall clock that ran ahead and was set back must not leave schedules waiting for a moment that was never due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from tank.domain.errors import Invalid
from tank.domain.ids import new_id
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.schedule import Schedule
from tank.services.calendar import BusinessDays, load_calendar
from tank.services.slots import next_fire

#: Clocks of several machines differ by less, and a schedule is never done further ahead than they do.
STEP = timedelta(minutes=10)


def follow_clock_back(db: LogsDb, now: datetime) -> int:
    """Let schedules that are done until well after ``now`` go on from ``now``; says how many.

    A slot that was fired too early keeps its record and does not fire again.
    """
    with db.read() as tables:
        ahead = [schedule for schedule in _all(tables) if _is_ahead(schedule, now)]
    if not ahead:
        return 0
    with db.write() as tables:
        days = BusinessDays(load_calendar(tables))
        mended = [schedule for found in ahead if (schedule := _mended(tables.schedules.get(found.id), days, now))]
        for schedule in mended:
            tables.schedules.replace(schedule)
        if mended:
            tables.system_errors.add(_told(len(mended), now))
    return len(mended)


def _is_ahead(schedule: Schedule, now: datetime) -> bool:
    return schedule.enabled and schedule.done_until > now + STEP


def _mended(schedule: Schedule, days: BusinessDays, now: datetime) -> Schedule | None:
    if not _is_ahead(schedule, now):
        return None
    rewound = replace(schedule, done_until=now, created_at=min(schedule.created_at, now))
    try:
        return replace(rewound, next_due=next_fire(rewound, days, after=now))
    except Invalid:
        # The firing of its next slot disables it, and tells why.
        return replace(rewound, next_due=now)


def _all(tables: Tables) -> Iterator[Schedule]:
    after: str | None = None
    while True:
        page = tables.schedules.page(after=after, limit=500)
        yield from page.items
        if (after := page.next) is None:
            return


def _told(count: int, now: datetime) -> SystemErrorRecord:
    return SystemErrorRecord(
        id=new_id(),
        at=now,
        component="scheduler",
        code="clock_stepped_back",
        message=f"{count} schedules had slots done that are still to come: a scheduler's clock was ahead and was set "
        "back. They follow the clock as it is now; what was fired too early is not fired again.",
        remedy="Check that every machine's clock is kept by NTP.",
    )
