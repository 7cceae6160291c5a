"""The ledger's write-backs: UPDATE_QUERY_OK, noted before an update begins and after it has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from tank.db.deliveries import DeliveryReads
from tank.db.email_send_log import delivery_payload, email_send_log
from tank.db.job_tables import shard
from tank.db.payloads import unseal_payload
from tank.db.shards import rows_of
from tank.domain.delivery import PendingUpdate, UpdateResult, UpdateStatus
from tank.domain.shard import LeaseLost, ShardLease

_LOG = email_send_log.c

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
