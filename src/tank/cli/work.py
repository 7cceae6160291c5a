"""Doing a job's work in a command, where no Tank runs that would."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import UUID

from tank.cli import lock
from tank.cli.output import say
from tank.cli.watch import bar, wait_for_end
from tank.cli.workers import WorkerProcesses, worker_command
from tank.domain.worker import WorkerState

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.job import Job


def work_off(tank: Installation, job_id: UUID) -> Job:
    """Wait until the job has ended, with workers of our own where nobody else has any."""
    with _somebody_works(tank) as look, bar() as show:
        return wait_for_end(tank, job_id, show=show, between=look)


@contextmanager
def own_workers(tank: Installation) -> Iterator[Callable[[], None]]:
    """Workers that live as long as the context, and a function that looks after them and after unheld work."""
    supervision = tank.supervision()
    quiet = {"TANK_LOG_LEVEL": "warning"} if tank.settings.log_level == "info" else {}
    workers = WorkerProcesses(
        tank.settings.worker_count,
        command=worker_command(),
        environment={**os.environ, **tank.settings.environment(), **quiet},
        say=say,
    )

    def look() -> None:
        workers.look()
        supervision.sweep()

    try:
        look()
        yield look
    finally:
        workers.stop(at_once=threading.Event())


@contextmanager
def _somebody_works(tank: Installation) -> Iterator[Callable[[], None]]:
    if tank.database_file is not None and not lock.is_held(tank.database_file):
        with lock.held(tank.database_file), own_workers(tank) as look:
            yield look
    elif tank.database_file is None and not _has_workers(tank):
        with own_workers(tank) as look:
            yield look
    else:
        yield lambda: None


def _has_workers(tank: Installation) -> bool:
    with tank.database.read() as tables:
        return any(worker.state == WorkerState.ALIVE for worker in tables.workers.all())
