"""Work of minutes for one request, which ends soon after its client has left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

T = TypeVar("T")

#: How often it is looked whether the client is still there.
LOOK_SECONDS: Final = 0.5


class ClientLeft(Exception):
    """Nobody waits for the work any more."""


class LongWork(Generic[T]):
    """A function in a thread; it says now and then how far it is, and is stopped there once its client has left."""

    def __init__(self, work: Callable[[Callable[[int], None]], T]) -> None:
        """To be made on the event loop. ``work`` gets a function to call with its progress, which may raise."""
        #: How far it is.
        self.count = 0
        self._left = threading.Event()
        self._running = asyncio.ensure_future(run_in_threadpool(work, self._told))

    def _told(self, count: int) -> None:
        self.count = count
        if self._left.is_set():
            raise ClientLeft

    async def ends_within(self, seconds: float) -> bool:
        done, _ = await asyncio.wait({self._running}, timeout=seconds)
        return bool(done)

    async def result(self, request: Request) -> T:
        """What the work returns or raises; ``ClientLeft`` where it stopped because nobody listens."""
        try:
            while not await self.ends_within(LOOK_SECONDS):
                if await request.is_disconnected():
                    self.leave()
            return self._running.result()
        finally:
            self.leave()

    def outcome(self) -> T:
        """The same of work that has ended."""
        return self._running.result()

    def leave(self) -> None:
        """Stop it at its next word. Harmless where it has ended."""
        self._left.set()
        self._running.add_done_callback(_unread)


def _unread(running: asyncio.Future[T]) -> None:
    """Nobody reads how it ended: asyncio would complain of an exception that was never looked at."""
    if not running.cancelled():
        running.exception()
