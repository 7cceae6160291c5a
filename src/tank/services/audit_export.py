"""The audit trail to take away: as CSV for a spreadsheet, and as JSON lines, from which the chain can be recomputed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from tank.domain.audit_chain import entry_document, json_text
from tank.domain.log import AuditRecord
from tank.domain.ports.spreadsheets import Cell
from tank.services.csv_text import csv_chunks
from tank.services.report_tables import Language

_HEADER = {
    "ko": ("번호", "시각", "누가", "작업", "대상", "상세", "접속 주소", "기록 ID", "해시"),
    "en": ("No.", "Time", "Who", "Action", "Subject", "Detail", "Address", "Entry ID", "Hash"),
}
_TIMES = frozenset({"시각", "Time"})


def audit_csv(
    chunks: Iterable[Sequence[AuditRecord]],
    *,
    language: Language,
    zone: ZoneInfo,
    shown: Callable[[str], str] = str,
) -> Iterator[str]:
    """One line an entry; times are of ``zone``, which the header names. ``shown`` may mask subjects and details."""
    header = [f"{name} ({zone.key})" if name in _TIMES else name for name in _HEADER[language]]
    return csv_chunks(header, ([_cells(record, zone, shown) for record in chunk] for chunk in chunks))


def audit_json_lines(chunks: Iterable[Sequence[AuditRecord]]) -> Iterator[str]:
    """One JSON document an entry: what its hash covers, and the hash."""
    for chunk in chunks:
        yield "".join(
            json_text({"no": record.no, **entry_document(record), "hash": record.hash.hex()}) + "\n" for record in chunk
        )


def _cells(record: AuditRecord, zone: ZoneInfo, shown: Callable[[str], str]) -> Sequence[Cell]:
    return (
        record.no,
        f"{record.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        record.actor,
        record.action,
        shown(record.subject),
        shown(json_text(dict(record.detail))) if record.detail else "",
        record.address,
        str(record.id),
        record.hash.hex(),
    )
