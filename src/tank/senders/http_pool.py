"""Kept-alive connections to one HTTP server, and the calls over them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from tank.senders.http_connection import Answer, HttpConnection
from tank.senders.http_dial import Dialer


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """How long things may take; seconds."""

    #: How long a connection may rest: shorter than servers let them, so that none is met that is just closing.
    keepalive_seconds: float
    connect_seconds: float
    read_seconds: float
    total_seconds: float


class HttpPool:
    """The connections of one event loop. How many there are is up to whoever calls: one for each call under way."""

    def __init__(self, dialer: Dialer, limits: HttpLimits) -> None:
        self._dialer = dialer
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        #: The one that rested least is at the right end.
        self._resting: deque[HttpConnection] = deque()
        self._tidying: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def call(self, head: bytes, body: bytes) -> Answer:
        """One request and its answer; nothing is followed or tried again. Raises ``CallLost``."""
        connection = self._rested() or await self._dialer.dial()
        answer = await connection.exchange(
            head, body, read_seconds=self._limits.read_seconds, total_seconds=self._limits.total_seconds
        )
        if connection.is_open:
            await self._give_back(connection)
        return answer

    async def close(self) -> None:
        """Close what rests; what is in use is closed when it is given back."""
        self._is_closed = True
        if self._tidying is not None:
            self._tidying.cancel()
        while self._resting:
            await self._resting.pop().close()

    def _rested(self) -> HttpConnection | None:
        """The one used last: those that are needed least rest on, and go."""
        while self._resting:
            connection = self._resting.pop()
            if connection.is_open and not self._has_rested_too_long(connection):
                return connection
            connection.drop()
        return None

    async def _give_back(self, connection: HttpConnection) -> None:
        if self._is_closed:
            await connection.close()
            return
        connection.resting_since = self._loop.time()
        self._resting.append(connection)
        if self._tidying is None:
            self._tidy()

    def _tidy(self) -> None:
        while self._resting and self._has_rested_too_long(self._resting[0]):
            self._resting.popleft().drop()
        again = self._resting and self._loop.call_later(self._limits.keepalive_seconds, self._tidy)
        self._tidying = again or None

    def _has_rested_too_long(self, connection: HttpConnection) -> bool:
        return self._loop.time() - connection.resting_since > self._limits.keepalive_seconds
