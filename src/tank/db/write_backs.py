"""The ledger's write-backs: UPDATE_QUERY_OK, noted before an update begins and after it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, exists, select, update

from tank.db.deliveries import DeliveryReads
from tank.db.email_send_log import delivery_payload, email_send_log
from tank.db.job_tables import shard
from tank.db.many_rows import ManyRows
from tank.db.payloads import unseal_payload
from tank.db.shards import rows_of
from tank.domain.delivery import PendingUpdate, UpdateResult, UpdateStatus
from tank.domain.shard import LeaseLost, ShardLease

_LOG = email_send_log.c

_BEGIN_UPDATE = ManyRows(
    update(email_send_log)
    .where(_LOG.id == bindparam("b_id"), _LOG.update_query_ok == UpdateStatus.PENDING)
    .values(update_begun_at=bindparam("b_at"))
)
_OUTCOME: dict[str, Any] = {"update_query_ok": bindparam("b_update"), "update_error": bindparam("b_text")}
_APPLIED = ManyRows(
    update(email_send_log)
    .where(_LOG.id == bindparam("b_id"), _LOG.update_query_ok != UpdateStatus.NONE)
    .values(_OUTCOME)
)
_IF_PENDING = update(email_send_log).where(_LOG.id == bindparam("b_id"), _LOG.update_query_ok == UpdateStatus.PENDING)
_NOT_APPLIED = ManyRows(_IF_PENDING.values(_OUTCOME))
#: Known not to have been applied: it may begin anew without doubt.
_UNDONE = ManyRows(_IF_PENDING.values(_OUTCOME | {"update_begun_at": None}))


class WriteBackWrites(DeliveryReads):
    """The part of ``Ledger`` that keeps UPDATE_QUERY_OK."""

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
        if delivery_ids:
            _BEGIN_UPDATE.execute(self._connection, [{"b_id": i, "b_at": at} for i in delivery_ids])

    def settle_updates(self, lease: ShardLease, results: Sequence[UpdateResult]) -> None:
        if applied := [_columns(r) for r in results if r.status is UpdateStatus.Y]:
            _APPLIED.execute(self._connection, applied)
        others = [r for r in results if r.status is not UpdateStatus.Y]
        if not others or self._was_claimed_since(lease):
            return
        if judged := [_columns(r) for r in others if r.status is not UpdateStatus.PENDING]:
            _NOT_APPLIED.execute(self._connection, judged)
        if undone := [_columns(r) for r in others if r.status is UpdateStatus.PENDING]:
            _UNDONE.execute(self._connection, undone)

    def _was_claimed_since(self, lease: ShardLease) -> bool:
        fence = (
            select(shard.c.fence)
            .where(shard.c.run_id == lease.shard.run_id, shard.c.no == lease.shard.no)
            .with_for_update(read=True)
        )
        return bool(self._connection.execute(fence).scalar_one() != lease.fence)

    def replayable(self, run_id: UUID, *, statuses: Sequence[UpdateStatus]) -> list[int]:
        within = (_LOG.seq >= shard.c.first_seq, _LOG.seq <= shard.c.last_seq)
        found = select(_LOG.seq).where(*_can_be_replayed(run_id, statuses), *within)
        query = select(shard.c.no).where(shard.c.run_id == run_id, found.correlate(shard).exists()).order_by(shard.c.no)
        return list(self._connection.execute(query).scalars())

    def replay_updates(self, run_id: UUID, no: int, *, statuses: Sequence[UpdateStatus]) -> int:
        of_shard = select(shard.c.first_seq, shard.c.last_seq).where(shard.c.run_id == run_id, shard.c.no == no)
        first, last = self._connection.execute(of_shard).one()
        changed = self._connection.execute(
            update(email_send_log)
            .where(*_can_be_replayed(run_id, statuses), _LOG.seq.between(first, last))
            .values(update_query_ok=UpdateStatus.PENDING, update_error="", update_begun_at=None)
        )
        return changed.rowcount

    def purge_payloads(self, delivery_ids: Sequence[UUID]) -> None:
        # Looked at once more: a replay may have begun since they were found, and it needs the payload.
        pending = select(_LOG.id).where(_LOG.id.in_(delivery_ids), _LOG.update_query_ok == UpdateStatus.PENDING)
        payload_of = delivery_payload.c.delivery_id
        self._connection.execute(
            delete(delivery_payload).where(payload_of.in_(delivery_ids), payload_of.not_in(pending))
        )


def _can_be_replayed(run_id: UUID, statuses: Sequence[UpdateStatus]) -> tuple[Any, ...]:
    """Without its payload, a write-back could only wait for ever."""
    return (
        _LOG.run_id == run_id,
        _LOG.update_query_ok.in_([str(status) for status in statuses]),
        exists().where(delivery_payload.c.delivery_id == _LOG.id),
    )


def _columns(result: UpdateResult) -> dict[str, Any]:
    return {"b_id": result.delivery_id, "b_update": result.status, "b_text": result.error_text}
