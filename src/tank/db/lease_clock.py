"""The clock that leases are judged by: one that does not jump and that all holders share."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Connection

from tank.domain.ports.clock import Clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class LeaseClock:
    """Seconds on PostgreSQL's clock, or on SQLite (one machine) since the machine's boot.

    Boot-time seconds begin anew at a reboot, so a lease also names the boot it was made in: one from another
    boot has run out.
    """

    def __init__(self, clock: Clock, *, is_sqlite: bool) -> None:
        self._clock = clock
        self._is_sqlite = is_sqlite
        self.boot = _boot_id() if is_sqlite else ""

    def now(self, connection: Connection) -> float:
        if self._is_sqlite:
            return self._clock.boot_seconds()
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def holder_now(self) -> float:
        """The holder's own clock, by which it times its lease whatever the database's clock says."""
        return self._clock.boot_seconds()


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return "this-boot"  # no way to tell boots apart here: leases then last out their seconds
