"""The Logs DB: Tank's own database, as the services see it.

``LogsDb.read()`` and ``LogsDb.write()`` open a transaction and hand out its ``Tables``; leaving a write commits,
an exception rolls back. Every method raises ``LogsDbUnavailable`` where the database cannot be reached.
Pages are keyset pages: pass the last page's ``next`` back as ``after``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from tank.domain.attachment import AttachmentRecord, AttachmentStatus
from tank.domain.automation import Automation, Definition, Revision
from tank.domain.connection import Connection, SenderProfile
from tank.domain.delivery import (
    Delivery,
    DeliveryStatus,
    ErrorKind,
    Intent,
    NewDelivery,
    PendingDelivery,
    PendingUpdate,
    Refusal,
    Result,
    UpdateResult,
    UpdateStatus,
)
from tank.domain.job import Job, JobState
from tank.domain.log import AuditEntry, SystemErrorRecord
from tank.domain.report import ReportSummary
from tank.domain.run import Run, RunPhase
from tank.domain.schedule import Schedule, Slot
from tank.domain.shard import Shard, ShardLease
from tank.domain.values import RowValues
from tank.domain.worker import Task, Worker, WorkerState

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Some items, and where the next page begins (None at the end)."""

    items: Sequence[T_co]
    next: str | None = None


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


class JobTable(Protocol):
    """Jobs, and the lease of the worker that takes a job's snapshot."""

    def add(self, job: Job) -> None:
        """Raises ``Conflict`` (code ``job_active``) where the automation already has an active job."""

    def get(self, job_id: UUID) -> Job: ...

    def page(
        self,
        *,
        automation_id: UUID | None = None,
        states: Sequence[JobState] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Job]:
        """Newest first."""

    def active(self, automation_id: UUID) -> Job | None: ...

    def move(
        self,
        job_id: UUID,
        *,
        before: Sequence[JobState],
        after: JobState,
        at: datetime,
        reason_code: str = "",
        reason: str = "",
    ) -> bool:
        """Change the state if it is one of ``before``; says whether it was. Sets ``started_at``, ``finished_at``."""

    def claim(self, job_id: UUID, worker_id: UUID, *, lease_seconds: float, at: datetime) -> int | None:
        """Hold the job for its snapshot: the fence, or None where somebody holds it or it is not to be run."""

    def renew(self, job_id: UUID, fence: int, *, lease_seconds: float) -> bool: ...

    def release(self, job_id: UUID, fence: int) -> None: ...

    def unheld(self, *, limit: int = 100) -> Sequence[Job]:
        """Jobs that are not closed, have no worker and no shard left to wake one for: snapshot or end wait."""

    def paused_since(self, before: datetime, *, but_for: str, limit: int = 100) -> Sequence[Job]:
        """PAUSED jobs of before that moment, except those with the reason code ``but_for``."""

    def close(self, job_id: UUID) -> bool:
        """Note that nothing of the job is left to do; False where it was closed before."""


class RunTable(Protocol):
    """Runs and their counts."""

    def add(self, run: Run, *, has_update: bool) -> None: ...

    def get(self, run_id: UUID) -> Run:
        """With live counts."""

    def of_job(self, job_id: UUID) -> Run | None: ...

    def page(self, *, automation_id: UUID | None = None, after: str | None = None, limit: int = 50) -> Page[Run]:
        """Newest first."""

    def set_columns(self, run_id: UUID, columns: Sequence[str]) -> None: ...

    def set_phase(self, run_id: UUID, phase: RunPhase) -> None: ...

    def set_files_checked(self, run_id: UUID, count: int) -> None: ...

    def seal(self, run_id: UUID, *, shard_size: int, at: datetime) -> Sequence[Shard]:
        """Fix the target count and make the shards. From then on mails may leave."""

    def discard_snapshot(self, run_id: UUID, *, limit: int = 20_000) -> int:
        """Delete some rows of an unsealed snapshot; says how many."""

    def finish(self, run_id: UUID, *, at: datetime) -> bool:
        """Set ``finished_at`` once; False where it was set before."""

    def defects(self, run_id: UUID) -> int:
        """Recipients SKIPPED for a reason other than on purpose."""


class ShardTable(Protocol):
    """Shards and their leases."""

    def claim(self, run_id: UUID, no: int, worker_id: UUID, *, lease_seconds: float, at: datetime) -> ShardLease | None:
        """Take an open shard, or one whose lease ran out; None where somebody holds it or it is done.

        In the same transaction, rows left SENDING become UNKNOWN (WORKER_LOST). A shard whose lease ran out
        counts one crash more.
        """

    def renew(self, leases: Sequence[ShardLease], *, lease_seconds: float) -> list[ShardLease]:
        """Those that are still held, with their new deadlines."""

    def release(self, lease: ShardLease) -> None:
        """Open it again for anyone."""

    def complete(self, lease: ShardLease) -> bool:
        """Mark it DONE if nothing of it is PENDING, SENDING or waits for its update; says whether it is."""

    def crashes(self, run_id: UUID, no: int) -> int:
        """How often a worker was lost with it, the last time included."""

    def forgive(self, run_id: UUID) -> None:
        """Forget the crashes of a run's shards: a person resumed it."""

    def all_done(self, run_id: UUID) -> bool:
        """Whether no shard is left; a writer asks after completing its own."""

    def reopen(self, run_id: UUID, *, nos: Sequence[int]) -> None:
        """Make DONE shards OPEN again: replayed updates."""

    def unheld(self, *, limit: int = 500) -> Sequence[tuple[Task, UUID]]:
        """Tasks for shards of live runs that nobody holds, with the run's automation."""


class Ledger(Protocol):
    """EMAIL_SEND_LOG: what is known of each recipient. Intents before sends, results as evidence."""

    def add_snapshot(
        self, run_id: UUID, automation_id: UUID, rows: Sequence[NewDelivery], *, fence: int, at: datetime
    ) -> None:
        """Append a chunk of an unsealed snapshot. Raises ``LeaseLost``; ``Invalid`` where a key repeats."""

    def emails_of_run(self, run_id: UUID, emails: Sequence[str]) -> set[str]:
        """Those of ``emails`` that the unsealed snapshot already mails."""

    def keys_mailed_since(self, automation_id: UUID, keys: Sequence[str], since: datetime) -> set[str]:
        """Those of ``keys`` that this automation SENT, or may have sent, since then."""

    def pending(self, lease: ShardLease, *, after_seq: int, limit: int) -> Sequence[PendingDelivery]: ...

    def payloads(self, run_id: UUID, *, after_seq: int, limit: int) -> Sequence[PendingDelivery]:
        """PENDING rows of a whole run, in order: for phase CHECK_FILES."""

    def record(
        self,
        lease: ShardLease,
        *,
        intents: Sequence[Intent] = (),
        refusals: Sequence[Refusal] = (),
        at: datetime,
    ) -> set[UUID]:
        """Commit intents and refusals under the lease; the tokens whose intent stands.

        Raises ``LeaseLost``, ``NotRunning`` where the job is not RUNNING or all sending is stopped, and
        ``FileOfTwo``. Safe to repeat after a COMMIT whose reply was lost.
        """

    def log_attachments(
        self, run_id: UUID, files: Sequence[tuple[UUID, Sequence[AttachmentRecord]]], *, at: datetime
    ) -> None:
        """Write what was found before the first mail leaves (phase CHECK_FILES). Raises ``FileOfTwo``."""

    def standing(self, tokens: Sequence[UUID]) -> set[UUID]:
        """Which of these intents were committed: read back after a COMMIT whose reply was lost."""

    def settle(self, results: Sequence[Result]) -> int:
        """Write results by their attempt tokens, lease or no lease; says how many were accepted."""

    def skip_pending(self, lease: ShardLease, *, error_kind: ErrorKind, error_text: str, at: datetime) -> int:
        """Turn the shard's PENDING rows into SKIPPED: cancel and abort."""

    def pending_updates(self, lease: ShardLease, *, limit: int) -> Sequence[PendingUpdate]:
        """SENT rows of the shard whose write-back is still to be done, oldest first."""

    def begin_updates(self, lease: ShardLease, delivery_ids: Sequence[UUID], *, at: datetime) -> None:
        """Note that these write-backs are about to be applied. Raises ``LeaseLost``."""

    def settle_updates(self, results: Sequence[UpdateResult]) -> None:
        """Write what became of write-backs; PENDING means known not to have been applied."""

    def replay_updates(self, run_id: UUID, *, statuses: Sequence[UpdateStatus]) -> list[int]:
        """Make failed write-backs PENDING again; the shards (by number) that they are in."""

    def get(self, delivery_id: UUID) -> Delivery: ...

    def page(
        self,
        run_id: UUID,
        *,
        statuses: Sequence[DeliveryStatus] = (),
        error_kinds: Sequence[ErrorKind] = (),
        updates: Sequence[UpdateStatus] = (),
        search: str = "",
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        """In order of the target query; ``search`` is the beginning of an address or a whole key."""

    def retries_of(self, delivery_id: UUID) -> Sequence[Delivery]:
        """Deliveries that repeat this one, oldest first."""

    def attachment_counts(self, run_id: UUID) -> Mapping[AttachmentStatus, int]: ...

    def search(self, text: str, *, limit: int = 50) -> Sequence[Delivery]:
        """Deliveries of all runs by whole address or key, newest first."""

    def payload(self, delivery_id: UUID) -> tuple[RowValues, tuple[str, ...], tuple[RowValues, ...]] | None:
        """The target row, the mapping's columns and rows; None once purged."""

    def attachments(self, delivery_id: UUID) -> Sequence[AttachmentRecord]: ...

    def failed(self, run_id: UUID, *, error_kinds: Sequence[ErrorKind] = ()) -> Iterator[Sequence[Delivery]]:
        """FAIL rows that no retry has mailed or tried to, in chunks: what "retry failed" repeats.

        With causes named, rows that were SKIPPED for one of them too: files that came late, an aborted run.
        """

    def causes(self, run_id: UUID) -> Sequence[tuple[DeliveryStatus, ErrorKind, str, int]]:
        """Status, kind, provider code and how many, most first."""

    def purge_payloads(self, before: datetime, *, limit: int = 5_000) -> int:
        """Delete payloads of deliveries older than retention; says how many."""


class WorkerTable(Protocol):
    """Workers and their heartbeats, timed by a clock that does not jump."""

    def add(self, worker: Worker) -> None: ...

    def beat(self, worker_id: UUID, *, at: datetime, state: WorkerState, doing: str) -> bool:
        """False where the scheduler has given this worker up."""

    def fail_silent(self, *, silent_seconds: float) -> Sequence[Worker]:
        """Mark as FAIL the workers that stopped beating; those that were marked now."""

    def all(self, *, include_gone: bool = False) -> Sequence[Worker]: ...


class TaskTable(Protocol):
    """The queue of the ``local`` engine."""

    def put(self, task: Task) -> None:
        """An equal task that waits is kept once."""

    def take(self, worker_id: UUID, *, lease_seconds: float) -> tuple[int, Task] | None:
        """The oldest task that nobody has, with its number; it comes again when the lease runs out."""

    def extend(self, worker_id: UUID, *, lease_seconds: float) -> None: ...

    def any_free(self) -> bool:
        """A cheap look, in a read, before ``take`` needs a write."""

    def done(self, number: int, worker_id: UUID) -> None: ...

    def give_back(self, number: int, worker_id: UUID, *, delay_seconds: float) -> None: ...


class RateTable(Protocol):
    """One token bucket a sender, shared by all workers."""

    def take(self, sender_id: UUID, *, wanted: int, per_second: float) -> int:
        """How many of ``wanted`` sends may begin now, at the shared rate (at most ``per_second``)."""

    def throttled(self, sender_id: UUID, *, per_second: float) -> float:
        """Halve the shared rate; the rate now. It creeps back by itself."""

    def current(self, sender_id: UUID) -> float | None: ...


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
    """AUDIT_LOG."""

    def add(self, entry: AuditEntry) -> None: ...

    def page(self, *, subject: str | None = None, after: str | None = None, limit: int = 50) -> Page[AuditEntry]:
        """Newest first."""


class SettingTable(Protocol):
    """Small facts by name: the company calendar, the global stop, retention."""

    def get(self, name: str) -> Any | None: ...

    def put(self, name: str, value: Any) -> None: ...

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
