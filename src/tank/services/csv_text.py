"""CSV that Excel opens rightly and that cannot make a spreadsheet run anything."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from tank.domain.ports.spreadsheets import Cell

#: Without it, Excel takes UTF-8 for the system's legacy charset and shows Korean as noise.
BYTE_ORDER_MARK = "\ufeff"

#: What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def csv_chunks(header: Sequence[str], chunks: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[str]:
    """The text of a CSV file (RFC 4180), a piece for the header and one for each chunk of rows."""
    yield BYTE_ORDER_MARK + _text([header])
    for rows in chunks:
        yield _text(rows)


def _text(rows: Iterable[Sequence[Cell]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([_safe(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _safe(cell: Cell) -> Cell:
    """Text that begins like a formula gets an apostrophe before it, which spreadsheets take for "this is text"."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell
