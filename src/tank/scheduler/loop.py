"""The scheduler's heart: once a second, due slots are fired and everything is looked after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from tank.domain.errors import LogsDbUnavailable
from tank.domain.ports.clock import Clock
from tank.services.firing import Firing
from tank.services.supervision import Supervision

_log = structlog.get_logger(__name__)

#: How long at most until the Logs DB is tried again, in seconds.
_LONGEST_BACKOFF = 30.0
#: A loop that has not come round for so long is stuck, in seconds.
_STUCK_AFTER = 60.0


class SchedulerLoop:
    """Runs in one thread. Several of them, in several processes, do no harm: slots fire exactly once."""

    def __init__(
        self,
        firing: Firing,
        supervision: Supervision,
        clock: Clock,
        *,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        """``wait`` waits for an event at most so many seconds and says whether it is set."""
        self._firing = firing
        self._supervision = supervision
        self._clock = clock
        self._wait = wait
        self._last_tick: float | None = None
        self._failures = 0
        self._down_since: datetime | None = None
        #: What failed unexpectedly and was reported; the same is not reported every second.
        self._reported = ""

    @property
    def is_alive(self) -> bool:
        """Whether it came round lately; an unreachable Logs DB does not count against it."""
        return self._last_tick is not None and self._clock.boot_seconds() - self._last_tick < _STUCK_AFTER

    def run(self, stop: threading.Event) -> None:
        """Tick until ``stop`` is set; a tick under way is finished."""
        while not stop.is_set():
            self._wait(stop, self.tick())

    def tick(self) -> float:
        """One round; the seconds to wait until the next."""
        try:
            self._round()
            self._report_outage()
            self._failures = 0
        except LogsDbUnavailable as error:
            self._failures += 1
            if self._down_since is None:
                self._down_since = self._clock.now()
                _log.warning("logs db unavailable", error=error.message)
        self._last_tick = self._clock.boot_seconds()
        return self._pause()

    def _round(self) -> None:
        for part in (lambda: self._firing.fire_due(self._clock.now()), self._supervision.sweep):
            try:
                part()
            except LogsDbUnavailable:
                raise
            except Exception as error:
                self._report_failure(error)

    def _report_failure(self, error: Exception) -> None:
        """One part that fails must not stop the other, nor fill the log."""
        said = f"{type(error).__name__}: {error}"[:500]
        if said == self._reported:
            return
        _log.error("scheduler failed", exc_info=error)
        self._supervision.report(
            component="scheduler",
            code="scheduler_failed",
            message=f"The scheduler met an unexpected error and goes on: {said}",
            remedy="The program's log has the details; please report it.",
        )
        self._reported = said

    def _report_outage(self) -> None:
        """Once it answers again, tell in one entry that the Logs DB was away."""
        if self._down_since is None:
            return
        self._supervision.report(
            component="logs_db",
            code="logs_db_was_unavailable",
            message=f"The Logs DB was not available between {self._down_since:%Y-%m-%d %H:%M:%S} "
            f"and {self._clock.now():%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Nothing was sent meanwhile. Slots that were missed are handled by each schedule's policy.",
        )
        self._down_since = None

    def _pause(self) -> float:
        """Until the next whole second of the wall clock, where slots are; longer while the Logs DB is away."""
        if self._failures:
            return min(2.0 ** min(self._failures - 1, 10), _LONGEST_BACKOFF)
        return 1.0 - self._clock.now().microsecond / 1_000_000
