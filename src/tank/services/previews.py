"""Previews: what a draft's mail looks like on real rows, before anyone gets it.

Rows come from the automation's own target and mapping queries, read-only. Rendering happens in the lab: a draft
is whatever somebody is typing just now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tank.domain.automation import Definition, Template
from tank.domain.errors import FieldProblem, Invalid, NotFound
from tank.domain.mail import RenderedMail
from tank.domain.ports.clock import Clock
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateLab, TemplateSettings
from tank.domain.ports.sources import RowSet, Source, Sources, bind_values
from tank.domain.ports.store import LogsDb
from tank.domain.query import QueryKind, SourceError
from tank.domain.values import Row, RowValues, Value, row_of
from tank.services.run_kits import open_read_source

#: Rows that are looked through for the worst ones.
WORST_OF = 200


class PreviewReason(StrEnum):
    """Why a row was chosen."""

    SAMPLE = "sample"
    KEY = "key"
    LONGEST_VALUE = "longest_value"
    MOST_NULLS = "most_nulls"
    MOST_MAPPING_ROWS = "most_mapping_rows"
    #: The first row whose mapping query or template fails.
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedMail:
    """One recipient's mail, or why there is none, with the rows that it is made of."""

    reasons: tuple[PreviewReason, ...]
    #: 1-based place in the target query's answer.
    row_number: int
    target: Row
    mapping: tuple[Row, ...]
    mail: RenderedMail | None
    #: Why the mail cannot be made for this row; empty where it can.
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Mails of chosen rows, and what is wrong with the template whatever the row."""

    mails: tuple[PreviewedMail, ...]
    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A target row with its mapping rows, or with the error of the mapping query."""

    number: int
    target: Row
    mapping: tuple[Row, ...]
    error: str = ""


class Previews:
    """Makes previews. Every method raises ``NotFound``, ``SourceError``, ``UnsafeSql``, and ``Invalid`` where the
    template does not compile or the queries have no row to show. ``template`` stands in for the draft's own;
    ``due_at`` is the moment that date variables come from (now, by default)."""

    def __init__(self, db: LogsDb, sources: Sources, lab: TemplateLab, clock: Clock) -> None:
        self._db = db
        self._sources = sources
        self._lab = lab
        self._clock = clock

    def sample(
        self,
        automation_id: UUID,
        *,
        template: Template | None = None,
        row_number: int = 1,
        due_at: datetime | None = None,
    ) -> Preview:
        """The mail of a row by its place in the target query's answer."""
        bench = self._bench(automation_id, template, due_at)
        rows = bench.source.sample(bench.target_query, {}, limit=row_number)
        if len(rows.rows) < row_number:
            raise _no_row(f"The target query returns {len(rows.rows):,} rows; there is no row {row_number} to show.")
        found = bench.mapped(rows.columns, [(row_number, rows.rows[-1])])
        return self._preview(bench, rows.columns, found, lambda _: {PreviewReason.SAMPLE: 0})

    def of_key(
        self,
        automation_id: UUID,
        key: Sequence[str],
        *,
        template: Template | None = None,
        due_at: datetime | None = None,
    ) -> Preview:
        """The mail of the recipient whose key columns hold these texts, in their order."""
        bench = self._bench(automation_id, template, due_at)
        columns, number, row = bench.find(tuple(key))
        found = bench.mapped(columns, [(number, row)])
        return self._preview(bench, columns, found, lambda _: {PreviewReason.KEY: 0})

    def worst(
        self,
        automation_id: UUID,
        *,
        template: Template | None = None,
        rows: int = WORST_OF,
        due_at: datetime | None = None,
    ) -> Preview:
        """The mails most likely to look wrong among the first rows: longest value, most NULLs, most details, errors."""
        bench = self._bench(automation_id, template, due_at)
        sample = bench.source.sample(bench.target_query, {}, limit=rows)
        if not sample.rows:
            raise _no_row("The target query returns no rows, so there is nothing to show.")
        found = bench.mapped(sample.columns, list(enumerate(sample.rows, 1)))
        return self._preview(bench, sample.columns, found, lambda mails: _worst(found, mails))

    def problems(self, automation_id: UUID, *, template: Template | None = None) -> list[FieldProblem]:
        """What is wrong with the template, as far as the queries' columns tell; no row is read."""
        bench = self._bench(automation_id, template, None)
        columns = bench.source.describe(QueryKind.TARGET, bench.target_query).column_names
        return self._problems(bench, columns)

    def _bench(self, automation_id: UUID, template: Template | None, due_at: datetime | None) -> _Bench:
        with self._db.read() as tables:
            definition = tables.automations.get(automation_id).draft
            if not definition.dbio.target_query.strip():
                raise _no_row("The automation has no target query yet, so there is no row to show.")
            source = open_read_source(tables, definition, self._sources)
        return _Bench(definition, template or definition.template, source, due_at or self._clock.now())

    def _preview(
        self,
        bench: _Bench,
        columns: Sequence[str],
        found: Sequence[_Found],
        choose: Callable[[Sequence[RenderedMail | RenderError]], dict[PreviewReason, int]],
    ) -> Preview:
        problems = self._problems(bench, columns)
        outcomes = self._lab.render(
            bench.template, bench.settings, [TemplateContext(target=row.target, rows=row.mapping) for row in found]
        )
        chosen: dict[int, list[PreviewReason]] = {}
        for reason, index in choose(outcomes).items():
            chosen.setdefault(index, []).append(reason)
        mails = tuple(_mail(reasons, found[index], outcomes[index]) for index, reasons in chosen.items())
        return Preview(mails=mails, problems=tuple(problems))

    def _problems(self, bench: _Bench, columns: Sequence[str]) -> list[FieldProblem]:
        return self._lab.problems(bench.template, columns=columns, mapping_columns=bench.mapping_columns)


class _Bench:
    """What one preview works with."""

    def __init__(self, definition: Definition, template: Template, source: Source, due_at: datetime) -> None:
        self.template = template
        self.source = source
        self.target_query = definition.dbio.target_query
        self.settings = TemplateSettings(zone=definition.zone, language=definition.language, due_at=due_at)
        self._definition = definition
        self._mapping_query = definition.dbio.mapping_query
        # The same lint as when it was saved: a draft may hold what was saved before the rules changed.
        allow = definition.dbio.allow_unparsed_sql
        source.lint(QueryKind.TARGET, self.target_query, allow_unparsed=allow)
        self._binds: tuple[str, ...] = ()
        self.mapping_columns: tuple[str, ...] = ()
        if self._mapping_query.strip():
            source.lint(QueryKind.MAPPING, self._mapping_query, allow_unparsed=allow)
            shape = source.describe(QueryKind.MAPPING, self._mapping_query)
            self._binds, self.mapping_columns = shape.binds, shape.column_names

    def mapped(self, columns: Sequence[str], rows: Sequence[tuple[int, RowValues]]) -> list[_Found]:
        """Target rows with the mapping query's answers."""
        targets = [(number, row_of(columns, values)) for number, values in rows]
        if not self._mapping_query.strip():
            return [_Found(number, target, ()) for number, target in targets]
        binds = [bind_values(self._binds, target) for _, target in targets]
        answers = self.source.map_rows(self._mapping_query, binds)
        return [_found(number, target, answer) for (number, target), answer in zip(targets, answers, strict=True)]

    def find(self, key: tuple[str, ...]) -> tuple[tuple[str, ...], int, RowValues]:
        """The columns of the target query, and number and values of the row with this key."""
        names = self._definition.columns.key
        if len(key) != len(names):
            raise Invalid(f"The key consists of {', '.join(names)}: give as many values.", code="bad_key")
        number = 0
        with self.source.stream(self.target_query, array_size=1000) as stream:
            columns = tuple(stream.columns)
            places = [_place(columns, name) for name in names]
            for array in stream:
                for values in array:
                    number += 1
                    if all(_text(values[place]) == text for place, text in zip(places, key, strict=True)):
                        return columns, number, values
        raise NotFound(
            f"None of the target query's {number:,} rows has the key {', '.join(key)}.", code="row_not_found"
        )


def _worst(found: Sequence[_Found], outcomes: Sequence[RenderedMail | RenderError]) -> dict[PreviewReason, int]:
    """For each reason the first row that deserves it most."""

    def most(measure: Callable[[_Found], int]) -> int:
        return max(range(len(found)), key=lambda index: measure(found[index]))

    chosen = {
        PreviewReason.LONGEST_VALUE: most(lambda row: max(map(len, map(_text, _values(row))), default=0)),
        PreviewReason.MOST_NULLS: most(lambda row: sum(value is None for value in _values(row))),
        PreviewReason.MOST_MAPPING_ROWS: most(lambda row: len(row.mapping)),
    }
    for index, (row, outcome) in enumerate(zip(found, outcomes, strict=True)):
        if row.error or isinstance(outcome, RenderError):
            return {PreviewReason.ERROR: index, **chosen}
    return chosen


def _values(row: _Found) -> Iterable[Value]:
    yield from row.target.values()
    for detail in row.mapping:
        yield from detail.values()


def _found(number: int, target: Row, answer: RowSet | SourceError) -> _Found:
    if isinstance(answer, SourceError):
        return _Found(number, target, (), answer.message)
    return _Found(number, target, tuple(row_of(answer.columns, values) for values in answer.rows))


def _mail(reasons: Sequence[PreviewReason], row: _Found, outcome: RenderedMail | RenderError) -> PreviewedMail:
    error = row.error or (outcome.message if isinstance(outcome, RenderError) else "")
    mail = outcome if isinstance(outcome, RenderedMail) and not error else None
    return PreviewedMail(
        reasons=tuple(reasons),
        row_number=row.number,
        target=row.target,
        mapping=row.mapping,
        mail=mail,
        error=error,
    )


def _place(columns: tuple[str, ...], name: str) -> int:
    if name not in columns:
        raise Invalid(f"The target query returns no column {name!r}, which is a key column.", code="unknown_column")
    return columns.index(name)


def _text(value: Value) -> str:
    """A value as people type it and lists show it."""
    return "" if value is None else value.hex() if isinstance(value, bytes) else str(value)


def _no_row(message: str) -> Invalid:
    return Invalid(message, code="no_row_to_show")
