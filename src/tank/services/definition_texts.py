"""What the texts of a definition may hold: bounds and characters, wherever they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from tank.domain.automation import Definition
from tank.domain.errors import FieldProblem, Invalid

MAX_NAME = 200
MAX_DESCRIPTION = 2_000
MAX_QUERY = 100_000
MAX_TEMPLATE = 1_000_000
MAX_LINE = 1_000
MAX_ITEMS = 50

_LONG = {
    "dbio.target_query": MAX_QUERY,
    "dbio.mapping_query": MAX_QUERY,
    "dbio.update_query": MAX_QUERY,
    "template.html": MAX_TEMPLATE,
    "template.text": MAX_TEMPLATE,
}
#: NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot write.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def text_problems(definition: Definition) -> list[FieldProblem]:
    """Texts that are too long or hold characters that they must not, by field; lists that are too long."""
    return list(_walk(definition, ""))


def check_texts(definition: Definition) -> None:
    """Raises ``Invalid`` with every problem."""
    if problems := text_problems(definition):
        raise Invalid("Some texts cannot be accepted.", problems=problems, code="unfit_text")


def checked_name(name: str, *, field: str = "name") -> str:
    """A name without surrounding space. Raises ``Invalid``."""
    stripped = name.strip()
    problem = _line_problem(field, stripped, MAX_NAME)
    if problem is None and not stripped:
        problem = FieldProblem(field=field, message="The name is empty.", code="required")
    if problem is not None:
        raise Invalid(problem.message, problems=[problem], code="bad_name")
    return stripped


def checked_text(text: str, *, field: str, longest: int = MAX_DESCRIPTION) -> str:
    """A text of several lines. Raises ``Invalid``."""
    if (problem := _text_problem(field, text, longest)) is not None:
        raise Invalid(problem.message, problems=[problem], code="unfit_text")
    return text


def _walk(value: Any, path: str) -> Iterator[FieldProblem]:
    if is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            yield from _walk(getattr(value, item.name), f"{path}.{item.name}" if path else item.name)
    elif isinstance(value, tuple):
        if len(value) > MAX_ITEMS:
            yield FieldProblem(field=path, message=f"At most {MAX_ITEMS} are possible.", code="too_many")
        for number, item in enumerate(value[:MAX_ITEMS]):
            yield from _walk(item, f"{path}[{number}]")
    elif isinstance(value, str):
        # A subject of several lines is joined when it is compiled; it may be written in several.
        is_text = path in _LONG or path == "template.subject"
        problem = _text_problem(path, value, _LONG.get(path, MAX_LINE)) if is_text else _line_problem(path, value)
        if problem is not None:
            yield problem


def _line_problem(field: str, text: str, longest: int = MAX_LINE) -> FieldProblem | None:
    if (found := _CONTROL.search(text)) is not None:
        return FieldProblem(
            field=field,
            message=f"The character U+{ord(found[0]):04X} cannot stand here: this is one line of text.",
            code="unfit_character",
            position=found.start() + 1,
        )
    return _text_problem(field, text, longest)


def _text_problem(field: str, text: str, longest: int) -> FieldProblem | None:
    if len(text) > longest:
        message = f"The text has {len(text):,} characters; at most {longest:,} are possible."
        return FieldProblem(field=field, message=message, code="too_long")
    if (found := _UNFIT.search(text)) is not None:
        return FieldProblem(
            field=field,
            message=f"The character U+{ord(found[0]):04X} cannot be stored.",
            code="unfit_character",
            line=text.count("\n", 0, found.start()) + 1,
            position=found.start() + 1,
        )
    return None
