"""The sliding window of a worker: how many mails, and how many bytes, may be in its hands at once."""

from __future__ import annotations

import asyncio
from collections import deque


class Budget:
    """So much of something at once, in the order of asking. More than everything passes when it is alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def acquire(self, size: int) -> None:
        if not self._waiting and self._fits(size):
            self._used += size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(size)
            raise

    def release(self, size: int) -> None:
        self._used -= size
        self._let_in()

    def resize(self, limit: int) -> None:
        """Another limit for what comes; whoever is in stays in."""
        self._limit = limit
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting:
            wanted, turn = self._waiting[0]
            if turn.cancelled():
                self._waiting.popleft()
            elif self._fits(wanted):
                self._waiting.popleft()
                self._used += wanted
                turn.set_result(None)
            else:
                return

    def _fits(self, size: int) -> bool:
        return self._used == 0 or self._used + size <= self._limit


class Slots(Budget):
    """Places for one each: ``async with slots``."""

    async def __aenter__(self) -> None:
        await self.acquire(1)

    async def __aexit__(self, *_: object) -> None:
        self.release(1)


class Window:
    """Limits that all shards of one sender share within a worker.

    ``connections`` is how many sends the sender can have under way; with a rate, no more than a second's worth:
    so a pause or a drain takes about a second, and a crash leaves few rows in doubt.
    """

    def __init__(self, *, connections: int, per_second: float | None, byte_limit: int) -> None:
        self._connections = connections
        self.size = self._fitting(per_second)
        self.slots = Slots(self.size)
        self.budget = Budget(byte_limit)

    def resize(self, per_second: float | None) -> None:
        """Fit another rate. Mails that are under way keep their places."""
        self.size = self._fitting(per_second)
        self.slots.resize(self.size)

    def _fitting(self, per_second: float | None) -> int:
        return self._connections if per_second is None else max(1, min(self._connections, int(per_second)))
