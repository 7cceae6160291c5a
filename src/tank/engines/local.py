"""The ``local`` engine: tasks in a table of the Logs DB, for the worker processes of one machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from tank.domain.errors import LogsDbUnavailable, Misconfigured, TankError
from tank.domain.ports.engines import TaskHandler, Threads
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.worker import Task

log = structlog.get_logger()

#: A task comes again when its worker has not been heard of for so long.
LEASE_SECONDS = 15.0
#: A worker that has beaten so lately is alive.
_LIVELY = timedelta(seconds=60)
#: How often an idle worker looks for tasks.
_LOOK_SECONDS = 0.1
#: How long it waits where the Logs DB does not answer.
_AWAY_SECONDS = 1.0


class LocalEngine:
    """Implements ``Engine`` over ``Tables.tasks``; a failed task rests before it comes again."""

    def __init__(self, db: LogsDb, *, rest_seconds: float = 2.0) -> None:
        self._db = db
        self._rest_seconds = rest_seconds

    def defer(self, tables: Tables, task: Task) -> None:
        tables.tasks.put(task)

    def refuse_second_machine(self, host: str, now: datetime) -> None:
        """Raise ``Misconfigured`` where workers of another machine are alive on this Logs DB."""
        with self._db.read() as tables:
            others = [worker for worker in tables.workers.all() if worker.host != host]
        if lively := [worker for worker in others if now - worker.beat_at < _LIVELY]:
            raise Misconfigured(
                f"The machine {lively[0].host} is working on this Logs DB; the local engine serves one machine alone.",
                remedy=f"Stop Tank on {lively[0].host}, or wait a minute if it is gone. "
                "Never share the file of a SQLite Logs DB between machines.",
                code="second_machine",
            )

    async def work(
        self,
        worker_id: UUID,
        handle: TaskHandler,
        *,
        concurrency: int,
        stop: asyncio.Event,
        threads: Threads,
    ) -> None:
        """See ``Engine.work``. While the Logs DB is away, it waits. Raises ``Misconfigured`` on a second machine."""
        await self._check_machine(worker_id, stop, threads)
        running: set[asyncio.Task[None]] = set()
        extending = asyncio.create_task(self._extend(worker_id, threads))
        try:
            while not stop.is_set():
                taken = await self._take(worker_id, threads) if len(running) < concurrency else None
                if taken is not None:
                    one = asyncio.create_task(self._handle(worker_id, *taken, handle, threads))
                    running.add(one)
                    one.add_done_callback(running.discard)
                    continue
                await _first_of(stop.wait(), asyncio.sleep(_LOOK_SECONDS))
            if running:
                await asyncio.wait(running)
        finally:
            extending.cancel()

    async def _check_machine(self, worker_id: UUID, stop: asyncio.Event, threads: Threads) -> None:
        def check() -> None:
            with self._db.read() as tables:
                own = next((worker for worker in tables.workers.all() if worker.id == worker_id), None)
            if own is not None:
                self.refuse_second_machine(own.host, own.beat_at)

        while not stop.is_set():
            try:
                await threads.run(check)
            except LogsDbUnavailable as error:
                log.warning("logs_db_away", error=error.message)
                await _first_of(stop.wait(), asyncio.sleep(_AWAY_SECONDS))
            else:
                return

    async def _take(self, worker_id: UUID, threads: Threads) -> tuple[int, Task] | None:
        def take() -> tuple[int, Task] | None:
            with self._db.read() as tables:
                if not tables.tasks.any_free():
                    return None
            with self._db.write() as tables:
                return tables.tasks.take(worker_id, lease_seconds=LEASE_SECONDS)

        try:
            return await threads.run(take)
        except LogsDbUnavailable as error:
            log.warning("logs_db_away", error=error.message)
            await asyncio.sleep(_AWAY_SECONDS)
            return None

    async def _handle(self, worker_id: UUID, number: int, task: Task, handle: TaskHandler, threads: Threads) -> None:
        try:
            await handle(task)
        except Exception as error:
            log.warning(
                "task_failed",
                task=task.kind,
                job=str(task.job_id),
                shard=task.shard_no,
                error=str(error),
                exc_info=not isinstance(error, TankError),
            )
            await self._note(lambda t: t.tasks.give_back(number, worker_id, delay_seconds=self._rest_seconds), threads)
        else:
            await self._note(lambda t: t.tasks.done(number, worker_id), threads)

    async def _note(self, write: Callable[[Tables], None], threads: Threads) -> None:
        def note() -> None:
            with self._db.write() as tables:
                write(tables)

        try:
            await threads.run(note)
        except LogsDbUnavailable as error:
            log.warning("logs_db_away", error=error.message)  # the lease runs out and the task comes again

    async def _extend(self, worker_id: UUID, threads: Threads) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            await self._note(lambda t: t.tasks.extend(worker_id, lease_seconds=LEASE_SECONDS), threads)


async def _first_of(*waits: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
