"""What a scheduler does about the slots that have come, be it one or a year of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice, takewhile

from tank.domain.schedule import MisfirePolicy, Schedule, SlotOutcome
from tank.services.calendar import BusinessDays
from tank.services.slots import PlannedSlot, next_fire, slots

#: A slot that is found within this time fires as if it were found at once.
GRACE = timedelta(seconds=60)
#: More records than this in a row are summarised: a year without a scheduler must not write half a million rows.
MAX_RECORDS = 20
#: Slots older than the catch-up window are counted up to here.
_MAX_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Note:
    """A slot that does not fire, and why."""

    slot: PlannedSlot
    outcome: SlotOutcome
    detail: str


@dataclass(frozen=True, slots=True)
class Step:
    """What is written in one transaction: slots that do not fire, and at most one that does."""

    done_until: datetime
    #: The next slot after this step (UTC); it has come already where another step follows.
    next_due: datetime | None
    notes: tuple[Note, ...] = ()
    fire: PlannedSlot | None = None
    #: Slots moved to the very moment of ``fire``: they share its job.
    joined: tuple[PlannedSlot, ...] = ()


def plan(schedule: Schedule, days: BusinessDays, *, now: datetime) -> list[Step]:
    """The steps that bring a schedule up to ``now``; empty where nothing has come.

    Of the missed slots within the catch-up window only the latest fires, and only where none is on time
    (``RUN_ONCE``), or none does (``SKIP``). The work is bounded by the window, however long the outage.
    """
    horizon = max(schedule.done_until, now - max(schedule.catch_up, GRACE))
    notes = _too_old(schedule, days, horizon)
    groups = _groups(schedule, days, after=horizon, now=now)
    firing = _firing(schedule, groups, now)
    steps: list[Step] = []
    done_until = horizon
    for number, group in enumerate(groups):
        done_until = group[0].fire_at
        runner = _runner(group) if number in firing else None
        notes += [_note(slot) for slot in group if runner is None or slot.is_skipped]
        if runner is not None:
            joined = tuple(slot for slot in group if slot is not runner and not slot.is_skipped)
            steps.append(Step(done_until, done_until, tuple(_summarised(notes)), runner, joined))
            notes = []
    if notes:
        steps.append(Step(done_until, done_until, tuple(_summarised(notes))))
    return _chained(steps, next_fire(schedule, days, after=done_until))


def _too_old(schedule: Schedule, days: BusinessDays, horizon: datetime) -> list[Note]:
    """One note for all slots that were missed longer ago than the catch-up window."""
    found = list(islice(_between(schedule, days, schedule.done_until, horizon), _MAX_COUNTED + 1))
    if not found:
        return []
    detail = "Missed longer ago than the catch-up window."
    if len(found) > 1:
        how_many = f"{len(found)}" if len(found) <= _MAX_COUNTED else f"More than {_MAX_COUNTED}"
        detail = f"{how_many} slots from this one until {horizon:%Y-%m-%d %H:%M} UTC: {detail.lower()}"
    return [Note(found[0], SlotOutcome.MISFIRED, detail)]


def _between(schedule: Schedule, days: BusinessDays, after: datetime, until: datetime) -> Iterator[PlannedSlot]:
    return takewhile(lambda slot: slot.fire_at <= until, slots(schedule, days, after=after))


def _groups(schedule: Schedule, days: BusinessDays, *, after: datetime, now: datetime) -> list[tuple[PlannedSlot, ...]]:
    """Slots that have come, those of one moment together."""
    found = _between(schedule, days, after, now)
    return [tuple(group) for _, group in groupby(found, key=lambda slot: slot.fire_at)]


def _firing(schedule: Schedule, groups: Sequence[tuple[PlannedSlot, ...]], now: datetime) -> set[int]:
    """The numbers of the groups that fire."""
    able = [number for number, group in enumerate(groups) if _runner(group) is not None]
    on_time = {number for number in able if groups[number][0].fire_at >= now - GRACE}
    if on_time or not able or schedule.misfire is MisfirePolicy.SKIP:
        return on_time
    return {able[-1]}


def _runner(group: Sequence[PlannedSlot]) -> PlannedSlot | None:
    """Of the slots of one moment, the one that fires: the one that was not moved there, else the latest."""
    able = [slot for slot in group if not slot.is_skipped]
    unmoved = [slot for slot in able if not slot.is_moved]
    return next(reversed(unmoved or able), None)


def _note(slot: PlannedSlot) -> Note:
    if slot.is_skipped:
        return Note(slot, SlotOutcome.HOLIDAY, slot.day_off.name if slot.day_off else "")
    return Note(slot, SlotOutcome.MISFIRED, "No scheduler was there in time.")


def _summarised(notes: Sequence[Note]) -> Sequence[Note]:
    """The latest notes, and one that stands for all older ones."""
    if len(notes) <= MAX_RECORDS:
        return notes
    older, latest = notes[: -MAX_RECORDS + 1], notes[-MAX_RECORDS + 1 :]
    last = older[-1].slot.due_at
    detail = f"{len(older)} records from this slot until {last:%Y-%m-%d %H:%M} UTC in one: {older[0].detail}"
    return [Note(older[0].slot, older[0].outcome, detail), *latest]


def _chained(steps: Sequence[Step], following: datetime | None) -> list[Step]:
    """Let each step but the last one name a moment that has come as the next, should the scheduler die in between."""
    return [
        Step(step.done_until, steps[number + 1].done_until if number + 1 < len(steps) else following, *_content(step))
        for number, step in enumerate(steps)
    ]


def _content(step: Step) -> tuple[tuple[Note, ...], PlannedSlot | None, tuple[PlannedSlot, ...]]:
    return step.notes, step.fire, step.joined
