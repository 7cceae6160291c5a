"""Which variables a template uses.

The engine tells, but overlooks what is sliced (``S[4:]``), the arguments of a ``{% filter %}``, and what an assignment
reads of its own names (``{% set S = S|upper %}``). For the question alone, these are written in another way first.

That serves an operator who wants to hear of unknown names. A recipient's row must never lack a name, whatever else the
engine overlooks: it gets every name that is mentioned at all.
"""

from __future__ import annotations

import re

import minijinja

from tank.rendering.tags import Tag, split, tags_of, without_strings

_TARGET = r"[^\W\d]\w*"
#: What is read before the names that the tag gives a value. Of several in a ``with``, the later may read the earlier.
_READ_FIRST = re.compile(
    rf"set\s+{_TARGET}(?:\s*,\s*{_TARGET})*\s*=(?P<set>.+)|with\s+{_TARGET}\s*=(?P<with>[^,=]+)|filter\s+(?P<filter>.+)",
    re.DOTALL,
)
#: Whatever the engine may take for a name; in ASCII, the punctuation is what ends one.
_NAME = re.compile(r"(?<![\w.|])[A-Za-z_\x80-\U0010ffff][0-9A-Za-z_\x80-\U0010ffff]*")


def names_mentioned(source: str) -> set[str]:
    """Names that could stand for a variable somewhere in the tags: too many rather than too few."""
    return {
        name
        for tag in tags_of(source)
        if tag.is_output or tag.is_statement
        for name in _NAME.findall(without_strings(tag.body))
    }


def names_used(environment: minijinja.Environment, source: str) -> set[str]:
    """Names that somebody must give a value. Raises ``minijinja.TemplateError`` where the syntax is wrong."""
    asked = "".join(piece if isinstance(piece, str) else _rewritten(piece) for piece in split(source))
    return environment.undeclared_variables_in_str(asked) | environment.undeclared_variables_in_str(source)


def _rewritten(tag: Tag) -> str:
    if not (tag.is_output or tag.is_statement):
        return tag.text
    text = _without_slices(tag.text)
    found = _READ_FIRST.fullmatch(Tag(text, tag.start).body) if tag.is_statement else None
    if found is None:
        return text
    read = f"''|{found['filter']}" if found["filter"] else found["set"] or found["with"]
    return f"{{{{ [{read}] }}}}{text}"


def _without_slices(code: str) -> str:
    """``S[a:b]`` as ``S[a ~ b]``, which uses the same names."""
    blanked = without_strings(code)
    opened: list[int] = []
    colons: dict[int, list[int]] = {}
    rewritten = list(code)
    for position, character in enumerate(blanked):
        if character in "[({":
            opened.append(position)
        elif character == ":" and opened and blanked[opened[-1]] == "[":
            colons.setdefault(opened[-1], []).append(position)
        elif character in "])}" and opened:
            begin = opened.pop()
            _join_parts(rewritten, blanked, [begin, *colons.pop(begin, []), position])
    return "".join(rewritten)


def _join_parts(rewritten: list[str], blanked: str, marks: list[int]) -> None:
    """Replace the colons between the parts of one slice; an omitted part becomes 0."""
    if len(marks) < 3:
        return
    for number, mark in enumerate(marks[:-1]):
        glue = "[" if number == 0 else " ~ "
        # A string is blanked out, so a part that is nothing but a string looks omitted: adding 0 does no harm.
        omitted = not blanked[mark + 1 : marks[number + 1]].strip()
        is_string = omitted and "".join(rewritten[mark + 1 : marks[number + 1]]).strip()
        rewritten[mark] = glue + ("0 ~ " if is_string else "0" if omitted else "")
