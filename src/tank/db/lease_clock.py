"""The clock that leases are judged by: one that does not jump and that all holders share."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, or_, text
from sqlalchemy.engine import Connection

from tank.domain.ports.clock import Clock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
#: No lease is made for longer.
LONGEST_SECONDS = 120.0


class LeaseClock:
    """Seconds on PostgreSQL's clock, or on SQLite (one machine) since the machine's boot.

    Boot-time seconds begin anew at a reboot, so a lease also names the boot it was made in: one from another
    boot has run out. Where no system tells boots apart, a moment that is further ahead than any lease may reach
    tells as much.
    """

    def __init__(self, clock: Clock, *, is_sqlite: bool) -> None:
        self._clock = clock
        self._is_sqlite = is_sqlite
        self.boot = _boot_id() if is_sqlite else ""

    def now(self, connection: Connection) -> float:
        if self._is_sqlite:
            return self._clock.boot_seconds()
        return float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())

    def is_over(self, until: ColumnElement[Any], boot: ColumnElement[Any], now: float) -> ColumnElement[bool]:
        """Whether a moment of some boot is past: a lease's end, or a beat and how long it counts."""
        over = or_(until < now, boot != self.boot)
        return or_(over, until > now + LONGEST_SECONDS) if self._is_sqlite else over

    def holder_now(self) -> float:
        """The holder's own clock, by which it times its lease whatever the database's clock says."""
        return self._clock.boot_seconds()


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return _boot_session() or "this-boot"


def _boot_session() -> str:
    """macOS's name for a boot; "" elsewhere. Not the wall clock less the uptime: processes must agree to the letter."""
    try:
        asked = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip()[:64]
