"""Counting for reports, from the ledger's two indexes by quarter-hour and never from its rows.

The ledger notes the quarter-hour in which a delivery ended. Every zone's offset is a whole number of
quarter-hours (IANA tz database, since 1972), so days of any zone, daylight saving included, add up from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, select
from sqlalchemy.engine import Connection

from tank.db.automations import automation
from tank.db.email_send_log import email_send_log
from tank.db.quarters import SECONDS, quarter_of
from tank.domain.delivery import DeliveryStatus
from tank.domain.report import ReportAutomation, ReportDay, ReportError, ReportSummary, ReportTotals

_LOG = email_send_log.c
_A_DAY = 24 * 3600 // SECONDS
_INSTANT = timedelta(microseconds=1)
_FIELDS = {
    DeliveryStatus.SENT: "sent",
    DeliveryStatus.FAIL: "fail",
    DeliveryStatus.SKIPPED: "skipped",
    DeliveryStatus.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class _Count:
    """How many deliveries ended so on a day."""

    day: date
    automation_id: UUID
    status: DeliveryStatus
    number: int


class ReportTable:
    """Implements ``domain.ports.store.ReportTable``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def summary(
        self, *, since: datetime, until: datetime, zone: str, automation_id: UUID | None = None
    ) -> ReportSummary:
        """Totals over [since, until), widened to whole quarter-hours; each day of the period is present.

        Raises ``ZoneInfoNotFoundError`` for a zone that is not in the IANA database.
        """
        first, last = quarter_of(since), quarter_of(until - _INSTANT) + 1
        days = _days(since, until, ZoneInfo(zone))
        counts = self._counts(days, first=first, last=last, automation_id=automation_id)
        return ReportSummary(
            since=datetime.fromtimestamp(first * SECONDS, UTC),
            until=datetime.fromtimestamp(last * SECONDS, UTC),
            zone=zone,
            totals=_totals(counts),
            days=_by_day(days, counts),
            automations=self._by_automation(counts),
            errors=self._errors(first=first, last=last, automation_id=automation_id),
        )

    def _counts(
        self, days: Sequence[tuple[date, int]], *, first: int, last: int, automation_id: UUID | None
    ) -> list[_Count]:
        rows = self._connection.execute(counts_query(days, first=first, last=last, automation_id=automation_id))
        start = days[0][0]
        return [
            _Count(start + timedelta(days=day), ended.automation_id, DeliveryStatus(ended.status), int(ended.number))
            for ended in rows
            for day in (int(ended.day),)
        ]

    def _by_automation(self, counts: Iterable[_Count]) -> tuple[ReportAutomation, ...]:
        """Most mails first."""
        of_one = defaultdict(list)
        for count in counts:
            of_one[count.automation_id].append(count)
        names = self._names()
        lines = [
            ReportAutomation(automation_id=id_, name=names.get(id_, ""), totals=_totals(some))
            for id_, some in of_one.items()
        ]
        return tuple(sorted(lines, key=lambda line: (-line.totals.total, line.name)))

    def _names(self) -> dict[UUID, str]:
        return {row.id: row.name for row in self._connection.execute(select(automation.c.id, automation.c.name))}

    def _errors(self, *, first: int, last: int, automation_id: UUID | None) -> tuple[ReportError, ...]:
        """Most frequent first."""
        rows = self._connection.execute(errors_query(first=first, last=last, automation_id=automation_id))
        lines = [ReportError(error_kind=row.error_kind, status=row.status, count=row.number) for row in rows]
        return tuple(sorted(lines, key=lambda line: (-line.count, line.error_kind, line.status)))


def counts_query(days: Sequence[tuple[date, int]], *, first: int, last: int, automation_id: UUID | None) -> Select[Any]:
    """``day`` (0 for the first of ``days``), ``automation_id``, ``status``, ``number`` over [first, last) quarters.

    Grouped twice: first in the order of the index, which needs no sorting, then by day.
    """
    ended = (
        select(_LOG.quarter, _LOG.automation_id, _LOG.status, func.count().label("number"))
        .where(*_ended_within(first=first, last=last, automation_id=automation_id))
        .group_by(_LOG.quarter, _LOG.automation_id, _LOG.status)
        .subquery("ended")
    )
    day = _day_number(days, ended.c.quarter).label("day")
    return select(day, ended.c.automation_id, ended.c.status, func.sum(ended.c.number).label("number")).group_by(
        literal_column("day"), ended.c.automation_id, ended.c.status
    )


def errors_query(*, first: int, last: int, automation_id: UUID | None) -> Select[Any]:
    """``error_kind``, ``status``, ``number`` over [first, last) quarters."""
    return (
        select(_LOG.error_kind, _LOG.status, func.count().label("number"))
        .where(*_ended_within(first=first, last=last, automation_id=automation_id), _LOG.error_kind.is_not(None))
        .group_by(_LOG.error_kind, _LOG.status)
    )


def _ended_within(*, first: int, last: int, automation_id: UUID | None) -> list[ColumnElement[bool]]:
    # Said in so many words, "is not null" lets both databases use the partial indexes.
    within = [_LOG.quarter.is_not(None), and_(_LOG.quarter >= first, _LOG.quarter < last)]
    if automation_id is None:
        return within
    # Not "=": SQLite would drop a constant column from the order of the index, and sort all rows to group them.
    return [*within, _LOG.automation_id.between(automation_id, automation_id)]


def _days(since: datetime, until: datetime, zone: ZoneInfo) -> list[tuple[date, int]]:
    """The days that [since, until) touches, each with the quarter in which it begins."""
    first = since.astimezone(zone).date()
    last = (until - _INSTANT).astimezone(zone).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, quarter_of(datetime.combine(day, time(), tzinfo=zone))) for day in days]


def _day_number(days: Sequence[tuple[date, int]], quarter: ColumnElement[int]) -> ColumnElement[int]:
    """SQL for the number of a quarter's day: one branch for each stretch of 24-hour days, one for each other day."""
    begins = [(number, start) for number, (_, start) in enumerate(days)]
    lengths = [later[1] - earlier[1] for earlier, later in pairwise(begins)] + [0]
    branches: list[tuple[int, ColumnElement[int]]] = []
    for (number, start), length, before in zip(begins, lengths, [0, *lengths], strict=False):
        if length != _A_DAY:
            branches.append((start, literal_column(str(number), type_=quarter.type)))
        elif before != _A_DAY:
            branches.append((start, (quarter - start) // _A_DAY + number))
    first, *later = branches
    if not later:
        return first[1]
    return case(*[(quarter >= start, number) for start, number in reversed(later)], else_=first[1])


def _by_day(days: Sequence[tuple[date, int]], counts: Iterable[_Count]) -> tuple[ReportDay, ...]:
    of_day = defaultdict(list)
    for count in counts:
        of_day[count.day].append(count)
    return tuple(ReportDay(day=day, totals=_totals(of_day[day])) for day, _ in days)


def _totals(counts: Iterable[_Count]) -> ReportTotals:
    numbers = dict.fromkeys(_FIELDS.values(), 0)
    for count in counts:
        numbers[_FIELDS[count.status]] += count.number
    return ReportTotals(**numbers)
