"""An engine wakes workers with tasks, at least once; what is to be done, the ledger decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from uuid import UUID

from tank.domain.ports.store import Tables
from tank.domain.worker import Task

T = TypeVar("T")

TaskHandler = Callable[[Task], Awaitable[None]]


class Threads(Protocol):
    """Runs synchronous functions for coroutines."""

    async def run(self, function: Callable[[], T]) -> T: ...


class Engine(Protocol):
    """The way from whoever makes work to the workers."""

    def defer(self, tables: Tables, task: Task) -> None:
        """Queue a task within the caller's transaction. An equal task that is still queued is kept once."""

    async def work(
        self, worker_id: UUID, handle: TaskHandler, *, concurrency: int, stop: asyncio.Event, threads: Threads
    ) -> None:
        """Hand tasks to ``handle`` until ``stop`` is set, then wait for those under way.

        A task whose handler raises, or whose worker dies, comes again later.
        """
