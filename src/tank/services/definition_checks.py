"""Checking a definition against the databases that it reads, and its parts against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from tank.domain.automation import Definition
from tank.domain.errors import FieldProblem, Invalid, Misconfigured, TankError
from tank.domain.ports.rendering import MailComposer, TemplateLab
from tank.domain.ports.sources import TANK_BINDS, Source, Sources
from tank.domain.ports.store import LogsDb
from tank.domain.query import QueryKind, QueryShape, SourceError, UnreadableSql, UnsafeSql
from tank.services.attachment_checks import check_rules
from tank.services.definition_rules import (
    advertising_problems,
    envelope_problems,
    general_problems,
    required_problems,
)
from tank.services.definition_texts import text_problems

#: Which field of a definition holds the text of a query.
QUERY_FIELDS = {
    QueryKind.TARGET: "dbio.target_query",
    QueryKind.MAPPING: "dbio.mapping_query",
    QueryKind.UPDATE: "dbio.update_query",
}
#: What a write-back inserts, more or less, for the database to look at; it is never run.
_MARKER_PROBE = "INSERT INTO TANK_WRITEBACK (delivery_id, applied_at) VALUES (:tank_delivery_id, CURRENT_TIMESTAMP)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """What the databases say of a definition's queries; None where there is no query, or no answer."""

    target: QueryShape | None = None
    mapping: QueryShape | None = None
    update: QueryShape | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return self.target.column_names if self.target else ()

    @property
    def mapping_columns(self) -> tuple[str, ...]:
        return self.mapping.column_names if self.mapping else ()


class DefinitionChecks:
    """Knows whether a definition can run."""

    def __init__(self, db: LogsDb, sources: Sources, lab: TemplateLab, composer: MailComposer) -> None:
        self._db = db
        self._sources = sources
        self._lab = lab
        self._composer = composer

    def shape(self, definition: Definition, kind: QueryKind) -> QueryShape | None:
        """What the database says of one query; None where it is empty.

        Raises ``SourceError`` (the database refused it, or does not answer), ``UnsafeSql``, and ``Invalid`` where the
        connection is not named or does not exist.
        """
        dbio = definition.dbio
        sql = {
            QueryKind.TARGET: dbio.target_query,
            QueryKind.MAPPING: dbio.mapping_query,
            QueryKind.UPDATE: dbio.update_query,
        }[kind]
        if not sql.strip():
            return None
        source = self._source(definition, kind)
        try:
            source.lint(kind, sql, allow_unparsed=dbio.allow_unparsed_sql)
        except UnreadableSql:
            source.describe(kind, sql)  # most often a slip of the pen, which the database names better
            raise
        return source.describe(kind, sql)

    def _source(self, definition: Definition, kind: QueryKind) -> Source:
        """What a query runs on. Raises ``Invalid`` where the connection is not named or does not exist."""
        dbio, is_update = definition.dbio, kind is QueryKind.UPDATE
        field = "dbio.write_connection" if is_update and dbio.write_connection else "dbio.connection"
        name = (dbio.write_connection if is_update else "") or dbio.connection
        with self._db.read() as tables:
            connection = tables.connections.named(name) if name else None
        if connection is None:
            message = f"There is no connection “{name}”." if name else "Choose the connection to run on."
            problem = FieldProblem(field=field, message=message, code="unknown_connection" if name else "required")
            raise Invalid(message, problems=[problem], code=problem.code)
        return self._sources.open(connection)

    def shapes(
        self,
        definition: Definition,
        problems: list[FieldProblem],
        *,
        known: Mapping[QueryKind, QueryShape | None] | None = None,
    ) -> Shapes:
        """What the databases say of all queries but the ``known``; what they refuse is added to ``problems``."""
        found = dict(known or {})
        for kind, field in QUERY_FIELDS.items():
            if kind in found:
                continue
            try:
                found[kind] = self.shape(definition, kind)
            except (SourceError, UnsafeSql, Invalid, Misconfigured) as error:
                problems += _as_problems(error, field, _text_of(definition, kind))
        return Shapes(
            target=found.get(QueryKind.TARGET), mapping=found.get(QueryKind.MAPPING), update=found.get(QueryKind.UPDATE)
        )

    def problems(self, definition: Definition) -> list[FieldProblem]:
        """Everything that keeps a definition from running; empty when it can. Asks the databases."""
        if problems := text_problems(definition):
            return problems
        problems += [
            *general_problems(definition),
            *required_problems(definition),
            *advertising_problems(definition),
            *self.envelope_problems(definition),
        ]
        asked: list[FieldProblem] = []
        shapes = self.shapes(definition, asked)
        problems += asked
        if definition.dbio.target_query.strip() and shapes.target is None:
            return _without_repeats(problems)  # every column would be unknown: say it once
        problems += bind_problems(shapes)
        problems += column_problems(definition, shapes)
        problems += self.template_problems(definition, shapes)
        problems += self.attachment_problems(definition, shapes)
        problems += self._marker_problems(definition, shapes)
        return _without_repeats(problems)

    def template_problems(self, definition: Definition, shapes: Shapes) -> list[FieldProblem]:
        """Syntax errors and unknown variables, with field and line; an empty template has none."""
        template = definition.template
        if not (template.subject or template.html or template.text):
            return []
        return self._lab.problems(template, columns=shapes.columns, mapping_columns=shapes.mapping_columns)

    @staticmethod
    def attachment_problems(definition: Definition, shapes: Shapes) -> list[FieldProblem]:
        """What is wrong with the attachment rules."""
        return check_rules(definition.attachments, columns=shapes.columns, mapping_columns=shapes.mapping_columns)

    def _marker_problems(self, definition: Definition, shapes: Shapes) -> Iterator[FieldProblem]:
        """A marker table that is not there would fail every write-back of the run."""
        if not definition.policies.update_marker or shapes.update is None:
            return
        source = self._source(definition, QueryKind.UPDATE)
        try:
            source.describe(QueryKind.UPDATE, _MARKER_PROBE)
        except SourceError as error:
            yield FieldProblem(
                field="policies.update_marker",
                message=f"The marker table cannot be used: {error.message.rstrip('.')}."
                f" Make it with: {source.marker_ddl()}",
                code="marker_table",
            )

    def envelope_problems(self, definition: Definition) -> list[FieldProblem]:
        """What no message can be composed with, and a sender that does not exist."""
        return [*envelope_problems(definition, self._composer), *self._sender_problems(definition)]

    def _sender_problems(self, definition: Definition) -> Iterator[FieldProblem]:
        name = definition.envelope.sender
        if not name:
            return
        with self._db.read() as tables:
            known = tables.senders.named(name) is not None
        if not known:
            yield FieldProblem(field="envelope.sender", message=f"There is no sender “{name}”.", code="unknown_sender")


def bearable_codes(definition: Definition, shapes: Shapes) -> frozenset[str]:
    """Codes of problems that may go away by themselves once the rest is written, or the source answers again."""
    has_mapping = bool(definition.dbio.mapping_query.strip())
    if shapes.target is None or (has_mapping and shapes.mapping is None):
        return frozenset({"required", "unknown_variable", "unknown_column"})
    # A template may use the rows of a mapping query that is still to be written.
    return frozenset({"required"} if has_mapping else {"required", "unknown_column"})


def bind_problems(shapes: Shapes) -> Iterator[FieldProblem]:
    """Binds that nothing provides: the target query has none, the mapping query takes target columns, the update
    query takes both queries' columns and Tank's own (``TANK_BINDS``)."""
    if shapes.target is None:
        return
    target, mapping = shapes.columns, shapes.mapping_columns
    yield from _unprovided("dbio.target_query", shapes.target, (), "A target query runs without binds.")
    if shapes.mapping:
        yield from _unprovided("dbio.mapping_query", shapes.mapping, target, "The target query has no such column.")
    if shapes.update:
        known = (*target, *mapping, *TANK_BINDS)
        yield from _unprovided("dbio.update_query", shapes.update, known, "Neither query has such a column.")


def _unprovided(field: str, shape: QueryShape, known: Sequence[str], why: str) -> Iterator[FieldProblem]:
    folded = {name.casefold(): name for name in known}
    for bind in shape.binds:
        if bind.casefold() in folded:
            continue
        near = get_close_matches(bind.casefold(), folded, n=1)
        hint = f" Did you mean :{folded[near[0]]}?" if near else ""
        yield FieldProblem(field=field, message=f"Nothing provides the bind :{bind}. {why}{hint}", code="unknown_bind")


def column_problems(definition: Definition, shapes: Shapes) -> Iterator[FieldProblem]:
    """Target columns that the target query does not return, and columns that it returns twice."""
    if shapes.target is None:
        return
    names = shapes.columns
    for name in sorted({name for name in names if names.count(name) > 1}):
        message = f"The query returns two columns named {name}: give one of them another name."
        yield FieldProblem(field="dbio.target_query", message=message, code="repeated_column")
    columns = definition.columns
    wanted = [("email", columns.email), ("name", columns.name)]
    wanted += [(f"key[{number}]", name) for number, name in enumerate(columns.key)]
    for field, name in wanted:
        if name and name not in names:
            near = get_close_matches(name.casefold(), {known.casefold(): known for known in names}, n=1, cutoff=0.5)
            hint = f" It has {', '.join(names[:20])}." if not near else ""
            hint = hint or f" Did you mean {next(known for known in names if known.casefold() == near[0])}?"
            yield FieldProblem(
                field=f"columns.{field}",
                message=f"The target query returns no column {name}.{hint}",
                code="unknown_column",
            )
    if len(set(columns.key)) < len(columns.key):
        yield FieldProblem(field="columns.key", message="A column is named twice.", code="repeated_column")


def _text_of(definition: Definition, kind: QueryKind) -> str:
    return str(getattr(definition.dbio, QUERY_FIELDS[kind].split(".")[1]))


def _as_problems(error: TankError, field: str, sql: str) -> list[FieldProblem]:
    if isinstance(error, Invalid) and error.problems:
        return list(error.problems)
    position = error.position if isinstance(error, SourceError) else None
    code = (error.database_code if isinstance(error, SourceError) else None) or error.code
    line = sql.count("\n", 0, position - 1) + 1 if position else None
    message = f"{error.message} {error.remedy}" if error.remedy else error.message
    return [FieldProblem(field=field, message=message, code=code, line=line, position=position)]


def _without_repeats(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """One problem of a kind for each field and line: two checks may notice that a subject is empty."""
    seen = {(problem.field, problem.line, problem.position, problem.code): problem for problem in reversed(problems)}
    return [replace(problem) for problem in reversed(seen.values())]
