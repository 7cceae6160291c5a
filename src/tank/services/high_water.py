"""A Logs DB that was restored from an older copy has forgotten mails that were sent: it must not send on by itself.

The Logs DB and a file outside it count the same thing, a little ahead of every few seconds of delivering. Where the
file is ahead, the database is older than the last delivery, and all sending is held until a person has looked at it.
This is seen when a worker starts, and at each count: a PostgreSQL that is restored under running workers is an outage
to them, which they ride out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tank.domain.ids import new_id
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.clock import Clock
from tank.domain.ports.high_water import HighWaterMark
from tank.domain.ports.store import HIGH_WATER, SENDING_STOPPED, LogsDb, Tables

_MESSAGE = (
    "The Logs DB is older than the last delivery: it was restored from a backup, or replaced. Mails that it does not "
    "know of have been sent, so all sending is stopped."
)
_REMEDY = (
    "Compare the last runs with what the provider says it sent. Cancel what was mailed already, then resume sending."
)


def held(stop: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The stop as a hold, whoever made it and why: lifting it takes the mark over, for a person has looked then."""
    reason = str(stop.get("reason", ""))
    if _MESSAGE not in reason:
        reason = f"{_MESSAGE} {reason}".strip()
    return {**stop, "reason": reason, "high_water": number}


class HighWater:
    """Compares and raises the mark."""

    def __init__(self, db: LogsDb, mark: HighWaterMark, clock: Clock) -> None:
        self._db = db
        self._mark = mark
        self._clock = clock

    def check(self) -> bool:
        """Hold all sending where the Logs DB is behind the mark; whether all is well. Raises ``Misconfigured``."""
        outside = self._mark.read()
        with self._db.write() as tables:
            inside = int(tables.settings.get(HIGH_WATER) or 0)
            if outside is None or outside <= inside:
                self._mark.raise_to(inside)
                return True
            self._hold(tables, outside)
            return False

    def advance(self) -> None:
        """Count on, inside and outside. Called before mails leave, and every few seconds while they do.

        Holds all sending instead where the Logs DB is behind. Raises ``Misconfigured``.
        """
        # Read first: whatever it says was committed before, so that of a database that lost nothing it is never ahead.
        outside = self._mark.read()
        with self._db.write() as tables:
            number = tables.settings.count_on(HIGH_WATER)
            if outside is not None and outside >= number:
                tables.settings.put(HIGH_WATER, number - 1)
                self._hold(tables, outside)
                return
        self._mark.raise_to(number)

    def _hold(self, tables: Tables, outside: int) -> None:
        """Stop all sending, or add the mark to the stop that the restored copy came with; tell people once."""
        stop = tables.settings.get(SENDING_STOPPED)
        if stop is not None and stop.get("high_water", -1) >= outside:
            return
        now = self._clock.now()
        tables.settings.put(SENDING_STOPPED, held(stop or {"by": "tank", "at": now.isoformat()}, outside))
        tables.system_errors.add(
            SystemErrorRecord(
                id=new_id(),
                at=now,
                component="logs_db",
                code="logs_db_restored",
                message=_MESSAGE,
                remedy=_REMEDY,
            )
        )
