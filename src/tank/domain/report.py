"""What reports are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTotals:
    """Recipients by how they ended."""

    sent: int = 0
    fail: int = 0
    skipped: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.fail + self.skipped + self.unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDay:
    """One day, in the report's zone."""

    day: date
    totals: ReportTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAutomation:
    """One automation over the period."""

    automation_id: UUID
    name: str
    totals: ReportTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportError:
    """One cause over the period."""

    error_kind: str
    status: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSummary:
    """Totals and series over a period (original document, section 13)."""

    since: datetime
    until: datetime
    zone: str
    totals: ReportTotals
    days: tuple[ReportDay, ...]
    automations: tuple[ReportAutomation, ...]
    errors: tuple[ReportError, ...]
