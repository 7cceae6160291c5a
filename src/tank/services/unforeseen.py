"""What nobody foresaw: it is told to people at once, and a run that keeps meeting it is paused."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from tank.domain.errors import LogsDbUnavailable
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb
from tank.domain.worker import Task
from tank.services.finishing import pause_job, system_error
from tank.services.run_jobs import TryAgain

#: So often a worker meets it with one job, then it is no accident.
MOST_FAILURES = 3


class UnforeseenFailures:
    """Counts, for each job, the failures that no rule of Tank covers; in a worker's memory, which is enough."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._counts: Counter[UUID] = Counter()

    def note(self, task: Task, error: Exception) -> None:
        """Write the first one into SYSTEM_ERROR_LOG; each third one pauses the job. Blocking."""
        if isinstance(error, LogsDbUnavailable | TryAgain):
            return  # foreseen: it passes
        self._counts[task.job_id] += 1
        count = self._counts[task.job_id]
        with self._db.write() as tables:
            job = tables.jobs.get(task.job_id)
            record = system_error(
                "worker",
                "unforeseen",
                f"A worker failed in a way that Tank does not know: {type(error).__name__}: {error}",
                at=self._clock.now(),
                job=job,
                run_id=task.run_id,
                remedy="Look at the worker's log, mend what it names, then resume the run; please report it as a bug.",
            )
            if count % MOST_FAILURES == 0:
                pause_job(tables, job, record)
            elif count == 1:
                tables.system_errors.add(record)

    def went_well(self, task: Task) -> None:
        """A task of the job ended as it should."""
        self._counts.pop(task.job_id, None)
