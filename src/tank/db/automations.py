"""Automations, their drafts, and their revisions in the Logs DB."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    RowMapping,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.engine import Connection

from tank.db.integrity import refused_as
from tank.db.metadata import FreeText, Json, UtcDateTime, metadata
from tank.db.paging import keys_of, page_of, token_of
from tank.domain.automation import Automation, Definition, Revision
from tank.domain.errors import Conflict, NotFound
from tank.domain.ports.paging import Page

automation = Table(
    "automation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", FreeText, nullable=False, unique=True),
    Column("description", FreeText, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("draft", Json, nullable=False),
    Column("draft_version", Integer, nullable=False),
    # The number and not the id: a foreign key each way would make a circle.
    Column("active_revision_number", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("automation_id", Uuid, ForeignKey("automation.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("definition", Json, nullable=False),
    Column("sha256", FreeText, nullable=False),
    Column("note", FreeText, nullable=False),
    Column("published_by", FreeText, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    UniqueConstraint("automation_id", "number"),
)

#: The same table where a parameter or method is called ``revision``.
_REVISION = revision
_DEFINITION: TypeAdapter[Definition] = TypeAdapter(Definition)


class AutomationTable:
    """Implements ``domain.ports.store.AutomationTable``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, item: Automation) -> None:
        with _name_taken(item.name):
            self._connection.execute(
                insert(automation).values(
                    id=item.id,
                    name=item.name,
                    description=item.description,
                    enabled=item.enabled,
                    draft=_to_json(item.draft),
                    draft_version=item.draft_version,
                    active_revision_number=item.active_revision_number,
                    created_at=item.created_at,
                    updated_at=item.updated_at,
                )
            )

    def get(self, automation_id: UUID) -> Automation:
        row = self._one(_with_active().where(automation.c.id == automation_id))
        if row is None:
            raise NotFound.of("automation", automation_id)
        return _automation(row)

    def named(self, name: str) -> Automation | None:
        row = self._one(_with_active().where(automation.c.name == name))
        return None if row is None else _automation(row)

    def page(self, *, search: str = "", after: str | None = None, limit: int = 50) -> Page[Automation]:
        query = _with_active().order_by(automation.c.name).limit(limit + 1)
        if search:
            query = query.where(
                or_(
                    automation.c.name.icontains(search, autoescape=True),
                    automation.c.description.icontains(search, autoescape=True),
                )
            )
        if after is not None:
            query = query.where(automation.c.name > keys_of(after, str)[0])
        items = [_automation(row) for row in self._connection.execute(query).mappings()]
        return page_of(items, limit=limit, token=lambda item: token_of(item.name))

    def save_draft(self, automation_id: UUID, draft: Definition, *, expected_version: int | None, at: datetime) -> int:
        change = (
            update(automation)
            .where(automation.c.id == automation_id)
            .values(draft=_to_json(draft), draft_version=automation.c.draft_version + 1, updated_at=at)
            .returning(automation.c.draft_version)
        )
        if expected_version is not None:
            change = change.where(automation.c.draft_version == expected_version)
        version = self._connection.execute(change).scalar_one_or_none()
        if version is not None:
            return int(version)
        now = self.get(automation_id).draft_version
        raise Conflict(
            f"Somebody saved this draft meanwhile: it is at version {now}, your change is of {expected_version}.",
            remedy="Load the draft again, repeat your change, and save.",
            code="draft_version_conflict",
        )

    def change(
        self,
        automation_id: UUID,
        *,
        at: datetime,
        name: str | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> None:
        wanted = {"name": name, "description": description, "enabled": enabled}
        values: dict[str, Any] = {key: value for key, value in wanted.items() if value is not None}
        with _name_taken(name or ""):
            done = self._connection.execute(
                update(automation).where(automation.c.id == automation_id).values(**values, updated_at=at)
            )
        if done.rowcount == 0:
            raise NotFound.of("automation", automation_id)

    def delete(self, automation_id: UUID) -> None:
        with refused_as(
            "This automation has run: what it sent stays accounted for, so it cannot be deleted.",
            code="automation_has_run",
            remedy="Disable it instead.",
        ):
            self._connection.execute(delete(_REVISION).where(_REVISION.c.automation_id == automation_id))
            done = self._connection.execute(delete(automation).where(automation.c.id == automation_id))
        if done.rowcount == 0:
            raise NotFound.of("automation", automation_id)

    def publish(self, revision: Revision) -> None:
        with refused_as(
            f"Somebody published revision {revision.number} of this automation meanwhile.",
            code="revision_conflict",
            remedy="Look at the active revision, and publish again if your draft should replace it.",
        ):
            self._connection.execute(
                insert(_REVISION).values(
                    id=revision.id,
                    automation_id=revision.automation_id,
                    number=revision.number,
                    definition=_to_json(revision.definition),
                    sha256=revision.sha256,
                    note=revision.note,
                    published_by=revision.published_by,
                    published_at=revision.published_at,
                )
            )
        self._connection.execute(
            update(automation)
            .where(automation.c.id == revision.automation_id)
            .values(active_revision_number=revision.number, updated_at=revision.published_at)
        )

    def revision(self, revision_id: UUID) -> Revision:
        row = self._one(select(_REVISION).where(_REVISION.c.id == revision_id))
        if row is None:
            raise NotFound.of("revision", revision_id)
        return _revision(row)

    def revision_numbered(self, automation_id: UUID, number: int) -> Revision:
        row = self._one(
            select(_REVISION).where(_REVISION.c.automation_id == automation_id, _REVISION.c.number == number)
        )
        if row is None:
            raise NotFound.of("revision", number)
        return _revision(row)

    def revisions(self, automation_id: UUID) -> list[Revision]:
        query = select(_REVISION).where(_REVISION.c.automation_id == automation_id).order_by(_REVISION.c.number.desc())
        return [_revision(row) for row in self._connection.execute(query).mappings()]

    def _one(self, query: Select[Any]) -> RowMapping | None:
        return self._connection.execute(query).mappings().one_or_none()


def _with_active() -> Select[Any]:
    active = _REVISION
    joined = automation.outerjoin(
        active,
        and_(active.c.automation_id == automation.c.id, active.c.number == automation.c.active_revision_number),
    )
    return select(
        automation, active.c.id.label("active_revision_id"), active.c.definition.label("active_definition")
    ).select_from(joined)


def _automation(row: RowMapping) -> Automation:
    draft = _from_json(row["draft"])
    # Compared as definitions, not as text: a field that a later version of Tank adds is no difference.
    differs = row["active_definition"] is None or _from_json(row["active_definition"]) != draft
    return Automation(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        enabled=row["enabled"],
        draft=draft,
        draft_version=row["draft_version"],
        active_revision_id=row["active_revision_id"],
        active_revision_number=row["active_revision_number"],
        draft_differs=differs,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _revision(row: RowMapping) -> Revision:
    return Revision(
        id=row["id"],
        automation_id=row["automation_id"],
        number=row["number"],
        definition=_from_json(row["definition"]),
        sha256=row["sha256"],
        note=row["note"],
        published_by=row["published_by"],
        published_at=row["published_at"],
    )


def _to_json(definition: Definition) -> Any:
    return _DEFINITION.dump_python(definition, mode="json")


def _from_json(document: Any) -> Definition:
    """A definition as it was stored; fields that are newer than the document take their defaults."""
    return _DEFINITION.validate_python(document)


def _name_taken(name: str) -> Any:
    return refused_as(
        f"There already is an automation named “{name}”.", code="name_taken", remedy="Choose another name."
    )
