"""Schedules and the first publishing, with the slots that wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tank.db.database import Database
from tank.domain.errors import Invalid, NotFound
from tank.domain.schedule import Slot, SlotOutcome
from tank.services.schedules import Schedules
from tank.services.timing import Timing
from tests.fakes.clock import START, FakeClock
from tests.support.published import AlwaysPublished, a_published_automation

DAILY = Timing(cron="0 9 * * *")


@pytest.fixture
def publisher() -> AlwaysPublished:
    return AlwaysPublished()


@pytest.fixture
def schedules(logs_db: Database, clock: FakeClock, publisher: AlwaysPublished) -> Schedules:
    return Schedules(logs_db, clock, publisher)


def test_the_first_schedule_publishes(logs_db: Database, schedules: Schedules, publisher: AlwaysPublished) -> None:
    automation_id = a_published_automation(logs_db)
    schedule, lacking = schedules.create(automation_id, DAILY, by="kim")
    assert lacking is None
    assert publisher.asked == [automation_id]
    assert schedules.get(schedule.id) == schedule


def test_an_incomplete_automation_can_be_scheduled_and_says_what_it_lacks(
    logs_db: Database, schedules: Schedules, publisher: AlwaysPublished
) -> None:
    automation_id = a_published_automation(logs_db)
    publisher.incomplete.add(automation_id)
    schedule, lacking = schedules.create(automation_id, DAILY, by="kim")
    assert isinstance(lacking, Invalid)
    assert schedules.of(automation_id) == [schedule]


def test_disabling_gives_up_what_waits(logs_db: Database, schedules: Schedules) -> None:
    automation_id = a_published_automation(logs_db)
    schedule, _ = schedules.create(automation_id, DAILY, by="kim")
    other, _ = schedules.create(automation_id, DAILY, by="kim")
    with logs_db.write() as tables:
        for one in (schedule, other):
            queued = Slot(schedule_id=one.id, due_at=START, outcome=SlotOutcome.QUEUED, recorded_at=START)
            assert tables.schedules.record(queued)
            assert not tables.schedules.record(queued)
    schedules.disable(schedule.id, by="kim")
    assert [slot.outcome for slot in schedules.slots(schedule.id)] == [SlotOutcome.DISABLED]
    assert [slot.outcome for slot in schedules.slots(other.id)] == [SlotOutcome.QUEUED]


def test_deleting_takes_the_slots_along(logs_db: Database, schedules: Schedules) -> None:
    schedule, _ = schedules.create(a_published_automation(logs_db), DAILY, by="kim")
    with logs_db.write() as tables:
        tables.schedules.record(
            Slot(schedule_id=schedule.id, due_at=START, outcome=SlotOutcome.QUEUED, recorded_at=START)
        )
    schedules.delete(schedule.id, by="kim")
    with logs_db.read() as tables:
        assert tables.schedules.queued() == []
    with pytest.raises(NotFound):
        schedules.delete(schedule.id, by="kim")


def test_an_automation_that_never_ran_is_deleted_with_its_schedules(logs_db: Database, schedules: Schedules) -> None:
    automation_id = a_published_automation(logs_db)
    schedule, _ = schedules.create(automation_id, DAILY, by="kim")
    with logs_db.write() as tables:
        tables.automations.delete(automation_id)
    with pytest.raises(NotFound):
        schedules.get(schedule.id)


def test_a_scheduler_that_planned_before_a_change_does_not_move_the_schedule(
    logs_db: Database, schedules: Schedules, clock: FakeClock
) -> None:
    before, _ = schedules.create(a_published_automation(logs_db), DAILY, by="kim")
    clock.advance(1)
    after = schedules.change(before.id, {"cron": "0 8 * * *"}, by="kim")
    with logs_db.write() as tables:
        assert not tables.schedules.advance(
            before.id, expected_done_until=before.done_until, done_until=START + timedelta(days=1), next_due=None
        )
    assert schedules.get(before.id) == after
