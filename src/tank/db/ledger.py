"""The ledger's writes: snapshots, intents, results, write-backs.

EMAIL_SEND_LOG is the truth about who was mailed. An intent is committed before the first byte of a mail leaves, so
a crash can leave a row in doubt, never unrecorded; a result is evidence, accepted by its attempt token from whoever
holds it. Reads for people are in ``deliveries.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from tank.db.deliveries import DeliveryReads
from tank.db.email_send_log import attachment_log, delivery_payload, email_send_log
from tank.db.job_tables import job, run, shard
from tank.db.payloads import seal_payload, unseal_payload
from tank.db.quarters import quarter_of
from tank.db.settings import setting
from tank.db.shards import rows_of
from tank.domain.attachment import AttachmentRecord, FileOfTwo
from tank.domain.delivery import (
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
from tank.domain.errors import Invalid
from tank.domain.job import JobState
from tank.domain.ports.secrets import Vault
from tank.domain.ports.store import SENDING_STOPPED
from tank.domain.shard import LeaseLost, NotRunning, ShardLease, ShardState

_LOG = email_send_log.c

#: Statements with one row of parameters each; SQLAlchemy compiles them once.
_INTEND = (
    update(email_send_log)
    .where(_LOG.id == bindparam("b_id"), _LOG.status == DeliveryStatus.PENDING)
    .values(
        status=DeliveryStatus.SENDING,
        attempt_token=bindparam("b_token"),
        intent_at=bindparam("b_at"),
        mime_sha256=bindparam("b_sha256"),
        mime_size=bindparam("b_size"),
        mime_date=bindparam("b_date"),
    )
)
_REFUSE = (
    update(email_send_log)
    .where(_LOG.id == bindparam("b_id"), _LOG.status == DeliveryStatus.PENDING)
    .values(
        status=bindparam("b_status"),
        error_kind=bindparam("b_kind"),
        error_code=bindparam("b_code"),
        error_text=bindparam("b_text"),
        finished_at=bindparam("b_at"),
        quarter=bindparam("b_quarter"),
    )
)
_IS_THIS_ATTEMPT = (_LOG.id == bindparam("b_id"), _LOG.attempt_token == bindparam("b_token"))
_SETTLE = (
    update(email_send_log)
    # UNKNOWN too: evidence may come after the lease was lost and the row given up.
    .where(*_IS_THIS_ATTEMPT, or_(_LOG.status == DeliveryStatus.SENDING, _LOG.status == DeliveryStatus.UNKNOWN))
    .values(
        status=bindparam("b_status"),
        message_id=bindparam("b_message_id"),
        error_kind=bindparam("b_kind"),
        error_code=bindparam("b_code"),
        error_text=bindparam("b_text"),
        update_query_ok=bindparam("b_update"),
        sent_at=bindparam("b_sent_at"),
        finished_at=bindparam("b_at"),
        quarter=bindparam("b_quarter"),
    )
)
_RELEASE = (
    update(email_send_log)
    .where(*_IS_THIS_ATTEMPT, _LOG.status == DeliveryStatus.SENDING)
    .values(
        status=DeliveryStatus.PENDING,
        attempts=_LOG.attempts + bindparam("b_burnt"),
        attempt_token=None,
        error_code=bindparam("b_code"),
        error_text=bindparam("b_text"),
    )
)
_KEEP_MAPPING = (
    update(delivery_payload)
    .where(delivery_payload.c.delivery_id == bindparam("b_id"))
    .values(mapping=bindparam("b_mapping"))
)
_BEGIN_UPDATE = (
    update(email_send_log)
    .where(_LOG.id == bindparam("b_id"), _LOG.update_query_ok == UpdateStatus.PENDING)
    .values(update_begun_at=bindparam("b_at"))
)
_SETTLE_UPDATE = (
    update(email_send_log)
    .where(_LOG.id == bindparam("b_id"))
    .values(update_query_ok=bindparam("b_update"), update_error=bindparam("b_text"))
)


class Ledger(DeliveryReads):
    """Implements ``Ledger``; the reads for people are inherited."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, vault)

    # Snapshot

    def add_snapshot(
        self, run_id: UUID, automation_id: UUID, rows: Sequence[NewDelivery], *, fence: int, at: datetime
    ) -> None:
        held = (
            select(job.c.fence)
            .join(run, run.c.job_id == job.c.id)
            .where(run.c.id == run_id, run.c.sealed_at.is_(None), job.c.fence == fence, job.c.state == JobState.RUNNING)
        )
        if self._connection.execute(held).one_or_none() is None:
            raise LeaseLost("Another worker has taken this run over, or it was stopped.")
        try:
            self._connection.execute(
                insert(email_send_log), [_snapshot_columns(row, run_id, automation_id, at) for row in rows]
            )
        except IntegrityError as error:
            raise self._repeated_key(rows) from error
        self._connection.execute(
            insert(delivery_payload),
            [{"delivery_id": row.id, "target": seal_payload([row.values], self._vault, row.id)} for row in rows],
        )

    def _repeated_key(self, rows: Sequence[NewDelivery]) -> Exception:
        """Name the key, without a further query: on PostgreSQL the transaction has failed already."""
        times = Counter(row.recipient_key for row in rows)
        key, count = times.most_common(1)[0]
        which = repr(key) if count > 1 else f"one of rows {rows[0].seq} to {rows[-1].seq} has a key of a row before"
        return Invalid(
            f"The target query returns a key twice: {which}.",
            remedy="Make the key columns name one recipient each, or the query return each recipient once.",
            code="repeated_key",
        )

    def emails_of_run(self, run_id: UUID, emails: Sequence[str]) -> set[str]:
        query = select(_LOG.email).where(
            _LOG.run_id == run_id, _LOG.email.in_(emails), _LOG.status == DeliveryStatus.PENDING
        )
        return set(self._connection.execute(query).scalars())

    def keys_mailed_since(self, automation_id: UUID, keys: Sequence[str], since: datetime) -> set[str]:
        query = select(_LOG.recipient_key).where(
            _LOG.recipient_key.in_(keys),
            _LOG.automation_id == automation_id,
            _LOG.status.in_([DeliveryStatus.SENT, DeliveryStatus.UNKNOWN, DeliveryStatus.SENDING]),
            _LOG.intent_at >= since,
        )
        return set(self._connection.execute(query).scalars())

    # Delivery

    def pending(self, lease: ShardLease, *, after_seq: int, limit: int) -> Sequence[PendingDelivery]:
        return self._pending(rows_of(lease.shard), after_seq, limit)

    def payloads(self, run_id: UUID, *, after_seq: int, limit: int) -> Sequence[PendingDelivery]:
        return self._pending((_LOG.run_id == run_id,), after_seq, limit)

    def _pending(self, rows: Iterable[Any], after_seq: int, limit: int) -> Sequence[PendingDelivery]:
        query = (
            select(_LOG.id, _LOG.seq, _LOG.email, _LOG.name, _LOG.attempts, delivery_payload.c.target)
            .join(delivery_payload, delivery_payload.c.delivery_id == _LOG.id)
            .where(*rows, _LOG.seq > after_seq, _LOG.status == DeliveryStatus.PENDING)
            .order_by(_LOG.seq)
            .limit(limit)
        )
        return [
            PendingDelivery(
                id=row.id,
                seq=row.seq,
                email=row.email,
                name=row.name,
                values=unseal_payload(row.target, self._vault, row.id)[0],
                attempts=row.attempts,
            )
            for row in self._connection.execute(query)
        ]

    def record(
        self,
        lease: ShardLease,
        *,
        intents: Sequence[Intent] = (),
        refusals: Sequence[Refusal] = (),
        at: datetime,
    ) -> set[UUID]:
        self._check_may_send(lease)
        files = [(i.delivery_id, i.attachments) for i in intents if i.attachments]
        files += [(r.delivery_id, r.attachments) for r in refusals if r.attachments]
        if files:
            self.log_attachments(lease.shard.run_id, files, at=at)
        if refusals:
            self._connection.execute(_REFUSE, [_refusal_columns(refusal, at) for refusal in refusals])
        return self._intend(intents, at) if intents else set()

    def _check_may_send(self, lease: ShardLease) -> None:
        query = (
            select(
                shard.c.fence,
                shard.c.state,
                shard.c.holder,
                job.c.state.label("job_state"),
                select(setting.c.value).where(setting.c.name == SENDING_STOPPED).scalar_subquery().label("stopped"),
            )
            .join(run, run.c.id == shard.c.run_id)
            .join(job, job.c.id == run.c.job_id)
            .where(shard.c.run_id == lease.shard.run_id, shard.c.no == lease.shard.no)
            # On PostgreSQL a claim or a pause then waits for this commit; SQLite has one writer at a time anyway.
            .with_for_update(read=True, of=[shard, job])
        )
        row = self._connection.execute(query).one()
        if row.fence != lease.fence or row.holder != lease.worker_id or row.state != ShardState.HELD:
            raise LeaseLost("Another worker holds this shard now.")
        if row.job_state != JobState.RUNNING:
            raise NotRunning(f"The job is {row.job_state}.")
        if row.stopped:
            raise NotRunning("All sending is stopped.")

    def _intend(self, intents: Sequence[Intent], at: datetime) -> set[UUID]:
        changed = self._connection.execute(_INTEND, [_intent_columns(intent, at) for intent in intents])
        tokens = {intent.attempt_token for intent in intents}
        mapped = [
            {
                "b_id": intent.delivery_id,
                "b_mapping": seal_payload(
                    [intent.mapping_columns, *intent.mapping_rows], self._vault, intent.delivery_id
                ),
            }
            for intent in intents
            if intent.mapping_columns
        ]
        if mapped:
            self._connection.execute(_KEEP_MAPPING, mapped)
        return tokens if changed.rowcount == len(intents) else self.standing(list(tokens))

    def standing(self, tokens: Sequence[UUID]) -> set[UUID]:
        query = select(_LOG.attempt_token).where(_LOG.attempt_token.in_(tokens), _LOG.status == DeliveryStatus.SENDING)
        return set(self._connection.execute(query).scalars())

    def log_attachments(
        self, run_id: UUID, files: Sequence[tuple[UUID, Sequence[AttachmentRecord]]], *, at: datetime
    ) -> None:
        self._check_claims(run_id, files)
        dialect_insert = sqlite_insert if self._connection.dialect.name == "sqlite" else postgresql_insert
        statement: Any = dialect_insert(attachment_log)
        replaced = ("status", "path", "size", "sha256", "detail", "claim", "at")
        statement = statement.on_conflict_do_update(
            index_elements=["delivery_id", "rule_no"], set_={name: statement.excluded[name] for name in replaced}
        )
        rows = [
            _attachment_columns(delivery_id, record, run_id, at)
            for delivery_id, records in files
            for record in _claimed_once(records)
        ]
        try:
            self._connection.execute(statement, rows)
        except IntegrityError as error:  # two workers at once, on PostgreSQL
            raise FileOfTwo("Two recipients of this run match the same file.") from error

    def _check_claims(self, run_id: UUID, files: Sequence[tuple[UUID, Sequence[AttachmentRecord]]]) -> None:
        owners: dict[bytes, UUID] = {}
        for delivery_id, records in files:
            for record in records:
                if record.claim is not None and owners.setdefault(record.claim, delivery_id) != delivery_id:
                    raise _file_of_two(record.path)
        if not owners:
            return
        query = select(attachment_log.c.claim, attachment_log.c.delivery_id, attachment_log.c.path).where(
            attachment_log.c.run_id == run_id, attachment_log.c.claim.in_(list(owners))
        )
        for claim, owner, path in self._connection.execute(query):
            if owners[bytes(claim)] != owner:
                raise _file_of_two(path)

    def settle(self, results: Sequence[Result]) -> int:
        releases = [_release_columns(r) for r in results if r.status is DeliveryStatus.PENDING]
        outcomes = [_result_columns(r) for r in results if r.status is not DeliveryStatus.PENDING]
        accepted = 0
        if releases:
            accepted += self._connection.execute(_RELEASE, releases).rowcount
        if outcomes:
            accepted += self._connection.execute(_SETTLE, outcomes).rowcount
        return accepted

    def skip_pending(self, lease: ShardLease, *, error_kind: ErrorKind, error_text: str, at: datetime) -> int:
        changed = self._connection.execute(
            update(email_send_log)
            .where(*rows_of(lease.shard), _LOG.status == DeliveryStatus.PENDING)
            .values(
                status=DeliveryStatus.SKIPPED,
                error_kind=error_kind,
                error_text=error_text,
                finished_at=at,
                quarter=quarter_of(at),
            )
        )
        return changed.rowcount

    # Write-back

    def pending_updates(self, lease: ShardLease, *, limit: int) -> Sequence[PendingUpdate]:
        query = (
            select(
                _LOG.id,
                _LOG.seq,
                _LOG.message_id,
                _LOG.sent_at,
                _LOG.update_begun_at,
                delivery_payload.c.target,
                delivery_payload.c.mapping,
            )
            .join(delivery_payload, delivery_payload.c.delivery_id == _LOG.id)
            .where(*rows_of(lease.shard), _LOG.update_query_ok == UpdateStatus.PENDING)
            .order_by(_LOG.seq)
            .limit(limit)
        )
        return [self._pending_update(row) for row in self._connection.execute(query)]

    def _pending_update(self, row: Any) -> PendingUpdate:
        columns, rows = self._mapping_of(row.id, row.mapping)
        return PendingUpdate(
            delivery_id=row.id,
            seq=row.seq,
            values=unseal_payload(row.target, self._vault, row.id)[0],
            mapping_columns=columns,
            mapping_rows=rows,
            message_id=row.message_id,
            sent_at=row.sent_at,
            in_doubt=row.update_begun_at is not None,
        )

    def begin_updates(self, lease: ShardLease, delivery_ids: Sequence[UUID], *, at: datetime) -> None:
        held = select(shard.c.no).where(
            shard.c.run_id == lease.shard.run_id,
            shard.c.no == lease.shard.no,
            shard.c.fence == lease.fence,
            shard.c.holder == lease.worker_id,
        )
        if self._connection.execute(held).one_or_none() is None:
            raise LeaseLost("Another worker holds this shard now.")
        self._connection.execute(_BEGIN_UPDATE, [{"b_id": i, "b_at": at} for i in delivery_ids])

    def settle_updates(self, results: Sequence[UpdateResult]) -> None:
        columns = [{"b_id": r.delivery_id, "b_update": r.status, "b_text": r.error_text} for r in results]
        undone = [row for row in columns if row["b_update"] is UpdateStatus.PENDING]
        done = [row for row in columns if row["b_update"] is not UpdateStatus.PENDING]
        if done:
            self._connection.execute(_SETTLE_UPDATE, done)
        if undone:  # known not to have been applied: it may begin anew without doubt
            self._connection.execute(_SETTLE_UPDATE.values(update_begun_at=None), undone)

    def replay_updates(self, run_id: UUID, *, statuses: Sequence[UpdateStatus]) -> list[int]:
        chosen = (_LOG.run_id == run_id, _LOG.update_query_ok.in_([str(status) for status in statuses]))
        seqs = select(_LOG.seq).where(*chosen)
        query = (
            select(shard.c.no)
            .where(
                shard.c.run_id == run_id,
                seqs.where(_LOG.seq >= shard.c.first_seq, _LOG.seq <= shard.c.last_seq).correlate(shard).exists(),
            )
            .order_by(shard.c.no)
        )
        numbers = list(self._connection.execute(query).scalars())
        self._connection.execute(
            update(email_send_log)
            .where(*chosen)
            .values(update_query_ok=UpdateStatus.PENDING, update_error="", update_begun_at=None)
        )
        return numbers


def _file_of_two(path: str) -> FileOfTwo:
    return FileOfTwo(
        f"Two recipients of this run match the file {path}.",
        remedy="Make the pattern name one recipient's file, or mark the rule as shared if all may have it.",
    )


def _claimed_once(records: Sequence[AttachmentRecord]) -> Iterator[AttachmentRecord]:
    """Two rules of one recipient may find the same file: the recipient's claim to it is one."""
    claims: set[bytes] = set()
    for record in records:
        if record.claim is not None and record.claim in claims:
            yield replace(record, claim=None)
        else:
            claims.update([record.claim] if record.claim is not None else [])
            yield record


def _snapshot_columns(row: NewDelivery, run_id: UUID, automation_id: UUID, at: datetime) -> dict[str, Any]:
    done = row.status.is_final
    return {
        "id": row.id,
        "run_id": run_id,
        "automation_id": automation_id,
        "seq": row.seq,
        "recipient_key": row.recipient_key,
        "email": row.email,
        "name": row.name,
        "status": row.status,
        "error_kind": row.error_kind,
        "error_text": row.error_text,
        "retry_of": row.retry_of,
        "created_at": at,
        "finished_at": at if done else None,
        "quarter": quarter_of(at) if done else None,
    }


def _intent_columns(intent: Intent, at: datetime) -> dict[str, Any]:
    return {
        "b_id": intent.delivery_id,
        "b_token": intent.attempt_token,
        "b_at": at,
        "b_sha256": intent.mime_sha256,
        "b_size": intent.mime_size,
        "b_date": intent.mime_date,
    }


def _refusal_columns(refusal: Refusal, at: datetime) -> dict[str, Any]:
    return {
        "b_id": refusal.delivery_id,
        "b_status": refusal.status,
        "b_kind": refusal.error_kind,
        "b_code": refusal.error_code,
        "b_text": refusal.error_text,
        "b_at": at,
        "b_quarter": quarter_of(at),
    }


def _result_columns(result: Result) -> dict[str, Any]:
    return {
        "b_id": result.delivery_id,
        "b_token": result.attempt_token,
        "b_status": result.status,
        "b_message_id": result.message_id,
        "b_kind": result.error_kind,
        "b_code": result.error_code,
        "b_text": result.error_text,
        "b_update": result.update_status,
        "b_sent_at": result.at if result.status is DeliveryStatus.SENT else None,
        "b_at": result.at,
        "b_quarter": quarter_of(result.at),
    }


def _release_columns(result: Result) -> dict[str, Any]:
    return {
        "b_id": result.delivery_id,
        "b_token": result.attempt_token,
        "b_burnt": int(result.burns_attempt),
        "b_code": result.error_code,
        "b_text": result.error_text,
    }


def _attachment_columns(delivery_id: UUID, record: AttachmentRecord, run_id: UUID, at: datetime) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "rule_no": record.rule_no,
        "run_id": run_id,
        "status": record.status,
        "path": record.path,
        "size": record.size,
        "sha256": record.sha256,
        "detail": record.detail,
        "claim": record.claim,
        "at": at,
    }
