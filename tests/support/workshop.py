"""The services that make automations, over a Logs DB and a source in memory."""

from __future__ import annotations

from dataclasses import dataclass

from tank.db.database import Database
from tank.domain.automation import Automation, Dbio, Definition, Envelope, TargetColumns, Template
from tank.domain.connection import Connection, ConnectionKind, SenderKind, SenderProfile
from tank.domain.ids import new_id
from tank.rendering.mime import MimeComposer
from tank.services.automation_files import AutomationFiles
from tank.services.automations import Automations
from tank.services.definition_checks import DefinitionChecks
from tank.services.drafts import Drafts
from tests.fakes.clock import START, FakeClock
from tests.fakes.lab import InProcessLab
from tests.fakes.sources import FakeSource, FakeSources

TARGET = "SELECT CUST_ID, EMAIL, NAME FROM CUSTOMER"
MAPPING = "SELECT ITEM, AMOUNT FROM TX WHERE CUST_ID = :CUST_ID"
UPDATE = "UPDATE CUSTOMER SET SENT = :tank_sent_at WHERE CUST_ID = :cust_id"

#: A definition that can be published in a workshop.
COMPLETE = Definition(
    dbio=Dbio(connection="erp", target_query=TARGET, mapping_query=MAPPING, update_query=UPDATE),
    columns=TargetColumns(email="EMAIL", key=("CUST_ID",), name="NAME"),
    template=Template(subject="{{ NAME }}님 명세서", html="<p>{% for r in rows %}{{ r.ITEM }}{% endfor %}</p>"),
    envelope=Envelope(sender="outbox", from_email="statements@example.com", from_name="카드사"),
)


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Everything that a test of automations needs."""

    db: Database
    clock: FakeClock
    source: FakeSource
    sources: FakeSources
    lab: InProcessLab
    checks: DefinitionChecks
    automations: Automations
    drafts: Drafts
    files: AutomationFiles

    def automation(self, definition: Definition = COMPLETE, *, name: str = "명세서") -> Automation:
        return self.automations.create(name, by="kim", definition=definition)

    def audit(self) -> list[tuple[str, str]]:
        """Actor and action of each entry, oldest first."""
        with self.db.read() as tables:
            return [(entry.actor, entry.action) for entry in reversed(tables.audit.page(limit=100).items)]


def open_workshop(db: Database, clock: FakeClock) -> Workshop:
    """A connection ``erp`` whose source knows the queries above, and a sender ``outbox``."""
    source = FakeSource()
    source.answer(TARGET, ("CUST_ID", "EMAIL", "NAME"), [(1, "a@example.com", "김하나"), (2, "b@example.com", "이둘")])
    source.answer(MAPPING, ("ITEM", "AMOUNT"), lambda binds: [(f"item {binds['CUST_ID']!s}", 10)])
    source.accept(UPDATE)
    sources = FakeSources(erp=source)
    with db.write() as tables:
        tables.connections.add(
            Connection(id=new_id(), name="erp", kind=ConnectionKind.SQL, created_at=START, updated_at=START)
        )
        tables.senders.add(
            SenderProfile(id=new_id(), name="outbox", kind=SenderKind.OUTBOX, created_at=START, updated_at=START)
        )
    lab = InProcessLab()
    checks = DefinitionChecks(db, sources, lab, MimeComposer())
    automations, drafts = Automations(db, clock, checks), Drafts(db, clock, checks)
    return Workshop(
        db=db,
        clock=clock,
        source=source,
        sources=sources,
        lab=lab,
        checks=checks,
        automations=automations,
        drafts=drafts,
        files=AutomationFiles(db, automations, drafts),
    )
