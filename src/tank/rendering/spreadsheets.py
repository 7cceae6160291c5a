"""Tables as Excel workbooks (ECMA-376), written row by row to the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final

from xlsxwriter import Workbook

from tank.domain.errors import Invalid
from tank.domain.ports.spreadsheets import Cell

#: "Excel specifications and limits": rows of a sheet, and characters of a cell.
MOST_ROWS: Final = 1_048_576
LONGEST_TEXT: Final = 32_767
_WIDTH: Final = 18


class XlsxSpreadsheets:
    """``ports.spreadsheets.Spreadsheets``. Safe to use from several threads."""

    def __init__(self, *, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows

    @property
    def most_rows(self) -> int:
        return self._most_rows

    def write(self, sheet: str, header: Sequence[str], chunks: Iterable[Iterable[Sequence[Cell]]]) -> BinaryIO:
        """See the port."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - handed on open; it has no name that anyone could open
        try:
            # The folder is gone afterwards whatever happens: the library leaves its own files behind where it fails.
            with tempfile.TemporaryDirectory(prefix="tank-xlsx-") as folder:
                self._fill(Workbook(file, {"constant_memory": True, "tmpdir": folder}), sheet, header, chunks)
        except BaseException:
            file.close()
            raise
        file.seek(0)
        return file

    def _fill(self, book: Any, name: str, header: Sequence[str], chunks: Iterable[Iterable[Sequence[Cell]]]) -> None:
        book.use_zip64()
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(header) - 1, _WIDTH)
        bold = book.add_format({"bold": True})
        for column, text in enumerate(header):
            sheet.write_string(0, column, _text(text), bold)
        try:
            self._write_rows(sheet, chunks)
        except BaseException:
            sheet.row_data_fh.close()  # the library closes it with the book alone
            raise
        book.close()

    def _write_rows(self, sheet: Any, chunks: Iterable[Iterable[Sequence[Cell]]]) -> None:
        number = 0
        for rows in chunks:
            for row in rows:
                number += 1
                if number >= self._most_rows:
                    raise too_many_rows(self._most_rows)
                _write_row(sheet, number, row)


def too_many_rows(most: int) -> Invalid:
    """Why a table does not fit, and what does."""
    return Invalid(
        f"Excel opens {most:,} rows at most, and this list has more.",
        remedy="Take the CSV file instead: it has no such limit.",
        code="too_many_rows",
    )


def _write_row(sheet: Any, number: int, row: Sequence[Cell]) -> None:
    """Every text is written as such: what begins with = or looks like an address stays text."""
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(number, column, _text(cell))
        elif cell is not None:
            sheet.write_number(number, column, cell)


def _text(text: str) -> str:
    """Text that a cell can hold: Unicode without halves of characters, and not longer than Excel takes."""
    text = text.encode("utf-8", "replace").decode()
    # Excel counts in UTF-16.
    if len(text) * 2 <= LONGEST_TEXT or len(text.encode("utf-16-le")) // 2 <= LONGEST_TEXT:
        return text
    return text.encode("utf-16-le")[: (LONGEST_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"
