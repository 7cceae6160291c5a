"""Testing the rules: how many recipients have their files, before anybody is mailed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tank.domain.attachment import AttachmentRule
from tank.domain.automation import Definition
from tank.domain.dates import date_variables
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.patterns import parse_name, parse_path
from tank.domain.ports.clock import Clock
from tank.domain.ports.sources import Source, Sources, bind_values
from tank.domain.ports.storage import FileStorage
from tank.domain.ports.store import LogsDb
from tank.domain.query import QueryKind
from tank.domain.values import Row, row_of
from tank.services.attachment_checks import RuleTrialReport, TrialRow, try_rules
from tank.services.attachments import Attachments
from tank.services.run_kits import open_read_source
from tank.services.zones import zone_named

#: All recipients, as far as a run takes them.
MOST_TRIED = 2_000_000
_ARRAY = 500


class RuleTrials:
    """Tries attachment rules on the rows of the target query, read-only."""

    def __init__(self, db: LogsDb, sources: Sources, storage: FileStorage, clock: Clock) -> None:
        self._db = db
        self._sources = sources
        self._storage = storage
        self._clock = clock

    def run(
        self,
        automation_id: UUID,
        *,
        rows: int,
        rules: Sequence[AttachmentRule] | None = None,
        due_at: datetime | None = None,
    ) -> RuleTrialReport:
        """Look for the files of the first ``rows`` recipients. ``rules`` stand in for the draft's own.

        Date variables come from ``due_at`` (now, by default). Raises ``NotFound``, ``Invalid``, ``SourceError``,
        ``UnsafeSql`` and ``StorageError``.
        """
        with self._db.read() as tables:
            definition = tables.automations.get(automation_id).draft
            if not definition.dbio.target_query.strip():
                problem = FieldProblem(
                    field="dbio.target_query", message="There is no target query yet.", code="required"
                )
                raise Invalid(problem.message, problems=[problem], code="required")
            source = open_read_source(tables, definition, self._sources)
        zone: ZoneInfo = zone_named(definition.zone)
        attachments = Attachments(self._storage)
        attachments.forget()
        tried = definition.attachments if rules is None else tuple(rules)
        plan = attachments.plan(tried)
        dates = date_variables((due_at or self._clock.now()).astimezone(zone))
        return try_rules(plan, _rows(source, definition, _names(tried), rows), dates)


def _names(rules: Sequence[AttachmentRule]) -> set[str]:
    """The variables of the rules, folded."""
    found = [variable for rule in rules for variable in parse_path(rule.pattern).variables]
    found += [variable for rule in rules if rule.file_name for variable in parse_name(rule.file_name).variables]
    return {variable.name.casefold() for variable in found}


def _rows(source: Source, definition: Definition, names: set[str], most: int) -> Iterator[TrialRow]:
    dbio = definition.dbio
    source.lint(QueryKind.TARGET, dbio.target_query, allow_unparsed=dbio.allow_unparsed_sql)
    left = most
    with source.stream(dbio.target_query, array_size=_ARRAY) as stream:
        columns = tuple(stream.columns)
        # The mapping query is asked only where a rule takes something from it: one question a recipient is slow.
        needs_mapping = dbio.mapping_query.strip() and not names <= {name.casefold() for name in columns}
        for array in stream:
            targets = [row_of(columns, values) for values in array[:left]]
            firsts = _first_rows(source, definition, targets) if needs_mapping else [None] * len(targets)
            for target, first in zip(targets, firsts, strict=True):
                yield TrialRow(key=_key(definition, target), target=target, first_row=first)
            left -= len(targets)
            if left <= 0:
                return


def _first_rows(source: Source, definition: Definition, targets: Sequence[Row]) -> list[Row | None]:
    dbio = definition.dbio
    source.lint(QueryKind.MAPPING, dbio.mapping_query, allow_unparsed=dbio.allow_unparsed_sql)
    wanted = source.describe(QueryKind.MAPPING, dbio.mapping_query).binds
    binds = [bind_values(wanted, target) for target in targets]
    firsts: list[Row | None] = []
    for answer in source.map_rows(dbio.mapping_query, binds):
        if isinstance(answer, Exception):
            raise answer
        firsts.append(row_of(answer.columns, answer.rows[0]) if answer.rows else None)
    return firsts


def _key(definition: Definition, target: Row) -> str:
    """What the recipient is called: the key columns, or the first column while none is named."""
    names = [name for name in definition.columns.key if name in target] or list(target)[:1]
    return ", ".join(str(target[name]) for name in names)
