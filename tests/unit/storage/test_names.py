"""The index of a folder's names finds what a plain look through them finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tank.domain.globs import Segment, Wildcard, segment_matches
from tank.storage.names import NameIndex

_PARTS = st.one_of(st.sampled_from(list(Wildcard)), st.text("ab1가", min_size=1, max_size=3))
_SEGMENTS = st.lists(_PARTS, min_size=1, max_size=5).map(tuple)


@given(st.sets(st.text("ab1가\n", min_size=1, max_size=6), max_size=30), _SEGMENTS)
def test_finds_the_same_as_looking_at_each_name(names: set[str], segment: Segment) -> None:
    expected = sorted(name for name in names if segment_matches(segment, name))
    assert list(NameIndex(names).matches(segment)) == expected


_MANY = [f"{kind}_C{number:04}_{month}.pdf" for kind in ("명세서", "안내") for number in range(300) for month in (1, 2)]


@given(st.lists(st.sampled_from([*Wildcard, "명세서_", "안", "C0042", "_2.pdf", "2", "_"]), min_size=1, max_size=5))
def test_large_folders_are_searched_by_ending_and_content_too(parts: list[str | Wildcard]) -> None:
    segment = tuple(parts)
    assert list(NameIndex(_MANY).matches(segment)) == sorted(name for name in _MANY if segment_matches(segment, name))


def test_names_take_little_memory() -> None:
    index = NameIndex(f"C{number:07}_statement.pdf" for number in range(10_000))
    assert len(index) == 10_000
    assert index.memory_bytes < 10_000 * 32


def test_an_empty_folder() -> None:
    assert list(NameIndex([]).matches((Wildcard.ANY,))) == []
