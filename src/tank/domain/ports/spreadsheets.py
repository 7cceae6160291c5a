"""Spreadsheets: tables as workbooks that Excel opens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO, Protocol, TypeAlias

Cell: TypeAlias = str | int | float | None


class Spreadsheets(Protocol):
    """Writes workbooks of one sheet. Blocking; memory does not grow with the rows."""

    @property
    def most_rows(self) -> int:
        """Rows that a sheet holds, the header included."""

    def write(self, sheet: str, header: Sequence[str], chunks: Iterable[Iterable[Sequence[Cell]]]) -> BinaryIO:
        """An .xlsx file, at its beginning; closing it deletes it. Whatever a text holds, it is text and no formula.

        Raises ``Invalid`` (``too_many_rows``), and whatever the chunks raise.
        """
