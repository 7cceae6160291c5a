"""Editing the parts of a draft: each is checked before it is saved, and what it breaks elsewhere is told."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from tank.domain.attachment import AttachmentRule
from tank.domain.automation import Automation, Definition, Envelope, Policies, Purpose, TargetColumns, Template
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb
from tank.domain.query import QueryKind, QueryShape
from tank.services.audit_trail import note
from tank.services.definition_checks import (
    QUERY_FIELDS,
    DefinitionChecks,
    Shapes,
    bearable_codes,
    bind_problems,
    column_problems,
)
from tank.services.definition_rules import advertising_problems, general_problems
from tank.services.definition_texts import check_texts

Change = Callable[[Definition], Definition]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A saved draft, and what does not fit together yet."""

    automation: Automation
    #: Problems that do not keep a draft from being saved, but a revision from being published.
    warnings: tuple[FieldProblem, ...] = ()
    #: What the database says of the query that was saved.
    shape: QueryShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryEdit:
    """A query as somebody typed it; fields that are None stay as they are."""

    sql: str
    #: The read connection, or for the update query the write connection.
    connection: str | None = None
    allow_unparsed_sql: bool | None = None


class Drafts:
    """Edits drafts. ``expected_version`` is the draft version that the editor saw (``Conflict`` where it is older).

    Every method raises ``NotFound``, ``Conflict``, and ``Invalid`` with the problems that keep the part from being
    saved.
    """

    def __init__(self, db: LogsDb, clock: Clock, checks: DefinitionChecks) -> None:
        self._db = db
        self._clock = clock
        self._checks = checks

    def save_query(
        self, automation_id: UUID, kind: QueryKind, edit: QueryEdit, *, by: str, expected_version: int | None = None
    ) -> Saved:
        """Save one query, once the database itself has accepted it; an empty mapping or update query removes it.

        Raises ``SourceError`` with the database's own words, ``UnsafeSql``, and ``Invalid`` for a bind that nothing
        provides.
        """
        if kind is QueryKind.TARGET and not edit.sql.strip():
            raise _refused([FieldProblem(field="query", message="The target query is empty.", code="required")])

        def change(now: Definition) -> Definition:
            return _with_query(now, kind, edit)

        changed = self._changed(automation_id, change)
        shape = self._checks.shape(changed, kind)
        shapes, warnings = self._known_shapes(changed, {kind: shape})
        for problem in bind_problems(shapes):
            if problem.field == QUERY_FIELDS[kind]:
                raise _refused([problem])
            warnings.append(problem)
        if kind is not QueryKind.UPDATE:
            warnings += column_problems(changed, shapes)
            warnings += self._checks.template_problems(changed, shapes)
            warnings += self._checks.attachment_problems(changed, shapes)
        part = f"dbio.{kind}"
        return self._save(
            automation_id, change, part, by=by, expected_version=expected_version, warnings=warnings, shape=shape
        )

    def save_template(
        self, automation_id: UUID, template: Template, *, by: str, expected_version: int | None = None
    ) -> Saved:
        """Save the template. Syntax errors refuse it, and so do unknown variables once the target query is known."""

        def change(now: Definition) -> Definition:
            return replace(now, template=template)

        changed = self._changed(automation_id, change)
        shapes, warnings = self._known_shapes(changed)
        problems = self._checks.template_problems(changed, shapes)
        warnings += self._refuse(problems, bearable=bearable_codes(changed, shapes))
        warnings += advertising_problems(changed)
        return self._save(
            automation_id, change, "template", by=by, expected_version=expected_version, warnings=warnings
        )

    def save_attachments(
        self, automation_id: UUID, rules: Sequence[AttachmentRule], *, by: str, expected_version: int | None = None
    ) -> Saved:
        """Save the attachment rules, under the same terms as a template."""

        def change(now: Definition) -> Definition:
            return replace(now, attachments=tuple(rules))

        changed = self._changed(automation_id, change)
        shapes, warnings = self._known_shapes(changed)
        problems = self._checks.attachment_problems(changed, shapes)
        warnings += self._refuse(problems, bearable=bearable_codes(changed, shapes))
        return self._save(
            automation_id, change, "attachments", by=by, expected_version=expected_version, warnings=warnings
        )

    def save_columns(
        self, automation_id: UUID, columns: TargetColumns, *, by: str, expected_version: int | None = None
    ) -> Saved:
        """Save what the target's columns mean; columns that the target query does not return refuse it."""

        def change(now: Definition) -> Definition:
            return replace(now, columns=columns)

        changed = self._changed(automation_id, change)
        shapes, warnings = self._known_shapes(changed)
        self._refuse([problem for problem in column_problems(changed, shapes) if problem.field.startswith("columns")])
        return self._save(automation_id, change, "columns", by=by, expected_version=expected_version, warnings=warnings)

    def save_envelope(
        self, automation_id: UUID, envelope: Envelope, *, by: str, expected_version: int | None = None
    ) -> Saved:
        """Save who the mail is from; what no message can be composed with refuses it."""

        def change(now: Definition) -> Definition:
            return replace(now, envelope=envelope)

        changed = self._changed(automation_id, change)
        self._refuse(self._checks.envelope_problems(changed))
        return self._save(
            automation_id,
            change,
            "envelope",
            by=by,
            expected_version=expected_version,
            warnings=list(advertising_problems(changed)),
        )

    def save_policies(
        self, automation_id: UUID, policies: Policies, *, by: str, expected_version: int | None = None
    ) -> Saved:
        """Save what a run does when things are not as they should be."""
        return self._save_plain(
            automation_id, lambda now: replace(now, policies=policies), "policies", by, expected_version
        )

    def save_general(
        self,
        automation_id: UUID,
        *,
        purpose: Purpose,
        zone: str,
        language: str,
        by: str,
        expected_version: int | None = None,
    ) -> Saved:
        """Save the purpose, the zone and the language."""

        def change(now: Definition) -> Definition:
            return replace(now, purpose=purpose, zone=zone, language=language)

        return self._save_plain(automation_id, change, "general", by, expected_version)

    def replace_all(
        self, automation_id: UUID, definition: Definition, *, by: str, reason: str, expected_version: int | None = None
    ) -> Saved:
        """Replace the whole draft, by a restored revision or a file; what keeps it from running is a warning."""
        check_texts(definition)
        warnings = self._checks.problems(definition)
        return self._save(
            automation_id, lambda _: definition, reason, by=by, expected_version=expected_version, warnings=warnings
        )

    def restore(self, automation_id: UUID, number: int, *, by: str, expected_version: int | None = None) -> Saved:
        """Make the draft what revision ``number`` is."""
        with self._db.read() as tables:
            definition = tables.automations.revision_numbered(automation_id, number).definition
        reason = f"restore revision {number}"
        return self.replace_all(automation_id, definition, by=by, reason=reason, expected_version=expected_version)

    # Behind it

    def _save_plain(
        self, automation_id: UUID, change: Change, part: str, by: str, expected_version: int | None
    ) -> Saved:
        changed = self._changed(automation_id, change)
        self._refuse(list(general_problems(changed)))
        return self._save(
            automation_id,
            change,
            part,
            by=by,
            expected_version=expected_version,
            warnings=list(advertising_problems(changed)),
        )

    def _changed(self, automation_id: UUID, change: Change) -> Definition:
        """The draft after a change, its texts fit to be stored."""
        with self._db.read() as tables:
            changed = change(tables.automations.get(automation_id).draft)
        check_texts(changed)
        return changed

    def _known_shapes(
        self, definition: Definition, known: Mapping[QueryKind, QueryShape | None] | None = None
    ) -> tuple[Shapes, list[FieldProblem]]:
        """What the databases say; where they do not answer, that is a warning and not the editor's fault."""
        warnings: list[FieldProblem] = []
        return self._checks.shapes(definition, warnings, known=known), warnings

    @staticmethod
    def _refuse(problems: Sequence[FieldProblem], *, bearable: Container[str] = ()) -> list[FieldProblem]:
        """Raise ``Invalid``, unless only such problems are left as a draft may have: those are given back."""
        refused = [problem for problem in problems if problem.code not in bearable]
        if refused:
            raise _refused(refused)
        return list(problems)

    def _save(
        self,
        automation_id: UUID,
        change: Change,
        part: str,
        *,
        by: str,
        expected_version: int | None,
        warnings: Sequence[FieldProblem] = (),
        shape: QueryShape | None = None,
    ) -> Saved:
        """Apply the change to the draft as it is now: parts that somebody else saved meanwhile stay."""
        with self._db.write() as tables:
            before = tables.automations.get(automation_id)
            now = self._clock.now()
            draft = change(before.draft)
            seen = before.draft_version if expected_version is None else expected_version
            version = tables.automations.save_draft(automation_id, draft, expected_version=seen, at=now)
            detail: dict[str, object] = {"part": part, "draft_version": version}
            if draft.dbio.allow_unparsed_sql != before.draft.dbio.allow_unparsed_sql:
                detail["allow_unparsed_sql"] = draft.dbio.allow_unparsed_sql
            note(tables, "automation.edit", automation_id, by=by, at=now, detail=detail)
            automation = tables.automations.get(automation_id)
        return Saved(automation=automation, warnings=tuple(warnings), shape=shape)


def _with_query(definition: Definition, kind: QueryKind, edit: QueryEdit) -> Definition:
    dbio = definition.dbio
    if edit.allow_unparsed_sql is not None:
        dbio = replace(dbio, allow_unparsed_sql=edit.allow_unparsed_sql)
    if kind is QueryKind.UPDATE:
        connection = dbio.write_connection if edit.connection is None else edit.connection
        dbio = replace(dbio, update_query=edit.sql, write_connection=connection)
    else:
        connection = dbio.connection if edit.connection is None else edit.connection
        dbio = replace(dbio, connection=connection)
        is_target = kind is QueryKind.TARGET
        dbio = replace(dbio, target_query=edit.sql) if is_target else replace(dbio, mapping_query=edit.sql)
    return replace(definition, dbio=dbio)


def _refused(problems: Sequence[FieldProblem]) -> Invalid:
    return Invalid(
        problems[0].message if len(problems) == 1 else f"{len(problems)} things keep this from being saved.",
        problems=problems,
        remedy="Mend what is listed and save again; the draft is as it was.",
        code="not_saved",
    )
