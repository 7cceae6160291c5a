"""An engine whose tasks tests look at."""

from __future__ import annotations

import asyncio
from uuid import UUID

from tank.domain.ports.engines import TaskHandler, Threads
from tank.domain.ports.store import Tables
from tank.domain.worker import Task


class QueueingEngine:
    """Implements ``domain.ports.engines.Engine`` for those who defer; tasks lie in the Logs DB's own queue."""

    def defer(self, tables: Tables, task: Task) -> None:
        tables.tasks.put(task)

    async def work(
        self, worker_id: UUID, handle: TaskHandler, *, concurrency: int, stop: asyncio.Event, threads: Threads
    ) -> None:
        await stop.wait()
