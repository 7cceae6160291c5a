"""Watching a job until it ends, with a progress bar where somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from tank.domain.job import JobState
from tank.services.progress import Progress, ended

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.job import Job

_LOOK_SECONDS: Final = 0.25

#: Shows a run's progress; None while no worker has begun.
Show = Callable[[Progress | None], None]


def wait_for_end(tank: Installation, job_id: UUID, *, show: Show, between: Callable[[], None]) -> Job:
    """Look at the job until it has ended, or is paused: then a person is needed. ``between`` is called at each look."""
    while True:
        job = tank.jobs.get(job_id)
        progress = tank.progresses.of_job(job_id)
        show(progress)
        over = not job.state.is_active and (progress is None or progress.run.finished_at is not None)
        if over or job.state == JobState.PAUSED:
            return job
        between()
        time.sleep(_LOOK_SECONDS)


@contextmanager
def bar() -> Iterator[Show]:
    """A progress bar on standard error; where that is no terminal, a line for each tenth."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console.print).show
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, TextColumn("{task.fields[rate]}"), console=console) as shown:
        task = shown.add_task("Waiting for a worker", total=None, rate="")

        def show(progress: Progress | None) -> None:
            if progress is not None:
                shown.update(task, **_shown(progress))

        yield show


class _Lines:
    """Progress for logs: one line for each tenth that is done."""

    def __init__(self, print_line: Callable[[str], None]) -> None:
        self._print = print_line
        self._tenths = -1

    def show(self, progress: Progress | None) -> None:
        if progress is None or progress.run.sealed_at is None or not progress.run.counts.target:
            return
        counts = progress.run.counts
        tenths = ended(counts) * 10 // counts.target
        if tenths > self._tenths:
            self._tenths = tenths
            self._print(f"{ended(counts):,} of {counts.target:,} recipients ({tenths * 10} %)")


def _shown(progress: Progress) -> dict[str, Any]:
    counts = progress.run.counts
    return {
        "description": progress.run.phase.replace("_", " ").capitalize(),
        "total": counts.target or None,
        "completed": ended(counts),
        "rate": f"{progress.rate:,.0f}/s" if progress.rate else "",
    }
