"""A clock that tests set and move."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class FakeClock:
    """Implements ``domain.ports.clock.Clock``; both times stand still until ``advance``."""

    def __init__(self, now: datetime = START, *, boot_seconds: float = 1_000.0) -> None:
        self._now = now
        self._boot_seconds = boot_seconds

    def now(self) -> datetime:
        return self._now

    def boot_seconds(self) -> float:
        return self._boot_seconds

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._boot_seconds += seconds

    def jump(self, to: datetime) -> None:
        """Set the wall clock alone, as an administrator or NTP does."""
        self._now = to


class RunningClock(FakeClock):
    """A fake clock whose times go on as the real ones do; ``advance`` and ``jump`` move it further."""

    def __init__(self, now: datetime = START, *, boot_seconds: float = 1_000.0) -> None:
        super().__init__(now, boot_seconds=boot_seconds)
        self._started = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._started)

    def boot_seconds(self) -> float:
        return super().boot_seconds() + time.monotonic() - self._started
