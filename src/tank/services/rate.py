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
#: A rate that was guessed doubles after so many seconds without a throttle, and is forgotten after so many.
_GUESS_DOUBLES_SECONDS = 10.0
_GUESS_FORGOTTEN_SECONDS = 60.0


class RateShare:
    """Tokens out of the bucket that all workers share.

    Without a rate it is unlimited until the provider throttles. Then the mails that were accepted within a second
    are a guess at what the provider allows, and the bucket begins at half of it.
    """

    def __init__(
        self, db: LogsDb, pool: DaemonPool, clock: Clock, *, sender_id: UUID, per_second: float | None, window: int
    ) -> None:
        self._db = db
        self._pool = pool
        self._clock = clock
        self._sender_id = sender_id
        self._known = per_second
        #: What may be under way at once: the guess where nothing was accepted yet.
        self._window = window
        self._guess: float | None = None
        self._accepted = _Pace()
        self._tokens = 0
        self._turn = asyncio.Lock()
        self._throttled_at = float("-inf")

    def limit(self, per_second: float | None) -> None:
        """Another rate from now on: the account's was raised or lowered."""
        self._known = per_second

    def per_second(self) -> float | None:
        """The most that all workers together may send, without what throttles take off; None: whatever they can."""
        if self._known is not None or self._guess is None:
            return self._known
        quiet = self._clock.boot_seconds() - self._throttled_at
        if quiet > _GUESS_FORGOTTEN_SECONDS:
            self._guess = None
            return None
        return self._guess * 2.0 ** int(quiet / _GUESS_DOUBLES_SECONDS)

    async def take(self, goes_on: Callable[[], bool]) -> bool:
        """Wait for one token; False, with none taken, where the mail is not to go on meanwhile.

        It is taken before the intent, so that SENDING means "on its way now".
        """
        if self.per_second() is None:
            return goes_on()
        async with self._turn:  # in the order of asking
            while goes_on():
                if self._tokens >= 1:
                    self._tokens -= 1
                    return True
                if (per_second := self.per_second()) is None:
                    return True
                await self._fetch(per_second)
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

    def accepted(self) -> None:
        """The provider took a mail."""
        self._accepted.count(self._clock.boot_seconds())

    async def slow_down(self) -> None:
        """The provider said "throttled": halve the shared rate."""
        now = self._clock.boot_seconds()
        if now - self._throttled_at < _THROTTLE_SECONDS:
            return
        full = self.per_second()
        if full is None:
            # Before anything is awaited: every mail from now on waits for its token.
            full = self._guess = float(self._accepted.lately(now) or self._window)
        self._throttled_at = now
        self._tokens = 0
        try:
            await self._pool.run(self._throttle, full)
        except LogsDbUnavailable:
            return  # nothing is sent without the Logs DB anyway

    def _throttle(self, per_second: float) -> None:
        with self._db.write() as tables:
            tables.rates.throttled(self._sender_id, per_second=per_second)


class _Pace:
    """How many a second, by whole seconds."""

    def __init__(self) -> None:
        self._second = -1
        self._now = self._before = 0

    def count(self, seconds: float) -> None:
        self._turn_to(int(seconds))
        self._now += 1

    def lately(self, seconds: float) -> int:
        """The more of this second and the last one."""
        self._turn_to(int(seconds))
        return max(self._now, self._before)

    def _turn_to(self, second: int) -> None:
        if second != self._second:
            self._before = self._now if second == self._second + 1 else 0
            self._second, self._now = second, 0
