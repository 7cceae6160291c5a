"""The ``local`` engine: tasks in a table of the Logs DB, for the worker processes of one machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from tank.domain.errors import LogsDbUnavailable
from tank.domain.ports.engines import TaskHandler, Threads
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.worker import Task

log = structlog.get_logger()

#: A task comes again when its worker has not been heard of for so long.
LEASE_SECONDS = 15.0
#: How often an idle worker looks for tasks.
_LOOK_SECONDS = 0.1


class LocalEngine:
    """Implements ``Engine`` over ``Tables.tasks``; a failed task rests before it comes again."""

    def __init__(self, db: LogsDb, *, rest_seconds: float = 2.0) -> None:
        self._db = db
        self._rest_seconds = rest_seconds

    def defer(self, tables: Tables, task: Task) -> None:
        tables.tasks.put(task)

    async def work(
        self,
        worker_id: UUID,
        handle: TaskHandler,
        *,
        concurrency: int,
        stop: asyncio.Event,
        threads: Threads,
    ) -> None:
        """See ``Engine.work``. While the Logs DB is away, it waits."""
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
            await asyncio.sleep(1)
            return None

    async def _handle(self, worker_id: UUID, number: int, task: Task, handle: TaskHandler, threads: Threads) -> None:
        try:
            await handle(task)
        except Exception as error:
            log.warning("task_failed", task=task.kind, job=str(task.job_id), shard=task.shard_no, error=str(error))
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
