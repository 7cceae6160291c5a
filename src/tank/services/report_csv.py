"""Reports as CSV files for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from tank.domain.delivery import Delivery
from tank.domain.report import ReportSummary
from tank.services.csv_text import csv_chunks
from tank.services.report_tables import Language, SummaryLines, Table, deliveries_table, summary_table


def summary_csv(summary: ReportSummary, *, lines: SummaryLines, language: Language) -> Iterator[str]:
    """See ``summary_table``."""
    return _csv(summary_table(summary, lines=lines, language=language))


def deliveries_csv(chunks: Iterable[Sequence[Delivery]], *, language: Language, zone: ZoneInfo) -> Iterator[str]:
    """See ``deliveries_table``; chunk by chunk."""
    return _csv(deliveries_table(chunks, language=language, zone=zone))


def _csv(table: Table) -> Iterator[str]:
    return csv_chunks(table.header, table.chunks)
