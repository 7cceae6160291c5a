"""Path patterns after their variables are filled in: what is literal and what is a wildcard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Wildcard(Enum):
    """A wildcard within one path segment."""

    ANY = "*"
    ONE = "?"


#: A path segment: literal text and wildcards in turn.
Segment: TypeAlias = tuple[str | Wildcard, ...]


@dataclass(frozen=True, slots=True)
class PathGlob:
    """A path beneath the storage root, segment by segment. Literal text is NFC and free of ``/`` and NUL."""

    segments: tuple[Segment, ...]

    def __str__(self) -> str:
        return "/".join(
            "".join(part if isinstance(part, str) else part.value for part in segment) for segment in self.segments
        )

    @property
    def literal_path(self) -> str | None:
        """The path, where nothing in it is a wildcard."""
        if any(isinstance(part, Wildcard) for segment in self.segments for part in segment):
            return None
        return str(self)

    def matches(self, path: str) -> bool:
        """Whether an NFC path beneath the root (no leading slash) is one that this glob stands for."""
        names = path.split("/")
        return len(names) == len(self.segments) and all(map(segment_matches, self.segments, names))


def literal_text(segment: Segment) -> str | None:
    """The one name that a segment stands for, or None where it has a wildcard."""
    if any(isinstance(part, Wildcard) for part in segment):
        return None
    return "".join(part for part in segment if isinstance(part, str))


def literal_prefix(segment: Segment) -> str:
    """What every matching name begins with."""
    return _leading_text(segment)


def literal_suffix(segment: Segment) -> str:
    """What every matching name ends with."""
    return _leading_text([part[::-1] if isinstance(part, str) else part for part in reversed(segment)])[::-1]


def longest_literal(segment: Segment) -> str:
    """The longest text that every matching name contains."""
    return max((part for part in segment if isinstance(part, str)), key=len, default="")


def _leading_text(parts: Sequence[str | Wildcard]) -> str:
    text = ""
    for part in parts:
        if isinstance(part, Wildcard):
            break
        text += part
    return text


def segment_matches(segment: Segment, name: str) -> bool:
    """Whether an NFC name matches. Like a shell's, a leading wildcard does not match a leading dot.

    Mac copies leave ``._name`` beside each file; they must not make a search ambiguous. The time is at most
    the product of the two lengths: going back to the last ``*`` alone is enough, as no earlier one could help.
    """
    if name.startswith(".") and segment and isinstance(segment[0], Wildcard):
        return False
    tokens: list[str | Wildcard] = [token for part in segment for token in (part if isinstance(part, str) else (part,))]
    at, token_at, star, star_at = 0, 0, -1, 0
    while at < len(name):
        token = tokens[token_at] if token_at < len(tokens) else None
        if token is Wildcard.ANY:
            star, star_at = token_at, at
            token_at += 1
        elif token is Wildcard.ONE or token == name[at]:
            at, token_at = at + 1, token_at + 1
        elif star >= 0:
            star_at += 1
            at, token_at = star_at, star + 1
        else:
            return False
    return all(token is Wildcard.ANY for token in tokens[token_at:])
