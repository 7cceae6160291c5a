"""What happens to slots after an outage."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tank.domain.calendar import CompanyCalendar
from tank.domain.schedule import BusinessDayRule, MisfirePolicy, Schedule, SlotOutcome
from tank.services.calendar import BusinessDays
from tank.services.misfires import GRACE, MAX_RECORDS, Step, plan
from tests.support.a_schedule import a_schedule, utc

KOREA = BusinessDays(CompanyCalendar())


def planned(schedule: Schedule, now: str) -> list[Step]:
    return plan(schedule, KOREA, now=utc(now))


def told(steps: list[Step]) -> list[str]:
    """Outcome and hour of every slot, in the order of the steps."""
    said = []
    for step in steps:
        said += [f"{note.outcome} {note.slot.due_at:%d %H:%M}" for note in step.notes]
        said += [f"fire {step.fire.due_at:%d %H:%M}"] if step.fire else []
        said += [f"joined {slot.due_at:%d %H:%M}" for slot in step.joined]
    return said


def test_a_slot_on_time_fires() -> None:
    steps = planned(a_schedule("0 * * * *", since="2026-11-22 00:30"), "2026-11-22 01:00")
    assert told(steps) == ["fire 22 01:00"]
    assert steps[0].done_until == utc("2026-11-22 01:00")
    assert steps[0].next_due == utc("2026-11-22 02:00")


def test_nothing_is_done_before_time() -> None:
    assert planned(a_schedule("0 * * * *", since="2026-11-22 00:30"), "2026-11-22 00:59") == []


def test_of_the_missed_slots_the_latest_runs() -> None:
    steps = planned(a_schedule("0 * * * *", since="2026-11-22 00:30"), "2026-11-22 03:30")
    assert told(steps) == ["misfired 22 01:00", "misfired 22 02:00", "fire 22 03:00"]


def test_none_of_the_missed_slots_runs_where_one_is_on_time() -> None:
    steps = planned(a_schedule("0 * * * *", since="2026-11-22 00:30"), "2026-11-22 03:00")
    assert told(steps) == ["misfired 22 01:00", "misfired 22 02:00", "fire 22 03:00"]


def test_policy_skip_runs_nothing_late() -> None:
    schedule = a_schedule("0 * * * *", since="2026-11-22 00:30", misfire=MisfirePolicy.SKIP)
    assert told(planned(schedule, "2026-11-22 02:30")) == ["misfired 22 01:00", "misfired 22 02:00"]
    assert told(planned(schedule, "2026-11-22 01:00")) == ["fire 22 01:00"]


def test_a_slot_older_than_the_catch_up_window_is_a_misfire_for_good() -> None:
    schedule = a_schedule("0 0 * * *", zone="UTC", since="2026-11-21 12:00", catch_up=timedelta(hours=2))
    steps = planned(schedule, "2026-11-22 03:00")
    assert told(steps) == ["misfired 22 00:00"]
    assert steps[-1].next_due == utc("2026-11-23 00:00")
    assert told(planned(schedule, "2026-11-22 01:59")) == ["fire 22 00:00"]


def test_a_catch_up_window_of_nothing_still_fires_on_time() -> None:
    schedule = a_schedule("0 * * * *", since="2026-11-22 00:30", catch_up=timedelta(0))
    assert told(planned(schedule, "2026-11-22 01:00")) == ["fire 22 01:00"]


def test_a_year_without_a_scheduler_is_a_few_records() -> None:
    steps = planned(a_schedule("* * * * *", since="2025-11-22 00:00"), "2026-11-22 00:00")
    notes = [note for step in steps for note in step.notes]
    assert len(notes) <= MAX_RECORDS
    assert notes[0].slot.due_at == utc("2025-11-22 00:01")
    assert "More than 1000 slots" in notes[0].detail
    assert steps[-1].next_due == utc("2026-11-22 00:01")


def test_holidays_are_recorded_as_such_also_when_missed() -> None:
    schedule = a_schedule(
        "0 9 * * *", since="2026-11-19 12:00", business_days=BusinessDayRule.SKIP, catch_up=timedelta(days=7)
    )
    steps = planned(schedule, "2026-11-22 12:00")
    assert told(steps) == ["fire 20 00:00", "holiday 21 00:00", "holiday 22 00:00"]
    assert steps[-1].next_due == utc("2026-11-23 00:00")


def test_slots_moved_to_one_moment_share_its_job() -> None:
    schedule = a_schedule("0 9 * * *", since="2026-11-20 12:00", business_days=BusinessDayRule.NEXT_BUSINESS_DAY)
    assert told(planned(schedule, "2026-11-23 00:00")) == ["fire 23 00:00", "joined 21 00:00", "joined 22 00:00"]


def test_one_moment_is_over_when_done() -> None:
    schedule = a_schedule(at=utc("2026-11-22 01:00"))
    assert [step.next_due for step in planned(schedule, "2026-11-22 01:00")] == [None]
    assert told(planned(schedule, "2026-11-23 01:00")) == ["misfired 22 01:00"]


@settings(deadline=None, max_examples=60)
@given(
    cron=st.sampled_from(["*/7 * * * *", "0 * * * *", "0 9 * * *", "0 9 1 * *"]),
    rule=st.sampled_from(BusinessDayRule),
    misfire=st.sampled_from(MisfirePolicy),
    catch_up=st.timedeltas(timedelta(0), timedelta(days=3)),
    since=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),
    outage=st.timedeltas(timedelta(0), timedelta(days=20)),
)
def test_steps_lead_to_now_in_order_with_few_records(
    cron: str, rule: BusinessDayRule, misfire: MisfirePolicy, catch_up: timedelta, since: datetime, outage: timedelta
) -> None:
    start = utc(since.isoformat())
    schedule = a_schedule(cron, since=start, business_days=rule, misfire=misfire, catch_up=catch_up)
    now = start + outage
    steps = plan(schedule, KOREA, now=now)
    moments = [schedule.done_until, *(step.done_until for step in steps)]
    assert moments == sorted(moments)
    assert moments[-1] <= now
    assert all(step.next_due is not None and step.next_due > step.done_until for step in steps)
    assert not steps or (steps[-1].next_due or now) > now
    fired = [step.fire for step in steps if step.fire]
    late = [slot for slot in fired if slot.fire_at < now - GRACE]
    assert len(late) <= (1 if misfire is MisfirePolicy.RUN_ONCE else 0)
    due = [note.slot.due_at for step in steps for note in step.notes] + [slot.due_at for slot in fired]
    due += [slot.due_at for step in steps for slot in step.joined]
    assert len(due) == len(set(due))
    assert all(len(step.notes) <= MAX_RECORDS for step in steps)
    assert all(note.outcome in {SlotOutcome.MISFIRED, SlotOutcome.HOLIDAY} for step in steps for note in step.notes)
