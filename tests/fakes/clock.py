"""A clock that tests set and move."""

from __future__ import annotations

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
