"""The sliding window of a worker: how many mails, and how many bytes, may be in its hands at once."""

from __future__ import annotations

import asyncio
from collections import deque


class ByteBudget:
    """Bytes of composed mails in memory. A mail larger than the whole budget passes when it is alone."""

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


class Window:
    """Limits that all shards of one sender share within a worker.

    ``connections`` is how many sends the sender can have under way; with a rate, no more than a second's worth:
    so a pause or a drain takes about a second, and a crash leaves few rows in doubt.
    """

    def __init__(self, *, connections: int, per_second: float | None, byte_limit: int) -> None:
        size = connections if per_second is None else max(1, min(connections, int(per_second)))
        self.size = size
        self.slots = asyncio.Semaphore(size)
        self.budget = ByteBudget(byte_limit)
