"""Workbooks: what a cell shows is what it was given, whatever it looks like."""

from __future__ import annotations

import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tank.domain.errors import Invalid
from tank.domain.ports.spreadsheets import Cell
from tank.rendering.spreadsheets import LONGEST_TEXT, XlsxSpreadsheets
from tests.support.workbooks import cells_of, formulas_of

DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")', "http://example.com", "mailto:a@x.kr")


def written(rows: list[tuple[Cell, ...]], *, most_rows: int = 1_048_576) -> bytes:
    with XlsxSpreadsheets(most_rows=most_rows).write("표", ["고객 키", "=A1"], [rows]) as file:
        return file.read()


def test_numbers_are_numbers_and_texts_are_texts() -> None:
    book = written([("C0001", 7), ("0012", 2.5), ("한글 <&> \"'", None), (None, 0)])
    assert cells_of(book) == [["고객 키", "=A1"], ["C0001", 7.0], ["0012", 2.5], ["한글 <&> \"'"], [0.0]]


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    book = written([(text, text)])
    assert cells_of(book)[1] == [text, text]
    assert formulas_of(book) == []


@settings(deadline=None)
@example([("\x00\x1f\ufffe\uffff", 0), ("_x0041_", 1), (" a\n b ", 2)])
@given(st.lists(st.tuples(st.text(min_size=1, max_size=50), st.integers(-(2**53), 2**53)), max_size=5))
def test_whatever_a_text_holds_it_comes_back(rows: list[tuple[str, int]]) -> None:
    shown = cells_of(written(list(rows)))[1:]
    # Line ends are one in XML.
    expected = [text.replace("\r\n", "\n").replace("\r", "\n") for text, _ in rows]
    assert [str(row[0]).replace("\r\n", "\n").replace("\r", "\n") for row in shown] == expected


def test_what_no_cell_can_hold_is_mended() -> None:
    half, long = "a\ud800b", "😀" * LONGEST_TEXT
    (_, first, second) = cells_of(written([(half,), (long,)]))
    assert first == ["a?b"]
    assert str(second[0]).endswith("😀…")
    assert len(str(second[0]).encode("utf-16-le")) // 2 <= LONGEST_TEXT


def test_more_rows_than_a_sheet_holds_are_refused_and_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert len(cells_of(written([("a",), ("b",)], most_rows=3))) == 3
    with pytest.raises(Invalid, match="3 rows at most") as caught:
        written([("a",), ("b",), ("c",)], most_rows=3)
    assert (caught.value.code, "CSV" in (caught.value.remedy or "")) == ("too_many_rows", True)
    assert list(tmp_path.iterdir()) == []


def test_what_the_rows_raise_comes_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken() -> Iterator[list[tuple[Cell, ...]]]:
        yield [("a",)]
        raise LookupError

    with pytest.raises(LookupError):
        XlsxSpreadsheets().write("x", ["a"], broken())
    assert list(tmp_path.iterdir()) == []


def test_memory_stays_flat() -> None:
    def chunks(count: int) -> Iterator[list[tuple[Cell, ...]]]:
        for number in range(count):
            yield [(f"고객 {number} {row}", row, "x" * 50) for row in range(500)]

    def most(count: int) -> int:
        tracemalloc.reset_peak()
        XlsxSpreadsheets().write("x", ["a", "b", "c"], chunks(count)).close()
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        most(1)
        assert most(20) < most(2) + 300_000
    finally:
        tracemalloc.stop()
