"""Due slots become jobs, each exactly once however many schedulers run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tank.domain.errors import Conflict, Invalid, LogsDbUnavailable, NotFound, TankError
from tank.domain.ids import new_id
from tank.domain.job import Job, Trigger
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.schedule import OverlapPolicy, Schedule, Slot, SlotOutcome
from tank.services.calendar import BusinessDays, load_calendar
from tank.services.clock_steps import STEP, follow_clock_back
from tank.services.jobs import Jobs, Publisher
from tank.services.misfires import Note, Step, plan
from tank.services.slots import PlannedSlot

#: Who asked for a job that a schedule made.
BY_SCHEDULE = "schedule"
#: At most one slot waits for each automation, so this is a bound on automations.
_MAX_QUEUED = 1_000


class _AlreadyRecorded(TankError):
    """Somebody else recorded the slot: the job that was being made for it is undone."""


class Firing:
    """Fires schedules. Safe to run in several processes at once."""

    def __init__(self, db: LogsDb, jobs: Jobs, publisher: Publisher) -> None:
        self._db = db
        self._jobs = jobs
        self._publisher = publisher
        self._looked_at: datetime | None = None

    def fire_due(self, now: datetime) -> list[Slot]:
        """Start what is queued, then bring every due schedule up to ``now``; the records that were written.

        Raises ``LogsDbUnavailable``; what was not written then is done the next time.
        """
        if self._looked_at is None or now < self._looked_at - STEP:
            follow_clock_back(self._db, now)
        self._looked_at = now
        with self._db.read() as tables:
            queued = tables.schedules.queued(limit=_MAX_QUEUED)
            due = tables.schedules.due(now)
            days = BusinessDays(load_calendar(tables)) if due else None
        written = [record for slot in queued if (record := self._start_queued(slot, now)) is not None]
        for schedule in due:
            assert days is not None
            written += self._bring_up(schedule, days, now)
        return written

    def _bring_up(self, schedule: Schedule, days: BusinessDays, now: datetime) -> list[Slot]:
        try:
            steps = plan(schedule, days, now=now)
        except Invalid as error:
            # Valid when it was saved, but not with the zone data of today.
            self._switch_off(schedule, error, now)
            return []
        written: list[Slot] = []
        for step in steps:
            records = self._take(schedule, step, now)
            if records is None:
                break
            written += records
            schedule = replace(schedule, done_until=step.done_until)
        return written

    def _take(self, schedule: Schedule, step: Step, now: datetime) -> Sequence[Slot] | None:
        """Do one step in one transaction; None where another scheduler did it, or somebody changed the schedule."""
        outcome: Slot | None = None
        problem: Exception | None = None
        try:
            return self._try(schedule, step, now)
        except LogsDbUnavailable:
            raise
        except _AlreadyRecorded:
            pass
        except Exception as error:
            if step.fire is None:
                raise
            # Whatever it is, the slot gets its record: it must not come again every second.
            problem = error
            outcome = _not_fired(schedule, step.fire, error, now)
        with self._db.write() as tables:
            if not _advance(tables, schedule, step, now):
                return None
            records = _write_notes(tables, schedule, step.notes, now)
            if outcome is not None and tables.schedules.record(outcome):
                records.append(outcome)
                _follow_up(tables, schedule, outcome, problem)
            return records

    def _try(self, schedule: Schedule, step: Step, now: datetime) -> Sequence[Slot] | None:
        if step.fire is not None:
            self._publisher.ensure_published(schedule.automation_id, by=BY_SCHEDULE)
        with self._db.write() as tables:
            if not _advance(tables, schedule, step, now):
                return None
            records = _write_notes(tables, schedule, step.notes, now)
            return records + self._fire(tables, schedule, step, now)

    def _fire(self, tables: Tables, schedule: Schedule, step: Step, now: datetime) -> list[Slot]:
        """Record, job and wake-up commit together with the schedule's advance, or not at all."""
        if step.fire is None:
            return []
        job = self._request(tables, schedule, step.fire.due_at)
        fired = Slot(
            schedule_id=schedule.id,
            due_at=step.fire.due_at,
            outcome=SlotOutcome.FIRED,
            job_id=job.id,
            detail=_moved(step.fire),
            recorded_at=now,
        )
        if not tables.schedules.record(fired):
            raise _AlreadyRecorded("This slot has a record already.")
        joined = [
            replace(fired, due_at=slot.due_at, outcome=SlotOutcome.HOLIDAY, detail=f"{_moved(slot)} One job for all.")
            for slot in step.joined
        ]
        return [fired, *(record for record in joined if tables.schedules.record(record))]

    def _start_queued(self, slot: Slot, now: datetime) -> Slot | None:
        """Make the job of a queued slot if its automation is free; what became of the slot, None while it waits."""
        schedule = self._free(slot)
        if schedule is None:
            return None
        try:
            return self._fire_queued(schedule, slot, now)
        except LogsDbUnavailable:
            raise
        except _AlreadyRecorded:
            return None
        except Exception as error:
            if _code(error) == "job_active":
                return None
            problem = error
        outcome = SlotOutcome.DISABLED if _code(problem) == "automation_disabled" else SlotOutcome.FAILED
        settled = replace(slot, outcome=outcome, detail=_said(problem), recorded_at=now)
        with self._db.write() as tables:
            if not tables.schedules.settle_queued(settled):
                return None
            _follow_up(tables, schedule, settled, problem)
            return settled

    def _free(self, slot: Slot) -> Schedule | None:
        """The schedule of a queued slot, unless its automation is still busy or it was deleted this moment."""
        with self._db.read() as tables:
            try:
                schedule = tables.schedules.get(slot.schedule_id)
            except NotFound:
                return None
            return schedule if tables.jobs.active(schedule.automation_id) is None else None

    def _fire_queued(self, schedule: Schedule, slot: Slot, now: datetime) -> Slot:
        self._publisher.ensure_published(schedule.automation_id, by=BY_SCHEDULE)
        with self._db.write() as tables:
            job = self._request(tables, schedule, slot.due_at)
            detail = "It waited for the job before it."
            fired = replace(slot, outcome=SlotOutcome.FIRED, job_id=job.id, detail=detail, recorded_at=now)
            if not tables.schedules.settle_queued(fired):
                raise _AlreadyRecorded("This slot is not queued any more.")
            return fired

    def _request(self, tables: Tables, schedule: Schedule, due_at: datetime) -> Job:
        return self._jobs.request(
            schedule.automation_id,
            trigger=Trigger.SCHEDULE,
            by=BY_SCHEDULE,
            due_at=due_at,
            schedule_id=schedule.id,
            tables=tables,
        )

    def _switch_off(self, schedule: Schedule, error: Invalid, now: datetime) -> None:
        with self._db.write() as tables:
            tables.schedules.replace(replace(schedule, enabled=False, next_due=None, updated_at=now))
            message = f"A schedule can no longer be computed and was disabled: {error.message}"
            _report(tables, schedule, now, code="schedule_broken", message=message, remedy="Correct the schedule.")


def _advance(tables: Tables, schedule: Schedule, step: Step, now: datetime) -> bool:
    """The conditional write that lets one scheduler through. A schedule of one moment is over after it."""
    won = tables.schedules.advance(
        schedule.id, expected_done_until=schedule.done_until, done_until=step.done_until, next_due=step.next_due
    )
    if won and schedule.at is not None and step.next_due is None:
        over = replace(schedule, enabled=False, done_until=step.done_until, next_due=None, updated_at=now)
        tables.schedules.replace(over)
    return won


def _write_notes(tables: Tables, schedule: Schedule, notes: Sequence[Note], now: datetime) -> list[Slot]:
    """Record the slots that do not fire; missed ones are also told to the operator, in one entry."""
    records = [
        Slot(
            schedule_id=schedule.id,
            due_at=note.slot.due_at,
            outcome=note.outcome,
            detail=note.detail,
            recorded_at=now,
        )
        for note in notes
    ]
    written = [record for record in records if tables.schedules.record(record)]
    missed = [record for record in written if record.outcome is SlotOutcome.MISFIRED]
    if missed:
        message = f"Slots of a schedule were missed, the first at {missed[0].due_at:%Y-%m-%d %H:%M} UTC."
        remedy = "See the schedule's slots; run the automation by hand if its mails are still wanted."
        _report(tables, schedule, now, code="slots_missed", message=message, remedy=remedy)
    return written


def _not_fired(schedule: Schedule, slot: PlannedSlot, error: Exception, now: datetime) -> Slot:
    outcome, detail = SlotOutcome.FAILED, _said(error)
    if _code(error) == "automation_disabled":
        outcome = SlotOutcome.DISABLED
    elif _code(error) == "job_active":
        waits = schedule.overlap is OverlapPolicy.QUEUE
        outcome = SlotOutcome.QUEUED if waits else SlotOutcome.OVERLAPPED
        detail = "The automation still had an active job."
    return Slot(schedule_id=schedule.id, due_at=slot.due_at, outcome=outcome, detail=detail, recorded_at=now)


def _follow_up(tables: Tables, schedule: Schedule, record: Slot, problem: Exception | None) -> None:
    """A newly queued slot takes the place of an older one; a failure is told to the operator."""
    if record.outcome is SlotOutcome.QUEUED:
        _displace(tables, schedule, record)
    if record.outcome is SlotOutcome.FAILED:
        message = f"The slot of {record.due_at:%Y-%m-%d %H:%M} UTC could not be started: {record.detail}"
        remedy = (problem.remedy if isinstance(problem, TankError) else None) or "Correct the automation and run it."
        _report(tables, schedule, record.recorded_at, code="slot_failed", message=message, remedy=remedy)


def _displace(tables: Tables, schedule: Schedule, newest: Slot) -> None:
    """At most one slot of an automation waits, the newest: many would be mailed in a row, with old data."""
    siblings = {sibling.id for sibling in tables.schedules.of(schedule.automation_id)}
    for older in tables.schedules.queued(limit=_MAX_QUEUED):
        is_newest = (older.schedule_id, older.due_at) == (newest.schedule_id, newest.due_at)
        if older.schedule_id in siblings and not is_newest:
            detail = f"The slot of {newest.due_at:%Y-%m-%d %H:%M} UTC took its place while it waited."
            displaced = replace(older, outcome=SlotOutcome.OVERLAPPED, detail=detail, recorded_at=newest.recorded_at)
            tables.schedules.settle_queued(displaced)


def _report(tables: Tables, schedule: Schedule, at: datetime, *, code: str, message: str, remedy: str) -> None:
    tables.system_errors.add(
        SystemErrorRecord(
            id=new_id(),
            at=at,
            component="scheduler",
            code=code,
            message=message,
            remedy=remedy,
            automation_id=schedule.automation_id,
        )
    )


def _code(error: Exception) -> str:
    return error.code if isinstance(error, Conflict) else ""


def _said(error: Exception) -> str:
    """The error in words, with the first of its problems."""
    if not isinstance(error, TankError):
        return f"{type(error).__name__}: {error}"[:500]
    listed = error.problems[:3] if isinstance(error, Invalid) else ()
    problems = [problem.message for problem in listed if problem.message not in error.message]
    return " ".join([error.message, *problems])[:500]


def _moved(slot: PlannedSlot) -> str:
    if not slot.is_moved:
        return ""
    why = slot.day_off.name if slot.day_off else "not a business day"
    return f"Moved from {slot.due_at:%Y-%m-%d %H:%M} UTC ({why})."
