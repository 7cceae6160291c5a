"""The Logs DB: Tank's own database, as the services see it.

``LogsDb.read()`` and ``LogsDb.write()`` open a transaction and hand out its ``Tables``; leaving a write commits,
an exception rolls back. Every method raises ``LogsDbUnavailable`` where the database cannot be reached.
Pages are keyset pages: pass the last page's ``next`` back as ``after``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from tank.domain.audit_chain import ChainHead, Stretch
from tank.domain.automation import Automation, Definition, Revision
from tank.domain.connection import Connection, SenderProfile
from tank.domain.log import AuditEntry, AuditFilter, AuditRecord, SystemErrorRecord
from tank.domain.ports.accounts import AccountTable, ApiTokenTable, LinkTable, SignInTable, TryTable
from tank.domain.ports.ledger import JobTable, Ledger, RunTable, ShardTable
from tank.domain.ports.paging import Page
from tank.domain.ports.workers import RateTable, TaskTable, WorkerTable
from tank.domain.report import ReportSummary
from tank.domain.schedule import Schedule, Slot


class AutomationTable(Protocol):
    """Automations, drafts and revisions."""

    def add(self, automation: Automation) -> None:
        """Raises ``Conflict`` where the name is taken."""

    def get(self, automation_id: UUID) -> Automation:
        """Raises ``NotFound``."""

    def named(self, name: str) -> Automation | None: ...

    def page(self, *, search: str = "", after: str | None = None, limit: int = 50) -> Page[Automation]:
        """By name."""

    def save_draft(self, automation_id: UUID, draft: Definition, *, expected_version: int | None, at: datetime) -> int:
        """The new draft version. Raises ``Conflict`` where somebody saved since ``expected_version``."""

    def change(
        self,
        automation_id: UUID,
        *,
        at: datetime,
        name: str | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> None: ...

    def delete(self, automation_id: UUID) -> None:
        """Raises ``Conflict`` where it has run: what was sent stays accounted for."""

    def publish(self, revision: Revision) -> None:
        """Add a revision and make it the active one."""

    def revision(self, revision_id: UUID) -> Revision: ...

    def revision_numbered(self, automation_id: UUID, number: int) -> Revision: ...

    def revisions(self, automation_id: UUID) -> Sequence[Revision]:
        """Newest first."""


class ConnectionTable(Protocol):
    """Connections; secrets are encrypted on the way in."""

    def add(self, connection: Connection) -> None: ...

    def get(self, connection_id: UUID) -> Connection: ...

    def named(self, name: str) -> Connection | None: ...

    def all(self) -> Sequence[Connection]: ...

    def replace(self, connection: Connection) -> None: ...

    def delete(self, connection_id: UUID) -> None: ...


class SenderTable(Protocol):
    """Sender profiles; secrets are encrypted on the way in."""

    def add(self, sender: SenderProfile) -> None: ...

    def get(self, sender_id: UUID) -> SenderProfile: ...

    def named(self, name: str) -> SenderProfile | None: ...

    def all(self) -> Sequence[SenderProfile]: ...

    def replace(self, sender: SenderProfile) -> None: ...

    def delete(self, sender_id: UUID) -> None: ...


class ScheduleTable(Protocol):
    """Schedules and the record of their slots."""

    def add(self, schedule: Schedule) -> None: ...

    def get(self, schedule_id: UUID) -> Schedule: ...

    def replace(self, schedule: Schedule) -> None: ...

    def delete(self, schedule_id: UUID) -> None: ...

    def of(self, automation_id: UUID) -> Sequence[Schedule]: ...

    def page(self, *, after: str | None = None, limit: int = 50) -> Page[Schedule]: ...

    def due(self, now: datetime, *, limit: int = 100) -> Sequence[Schedule]:
        """Enabled schedules whose ``next_due`` has come."""

    def advance(
        self, schedule_id: UUID, *, expected_done_until: datetime, done_until: datetime, next_due: datetime | None
    ) -> bool:
        """Move on, unless another scheduler already has; says whether it did."""

    def record(self, slot: Slot) -> bool:
        """False where this slot already has a record: another scheduler was first."""

    def slots(self, schedule_id: UUID, *, limit: int = 50) -> Sequence[Slot]:
        """Newest first."""

    def queued(self, *, limit: int = 100) -> Sequence[Slot]:
        """Slots that wait for their automation's active job to end, oldest first."""

    def settle_queued(self, slot: Slot) -> bool:
        """Replace a QUEUED record by what became of it; False where somebody else did."""


class SystemErrorTable(Protocol):
    """SYSTEM_ERROR_LOG."""

    def add(self, error: SystemErrorRecord) -> None: ...

    def page(
        self, *, unacknowledged: bool = False, after: str | None = None, limit: int = 50
    ) -> Page[SystemErrorRecord]:
        """Newest first."""

    def acknowledge(self, error_id: UUID, *, by: str, at: datetime) -> None: ...

    def unacknowledged(self) -> int: ...


class AuditTable(Protocol):
    """AUDIT_LOG: a chain in which each entry holds a hash of all before it."""

    def add(self, entry: AuditEntry) -> None:
        """Append it when the transaction ends (or reads the log), after every entry that was committed by then.

        Appending takes turns, and a turn lasts until its transaction is over: so it comes last.
        """

    def page(
        self, wanted: AuditFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[AuditRecord]:
        """Newest first."""

    def entries(self, wanted: AuditFilter | None = None, *, after: int = 0, limit: int) -> Sequence[AuditRecord]:
        """Those with numbers above ``after``, oldest first."""

    def check(self, after: ChainHead, *, limit: int) -> Stretch:
        """Whether the entries after ``after``, ``limit`` of them at most, carry the chain on."""

    def count(self) -> int: ...


class SettingTable(Protocol):
    """Small facts by name: the company calendar, the global stop, retention."""

    def get(self, name: str) -> Any | None: ...

    def put(self, name: str, value: Any) -> None: ...

    def count_on(self, name: str) -> int:
        """Add one to a number (0 where there is none yet), however many do so at once; the number it is then."""

    def all(self) -> Mapping[str, Any]: ...


class ReportTable(Protocol):
    """Counting, from indexes alone."""

    def summary(
        self, *, since: datetime, until: datetime, zone: str, automation_id: UUID | None = None
    ) -> ReportSummary: ...


class Tables(Protocol):
    """The tables within one transaction."""

    @property
    def automations(self) -> AutomationTable: ...
    @property
    def connections(self) -> ConnectionTable: ...
    @property
    def senders(self) -> SenderTable: ...
    @property
    def schedules(self) -> ScheduleTable: ...
    @property
    def jobs(self) -> JobTable: ...
    @property
    def runs(self) -> RunTable: ...
    @property
    def shards(self) -> ShardTable: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def workers(self) -> WorkerTable: ...
    @property
    def tasks(self) -> TaskTable: ...
    @property
    def rates(self) -> RateTable: ...
    @property
    def system_errors(self) -> SystemErrorTable: ...
    @property
    def audit(self) -> AuditTable: ...
    @property
    def settings(self) -> SettingTable: ...
    @property
    def reports(self) -> ReportTable: ...
    @property
    def accounts(self) -> AccountTable: ...
    @property
    def sign_ins(self) -> SignInTable: ...
    @property
    def links(self) -> LinkTable: ...
    @property
    def api_tokens(self) -> ApiTokenTable: ...
    @property
    def sign_in_tries(self) -> TryTable: ...


class LogsDb(Protocol):
    """The Logs DB."""

    def read(self) -> AbstractContextManager[Tables]: ...

    def write(self) -> AbstractContextManager[Tables]: ...


#: Settings by name.
SENDING_STOPPED = "sending_stopped"
#: How far the ledger has come; a copy of it lies outside the Logs DB.
HIGH_WATER = "high_water"
COMPANY_CALENDAR = "company_calendar"
PAYLOAD_RETENTION_DAYS = "payload_retention_days"
DEFAULT_PAYLOAD_RETENTION = timedelta(days=180)
