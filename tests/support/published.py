"""Automations that are ready to run, for tests that are about something else."""

from __future__ import annotations

from uuid import UUID

from tank.domain.automation import Automation, Definition, Revision
from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ids import new_id
from tank.domain.ports.store import LogsDb
from tests.fakes.clock import START


def a_published_automation(db: LogsDb, name: str = "명세서") -> UUID:
    """Its id; the definition is empty."""
    automation = Automation(
        id=new_id(), name=name, draft=Definition(), draft_version=1, created_at=START, updated_at=START
    )
    revision = Revision(
        id=new_id(),
        automation_id=automation.id,
        number=1,
        definition=automation.draft,
        sha256="0" * 64,
        published_by="kim",
        published_at=START,
    )
    with db.write() as tables:
        tables.automations.add(automation)
        tables.automations.publish(revision)
    return automation.id


class AlwaysPublished:
    """A publisher for automations that have a revision; it says no for those in ``incomplete``."""

    def __init__(self) -> None:
        self.incomplete: set[UUID] = set()
        self.asked: list[UUID] = []

    def ensure_published(self, automation_id: UUID, *, by: str) -> UUID:
        self.asked.append(automation_id)
        if automation_id in self.incomplete:
            problem = FieldProblem(field="template", message="it has no template")
            raise Invalid("The automation is not complete: it has no template.", problems=[problem], code="incomplete")
        return automation_id
