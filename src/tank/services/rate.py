"""A worker's share of the rate at which a sender may be used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import ceil
from uuid import UUID

from tank.domain.errors import LogsDbUnavailable
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb
from tank.services.pools import DaemonPool

#: A worker takes tokens for so many seconds at a time out of the shared bucket.
_TAKE_SECONDS = 0.1
#: One slow-down of the shared rate a second is enough, however many answers say "throttled".
_THROTTLE_SECONDS = 1.0


class RateShare:
    """Tokens out of the bucket that all workers share; unlimited without a rate."""

    def __init__(
        self, db: LogsDb, pool: DaemonPool, clock: Clock, *, sender_id: UUID, per_second: float | None
    ) -> None:
        self._db = db
        self._pool = pool
        self._clock = clock
        self._sender_id = sender_id
        self.per_second = per_second
        self._tokens = 0
        self._turn = asyncio.Lock()
        self._throttled_at = float("-inf")

    async def take(self, goes_on: Callable[[], bool]) -> bool:
        """Wait for one token; False, with none taken, where the mail is not to go on meanwhile.

        It is taken before the intent, so that SENDING means "on its way now".
        """
        if self.per_second is None:
            return goes_on()
        async with self._turn:  # in the order of asking
            while goes_on():
                if self._tokens >= 1:
                    self._tokens -= 1
                    return True
                await self._fetch(self.per_second)
        return False

    async def _fetch(self, per_second: float) -> None:
        wanted = max(1, ceil(per_second * _TAKE_SECONDS))
        try:
            given = await self._pool.run(self._take, wanted, per_second)
        except LogsDbUnavailable:
            given = 0
        self._tokens += given
        if not given:
            await asyncio.sleep(min(0.5, max(0.01, 0.5 / per_second)))

    def _take(self, wanted: int, per_second: float) -> int:
        with self._db.write() as tables:
            return tables.rates.take(self._sender_id, wanted=wanted, per_second=per_second)

    async def slow_down(self) -> None:
        """The provider said "throttled": halve the shared rate."""
        now = self._clock.boot_seconds()
        if self.per_second is None or now - self._throttled_at < _THROTTLE_SECONDS:
            return
        self._throttled_at = now
        self._tokens = 0
        try:
            await self._pool.run(self._throttle, self.per_second)
        except LogsDbUnavailable:
            return  # nothing is sent without the Logs DB anyway

    def _throttle(self, per_second: float) -> None:
        with self._db.write() as tables:
            tables.rates.throttled(self._sender_id, per_second=per_second)
