"""Where the template tags are in a text: ``{{ … }}``, ``{% … %}`` and ``{# … #}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_INSIDE = rf"""(?:{_QUOTED}|[^"'])*?"""
#: Code in which the braces of dicts are paired: ``{{ {"a": {"b": 1}} }}`` does not end at its first ``}}``.
#: A regular expression cannot count, so they are written out, deeper than anybody nests.
_PAIRED = rf"""(?:{_QUOTED}|[^"'{{}}])*+"""
for _depth in range(32):
    _PAIRED = rf"""(?:{_QUOTED}|[^"'{{}}]|\{{{_PAIRED}\}})*+"""
_TAG = re.compile(
    rf"""\{{%[-+]?\s*raw\s*[-+]?%\}}.*?\{{%[-+]?\s*endraw\s*[-+]?%\}}
      |  \{{\#.*?\#\}}
      |  \{{\{{{_PAIRED}\}}\}}
      |  \{{\{{{_INSIDE}\}}\}}
      |  \{{%{_INSIDE}%\}}""",
    re.DOTALL | re.VERBOSE,
)
#: What begins a tag.
DELIMITER = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%[-+]?\s*raw\b")
_STRING = re.compile(_QUOTED, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its text with the delimiters, and where it begins."""

    text: str
    start: int

    @property
    def is_output(self) -> bool:
        """Whether it puts a value into the text."""
        return self.text.startswith("{{")

    @property
    def is_statement(self) -> bool:
        """Whether it does something; a ``{% raw %}`` block, with everything in it, does not."""
        return self.text.startswith("{%") and _RAW.match(self.text) is None

    @property
    def body(self) -> str:
        """What stands between the delimiters."""
        return self.text[2:-2].strip("-+ \t\r\n")


def tags_of(source: str) -> Iterator[Tag]:
    """The tags in order. A text whose syntax is wrong yields what can be told apart."""
    return (Tag(match.group(), match.start()) for match in _TAG.finditer(source))


def split(source: str) -> Iterator[str | Tag]:
    """The literal texts and the tags, in turn."""
    end = 0
    for tag in tags_of(source):
        if tag.start > end:
            yield source[end : tag.start]
        yield tag
        end = tag.start + len(tag.text)
    if end < len(source):
        yield source[end:]


def line_of(source: str, position: int) -> int:
    """The 1-based line of a position."""
    return source.count("\n", 0, position) + 1


def without_strings(code: str) -> str:
    """The code of a tag with string literals blanked out, every character in its place."""
    return _STRING.sub(lambda match: " " * len(match.group()), code)
