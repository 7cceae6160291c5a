"""The ledger's heart: intents before sends, results as evidence.

EMAIL_SEND_LOG is the truth about who was mailed. An intent is committed before the first byte of a mail leaves, so
a crash can leave a row in doubt, never unrecorded; a result is evidence, accepted by its attempt token from whoever
holds it. Beside it: ``snapshots.py``, ``attachments.py``, ``write_backs.py``, and ``deliveries.py`` for people's reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select, update

from tank.db.attachments import AttachmentWrites
from tank.db.email_send_log import delivery_payload, email_send_log
from tank.db.job_tables import job, run, shard
from tank.db.many_rows import ManyRows
from tank.db.payloads import seal_payload, unseal_payload
from tank.db.quarters import quarter_of
from tank.db.settings import setting
from tank.db.shards import open_for_write_backs, rows_of
from tank.db.snapshots import SnapshotWrites
from tank.db.write_backs import WriteBackWrites
from tank.domain.delivery import (
    DeliveryStatus,
    ErrorKind,
    Intent,
    PendingDelivery,
    Refusal,
    Result,
    UpdateStatus,
)
from tank.domain.job import JobState
from tank.domain.ports.store import SENDING_STOPPED
from tank.domain.shard import LeaseLost, NotRunning, ShardLease, ShardState

_LOG = email_send_log.c

_INTEND = ManyRows(
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
_REFUSE = ManyRows(
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
_SETTLE = ManyRows(
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
_RELEASE = ManyRows(
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
_KEEP_MAPPING = ManyRows(
    update(delivery_payload)
    .where(delivery_payload.c.delivery_id == bindparam("b_id"))
    .values(mapping=bindparam("b_mapping"))
)


class Ledger(SnapshotWrites, AttachmentWrites, WriteBackWrites):
    """Implements ``Ledger``; snapshots, attachments, write-backs and the reads for people are inherited."""

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
            _REFUSE.execute(self._connection, [_refusal_columns(refusal, at) for refusal in refusals])
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
        changed = _INTEND.execute(self._connection, [_intent_columns(intent, at) for intent in intents])
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
            _KEEP_MAPPING.execute(self._connection, mapped)
        return tokens if changed == len(intents) else self._standing(intents)

    def _standing(self, intents: Sequence[Intent]) -> set[UUID]:
        """The tokens of those that are written, now or before: this may be the repetition after a lost reply."""
        query = select(_LOG.attempt_token).where(
            # By id, which has an index; a token has none.
            _LOG.id.in_([intent.delivery_id for intent in intents]),
            _LOG.attempt_token.in_([intent.attempt_token for intent in intents]),
            _LOG.status == DeliveryStatus.SENDING,
        )
        return set(self._connection.execute(query).scalars())

    def settle(self, results: Sequence[Result]) -> int:
        releases = [_release_columns(r) for r in results if r.status is DeliveryStatus.PENDING]
        outcomes = [_result_columns(r) for r in results if r.status is not DeliveryStatus.PENDING]
        accepted = 0
        if releases:
            accepted += _RELEASE.execute(self._connection, releases)
        if outcomes:
            accepted += _SETTLE.execute(self._connection, outcomes)
        if to_write_back := [r.delivery_id for r in results if r.update_status is UpdateStatus.PENDING]:
            open_for_write_backs(self._connection, to_write_back)
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
