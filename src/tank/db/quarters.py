"""Quarter-hours: the grain of the reports' index. A day in any zone is a whole number of them."""

from __future__ import annotations

from datetime import datetime

SECONDS = 900


def quarter_of(moment: datetime) -> int:
    """The number of whole quarter-hours since the epoch, at an aware moment."""
    return int(moment.timestamp()) // SECONDS
