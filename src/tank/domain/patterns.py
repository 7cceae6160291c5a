"""Path patterns of attachment rules: ``/statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf`` and what a row makes of it.

Everything that decides whose file is looked for is here: what an operator may write, which characters data may
bring along, and how numbers and dates are written. A pattern never becomes text that is parsed again, so a
``*`` from data stays a star.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from tank.domain.errors import FieldProblem, Invalid
from tank.domain.globs import PathGlob, Segment, Wildcard
from tank.domain.path_values import CONTROL, AttachmentDataError, shown, value_text
from tank.domain.values import Row

#: NAME_MAX of Linux file systems, in bytes of UTF-8.
_MAX_NAME_BYTES = 255
_MAX_PATTERN = 1_000
_SLASH = "/"

# What a variable may be called: a column name in any script; Oracle's also have $ and #.
_NAME = re.compile(r"[^\W\d][\w$#]*")
_TOKEN = re.compile(
    r"\{\{(?P<name>.*?)\}\}|(?P<wild>[*?])|(?P<slash>/)|(?P<text>(?:(?!\{\{|\}\}|\{%|\{#)[^*?/])+)", re.S
)
# What Windows and mail readers do not take in a file's name.
_UNFIT_IN_NAME = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True, slots=True)
class Variable:
    """A ``{{ NAME }}`` in a pattern."""

    name: str
    #: 1-based character in the operator's text.
    position: int


#: A piece of a path segment as the operator wrote it.
Part: TypeAlias = str | Wildcard | Variable


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A parsed path pattern: segments of literal text, wildcards and variables."""

    text: str
    segments: tuple[tuple[Part, ...], ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of its first use."""
        return _first_uses(part for segment in self.segments for part in segment)

    def loose_variables(self) -> tuple[Variable, ...]:
        """Variables that stand only directly beside wildcards, so that a longer value would match too.

        With ``{{ CUST_ID }}*.pdf``, customer C1 matches the file of customer C10.
        """
        firm = {part.name.casefold() for segment in self.segments for part in _firm(segment)}
        return tuple(variable for variable in self.variables if variable.name.casefold() not in firm)

    def fill(self, row: Row, *more: Row) -> PathGlob:
        """The glob of one recipient; a name is looked up in ``row``, then in each of ``more`` (see ``find_value``).

        Raises ``AttachmentDataError`` where a variable is missing, empty, or not fit for a path.
        """
        return PathGlob(tuple(_fill_segment(segment, (row, *more)) for segment in self.segments))


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A parsed file name pattern: literal text and variables, no wildcards."""

    text: str
    parts: tuple[Part, ...]

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Each variable once, in the order of its first use."""
        return _first_uses(self.parts)

    def fill(self, row: Row, *more: Row) -> str:
        """The name that one recipient sees; characters that file names cannot hold become ``_``.

        Raises ``AttachmentDataError`` where a variable is missing or empty, or the name is too long.
        """
        rows = (row, *more)
        name = "".join(
            _UNFIT_IN_NAME.sub("_", value_text(part.name, rows)) if isinstance(part, Variable) else str(part)
            for part in self.parts
        )
        name = unicodedata.normalize("NFC", name).strip()
        if not name.strip(". "):
            raise AttachmentDataError(f"The file name {self.text!r} becomes {name!r}, which is no name.")
        _check_length(name)
        return name


def parse_path(text: str) -> PathPattern:
    """Parse a path pattern; a leading slash means the storage root and may be left out.

    Raises ``Invalid``, whose problem has the field ``pattern`` and the position.
    """
    refuse = _Refuse("pattern")
    if not text.strip():
        refuse(1, "The path is empty: write where the file is, for example /statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf")
    segments: list[tuple[Part, ...]] = []
    current: list[Part] = []
    for position, token in _tokens(text, refuse):
        if isinstance(token, Wildcard | Variable) or token != _SLASH:
            if token is Wildcard.ANY and current and current[-1] is Wildcard.ANY:
                refuse(position, "** is not supported: a * stays within one folder, so name each folder")
            current.append(token)
        elif current or position > 1:
            segments.append(_segment(current, position, refuse))
            current = []
    segments.append(_segment(current, len(text) + 1, refuse))
    return PathPattern(text, tuple(segments))


def parse_name(text: str) -> NamePattern:
    """Parse the pattern of the name that recipients see.

    Raises ``Invalid``, whose problem has the field ``file_name`` and the position.
    """
    refuse = _Refuse("file_name")
    parts: list[Part] = []
    for position, token in _tokens(text, refuse):
        written = token.value if isinstance(token, Wildcard) else token
        if isinstance(written, str) and (unfit := _UNFIT_IN_NAME.search(written)):
            refuse(position + unfit.start(), 'A file name cannot hold \\ / : * ? " < > |')
        parts.append(token)
    if not text.strip():
        refuse(1, "The file name is empty")
    return NamePattern(text, tuple(parts))


def _fill_segment(segment: tuple[Part, ...], rows: Sequence[Row]) -> Segment:
    filled: list[str | Wildcard] = []
    for part in segment:
        piece = _path_text(part.name, rows, first=not filled) if isinstance(part, Variable) else part
        if isinstance(piece, str) and filled and isinstance(filled[-1], str):
            filled[-1] += piece
        else:
            filled.append(piece)
    whole = tuple(unicodedata.normalize("NFC", piece) if isinstance(piece, str) else piece for piece in filled)
    _check_length("".join(piece for piece in whole if isinstance(piece, str)))
    return whole


def _path_text(name: str, rows: Sequence[Row], *, first: bool) -> str:
    text = value_text(name, rows)
    if "/" in text or "\\" in text:
        raise AttachmentDataError(f"{name} is {shown(text)}: a slash would lead into another folder.")
    if not text.strip(".") or (first and text.startswith(".")):
        raise AttachmentDataError(f"{name} is {shown(text)}: dots would lead to another folder or to a hidden file.")
    return text


def _check_length(name: str) -> None:
    if len(name.encode()) > _MAX_NAME_BYTES:
        raise AttachmentDataError(
            f"The name {name[:40]}… is longer than the {_MAX_NAME_BYTES} bytes a file's name has."
        )


class _Refuse:
    """Raises ``Invalid`` about a field."""

    def __init__(self, field: str) -> None:
        self._field = field

    def __call__(self, position: int, message: str) -> NoReturn:
        problem = FieldProblem(field=self._field, message=message, code="invalid_pattern", position=position)
        raise Invalid(f"{message} (character {position}).", problems=[problem])


def _tokens(text: str, refuse: Callable[[int, str], NoReturn]) -> list[tuple[int, Part]]:
    """Literal text, ``/``, wildcards and variables, each with its 1-based position."""
    if len(text) > _MAX_PATTERN:
        refuse(_MAX_PATTERN, f"At most {_MAX_PATTERN} characters are taken")
    if unfit := CONTROL.search(text):
        refuse(unfit.start() + 1, "A path or file name cannot hold control characters")
    if text != text.strip():
        refuse(1, "Blanks before or after it are not taken")
    if "\\" in text:
        refuse(text.index("\\") + 1, "Folders are separated by /, not by a backslash")
    tokens: list[tuple[int, Part]] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            refuse(
                at + 1, "{{ and }} belong around a variable's name, as in {{ CUST_ID }}; nothing else is computed here"
            )
        tokens.append((at + 1, _part(found, refuse)))
        at = found.end()
    return tokens


def _part(found: re.Match[str], refuse: Callable[[int, str], NoReturn]) -> Part:
    if (name := found["name"]) is not None:
        name = unicodedata.normalize("NFC", name.strip())
        if not _NAME.fullmatch(name):
            refuse(
                found.start() + 1,
                f"{{{{ {name} }}}} is not the name of a column; filters and expressions do not work here",
            )
        return Variable(name, found.start() + 1)
    if found["wild"]:
        return Wildcard(found["wild"])
    return unicodedata.normalize("NFC", found[0])


def _segment(parts: list[Part], end: int, refuse: _Refuse) -> tuple[Part, ...]:
    """Check one whole segment, which ends before the 1-based position ``end``."""
    if not parts:
        refuse(end, "A folder or file name is missing here: two slashes in a row, or one at the end")
    literal = "".join(part if isinstance(part, str) else "x" for part in parts)
    if literal in {".", ".."}:
        refuse(end - len(literal), f"{literal} is not taken: paths begin at the storage root and only go down")
    return tuple(parts)


def _firm(segment: tuple[Part, ...]) -> list[Variable]:
    """The variables of a segment that no wildcard stands directly beside."""
    framed = ("", *segment, "")
    return [
        part
        for before, part, after in zip(framed, framed[1:], framed[2:], strict=False)
        if isinstance(part, Variable) and not isinstance(before, Wildcard) and not isinstance(after, Wildcard)
    ]


def _first_uses(parts: Iterable[Part]) -> tuple[Variable, ...]:
    uses: dict[str, Variable] = {}
    for part in parts:
        if isinstance(part, Variable):
            uses.setdefault(part.name, part)
    return tuple(uses.values())
