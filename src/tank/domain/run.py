"""Runs: the execution of a job, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tank.domain.job import JobState


class RunPhase(StrEnum):
    """How far a run is."""

    SNAPSHOT = "SNAPSHOT"
    CHECK_FILES = "CHECK_FILES"
    DELIVER = "DELIVER"
    FINISH = "FINISH"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """Recipients of a run by where they stand; ``target`` is their sum once the snapshot is sealed."""

    target: int = 0
    pending: int = 0
    sending: int = 0
    sent: int = 0
    fail: int = 0
    skipped: int = 0
    unknown: int = 0
    update_pending: int = 0
    update_ok: int = 0
    update_failed: int = 0
    update_in_doubt: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether every recipient is in exactly one place."""
        known = self.pending + self.sending + self.sent + self.fail + self.skipped + self.unknown
        return known == self.target

    def __add__(self, other: RunCounts) -> RunCounts:
        return RunCounts(**{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The execution of a job, 1:1. Its id is the RUN_ID."""

    id: UUID
    job_id: UUID
    automation_id: UUID
    revision_id: UUID
    phase: RunPhase
    #: Columns of the target query, in order; payloads hold values only.
    columns: tuple[str, ...] = ()
    #: Set when the snapshot is complete: from then on mails may leave.
    sealed_at: datetime | None = None
    counts: RunCounts
    #: Rows whose file was looked for, in phase CHECK_FILES.
    files_checked: int = 0
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTarget:
    """How many recipients a run had."""

    run_id: UUID
    target: int
    finished_at: datetime


def final_state(counts: RunCounts, *, defects: int) -> JobState:
    """How a run that was neither aborted nor cancelled ends.

    ``defects`` counts the recipients SKIPPED because something was wrong with their row (a bad address, a
    missing file), not those who were left out on purpose (already mailed, a repeated address).
    """
    clean = not (counts.fail or counts.unknown or defects)
    if clean:
        written = not (counts.update_failed or counts.update_in_doubt)
        return JobState.SUCCESS if written else JobState.PARTIAL
    return JobState.PARTIAL if counts.sent else JobState.FAIL
