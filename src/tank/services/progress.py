"""How far runs are: their counts with the state of their job, how fast they go and how long they will take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.job import Job, JobState
from tank.domain.ports.clock import Clock
from tank.domain.ports.paging import Page
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.run import Run, RunCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A run as people watch it."""

    run: Run
    job: Job
    automation_name: str
    #: Mails that have ended, a second, since the snapshot was sealed; None before any has. Who was skipped does not
    #: count: the bad addresses of a large snapshot have all ended before its first mail leaves.
    rate: float | None
    #: Until the last recipient has ended, at that rate; None when that cannot be said.
    eta_seconds: float | None


def tried(counts: RunCounts) -> int:
    """Recipients whose mail was tried, and has ended."""
    return counts.sent + counts.fail + counts.unknown


def ended(counts: RunCounts) -> int:
    """Recipients that need nothing more."""
    return counts.sent + counts.fail + counts.skipped + counts.unknown


class Progresses:
    """Reads runs for people."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def of(self, run_id: UUID) -> Progress:
        """Raises ``NotFound``."""
        with self._db.read() as tables:
            return self._progress(tables, tables.runs.get(run_id))

    def of_job(self, job_id: UUID) -> Progress | None:
        """None while no worker has begun the job. Raises ``NotFound``."""
        with self._db.read() as tables:
            tables.jobs.get(job_id)
            run = tables.runs.of_job(job_id)
            return None if run is None else self._progress(tables, run)

    def page(
        self,
        *,
        automation_id: UUID | None = None,
        states: Sequence[JobState] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Progress]:
        """Newest first."""
        with self._db.read() as tables:
            page = tables.runs.page(automation_id=automation_id, states=states, after=after, limit=limit)
            return Page([self._progress(tables, run) for run in page.items], page.next)

    def causes(self, run_id: UUID) -> Sequence[tuple[DeliveryStatus, ErrorKind, str, int]]:
        """Why recipients were not mailed: status, kind, provider's code, how many; most first."""
        with self._db.read() as tables:
            tables.runs.get(run_id)
            return tables.ledger.causes(run_id)

    def _progress(self, tables: Tables, run: Run) -> Progress:
        job = tables.jobs.get(run.job_id)
        rate = self._rate(run)
        remaining = run.counts.pending + run.counts.sending
        runs_on = rate and job.state == JobState.RUNNING and run.finished_at is None
        return Progress(
            run=run,
            job=job,
            automation_name=tables.automations.get(run.automation_id).name,
            rate=rate,
            eta_seconds=remaining / rate if runs_on and rate else None,
        )

    def _rate(self, run: Run) -> float | None:
        done = tried(run.counts)
        if run.sealed_at is None or not done:
            return None
        until = run.finished_at or self._clock.now()
        return done / max((until - run.sealed_at).total_seconds(), 0.001)
