"""Whether Tank can do its work: what ``/readyz`` answers and ``tank doctor`` begins with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tank.domain.errors import TankError
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb
from tank.domain.worker import WorkerState

#: Setting: when the scheduler last finished a round (ISO 8601).
SCHEDULER_TICK: Final = "scheduler_tick"
#: A scheduler that has not finished a round for so long does not run.
SCHEDULER_SILENCE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that Tank needs, and what to do where it is missing."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


class Readiness:
    """Looks at the Logs DB, its migrations, the scheduler and the workers."""

    def __init__(self, logs_db: LogsDb, clock: Clock, *, schema_is_current: Callable[[], bool]) -> None:
        self._logs_db = logs_db
        self._clock = clock
        self._schema_is_current = schema_is_current

    def checks(self) -> list[Check]:
        """Everything that can be looked at; a Logs DB that does not answer ends the list."""
        try:
            if not self._schema_is_current():
                remedy = "Run `tank db upgrade`."
                return [Check(name="logs_db", ok=False, detail="Its tables are not up to date.", remedy=remedy)]
            return [
                Check(name="logs_db", ok=True, detail="It answers and its tables are up to date."),
                self._scheduler(),
                self._workers(),
            ]
        except TankError as error:
            return [Check(name="logs_db", ok=False, detail=error.message, remedy=error.remedy or "")]

    def _scheduler(self) -> Check:
        with self._logs_db.read() as tables:
            text = tables.settings.get(SCHEDULER_TICK)
        tick = datetime.fromisoformat(text) if isinstance(text, str) else None
        if tick is not None and self._clock.now() - tick <= SCHEDULER_SILENCE:
            return Check(name="scheduler", ok=True, detail=f"It last looked at {tick:%Y-%m-%d %H:%M:%S} UTC.")
        detail = f"It has been silent since {tick:%Y-%m-%d %H:%M:%S} UTC." if tick else "It has never run."
        return Check(name="scheduler", ok=False, detail=detail, remedy="Run `tank serve`, or `tank scheduler`.")

    def _workers(self) -> Check:
        with self._logs_db.read() as tables:
            alive = sum(worker.state == WorkerState.ALIVE for worker in tables.workers.all())
        detail = f"{alive} alive." if alive else "None is alive: nothing is sent."
        return Check(name="workers", ok=alive > 0, detail=detail, remedy="" if alive else "Run `tank worker`.")
