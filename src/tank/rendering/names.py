"""Which variables a template uses.

The engine tells, but for two constructs: it overlooks what is sliced (``S[4:]``), and what a ``set`` reads of its own
name (``{% set S = S|upper %}``). For the question alone, both are written in another way first.
"""

from __future__ import annotations

import re

import minijinja

from tank.rendering.tags import Tag, split, without_strings

_SET = re.compile(r"\s*set\s+[^\W\d]\w*\s*=(?P<value>.+)", re.DOTALL)


def names_used(environment: minijinja.Environment, source: str) -> set[str]:
    """Names that somebody must give a value. Raises ``minijinja.TemplateError`` where the syntax is wrong."""
    asked = "".join(piece if isinstance(piece, str) else _rewritten(piece) for piece in split(source))
    return environment.undeclared_variables_in_str(asked) | environment.undeclared_variables_in_str(source)


def _rewritten(tag: Tag) -> str:
    if not (tag.is_output or tag.is_statement):
        return tag.text
    text = _without_slices(tag.text)
    found = _SET.match(text[2:-2].lstrip("-+"))
    return f"{{{{ {found['value'].rstrip('-+')} }}}}{text}" if found else text


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
