"""The names in a folder, kept small and searchable: a million recipients share one listing of a million files."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from tank.domain.globs import Segment, literal_prefix, literal_suffix, longest_literal, segment_matches

# More names than this are worth a second index, or a search through the raw bytes.
_FEW = 64


class NameIndex:
    """Sorted, distinct NFC names as one run of UTF-8 bytes and their offsets, which take 4 bytes a name."""

    __slots__ = ("_by_ending", "_bytes", "_starts")

    def __init__(self, names: Iterable[str]) -> None:
        encoded = sorted({name.encode() for name in names})
        # A slash ends each name: no name holds one, so a search through the bytes never crosses into the next.
        self._bytes = b"".join(name + b"/" for name in encoded)
        self._starts = array("Q" if len(self._bytes) >= 1 << 32 else "I", [0])
        start = 0
        for name in encoded:
            start += len(name) + 1
            self._starts.append(start)
        self._by_ending: array[int] | None = None

    def __len__(self) -> int:
        return len(self._starts) - 1

    @property
    def memory_bytes(self) -> int:
        """About what it holds, once both indexes are made."""
        return len(self._bytes) + 2 * len(self._starts) * self._starts.itemsize

    def matches(self, segment: Segment) -> Iterator[str]:
        """The names that match, sorted by code points."""
        for number in self._candidates(segment):
            name = self._name(number).decode()
            if segment_matches(segment, name):
                yield name

    def _candidates(self, segment: Segment) -> Iterable[int]:
        """The numbers of the names that may match, ascending: by beginning, by ending, or by what they contain."""
        first, last = self._beginning_with(literal_prefix(segment).encode())
        if last - first <= _FEW:
            return range(first, last)
        # Every name of the range has the beginning: only what comes after it tells them apart.
        telling = longest_literal(segment[1:] if isinstance(segment[0], str) else segment)
        if telling and telling == literal_suffix(segment):
            return sorted(number for number in self._ending_with(telling.encode()) if first <= number < last)
        return self._containing(telling.encode(), first, last)

    def _name(self, number: int) -> bytes:
        return self._bytes[self._starts[number] : self._starts[number + 1] - 1]

    def _beginning_with(self, prefix: bytes) -> tuple[int, int]:
        size, everything = len(prefix), range(len(self))
        first = bisect_left(everything, prefix, key=lambda number: self._name(number)[:size])
        return first, bisect_right(everything, prefix, lo=first, key=lambda number: self._name(number)[:size])

    def _ending_with(self, suffix: bytes) -> array[int]:
        if self._by_ending is None:
            order = sorted(range(len(self)), key=lambda number: self._name(number)[::-1])
            self._by_ending = array(self._starts.typecode, order)
        wanted, size = suffix[::-1], len(suffix)
        first = bisect_left(self._by_ending, wanted, key=lambda number: self._name(number)[: -size - 1 : -1])
        last = bisect_right(self._by_ending, wanted, lo=first, key=lambda number: self._name(number)[: -size - 1 : -1])
        return self._by_ending[first:last]

    def _containing(self, text: bytes, first: int, last: int) -> Iterator[int]:
        if not text:
            yield from range(first, last)
            return
        at, end = self._starts[first], self._starts[last]
        while (found := self._bytes.find(text, at, end)) >= 0:
            number = bisect_right(self._starts, found) - 1
            yield number
            at = self._starts[number + 1]
