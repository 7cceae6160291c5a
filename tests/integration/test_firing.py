"""Slots become jobs exactly once, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tank.db.database import Database
from tank.domain.errors import LogsDbUnavailable
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState, Trigger
from tank.domain.ports.store import Tables
from tank.domain.schedule import BusinessDayRule, MisfirePolicy, OverlapPolicy, Schedule, Slot, SlotOutcome
from tank.services.calendar import BusinessDays, load_calendar
from tank.services.firing import Firing
from tank.services.jobs import Jobs
from tank.services.slots import next_fire
from tests.fakes.clock import START, FakeClock
from tests.fakes.engine import QueueingEngine
from tests.support.a_schedule import a_schedule
from tests.support.logs_db import a_vault
from tests.support.published import AlwaysPublished, a_published_automation

HOUR = timedelta(hours=1)


class Office:
    """A Logs DB with one automation, and what fires its schedules."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db = db
        self.clock = clock
        self.publisher = AlwaysPublished()
        self.jobs = Jobs(db, QueueingEngine(), self.publisher, clock)
        self.firing = Firing(db, self.jobs, self.publisher)
        self.automation_id = a_published_automation(db)

    def add(self, cron: str | None = None, **given: Any) -> Schedule:
        """A schedule of the automation, done until now."""
        fields: dict[str, Any] = {
            "id": new_id(),
            "automation_id": self.automation_id,
            "since": self.clock.now(),
            **given,
        }
        schedule = a_schedule(cron, **fields)
        with self.db.write() as tables:
            due = next_fire(schedule, BusinessDays(load_calendar(tables)), after=schedule.done_until)
            schedule = a_schedule(cron, **fields, next_due=due)
            tables.schedules.add(schedule)
        return schedule

    def fire_at(self, moment: datetime) -> list[SlotOutcome]:
        self.clock.jump(moment)
        return [slot.outcome for slot in self.firing.fire_due(moment)]

    def slots(self, schedule: Schedule) -> list[Slot]:
        with self.db.read() as tables:
            return list(reversed(tables.schedules.slots(schedule.id)))

    def outcomes(self, schedule: Schedule) -> list[SlotOutcome]:
        return [slot.outcome for slot in self.slots(schedule)]

    def all_jobs(self) -> list[Job]:
        with self.db.read() as tables:
            return list(reversed(tables.jobs.page(limit=100).items))

    def end_job(self) -> None:
        with self.db.write() as tables:
            job = tables.jobs.active(self.automation_id)
            assert job is not None
            assert tables.jobs.move(job.id, before=(JobState.WAITING,), after=JobState.CANCELLED, at=START)

    def errors(self) -> list[str]:
        with self.db.read() as tables:
            return [error.code for error in tables.system_errors.page().items]


@pytest.fixture
def office(logs_db: Database, clock: FakeClock) -> Office:
    return Office(logs_db, clock)


@pytest.fixture
def small_office(sqlite_db: Database, clock: FakeClock) -> Office:
    """For what does not depend on the database."""
    return Office(sqlite_db, clock)


def test_a_slot_becomes_a_job_once(office: Office) -> None:
    schedule = office.add("30 * * * *")
    due = START + HOUR / 2
    assert office.fire_at(due - timedelta(seconds=1)) == []
    assert office.fire_at(due + timedelta(seconds=1)) == [SlotOutcome.FIRED]
    assert office.fire_at(due + timedelta(seconds=2)) == []
    (job,) = office.all_jobs()
    assert (job.trigger, job.due_at, job.schedule_id, job.state) == (
        Trigger.SCHEDULE,
        due,
        schedule.id,
        JobState.WAITING,
    )
    assert [slot.job_id for slot in office.slots(schedule)] == [job.id]
    with office.db.write() as tables:
        taken = tables.tasks.take(new_id(), lease_seconds=10)
        assert taken is not None
        assert taken[1].job_id == job.id
        assert tables.schedules.get(schedule.id).next_due == due + HOUR


def test_many_schedulers_fire_each_slot_once(logs_db: Database, clock: FakeClock) -> None:
    office = Office(logs_db, clock)
    schedules = [office.add("30 * * * *")]
    for number in range(4):
        automation_id = a_published_automation(logs_db, f"automation {number}")
        schedules.append(office.add("30 * * * *", automation_id=automation_id))
    url = logs_db.url.render_as_string(hide_password=False)
    others = [Database(url, vault=a_vault(), clock=clock) for _ in range(2)]
    start = threading.Barrier(len(others))
    failures: list[BaseException] = []

    def schedule_all(database: Database) -> None:
        firing = Firing(database, Jobs(database, QueueingEngine(), AlwaysPublished(), clock), AlwaysPublished())
        try:
            for hour in range(3):
                start.wait(timeout=30)
                firing.fire_due(START + HOUR / 2 + hour * HOUR)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=schedule_all, args=(database,)) for database in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    for database in others:
        database.close()
    assert failures == []
    assert len(office.all_jobs()) == len(schedules)
    for schedule in schedules:
        # The first slot's job is active ever after: the newest of the others waits.
        expected = [SlotOutcome.FIRED, SlotOutcome.OVERLAPPED, SlotOutcome.QUEUED]
        assert office.outcomes(schedule) == expected


def test_a_scheduler_that_comes_late_to_a_slot_does_nothing(office: Office) -> None:
    """The other one committed between this one's reading and writing."""
    schedule = office.add("30 * * * *")
    due = START + HOUR / 2

    class Overtaken(AlwaysPublished):
        def ensure_published(self, automation_id: UUID, *, by: str) -> UUID:
            office.firing.fire_due(due)
            return super().ensure_published(automation_id, by=by)

    assert Firing(office.db, office.jobs, Overtaken()).fire_due(due) == []
    assert len(office.all_jobs()) == 1
    assert office.outcomes(schedule) == [SlotOutcome.FIRED]


def test_a_slot_that_has_a_record_makes_no_second_job(office: Office) -> None:
    """A schedule that was changed back in time, or a clock that was: the record stands."""
    schedule = office.add("30 * * * *")
    due = START + HOUR / 2
    assert office.fire_at(due) == [SlotOutcome.FIRED]
    office.end_job()
    with office.db.write() as tables:
        tables.schedules.replace(schedule)
    assert office.fire_at(due) == []
    assert len(office.all_jobs()) == 1
    with office.db.read() as tables:
        assert tables.schedules.get(schedule.id).next_due == due + HOUR


def test_after_an_outage_the_latest_slot_runs_and_the_operator_is_told(office: Office) -> None:
    schedule = office.add("30 * * * *")
    assert office.fire_at(START + 3 * HOUR) == [SlotOutcome.MISFIRED, SlotOutcome.MISFIRED, SlotOutcome.FIRED]
    assert [job.due_at for job in office.all_jobs()] == [START + 2.5 * HOUR]
    assert office.outcomes(schedule) == [SlotOutcome.MISFIRED, SlotOutcome.MISFIRED, SlotOutcome.FIRED]
    assert office.errors() == ["slots_missed"]


def test_a_year_of_minutes_is_caught_up_in_few_rows(small_office: Office) -> None:
    schedule = small_office.add("* * * * *", misfire=MisfirePolicy.SKIP)
    small_office.fire_at(START + timedelta(days=365, seconds=-1))
    assert len(small_office.slots(schedule)) <= 21
    assert [job.due_at for job in small_office.all_jobs()] == [START + timedelta(days=365, minutes=-1)]
    assert small_office.errors() == ["slots_missed"]


def test_an_overlapping_slot_is_skipped(office: Office) -> None:
    schedule = office.add("30 * * * *", overlap=OverlapPolicy.SKIP)
    office.fire_at(START + 0.5 * HOUR)
    assert office.fire_at(START + 1.5 * HOUR) == [SlotOutcome.OVERLAPPED]
    office.end_job()
    assert office.fire_at(START + 1.6 * HOUR) == []
    assert office.outcomes(schedule) == [SlotOutcome.FIRED, SlotOutcome.OVERLAPPED]


def test_of_the_slots_that_wait_only_the_newest_runs(office: Office) -> None:
    schedule = office.add("30 * * * *", overlap=OverlapPolicy.QUEUE)
    office.fire_at(START + 0.5 * HOUR)
    assert office.fire_at(START + 1.5 * HOUR) == [SlotOutcome.QUEUED]
    assert office.fire_at(START + 2.5 * HOUR) == [SlotOutcome.QUEUED]
    assert office.outcomes(schedule) == [SlotOutcome.FIRED, SlotOutcome.OVERLAPPED, SlotOutcome.QUEUED]
    assert office.fire_at(START + 2.6 * HOUR) == []
    office.end_job()
    assert office.fire_at(START + 2.7 * HOUR) == [SlotOutcome.FIRED]
    assert [job.due_at for job in office.all_jobs()] == [START + 0.5 * HOUR, START + 2.5 * HOUR]
    assert [slot.job_id is not None for slot in office.slots(schedule)] == [True, False, True]


def test_another_schedule_of_the_automation_takes_the_place_of_what_waits(small_office: Office) -> None:
    first = small_office.add("30 * * * *")
    second = small_office.add("45 * * * *")
    small_office.fire_at(START + 0.5 * HOUR)
    small_office.fire_at(START + 0.75 * HOUR)
    assert small_office.outcomes(second) == [SlotOutcome.QUEUED]
    small_office.fire_at(START + 1.5 * HOUR)
    assert small_office.outcomes(second) == [SlotOutcome.OVERLAPPED]
    assert small_office.outcomes(first) == [SlotOutcome.FIRED, SlotOutcome.QUEUED]


def test_a_disabled_automation_leaves_a_record(small_office: Office) -> None:
    schedule = small_office.add("30 * * * *")
    with small_office.db.write() as tables:
        tables.automations.change(small_office.automation_id, at=START, enabled=False)
    assert small_office.fire_at(START + HOUR / 2) == [SlotOutcome.DISABLED]
    assert small_office.errors() == []
    assert "disabled" in small_office.slots(schedule)[0].detail


def test_an_automation_disabled_while_a_slot_waits_gives_the_slot_up(small_office: Office) -> None:
    schedule = small_office.add("30 * * * *")
    small_office.fire_at(START + 0.5 * HOUR)
    small_office.fire_at(START + 1.5 * HOUR)
    with small_office.db.write() as tables:
        tables.automations.change(small_office.automation_id, at=START, enabled=False)
    small_office.end_job()
    assert small_office.fire_at(START + 1.6 * HOUR) == [SlotOutcome.DISABLED]
    assert small_office.outcomes(schedule) == [SlotOutcome.FIRED, SlotOutcome.DISABLED]


def test_an_incomplete_automation_fails_the_slot_and_tells_the_operator(office: Office) -> None:
    schedule = office.add("30 * * * *")
    office.publisher.incomplete.add(office.automation_id)
    assert office.fire_at(START + 0.5 * HOUR) == [SlotOutcome.FAILED]
    assert office.slots(schedule)[0].detail.count("no template") == 1
    assert office.errors() == ["slot_failed"]
    office.publisher.incomplete.clear()
    assert office.fire_at(START + 1.5 * HOUR) == [SlotOutcome.FIRED]


def test_an_unexpected_failure_leaves_a_record_and_no_half_made_job(office: Office) -> None:
    schedule = office.add("30 * * * *")

    class Broken(QueueingEngine):
        def defer(self, tables: Tables, task: object) -> None:
            raise RuntimeError("no queue")

    jobs = Jobs(office.db, Broken(), office.publisher, office.clock)
    written = Firing(office.db, jobs, office.publisher).fire_due(START + HOUR / 2)
    assert [(slot.outcome, slot.detail) for slot in written] == [(SlotOutcome.FAILED, "RuntimeError: no queue")]
    assert office.all_jobs() == []
    assert office.outcomes(schedule) == [SlotOutcome.FAILED]


def test_nothing_is_recorded_while_the_logs_db_is_away(office: Office) -> None:
    schedule = office.add("30 * * * *")

    class Away(QueueingEngine):
        def defer(self, tables: Tables, task: object) -> None:
            raise LogsDbUnavailable("away")

    jobs = Jobs(office.db, Away(), office.publisher, office.clock)
    with pytest.raises(LogsDbUnavailable):
        Firing(office.db, jobs, office.publisher).fire_due(START + HOUR / 2)
    assert office.slots(schedule) == []
    assert office.fire_at(START + HOUR / 2) == [SlotOutcome.FIRED]


def test_a_holiday_leaves_a_record(small_office: Office) -> None:
    # START is a Sunday in Seoul.
    schedule = small_office.add("30 12 * * *", business_days=BusinessDayRule.SKIP)
    assert small_office.fire_at(START + HOUR / 2) == [SlotOutcome.HOLIDAY]
    assert small_office.slots(schedule)[0].detail == "Sunday"
    assert small_office.fire_at(START + 24.5 * HOUR) == [SlotOutcome.FIRED]


def test_moved_slots_share_a_job_and_keep_their_records(office: Office) -> None:
    schedule = office.add("30 12 * * *", business_days=BusinessDayRule.NEXT_BUSINESS_DAY)
    assert office.fire_at(START + HOUR / 2) == []
    monday = START + 24.5 * HOUR
    assert office.fire_at(monday) == [SlotOutcome.FIRED, SlotOutcome.HOLIDAY]
    (job,) = office.all_jobs()
    assert job.due_at == monday
    assert [(slot.due_at, slot.outcome, slot.job_id) for slot in office.slots(schedule)] == [
        (START + HOUR / 2, SlotOutcome.HOLIDAY, job.id),
        (monday, SlotOutcome.FIRED, job.id),
    ]


def test_a_schedule_of_one_moment_disables_itself(office: Office) -> None:
    schedule = office.add(at=START + HOUR)
    assert office.fire_at(START + HOUR) == [SlotOutcome.FIRED]
    with office.db.read() as tables:
        after = tables.schedules.get(schedule.id)
    assert (after.enabled, after.next_due, after.done_until) == (False, None, START + HOUR)


def test_one_moment_that_waits_runs_although_its_schedule_is_over(small_office: Office) -> None:
    small_office.add("30 * * * *")
    moment = small_office.add(at=START + HOUR)
    small_office.fire_at(START + 0.5 * HOUR)
    assert small_office.fire_at(START + HOUR) == [SlotOutcome.QUEUED]
    small_office.end_job()
    assert small_office.fire_at(START + 1.1 * HOUR) == [SlotOutcome.FIRED]
    assert small_office.outcomes(moment) == [SlotOutcome.FIRED]


def test_a_schedule_that_no_longer_makes_sense_is_disabled_and_the_others_go_on(office: Office) -> None:
    broken = office.add("30 * * * *")
    with office.db.write() as tables:
        tables.schedules.replace(replace(tables.schedules.get(broken.id), zone="Asia/Atlantis"))
    other = office.add("30 * * * *", automation_id=a_published_automation(office.db, "other"))
    assert office.fire_at(START + HOUR / 2) == [SlotOutcome.FIRED]
    assert office.outcomes(other) == [SlotOutcome.FIRED]
    assert office.errors() == ["schedule_broken"]
    with office.db.read() as tables:
        assert not tables.schedules.get(broken.id).enabled


def test_a_disabled_schedule_never_fires(small_office: Office) -> None:
    small_office.add("30 * * * *", enabled=False)
    assert small_office.fire_at(START + 2 * HOUR) == []


def test_a_clock_that_was_ahead_and_is_set_back_leaves_no_schedule_waiting(office: Office) -> None:
    schedule = office.add("30 12 * * *")
    year = timedelta(days=365)
    assert office.fire_at(START + year + HOUR)[-1] is SlotOutcome.FIRED
    office.end_job()
    assert office.fire_at(START + HOUR / 4) == []
    assert office.errors() == ["clock_stepped_back", "slots_missed"]
    assert office.fire_at(START + 24.5 * HOUR) == [SlotOutcome.FIRED]
    assert office.fire_at(START + 24.6 * HOUR) == []
    assert SlotOutcome.FIRED in office.outcomes(schedule)


def test_a_slot_that_was_fired_too_early_is_not_fired_again(small_office: Office) -> None:
    small_office.add("30 12 * * *")
    assert small_office.fire_at(START + HOUR / 2) == [SlotOutcome.FIRED]
    small_office.end_job()
    assert small_office.fire_at(START - HOUR) == []
    assert small_office.fire_at(START + HOUR / 2) == []
    assert small_office.fire_at(START + 24.5 * HOUR) == [SlotOutcome.FIRED]


def test_clocks_that_differ_a_little_are_left_alone(small_office: Office) -> None:
    small_office.add("30 12 * * *")
    assert small_office.fire_at(START + HOUR / 2) == [SlotOutcome.FIRED]
    behind = Firing(small_office.db, small_office.jobs, small_office.publisher)
    assert behind.fire_due(START + HOUR / 2 - timedelta(minutes=5)) == []
    assert small_office.errors() == []
