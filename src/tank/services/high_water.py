"""A Logs DB that was restored from an older copy has forgotten mails that were sent: it must not send on by itself.

The Logs DB and a file outside it count the same thing, a little ahead of every few seconds of delivering. Where the
file is ahead at a start, the database is older than the last delivery, and all sending is held until a person has
looked at it.
"""

from __future__ import annotations

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
            inside = _inside(tables)
            if outside is None or outside <= inside:
                self._mark.raise_to(inside)
                return True
            if tables.settings.get(SENDING_STOPPED) is None:
                now = self._clock.now()
                # ``Jobs.resume_sending`` takes the mark over: the person has looked.
                stop = {"by": "tank", "reason": _MESSAGE, "at": now.isoformat(), "high_water": outside}
                tables.settings.put(SENDING_STOPPED, stop)
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
            return False

    def advance(self) -> None:
        """Count on, inside and outside. Called before mails leave, and every few seconds while they do."""
        with self._db.write() as tables:
            number = _inside(tables) + 1
            tables.settings.put(HIGH_WATER, number)
        self._mark.raise_to(number)


def _inside(tables: Tables) -> int:
    return int(tables.settings.get(HIGH_WATER) or 0)
