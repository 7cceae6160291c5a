"""What is wrong with a template before any row is rendered: syntax, unknown variables, columns and filters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import minijinja

from tank.domain.automation import Template
from tank.domain.dates import date_variables
from tank.domain.errors import FieldProblem
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateSettings
from tank.rendering.engine import HTML, SUBJECT, TEXT, make_environment
from tank.rendering.filters import NATIVE_FILTERS, NATIVE_GLOBALS, NATIVE_TESTS, filters_for
from tank.rendering.names import names_used
from tank.rendering.tags import Tag, line_of, tags_of, without_strings
from tank.rendering.templates import MinijinjaTemplates, syntax_problems
from tank.rendering.variables import ROW, ROWS, Exact

_FILTERS = NATIVE_FILTERS | filters_for("ko", Exact()).keys()
_DATES = tuple(date_variables(datetime(2000, 1, 1)))  # noqa: DTZ001 - only the names matter

_TRIAL = TemplateSettings(zone="UTC", language="ko", due_at=datetime(2000, 1, 1, tzinfo=UTC))

_FILTER_USE = re.compile(r"\|\s*([^\W\d]\w*)|^filter\s+([^\W\d]\w*)")
_TEST_USE = re.compile(r"\bis\s+(?:not\s+)?([^\W\d]\w*)")
_FOR = re.compile(r"for\s+([^\W\d]\w*)\s+in\s+(.*?)(?:\s+if\s.*|\s+recursive)?$", re.DOTALL)
#: Loops whose variable is a row: over ``rows`` as it is, in part, in another order.
_OVER_ROWS = re.compile(
    rf"{ROWS}\s*(?:\[[^\]]*:[^\]]*\])?\s*"
    r"(?:\|\s*(?:sort|reverse|selectattr|rejectattr|select|reject|unique|list)\s*(?:\([^()]*\))?\s*)*"
)
_MEMBER = r"""\s*(?:\.\s*([^\W\d]\w*)|\[\s*"([^"]*)"\s*\]|\[\s*'([^']*)'\s*\])(?!\s*\()"""
_ROW_MEMBER = re.compile(rf"(?<![\w.]){ROW}{_MEMBER}")
_ROWS_ELEMENT = re.compile(rf"(?<![\w.]){ROWS}\s*\[\s*-?\d+\s*\]{_MEMBER}")
_ATTRIBUTE = re.compile(r"""\battribute\s*=\s*(?:"([^".]*)"|'([^'.]*)')""")


def problems(template: Template, *, columns: Sequence[str], mapping_columns: Sequence[str]) -> list[FieldProblem]:
    """See ``ports.rendering.TemplateLab.problems``."""
    found = syntax_problems(template)
    if any(problem.code != "required" for problem in found):
        return found
    known = Names(columns, mapping_columns)
    # A part that is still to be written hides nothing in those that are there.
    found += [
        problem
        for part in (SUBJECT, HTML, TEXT)
        for problem in _PartLint(f"template.{part}", str(getattr(template, part)), known).problems()
    ]
    if not found:
        _try(template, columns, mapping_columns)
    return found


def columns_used(template: Template, columns: Sequence[str]) -> frozenset[str]:
    """See ``ports.rendering.TemplateLab.columns_used``."""
    environment = make_environment("ko", Exact(), escape=False)
    used: set[str] = set()
    for source in (template.subject, template.html, template.text):
        try:
            used |= names_used(environment, source)
        except minijinja.TemplateError:
            return frozenset()
        for tag in tags_of(source):
            if tag.is_output or tag.is_statement:
                used |= {name for found in _ROW_MEMBER.finditer(tag.text) for name in found.groups() if name}
    return frozenset(used.intersection(columns))


def _try(template: Template, columns: Sequence[str], mapping_columns: Sequence[str]) -> None:
    """Make the template ready and render it once, on rows of NULLs, for the lab to see what that takes.

    A run does it in the worker's own process, where a template that never ends, or asks for all memory, would take
    the other mails with it. An error in the result says nothing: NULL is no number.
    """
    compiled = MinijinjaTemplates().compile(template, _TRIAL)
    with suppress(RenderError):
        compiled.render(TemplateContext(target=dict.fromkeys(columns), rows=[dict.fromkeys(mapping_columns)]))


class Names:
    """What a template may refer to."""

    def __init__(self, columns: Sequence[str], mapping_columns: Sequence[str]) -> None:
        self.mapping = tuple(mapping_columns)
        self.row = (*columns, *mapping_columns, *_DATES)
        self.variables = frozenset((*self.row, ROWS, ROW, *NATIVE_GLOBALS))

    def did_you_mean(self, name: str, known: Sequence[str], *, as_variable: bool = False) -> str:
        folded = {one.casefold(): one for one in reversed(known)}
        close = difflib.get_close_matches(name.casefold(), folded, n=1)
        if not close:
            return ""
        meant = folded[close[0]]
        shown = f'{ROW}["{meant}"]' if as_variable and not meant.isidentifier() else meant
        return f" Did you mean {shown}?"


class _PartLint:
    """One part of a template: its subject, HTML or text."""

    def __init__(self, field: str, source: str, known: Names) -> None:
        self._field, self._source, self._known = field, source, known
        self._tags = [tag for tag in tags_of(source) if tag.is_output or tag.is_statement]

    def problems(self) -> Iterator[FieldProblem]:
        yield from self._unknown_variables()
        for tag in self._tags:
            yield from self._unknown_filters(tag)
        yield from self._unknown_columns()

    def _unknown_variables(self) -> Iterator[FieldProblem]:
        environment = make_environment("ko", Exact(), escape=False)
        unknown = names_used(environment, self._source) - self._known.variables
        found = [(self._first_use(name), name) for name in unknown]
        for position, name in sorted(found):
            hint = self._known.did_you_mean(name, (*self._known.row, ROWS, ROW), as_variable=True)
            yield self._problem(
                "unknown_variable",
                f'"{name}" is no column of the target or mapping query, and no variable of Tank.{hint}',
                position,
            )

    def _first_use(self, name: str) -> int:
        use = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
        for tag in self._tags:
            found = use.search(without_strings(tag.text))
            if found:
                return tag.start + found.start()
        return 0

    def _unknown_filters(self, tag: Tag) -> Iterator[FieldProblem]:
        code = without_strings(tag.body)
        for use in _FILTER_USE.finditer(code):
            name = use[1] or use[2]
            if name not in _FILTERS:
                hint = self._known.did_you_mean(name, sorted(_FILTERS))
                yield self._problem("unknown_filter", f'There is no filter "{name}".{hint}', tag.start)
        for use in _TEST_USE.finditer(code):
            if use[1] not in NATIVE_TESTS:
                hint = self._known.did_you_mean(use[1], sorted(NATIVE_TESTS))
                yield self._problem("unknown_test", f'There is no test "is {use[1]}".{hint}', tag.start)

    def _unknown_columns(self) -> Iterator[FieldProblem]:
        loops: list[tuple[str, bool]] = []
        for tag in self._tags:
            yield from self._members(tag, ROW, self._known.row)
            yield from self._element_columns(tag)
            for name in {name for name, _ in loops}:
                if next(over_rows for loop, over_rows in reversed(loops) if loop == name):
                    yield from self._members(tag, name, self._known.mapping)
            loop = _FOR.match(tag.body) if tag.is_statement else None
            if loop is not None:
                loops.append((loop[1], _OVER_ROWS.fullmatch(loop[2].strip()) is not None))
            elif tag.is_statement and tag.body.startswith("for "):
                loops.append(("", False))
            elif tag.is_statement and tag.body.startswith("endfor") and loops:
                loops.pop()

    def _members(self, tag: Tag, name: str, columns: Sequence[str]) -> Iterator[FieldProblem]:
        yield from self._check(tag, re.compile(rf"(?<![\w.]){re.escape(name)}{_MEMBER}"), columns)

    def _element_columns(self, tag: Tag) -> Iterator[FieldProblem]:
        yield from self._check(tag, _ROWS_ELEMENT, self._known.mapping)
        if re.search(rf"(?<![\w.]){ROWS}\b", without_strings(tag.text)):
            yield from self._check(tag, _ATTRIBUTE, self._known.mapping)

    def _check(self, tag: Tag, use: re.Pattern[str], columns: Sequence[str]) -> Iterator[FieldProblem]:
        for found in use.finditer(tag.text):
            column = next(name for name in found.groups() if name is not None)
            if column not in columns:
                hint = self._known.did_you_mean(column, columns)
                yield self._problem("unknown_column", f'The row has no column "{column}".{hint}', tag.start)

    def _problem(self, code: str, message: str, position: int) -> FieldProblem:
        return FieldProblem(field=self._field, message=message, code=code, line=line_of(self._source, position))
