"""Identifiers: UUID version 7 (RFC 9562 section 5.7), ordered by time, unique without a server.

They are unique, not secret: their random bits come from a generator that the system seeds once a process, since
asking the system for each would cost more than everything else about a row.
"""

from __future__ import annotations

import os
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Ascending:
    """Hands out numbers that only grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._random = random.Random()  # noqa: S311 (unique, not secret)
        # Two forks of one process would otherwise count on alike.
        os.register_at_fork(after_in_child=self._random.seed)

    def next(self) -> int:
        stamp = (time.time_ns() // 1_000_000) & ((1 << 48) - 1)
        candidate = (stamp << 74) | self._random.getrandbits(74)
        with self._lock:
            # A step of random size keeps the ids of two processes apart even where both count on.
            floor = self._last + 1 + self._random.getrandbits(32)
            self._last = max(candidate, floor)
            return self._last

    def bits(self, count: int) -> int:
        return self._random.getrandbits(count)


_ascending = _Ascending()


def new_id() -> UUID:
    """A UUIDv7 greater than every one made before it in this process.

    The 12 bits after the milliseconds and the 62 random bits form one counter-like number, so that ids made
    within one millisecond, or while the wall clock steps back, still ascend: inserts stay at the end of
    their index.
    """
    return _spread(_ascending.next())


def first_id_of(moment: datetime) -> UUID:
    """Below every id that was made at that moment or later, above those of every millisecond before it."""
    return _spread(((moment - _EPOCH) // timedelta(milliseconds=1)) << 74)


def new_token() -> UUID:
    """A random UUID (version 4) for something that has no order."""
    return UUID(int=_ascending.bits(128), version=4)


def _spread(number: int) -> UUID:
    """Lay 48 + 12 + 62 bits around the version and variant bits."""
    stamp, rest = number >> 74, number & ((1 << 74) - 1)
    high, low = rest >> 62, rest & ((1 << 62) - 1)
    return UUID(int=(stamp << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | low)
