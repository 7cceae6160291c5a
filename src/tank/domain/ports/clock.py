"""Time, passed in rather than reached for."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is, twice."""

    def now(self) -> datetime:
        """The wall clock: an aware UTC moment, for people and for slots. It may jump."""

    def boot_seconds(self) -> float:
        """Seconds since boot, time asleep included. Never jumps: leases and deadlines are timed by it."""
