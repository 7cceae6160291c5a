"""Reports as tables to take away, with Korean or English headers: the same as CSV and as a workbook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from tank.domain.delivery import Delivery
from tank.domain.ports.spreadsheets import Cell
from tank.domain.report import ReportSummary, ReportTotals

Language: TypeAlias = Literal["ko", "en"]
#: What the lines of a summary are: days, automations or causes.
SummaryLines: TypeAlias = Literal["day", "automation", "error"]

_TOTALS = {
    "ko": ("대상", "발송 성공", "실패", "건너뜀", "확인 불가"),
    "en": ("Total", "Sent", "Failed", "Skipped", "Unknown"),
}
_FIRST = {
    "ko": {"day": ("날짜",), "automation": ("자동화", "자동화 ID")},
    "en": {"day": ("Day",), "automation": ("Automation", "Automation ID")},
}
_ERROR = {"ko": ("원인", "상태", "건수"), "en": ("Cause", "Status", "Count")}
_SUM = {"ko": "합계", "en": "Sum"}
_DELIVERY = {
    "ko": (
        "순번", "고객 키", "이메일", "이름", "상태", "재시도 횟수", "오류 종류", "오류 코드", "오류 내용", "메시지 ID",
        "업데이트 결과", "업데이트 오류", "발송 시각", "종료 시각", "발송 건 ID",
    ),
    "en": (
        "No.", "Key", "E-mail", "Name", "Status", "Retries", "Error kind", "Error code", "Error text", "Message ID",
        "UPDATE_QUERY_OK", "Update error", "Sent at", "Finished at", "Delivery ID",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A header, and rows in chunks, which are read as they are asked for."""

    name: str
    header: Sequence[str]
    chunks: Iterable[Iterable[Sequence[Cell]]]


def summary_table(summary: ReportSummary, *, lines: SummaryLines, language: Language) -> Table:
    """One line a day, automation or cause; the last line of the first two is their sum."""
    if lines == "error":
        errors = [(error.error_kind, error.status, error.count) for error in summary.errors]
        return Table(name=lines, header=_ERROR[language], chunks=[errors])
    rows: list[Sequence[Cell]]
    if lines == "day":
        rows = [(day.day.isoformat(), *_numbers(day.totals)) for day in summary.days]
        rows.append((_SUM[language], *_numbers(summary.totals)))
    else:
        rows = [(line.name, str(line.automation_id), *_numbers(line.totals)) for line in summary.automations]
        rows.append((_SUM[language], "", *_numbers(summary.totals)))
    return Table(name=lines, header=(*_FIRST[language][lines], *_TOTALS[language]), chunks=[rows])


def deliveries_table(chunks: Iterable[Sequence[Delivery]], *, language: Language, zone: ZoneInfo) -> Table:
    """One line a delivery, chunk by chunk; times are of ``zone``, which the header names."""
    header = [f"{name} ({zone.key})" if name in _TIMES else name for name in _DELIVERY[language]]
    cells = ([_delivery_cells(delivery, zone) for delivery in chunk] for chunk in chunks)
    return Table(name="deliveries", header=header, chunks=cells)


_TIMES = frozenset({"발송 시각", "종료 시각", "Sent at", "Finished at"})


def _numbers(totals: ReportTotals) -> tuple[int, ...]:
    return (totals.total, totals.sent, totals.fail, totals.skipped, totals.unknown)


def _delivery_cells(delivery: Delivery, zone: ZoneInfo) -> Sequence[Cell]:
    return (
        delivery.seq,
        delivery.recipient_key,
        delivery.email,
        delivery.name,
        delivery.status,
        delivery.attempts,
        delivery.error_kind or "",
        delivery.error_code,
        delivery.error_text,
        delivery.message_id,
        delivery.update_query_ok,
        delivery.update_error,
        _time(delivery.sent_at, zone),
        _time(delivery.finished_at, zone),
        str(delivery.id),
    )


def _time(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"
