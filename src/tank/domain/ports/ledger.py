"""The half of the Logs DB that runs live in: jobs, runs, shards and deliveries.

``workers.py`` has those who work them off; ``store.py`` the other half, and how transactions are opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tank.domain.attachment import AttachmentRecord, AttachmentStatus
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
from tank.domain.ports.paging import Page
from tank.domain.run import Run, RunPhase, RunTarget
from tank.domain.shard import Shard, ShardLease, UnheldShard
from tank.domain.values import RowValues


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

    def release(self, job_id: UUID, fence: int, *, in_vain: bool = True) -> None:
        """Give it back. A snapshot that was only interrupted (pause, drain) was not ``in_vain``: it counts no start."""

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

    def page(
        self,
        *,
        automation_id: UUID | None = None,
        states: Sequence[JobState] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Run]:
        """Newest first."""

    def last_targets(self, automation_id: UUID, *, limit: int) -> Sequence[RunTarget]:
        """Of runs that asked the target query and ended as SUCCESS or PARTIAL, newest first."""

    def set_columns(self, run_id: UUID, columns: Sequence[str]) -> None: ...

    def set_phase(self, run_id: UUID, phase: RunPhase) -> None: ...

    def set_files_checked(self, run_id: UUID, count: int) -> None: ...

    def seal(self, run_id: UUID, *, target: int, shard_size: int, at: datetime) -> Sequence[Shard]:
        """Fix the target count and make the shards. From then on mails may leave.

        Raises ``LeaseLost`` where the ledger does not hold rows 1 to ``target``, each once.
        """

    def discard_snapshot(self, run_id: UUID, *, fence: int | None, limit: int = 20_000) -> int:
        """Delete some rows of an unsealed snapshot; says how many.

        Raises ``LeaseLost`` unless the job is held with this fence (None: unless it has ended): a worker that was
        frozen must not delete what its successor writes.
        """

    def finish(self, run_id: UUID, *, at: datetime) -> bool:
        """Set ``finished_at`` and the summary once; False where it was set before."""

    def waiting(self, run_id: UUID) -> int:
        """Recipients PENDING or SENDING."""

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

    def unheld(self, *, run_id: UUID | None = None, limit: int = 500) -> Sequence[UnheldShard]:
        """Shards that nobody holds, of one run or of all live ones in turn."""


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

    def settle(self, results: Sequence[Result]) -> int:
        """Write results by their attempt tokens, lease or no lease; says how many were accepted.

        A shard that is DONE is opened again where one of them wants a write-back.
        """

    def skip_pending(self, lease: ShardLease, *, error_kind: ErrorKind, error_text: str, at: datetime) -> int:
        """Turn the shard's PENDING rows into SKIPPED: cancel and abort."""

    def pending_updates(self, lease: ShardLease, *, limit: int) -> Sequence[PendingUpdate]:
        """SENT rows of the shard whose write-back is still to be done, oldest first."""

    def begin_updates(self, lease: ShardLease, delivery_ids: Sequence[UUID], *, at: datetime) -> None:
        """Note that these write-backs are about to be applied. Raises ``LeaseLost``."""

    def settle_updates(self, lease: ShardLease, results: Sequence[UpdateResult]) -> None:
        """Write what became of write-backs; PENDING means known not to have been applied.

        Y is evidence whenever it comes. The rest is dropped where another worker has claimed the shard since: it
        knows more.
        """

    def replayable(self, run_id: UUID, *, statuses: Sequence[UpdateStatus]) -> list[int]:
        """The shards (by number) with failed write-backs that can be done again: their payload is not purged yet."""

    def replay_updates(self, run_id: UUID, no: int, *, statuses: Sequence[UpdateStatus]) -> int:
        """Make the failed write-backs of a shard PENDING again; says how many."""

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

    def failed(
        self,
        run_id: UUID,
        *,
        error_kinds: Sequence[ErrorKind] = (),
        but_for: UUID | None = None,
        after_seq: int = 0,
        limit: int = 1_000,
    ) -> Sequence[tuple[Delivery, RowValues | None]]:
        """FAIL rows that no retry has mailed or tried to, in order, with their target row: what "retry failed" repeats.

        With causes named, rows that were SKIPPED for one of them too: files that came late, an aborted run. Retries
        that the run ``but_for`` makes are left out of account.
        """

    def causes(self, run_id: UUID) -> Sequence[tuple[DeliveryStatus, ErrorKind, str, int]]:
        """Status, kind, provider code and how many, most first."""

    def old_payloads(self, before: datetime, *, after: UUID | None = None, limit: int = 5_000) -> Sequence[UUID]:
        """Deliveries that ended before that moment and still have their payload, in order of their ids."""

    def purge_payloads(self, delivery_ids: Sequence[UUID]) -> None:
        """Delete their payloads, but for those whose write-back is to be done again meanwhile."""
