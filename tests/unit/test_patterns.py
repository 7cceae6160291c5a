"""Attachment patterns: what an operator may write, and what hostile data cannot do to a path."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.errors import Invalid
from tank.domain.globs import PathGlob, Wildcard
from tank.domain.path_values import AttachmentDataError, EmptyVariable, find_value
from tank.domain.patterns import parse_name, parse_path
from tank.domain.values import Value

_VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(),
    st.text("/\\.*? \x00가a", max_size=5),
    st.binary(max_size=4),
    st.dates(),
    st.datetimes(),
    st.times(),
)


def test_the_example_of_the_original() -> None:
    pattern = parse_path("/statement/{{ YYYYMM }}/{{CUST_ID}}_*.pdf")
    assert [(variable.name, variable.position) for variable in pattern.variables] == [("YYYYMM", 12), ("CUST_ID", 25)]
    glob = pattern.fill({"CUST_ID": 7}, {"YYYYMM": "202610"})
    assert glob == PathGlob((("statement",), ("202610",), ("7_", Wildcard.ANY, ".pdf")))


def test_korean_names_and_names_with_dollars() -> None:
    pattern = parse_path("{{ 고객번호 }}-{{ V$ID# }}.pdf")
    assert str(pattern.fill({"고객번호": "가1", "V$ID#": 2})) == "가1-2.pdf"


def test_decomposed_text_becomes_composed_on_every_side() -> None:
    decomposed = unicodedata.normalize("NFD", "/명세/{{ 이름 }}.pdf")
    glob = parse_path(decomposed).fill({unicodedata.normalize("NFD", "이름"): unicodedata.normalize("NFD", "김")})
    assert str(glob) == "명세/김.pdf"


def test_jamo_that_meet_at_a_border_are_composed() -> None:
    assert str(parse_path("\u1100{{ A }}").fill({"A": "\u1161"})) == "가"


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 1),
        ("   ", 1),
        ("/", 2),
        ("a//b", 3),
        ("//a", 2),
        ("a/b/", 5),
        ("a/../b", 3),
        ("./a", 1),
        ("a/..", 3),
        ("a/**/b", 4),
        ("a\\b", 2),
        ("{{ A|upper }}", 1),
        ("x{{ A.b }}", 2),
        ("{{ 1A }}", 1),
        ("{{ }}", 1),
        ("{{ A", 1),
        ("a }} b", 3),
        ("{% if A %}", 1),
        ("a{# x #}", 2),
        (" a", 1),
        ("a\nb", 2),
        ("a\x00", 2),
        ("a\ud800", 2),
        ("a" * 1001, 1000),
    ],
)
def test_refused_patterns_say_where(text: str, position: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse_path(text)
    (problem,) = refused.value.problems
    assert (problem.field, problem.code, problem.position) == ("pattern", "invalid_pattern", position)


@pytest.mark.parametrize("text", ["a{b}c.pdf", "a[1].pdf", "..a", "a..b", "{{ A }}..pdf", "a b.pdf", "*?*"])
def test_unusual_patterns_that_are_fine(text: str) -> None:
    assert parse_path(text).text == text


@given(st.text(max_size=30))
def test_parsing_accepts_or_refuses_and_nothing_else(text: str) -> None:
    try:
        pattern = parse_path(text)
    except Invalid:
        return
    assert all(pattern.segments)


@given(st.text("{} AB%#*?/.|가", max_size=20))
def test_parsing_pattern_like_text(text: str) -> None:
    try:
        pattern = parse_path(text)
    except Invalid:
        return
    assert all(pattern.segments)


@given(_VALUES, _VALUES)
def test_data_stays_one_literal_name(first: Value, second: Value) -> None:
    """Whatever the data are, the glob has the pattern's folders, its own wildcard and no other, and goes only down."""
    try:
        glob = parse_path("/a/{{ A }}{{ B }}_*.pdf").fill({"A": first, "B": second})
    except AttachmentDataError:
        return
    assert len(glob.segments) == 2
    text, wildcard, end = glob.segments[1]
    assert (wildcard, end) == (Wildcard.ANY, ".pdf")
    assert isinstance(text, str)
    assert len(text) > 1
    assert unicodedata.is_normalized("NFC", text)
    assert not set(text) & set("/\\\x00\n")
    assert not text.startswith(".")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("C*1?", "C*1?"),
        ("C1   ", "C1"),
        ("a..b", "a..b"),
        (0, "0"),
        (-7, "-7"),
        (10.0, "10"),
        (10.5, "10.5"),
        (Decimal("10"), "10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("10.10"), "10.1"),
        (Decimal("-0.0"), "0"),
        (date(2026, 1, 5), "20260105"),
        (datetime(2026, 1, 5, 23, 59), "20260105"),
    ],
)
def test_how_values_are_written(value: Value, text: str) -> None:
    assert str(parse_path("{{ A }}").fill({"A": value})) == text


@pytest.mark.parametrize(
    "value",
    [
        "a/b",
        "a\\b",
        "..",
        ".",
        "...",
        ".hidden",
        "a\x00",
        "a\nb",
        "a\ud800",
        "x" * 256,
        "가" * 86,
        b"bytes",
        True,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("1E+400000"),
        pytest.param(10**5_000, id="a number that Python itself does not print"),
        1e300,
        time(9, 0),
        datetime(2026, 1, 5, tzinfo=UTC),
    ],
)
def test_values_that_no_path_may_hold(value: Value) -> None:
    with pytest.raises(AttachmentDataError):
        parse_path("/a/{{ A }}").fill({"A": value})


@pytest.mark.parametrize("value", [None, "", "   "])
def test_an_empty_variable_is_an_error_of_its_own(value: Value) -> None:
    with pytest.raises(EmptyVariable, match="CUST_ID is empty"):
        parse_path("/a/{{ CUST_ID }}_*.pdf").fill({"CUST_ID": value})


def test_long_values_are_quoted_shortly() -> None:
    with pytest.raises(AttachmentDataError) as refused:
        parse_path("{{ A }}").fill({"A": "/" * 100_000})
    assert len(refused.value.message) < 200


def test_names_are_looked_up_exactly_and_then_without_regard_to_case() -> None:
    assert find_value("Id", [{"ID": 1, "id": 2}, {"Id": 3}]) == 3
    assert find_value("Id", [{"x": 1}, {"iD": 4}]) == 4
    with pytest.raises(AttachmentDataError, match="could be any of the columns ID, id"):
        find_value("Id", [{"ID": 1, "id": 2}])
    with pytest.raises(EmptyVariable, match="There is no column Id"):
        find_value("Id", [{}])


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("{{ A }}*.pdf", ["A"]),
        ("*{{ A }}.pdf", ["A"]),
        ("x{{ A }}?", ["A"]),
        ("{{ A }}_*.pdf", []),
        ("{{ A }}/{{ A }}*.pdf", []),
        ("{{ B }}/{{ A }}*.pdf", ["A"]),
        ("{{ A }}{{ B }}*.pdf", ["B"]),
    ],
)
def test_variables_beside_wildcards_are_loose(text: str, loose: list[str]) -> None:
    assert [variable.name for variable in parse_path(text).loose_variables()] == loose


def test_file_names_replace_what_they_cannot_hold() -> None:
    assert parse_name("{{ NAME }}님 명세서.pdf").fill({"NAME": '김/"이"'}) == "김__이_님 명세서.pdf"


@pytest.mark.parametrize(("text", "position"), [("a/b", 2), ("a*.pdf", 2), ('a"', 2), ("{{ A", 1), ("", 1)])
def test_refused_file_names_say_where(text: str, position: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse_name(text)
    (problem,) = refused.value.problems
    assert (problem.field, problem.position) == ("file_name", position)


@pytest.mark.parametrize("value", [None, "a\r\nb", "가" * 100, "..."])
def test_file_names_that_cannot_be_made(value: Value) -> None:
    with pytest.raises(AttachmentDataError):
        parse_name("{{ A }}").fill({"A": value})
