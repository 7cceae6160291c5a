"""Automations from their first name to a published revision; every change is audited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tank.domain.automation import Automation, Definition, Revision
from tank.domain.errors import Conflict, FieldProblem, Invalid
from tank.domain.ids import new_id
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb, Tables
from tank.services.audit_trail import note
from tank.services.definition_checks import DefinitionChecks
from tank.services.definition_data import definition_sha256
from tank.services.definition_texts import MAX_NAME, check_texts, checked_name, checked_text

#: How many copies of one name get a number by themselves.
_MOST_COPIES = 1000


class Automations:
    """Making, naming, switching, copying, publishing and deleting automations."""

    def __init__(self, db: LogsDb, clock: Clock, checks: DefinitionChecks) -> None:
        self._db = db
        self._clock = clock
        self._checks = checks

    def get(self, automation_id: UUID) -> Automation:
        """Raises ``NotFound``."""
        with self._db.read() as tables:
            return tables.automations.get(automation_id)

    def create(self, name: str, *, by: str, description: str = "", definition: Definition | None = None) -> Automation:
        """A new automation with an empty or a given draft. Raises ``Invalid``; ``Conflict`` where the name is taken."""
        name, description = checked_name(name), checked_text(description, field="description")
        draft = definition or Definition()
        check_texts(draft)
        with self._db.write() as tables:
            return self._add(tables, name, description, draft, by=by, action="automation.create", detail={"name": name})

    def describe(
        self, automation_id: UUID, *, by: str, name: str | None = None, description: str | None = None
    ) -> Automation:
        """Rename it or change its description. Raises ``NotFound``, ``Invalid`` and ``Conflict``."""
        changes: dict[str, str] = {}
        if name is not None:
            changes["name"] = checked_name(name)
        if description is not None:
            changes["description"] = checked_text(description, field="description")
        with self._db.write() as tables:
            before = tables.automations.get(automation_id)
            now = self._clock.now()
            tables.automations.change(
                automation_id, at=now, name=changes.get("name"), description=changes.get("description")
            )
            detail = {key: [getattr(before, key), value] for key, value in changes.items()}
            note(tables, "automation.describe", automation_id, by=by, at=now, detail=detail)
            return tables.automations.get(automation_id)

    def set_enabled(self, automation_id: UUID, enabled: bool, *, by: str) -> Automation:
        """A disabled automation starts no jobs; one that runs goes on. Raises ``NotFound``."""
        with self._db.write() as tables:
            now = self._clock.now()
            tables.automations.change(automation_id, at=now, enabled=enabled)
            note(tables, f"automation.{'enable' if enabled else 'disable'}", automation_id, by=by, at=now)
            return tables.automations.get(automation_id)

    def duplicate(self, automation_id: UUID, *, by: str, name: str | None = None) -> Automation:
        """A new automation with the same draft, unpublished and without schedules.

        Without a name it gets that of the original and a number. Raises ``NotFound``, ``Invalid`` and ``Conflict``.
        """
        with self._db.write() as tables:
            original = tables.automations.get(automation_id)
            wanted = checked_name(name) if name is not None else _free_name(tables, original.name)
            return self._add(
                tables,
                wanted,
                original.description,
                original.draft,
                by=by,
                action="automation.duplicate",
                detail={"name": wanted, "original": str(automation_id)},
            )

    def delete(self, automation_id: UUID, *, by: str) -> None:
        """Delete it with its revisions and schedules. Raises ``NotFound``, and ``Conflict`` where it has run."""
        with self._db.write() as tables:
            name = tables.automations.get(automation_id).name
            for schedule in tables.schedules.of(automation_id):
                tables.schedules.delete(schedule.id)
            tables.automations.delete(automation_id)
            note(tables, "automation.delete", automation_id, by=by, at=self._clock.now(), detail={"name": name})

    # Publishing

    def problems(self, automation_id: UUID) -> list[FieldProblem]:
        """What keeps the draft from being published; empty when nothing does. Asks the databases."""
        return self._checks.problems(self.get(automation_id).draft)

    def publish(
        self, automation_id: UUID, *, by: str, message: str = "", expected_version: int | None = None
    ) -> Revision:
        """Make the draft an immutable revision, which later jobs run.

        Raises ``NotFound``; ``Invalid`` (``not_publishable``) with every problem; ``Conflict`` where the draft changed
        meanwhile (``draft_version_conflict``) or is the active revision already (``nothing_to_publish``).
        """
        message = checked_text(message, field="note")
        seen = self.get(automation_id)
        if expected_version is not None and seen.draft_version != expected_version:
            raise _changed_meanwhile(seen.draft_version, expected_version)
        _require_difference(seen)
        self._require_complete(seen)
        with self._db.write() as tables:
            now = tables.automations.get(automation_id)
            if now.draft_version != seen.draft_version:
                raise _changed_meanwhile(now.draft_version, seen.draft_version)
            _require_difference(now)  # somebody may have published it while the databases were asked
            return self._publish(tables, now, by=by, message=message)

    def ensure_published(self, automation_id: UUID, *, by: str) -> UUID:
        """The active revision; a complete draft is published the first time (DESIGN section 2).

        Raises ``NotFound``, and ``Invalid`` (``not_publishable``) with every problem.
        """
        seen = self.get(automation_id)
        if seen.active_revision_id is not None:
            return seen.active_revision_id
        self._require_complete(seen)
        with self._db.write() as tables:
            now = tables.automations.get(automation_id)
            if now.active_revision_id is not None:
                return now.active_revision_id
            if now.draft_version != seen.draft_version:
                raise _changed_meanwhile(now.draft_version, seen.draft_version)
            return self._publish(tables, now, by=by, message="").id

    def _require_complete(self, automation: Automation) -> None:
        if problems := self._checks.problems(automation.draft):
            raise Invalid(
                f"The automation {automation.name} is not complete: "
                + "; ".join(f"{problem.field}: {problem.message}" for problem in problems[:3])
                + (f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""),
                problems=problems,
                remedy="Mend what is listed, then publish again.",
                code="not_publishable",
            )

    def _publish(self, tables: Tables, automation: Automation, *, by: str, message: str) -> Revision:
        revision = Revision(
            id=new_id(),
            automation_id=automation.id,
            number=(automation.active_revision_number or 0) + 1,
            definition=automation.draft,
            sha256=definition_sha256(automation.draft),
            note=message,
            published_by=by,
            published_at=self._clock.now(),
        )
        tables.automations.publish(revision)
        detail = {"revision": revision.number, "sha256": revision.sha256}
        note(tables, "automation.publish", automation.id, by=by, at=revision.published_at, detail=detail)
        return revision

    def _add(
        self,
        tables: Tables,
        name: str,
        description: str,
        draft: Definition,
        *,
        by: str,
        action: str,
        detail: Mapping[str, Any],
    ) -> Automation:
        now = self._clock.now()
        automation = Automation(
            id=new_id(),
            name=name,
            description=description,
            draft=draft,
            draft_version=1,
            created_at=now,
            updated_at=now,
        )
        tables.automations.add(automation)
        note(tables, action, automation.id, by=by, at=now, detail=detail)
        return automation


def _free_name(tables: Tables, name: str) -> str:
    for number in range(2, _MOST_COPIES):
        suffix = f" ({number})"
        candidate = name[: MAX_NAME - len(suffix)] + suffix
        if tables.automations.named(candidate) is None:
            return candidate
    raise Conflict(f"There are too many copies of “{name}”.", remedy="Give the copy a name.", code="name_taken")


def _require_difference(automation: Automation) -> None:
    if not automation.draft_differs:
        raise Conflict(f"The draft is revision {automation.active_revision_number} already.", code="nothing_to_publish")


def _changed_meanwhile(now: int, seen: int) -> Conflict:
    return Conflict(
        f"The draft changed meanwhile: it is at version {now}, you saw {seen}.",
        remedy="Look at the draft again, then publish.",
        code="draft_version_conflict",
    )
