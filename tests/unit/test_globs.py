"""What path globs match, compared with the standard library's patterns."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tank.domain.globs import (
    PathGlob,
    Segment,
    Wildcard,
    literal_prefix,
    literal_suffix,
    literal_text,
    longest_literal,
    segment_matches,
)

_PARTS = st.one_of(st.sampled_from(list(Wildcard)), st.text("ab*?가", min_size=1, max_size=3))
_SEGMENTS = st.lists(_PARTS, min_size=1, max_size=6).map(tuple)
_NAMES = st.text("ab*?가.\n", min_size=1, max_size=8)


def _regex(segment: Segment) -> str:
    wild = {Wildcard.ANY: ".*", Wildcard.ONE: "."}
    return "".join(wild[part] if isinstance(part, Wildcard) else re.escape(part) for part in segment)


@given(_SEGMENTS, _NAMES)
def test_matches_what_the_same_regular_expression_matches(segment: Segment, name: str) -> None:
    hidden = name.startswith(".") and isinstance(segment[0], Wildcard)
    expected = re.fullmatch(_regex(segment), name, re.DOTALL) is not None and not hidden
    assert segment_matches(segment, name) == expected


@given(_SEGMENTS, _NAMES)
def test_literal_parts_are_in_every_match(segment: Segment, name: str) -> None:
    if segment_matches(segment, name):
        assert name.startswith(literal_prefix(segment))
        assert name.endswith(literal_suffix(segment))
        assert longest_literal(segment) in name
        assert literal_text(segment) in (None, name)


def test_many_stars_take_no_time() -> None:
    segment = ("a", Wildcard.ANY) * 60 + ("b",)
    assert not segment_matches(segment, "a" * 255)


def test_a_path_matches_segment_by_segment() -> None:
    glob = PathGlob((("statement",), ("C*1_", Wildcard.ANY, ".pdf")))
    assert str(glob) == "statement/C*1_*.pdf"
    assert glob.literal_path is None
    assert glob.matches("statement/C*1_x.pdf")
    assert not glob.matches("statement/CX1_x.pdf")
    assert not glob.matches("statement/C*1_x.pdf/more")
    assert not glob.matches("statement")


def test_a_mac_companion_file_is_no_match() -> None:
    assert segment_matches((Wildcard.ANY, "C1.pdf"), "a_C1.pdf")
    assert not segment_matches((Wildcard.ANY, "C1.pdf"), "._C1.pdf")
    assert segment_matches((".", Wildcard.ANY), ".hidden")
