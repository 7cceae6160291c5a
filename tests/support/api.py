"""An API over a Logs DB, for tests that speak HTTP to it without a network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from starlette.testclient import TestClient

from tank.api.app import ApiSettings, create_app
from tank.api.services import ApiServices
from tank.db.database import Database
from tank.domain.ports.clock import Clock
from tank.domain.ports.senders import Senders
from tank.domain.ports.sources import Sources
from tank.domain.ports.storage import FileStorage
from tank.engines.local import LocalEngine
from tank.passwords import Argon2Passwords, TotpCodes
from tank.rendering.mime import MimeComposer
from tank.rendering.spreadsheets import XlsxSpreadsheets
from tank.senders.outbox_reader import OutboxReader
from tank.services.accounts import Accounts
from tank.services.agenda import Agenda
from tank.services.api_tokens import ApiTokens
from tank.services.audit_log import AuditLog
from tank.services.automation_files import AutomationFiles
from tank.services.automations import Automations
from tank.services.connections import Connections, SenderProfiles
from tank.services.definition_checks import DefinitionChecks
from tank.services.deliveries import Deliveries
from tank.services.drafts import Drafts
from tank.services.dry_runs import DryRuns
from tank.services.jobs import Jobs
from tank.services.pre_flights import PreFlights
from tank.services.previews import Previews
from tank.services.progress import Progresses
from tank.services.queries import Queries
from tank.services.quotas import Quotas
from tank.services.readiness import Readiness
from tank.services.reports import Reports
from tank.services.rule_trials import RuleTrials
from tank.services.sample_sends import SampleSends
from tank.services.schedules import Schedules
from tank.services.sent_mails import SentMails
from tank.services.sign_ins import SignIns
from tank.services.system_settings import SystemSettings
from tests.fakes.clock import FakeClock
from tests.fakes.lab import InProcessLab
from tests.fakes.senders import FakeSenders
from tests.fakes.sources import FakeSources
from tests.fakes.storage import MemoryStorage

#: What ``api_client`` signs its requests with; it may do everything.
TOKEN = "a-token-for-tests-alone"


class ActiveRevisions:
    """A publisher for automations that are published already."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure_published(self, automation_id: UUID, *, by: str) -> UUID:
        with self._database.read() as tables:
            revision_id = tables.automations.get(automation_id).active_revision_id
        assert revision_id is not None
        return revision_id


@contextmanager
def api_client(
    database: Database,
    settings: ApiSettings | None = None,
    *,
    clock: Clock | None = None,
    outbox: Path | None = None,
    sources: Sources | None = None,
    senders: Senders | None = None,
    storage: FileStorage | None = None,
    signed_in: bool = True,
    quota_seconds: float = 10.0,
) -> Iterator[TestClient]:
    """A client of an API whose services are real, save that no worker takes up its jobs.

    Unless it is to be a stranger's, it sends a token that may do everything.
    """
    clock = clock or FakeClock()
    passwords = Argon2Passwords(memory_kib=8, passes=1)
    sign_ins = SignIns(database, clock, passwords=passwords, codes=TotpCodes())
    lab, composer = InProcessLab(), MimeComposer()
    sources, senders, storage = sources or FakeSources(), senders or FakeSenders({}), storage or MemoryStorage()
    checks = DefinitionChecks(database, sources, lab, composer)
    automations, drafts = Automations(database, clock, checks), Drafts(database, clock, checks)
    quotas = Quotas(database, senders, clock, deadline_seconds=quota_seconds)
    dry_runs = DryRuns(database, clock, sources=sources, senders=senders, storage=storage, lab=lab, composer=composer)
    services = ApiServices(
        automations=automations,
        drafts=drafts,
        automation_files=AutomationFiles(database, automations, drafts),
        queries=Queries(database, sources),
        previews=Previews(database, sources, lab, clock),
        rule_trials=RuleTrials(database, sources, storage, clock),
        connections=Connections(database, clock, sources),
        sender_profiles=SenderProfiles(database, clock, senders),
        quotas=quotas,
        system_settings=SystemSettings(database, clock),
        audit_log=AuditLog(database),
        accounts=Accounts(database, clock, passwords=passwords, sign_ins=sign_ins),
        sign_ins=sign_ins,
        api_tokens=ApiTokens(database, clock),
        logs_db=database,
        clock=clock,
        readiness=Readiness(database, clock, schema_is_current=lambda: True),
        jobs=Jobs(database, LocalEngine(database), ActiveRevisions(database), clock),
        schedules=Schedules(database, clock, ActiveRevisions(database)),
        agenda=Agenda(database, clock),
        progresses=Progresses(database, clock),
        deliveries=Deliveries(database, clock),
        sent_mails=SentMails(database, storage=storage, lab=lab, composer=composer),
        reports=Reports(database, clock),
        spreadsheets=XlsxSpreadsheets(),
        outbox=OutboxReader(outbox or Path("no-outbox")),
        sample_sends=SampleSends(
            database,
            clock,
            previews=Previews(database, sources, lab, clock),
            senders=senders,
            storage=storage,
            composer=composer,
        ),
        dry_runs=dry_runs,
        pre_flights=PreFlights(database, dry_runs, quotas),
    )
    settings = settings or ApiSettings(token=TOKEN)
    headers = {"Authorization": f"Bearer {settings.token}"} if signed_in and settings.token else None
    with TestClient(create_app(services, settings), base_url="http://localhost", headers=headers) as client:
        yield client
