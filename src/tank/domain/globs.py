"""Path patterns after their variables are filled in: what is literal and what is a wildcard."""

from __future__ import annotations

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
