"""Jobs: requests to run an automation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tank.domain.delivery import ErrorKind
from tank.domain.errors import Conflict


class JobState(StrEnum):
    """The one state of a job and its run (original document, sections 7 and 8)."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAIL = "FAIL"
    CANCELLED = "CANCELLED"

    @property
    def is_active(self) -> bool:
        """Whether it still holds its automation: at most one active job each."""
        return self in ACTIVE_STATES


ACTIVE_STATES = frozenset({JobState.WAITING, JobState.RUNNING, JobState.PAUSED})

#: From → to. WAITING may be paused and cancelled before a worker ever sees it. A FAIL out of RUNNING is an abort
#: or a snapshot that could not be taken; a job with a sealed run otherwise ends through its last shard.
TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.WAITING: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.FAIL, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {
            JobState.PAUSED,
            JobState.SUCCESS,
            JobState.PARTIAL,
            JobState.FAIL,
            JobState.CANCELLED,
        }
    ),
    JobState.PAUSED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.FAIL}),
    JobState.SUCCESS: frozenset(),
    JobState.PARTIAL: frozenset(),
    JobState.FAIL: frozenset(),
    JobState.CANCELLED: frozenset(),
}


def check_transition(before: JobState, after: JobState) -> None:
    """Raise ``Conflict`` where a job cannot go from one state to the other."""
    if after not in TRANSITIONS[before]:
        raise Conflict(f"A job that is {before} cannot become {after}.", code="job_state_conflict")


#: The reason code of a pause that a person asked for: it lasts until a person ends it.
PAUSED_BY_PERSON = "paused_by_person"
#: The reason code of a run that found far more or fewer recipients than the runs before it: resuming it confirms them.
PAUSED_BY_DRIFT = "drift"


class Trigger(StrEnum):
    """What asked for a job."""

    SCHEDULE = "schedule"
    MANUAL = "manual"
    #: The FAIL rows of an earlier run again.
    RETRY = "retry"
    #: Chosen deliveries again, because a person said so, with a reason.
    RESEND = "resend"

    @property
    def asks_the_query(self) -> bool:
        """Whether the recipients are whom the target query finds, rather than those of an earlier run."""
        return self in (Trigger.SCHEDULE, Trigger.MANUAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendRow:
    """A delivery to repeat, perhaps to a corrected address."""

    delivery_id: UUID
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request to run, with its revision pinned."""

    id: UUID
    automation_id: UUID
    revision_id: UUID
    state: JobState
    trigger: Trigger
    #: The moment that dates of templates and paths come from: the slot, or when a person asked (UTC).
    due_at: datetime
    schedule_id: UUID | None = None
    requested_by: str
    #: The run whose deliveries this job repeats (triggers RETRY and RESEND).
    source_run_id: UUID | None = None
    resend_rows: tuple[ResendRow, ...] = ()
    #: For RETRY: only rows that failed or were skipped for one of these causes; empty takes all that failed.
    retry_kinds: tuple[ErrorKind, ...] = ()
    #: Why it is PAUSED, FAIL or CANCELLED, in plain words, with a stable code.
    reason_code: str = ""
    reason: str = ""
    #: Since when it is in its state.
    state_since: datetime | None = None
    #: How many workers have begun its snapshot and failed or died over it, the one that is at it included.
    starts: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
