"""The only wiring: what the settings make of the adapters and the services.

An ``Installation`` makes each part when it is first asked for, so that a command pays only for what it uses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tank.clock import SystemClock
from tank.config import Settings
from tank.db import upgrade
from tank.db.database import Database
from tank.db.high_water import HighWaterFile
from tank.db.vault import AesVault, vault_from_file, vault_from_text
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
from tank.services.firing import Firing
from tank.services.high_water import HighWater
from tank.services.jobs import Jobs
from tank.services.pools import DaemonPool
from tank.services.pre_flights import PreFlights
from tank.services.previews import Previews
from tank.services.progress import Progresses
from tank.services.queries import Queries
from tank.services.quotas import Quotas
from tank.services.readiness import Readiness
from tank.services.reports import Reports
from tank.services.rule_trials import RuleTrials
from tank.services.run_kits import RunKits
from tank.services.sample_sends import SampleSends
from tank.services.schedules import Schedules
from tank.services.sent_mails import SentMails
from tank.services.sign_ins import SessionLimits, SignIns
from tank.services.single_sign_on import SingleSignOn
from tank.services.supervision import Supervision
from tank.services.system_settings import SystemSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from tank.engines.local import LocalEngine
    from tank.passwords import Argon2Passwords
    from tank.rendering.lab import ProcessTemplateLab
    from tank.rendering.mime import MimeComposer
    from tank.rendering.spreadsheets import XlsxSpreadsheets
    from tank.rendering.templates import MinijinjaTemplates
    from tank.scheduler.loop import SchedulerLoop
    from tank.senders.outbox_reader import OutboxReader
    from tank.senders.registry import SenderRegistry
    from tank.sources.registry import SourceRegistry
    from tank.storage.local import LocalStorage
    from tank.worker.worker import WorkerProcess

#: Mails that wait in a worker's window hold so many bytes at most: it bounds a worker's memory.
WINDOW_BYTES = 64 << 20
#: Where the build puts the user interface, in a checkout and in the wheel.
UI_FOLDER = Path(__file__).parent / "ui_files" / "app"


class Installation:
    """One installation of Tank, as the settings describe it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        #: Name and password that the demo shows to whoever sits at this machine.
        self.demo_account: tuple[str, str] | None = None

    # Adapters

    @cached_property
    def vault(self) -> AesVault:
        key = self.settings.secret_key
        return vault_from_text(key.get_secret_value()) if key else vault_from_file(self.settings.key_file)

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.database_url, vault=self.vault, clock=self.clock)

    @property
    def database_file(self) -> Path | None:
        """The Logs DB's file, where it is SQLite."""
        return Path(str(self.database.url.database)) if self.database.is_sqlite else None

    @property
    def described_database(self) -> str:
        """Where the Logs DB is, for people."""
        return self.database.url.render_as_string(hide_password=True)

    def upgrade_schema(self) -> str:
        """Bring the Logs DB's tables up to date; the revision that it is at then."""
        return upgrade.upgrade(self.database)

    def require_current_schema(self) -> None:
        """Make the tables of an empty SQLite Logs DB. Raises ``Misconfigured`` for tables of another version."""
        if self.database_file is not None and upgrade.current(self.database) is None:
            upgrade.upgrade(self.database)
        upgrade.require_current(self.database)

    def schema_revisions(self) -> tuple[str | None, str]:
        """The revision that the Logs DB is at (None: empty), and the one that this version of Tank needs."""
        return upgrade.current(self.database), upgrade.latest()

    def backup(self, target: Path) -> None:
        """Copy a SQLite Logs DB while Tank goes on working."""
        upgrade.backup(self.database, target)

    @cached_property
    def storage(self) -> LocalStorage:
        from tank.storage.local import LocalStorage

        if self.settings.storage_root is None:  # one that was named is there or, like a NAS, not mounted
            self.settings.files_dir.mkdir(parents=True, exist_ok=True)
        return LocalStorage(self.settings.files_dir, timeout_seconds=self.settings.storage_deadline_seconds)

    @cached_property
    def sources(self) -> SourceRegistry:
        from tank.sources.registry import SourceRegistry

        return SourceRegistry()

    @cached_property
    def senders(self) -> SenderRegistry:
        from tank.senders.registry import SenderRegistry

        return SenderRegistry(outbox_folder=self.settings.outbox)

    @cached_property
    def outbox(self) -> OutboxReader:
        from tank.senders.outbox_reader import OutboxReader

        return OutboxReader(self.settings.outbox)

    @cached_property
    def spreadsheets(self) -> XlsxSpreadsheets:
        from tank.rendering.spreadsheets import XlsxSpreadsheets

        return XlsxSpreadsheets()

    @cached_property
    def templates(self) -> MinijinjaTemplates:
        from tank.rendering.templates import MinijinjaTemplates

        return MinijinjaTemplates()

    @cached_property
    def lab(self) -> ProcessTemplateLab:
        from tank.rendering.lab import ProcessTemplateLab

        return ProcessTemplateLab()

    @cached_property
    def composer(self) -> MimeComposer:
        from tank.rendering.mime import MimeComposer

        return MimeComposer()

    @cached_property
    def engine(self) -> LocalEngine:
        from tank.engines.local import LocalEngine

        return LocalEngine(self.database)

    # Services

    @cached_property
    def checks(self) -> DefinitionChecks:
        return DefinitionChecks(self.database, self.sources, self.lab, self.composer)

    @cached_property
    def automations(self) -> Automations:
        return Automations(self.database, self.clock, self.checks)

    @cached_property
    def drafts(self) -> Drafts:
        return Drafts(self.database, self.clock, self.checks)

    @cached_property
    def queries(self) -> Queries:
        return Queries(self.database, self.sources)

    @cached_property
    def rule_trials(self) -> RuleTrials:
        return RuleTrials(self.database, self.sources, self.storage, self.clock)

    @cached_property
    def system_settings(self) -> SystemSettings:
        return SystemSettings(self.database, self.clock)

    @cached_property
    def automation_files(self) -> AutomationFiles:
        return AutomationFiles(self.database, self.automations, self.drafts)

    @cached_property
    def connections(self) -> Connections:
        return Connections(self.database, self.clock, self.sources)

    @cached_property
    def sender_profiles(self) -> SenderProfiles:
        return SenderProfiles(self.database, self.clock, self.senders)

    @cached_property
    def quotas(self) -> Quotas:
        return Quotas(self.database, self.senders, self.clock)

    @cached_property
    def previews(self) -> Previews:
        return Previews(self.database, self.sources, self.lab, self.clock)

    @cached_property
    def dry_runs(self) -> DryRuns:
        return DryRuns(
            self.database,
            self.clock,
            sources=self.sources,
            senders=self.senders,
            storage=self.storage,
            lab=self.lab,
            composer=self.composer,
        )

    @cached_property
    def pre_flights(self) -> PreFlights:
        return PreFlights(self.database, self.dry_runs, self.quotas)

    @cached_property
    def sample_sends(self) -> SampleSends:
        return SampleSends(
            self.database,
            self.clock,
            previews=self.previews,
            senders=self.senders,
            storage=self.storage,
            composer=self.composer,
        )

    @cached_property
    def jobs(self) -> Jobs:
        return Jobs(self.database, self.engine, self.automations, self.clock)

    @cached_property
    def progresses(self) -> Progresses:
        return Progresses(self.database, self.clock)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.database, self.clock)

    @cached_property
    def audit_log(self) -> AuditLog:
        return AuditLog(self.database)

    @cached_property
    def sent_mails(self) -> SentMails:
        return SentMails(self.database, storage=self.storage, lab=self.lab, composer=self.composer)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.database, self.clock)

    @cached_property
    def passwords(self) -> Argon2Passwords:
        from tank.passwords import Argon2Passwords

        return Argon2Passwords()

    @cached_property
    def sign_ins(self) -> SignIns:
        from tank.passwords import TotpCodes

        limits = SessionLimits(
            idle=timedelta(minutes=self.settings.session_idle_minutes),
            longest=timedelta(hours=self.settings.session_hours),
        )
        return SignIns(self.database, self.clock, passwords=self.passwords, codes=TotpCodes(), limits=limits)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.database, self.clock, passwords=self.passwords, sign_ins=self.sign_ins)

    @cached_property
    def single_sign_on(self) -> SingleSignOn | None:
        """None where no identity provider is set. Raises ``Misconfigured``."""
        settings = self.settings
        if not settings.oidc_issuer:
            return None
        from tank.api.single_sign_on import CALLBACK
        from tank.oidc import OidcOptions, OidcProvider

        roles, secret = settings.roles_of_groups(), settings.oidc_client_secret
        provider = OidcProvider(
            OidcOptions(
                name=settings.oidc_name,
                issuer=settings.oidc_issuer,
                client_id=settings.oidc_client_id,
                client_secret=secret.get_secret_value() if secret else None,
                redirect_uri=settings.public_url.rstrip("/") + CALLBACK,
                groups_claim=settings.oidc_groups_claim,
            )
        )
        return SingleSignOn(
            self.database,
            self.clock,
            provider=provider,
            roles=roles,
            sign_ins=self.sign_ins,
            vault=self.vault,
        )

    @cached_property
    def api_tokens(self) -> ApiTokens:
        return ApiTokens(self.database, self.clock)

    @cached_property
    def schedules(self) -> Schedules:
        return Schedules(self.database, self.clock, self.automations)

    @cached_property
    def agenda(self) -> Agenda:
        return Agenda(self.database, self.clock)

    @cached_property
    def readiness(self) -> Readiness:
        return Readiness(self.database, self.clock, schema_is_current=lambda: upgrade.is_current(self.database))

    @cached_property
    def high_water(self) -> HighWater:
        return HighWater(self.database, HighWaterFile(self.settings.high_water_path), self.clock)

    # Processes

    def scheduler(self) -> SchedulerLoop:
        from tank.scheduler.loop import SchedulerLoop

        firing = Firing(self.database, self.jobs, self.automations)
        return SchedulerLoop(firing, self.supervision(), self.clock)

    def supervision(self) -> Supervision:
        return Supervision(self.database, self.engine, self.clock)

    def worker(self) -> WorkerProcess:
        """A worker of this process; to be made within its event loop."""
        from tank.worker.worker import WorkerProcess

        return WorkerProcess(
            db=self.database,
            engine=self.engine,
            clock=self.clock,
            sources=self.sources,
            high_water=self.high_water,
            make_kits=self._kits,
        )

    def _kits(self, pool: DaemonPool) -> RunKits:
        return RunKits(
            db=self.database,
            pool=pool,
            clock=self.clock,
            sources=self.sources,
            senders=self.senders,
            storage=self.storage,
            templates=self.templates,
            composer=self.composer,
            byte_limit=WINDOW_BYTES,
        )

    def api(self) -> FastAPI:
        from tank.api.app import ApiSettings, create_app
        from tank.api.services import ApiServices

        services = ApiServices(
            logs_db=self.database,
            clock=self.clock,
            readiness=self.readiness,
            jobs=self.jobs,
            schedules=self.schedules,
            agenda=self.agenda,
            progresses=self.progresses,
            deliveries=self.deliveries,
            sent_mails=self.sent_mails,
            reports=self.reports,
            outbox=self.outbox,
            spreadsheets=self.spreadsheets,
            sample_sends=self.sample_sends,
            dry_runs=self.dry_runs,
            pre_flights=self.pre_flights,
            automations=self.automations,
            drafts=self.drafts,
            automation_files=self.automation_files,
            queries=self.queries,
            previews=self.previews,
            rule_trials=self.rule_trials,
            connections=self.connections,
            sender_profiles=self.sender_profiles,
            quotas=self.quotas,
            system_settings=self.system_settings,
            audit_log=self.audit_log,
            accounts=self.accounts,
            sign_ins=self.sign_ins,
            api_tokens=self.api_tokens,
            single_sign_on=self.single_sign_on,
            demo_account=self.demo_account,
        )
        token = self.settings.api_token
        return create_app(
            services,
            ApiSettings(
                token=token.get_secret_value() if token else None,
                allowed_hosts=[*self.settings.allowed_hosts, self.settings.host],
                trusted_proxies=self.settings.trusted_proxies,
                ui_folder=UI_FOLDER,
            ),
        )

    def close(self) -> None:
        """Close whatever was opened."""
        if "lab" in vars(self):
            self.lab.close()
        if "sources" in vars(self):
            self.sources.close()
        if "database" in vars(self):
            self.database.close()


@contextmanager
def installation(settings: Settings) -> Iterator[Installation]:
    """An installation, closed at the end."""
    opened = Installation(settings)
    try:
        yield opened
    finally:
        opened.close()
