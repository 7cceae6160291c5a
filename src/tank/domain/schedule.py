"""Schedules: when an automation runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID


class BusinessDayRule(StrEnum):
    """What happens to a slot that falls on a weekend or a holiday."""

    ANY_DAY = "any_day"
    SKIP = "skip"
    NEXT_BUSINESS_DAY = "next_business_day"
    PREVIOUS_BUSINESS_DAY = "previous_business_day"


class MisfirePolicy(StrEnum):
    """What happens to slots that nobody fired in time, for example during an outage."""

    RUN_ONCE = "run_once"
    SKIP = "skip"


class OverlapPolicy(StrEnum):
    """What happens to a slot while the automation still has an active job."""

    SKIP = "skip"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A cron expression or one moment, in a time zone."""

    id: UUID
    automation_id: UUID
    #: Exactly one of ``cron`` (five fields) and ``at`` (an aware moment) is set.
    cron: str | None = None
    at: datetime | None = None
    zone: str = "Asia/Seoul"
    business_days: BusinessDayRule = BusinessDayRule.ANY_DAY
    misfire: MisfirePolicy = MisfirePolicy.RUN_ONCE
    overlap: OverlapPolicy = OverlapPolicy.QUEUE
    #: A slot older than this when it is found is a misfire for good.
    catch_up: timedelta = timedelta(hours=6)
    enabled: bool = True
    #: Slots at or before this moment are done with, one way or another (UTC).
    done_until: datetime
    #: The next slot (UTC), as last computed; None when there is none or it is disabled.
    next_due: datetime | None = None
    created_at: datetime
    updated_at: datetime


class SlotOutcome(StrEnum):
    """What became of a slot of a schedule; each slot leaves exactly one record."""

    FIRED = "fired"
    MISFIRED = "misfired"
    OVERLAPPED = "overlapped"
    QUEUED = "queued"
    HOLIDAY = "holiday"
    DISABLED = "disabled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One moment of a schedule and what became of it. Unique by (schedule, due)."""

    schedule_id: UUID
    due_at: datetime
    outcome: SlotOutcome
    job_id: UUID | None = None
    detail: str = ""
    recorded_at: datetime
