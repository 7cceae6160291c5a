"""Date variables of templates and paths: they come from when a run was due, never from "now"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


def date_variables(due: datetime) -> Mapping[str, str]:
    """The date variables of templates and paths, from the due moment in the automation's zone.

    >>> from datetime import datetime
    >>> dict(date_variables(datetime(2026, 11, 5)))["YYYYMM"]
    '202611'
    """
    return {
        "YYYY": f"{due:%Y}",
        "YY": f"{due:%y}",
        "MM": f"{due:%m}",
        "DD": f"{due:%d}",
        "YYYYMM": f"{due:%Y%m}",
        "YYMM": f"{due:%y%m}",
        "MMDD": f"{due:%m%d}",
        "YYYYMMDD": f"{due:%Y%m%d}",
        "YYYY_MM_DD": f"{due:%Y-%m-%d}",
        "HH": f"{due:%H}",
        "MI": f"{due:%M}",
        **_last_month(due),
    }


def _last_month(due: datetime) -> dict[str, str]:
    """Statements are about the month before: its date variables, as ``LAST_YYYYMM`` and the like."""
    year, month = (due.year, due.month - 1) if due.month > 1 else (due.year - 1, 12)
    return {
        "LAST_YYYY": f"{year:04}",
        "LAST_MM": f"{month:02}",
        "LAST_YYYYMM": f"{year:04}{month:02}",
    }
