"""The ledger's snapshots: recipients written down before anyone is mailed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from tank.db.deliveries import DeliveryReads
from tank.db.email_send_log import delivery_payload, email_send_log
from tank.db.job_tables import job, run
from tank.db.many_rows import ManyRows
from tank.db.payloads import seal_payload
from tank.db.quarters import quarter_of
from tank.domain.delivery import DeliveryStatus, NewDelivery
from tank.domain.errors import Invalid
from tank.domain.job import JobState
from tank.domain.shard import LeaseLost

_LOG = email_send_log.c
_SNAPSHOT_COLUMNS = (
    "id", "run_id", "automation_id", "seq", "recipient_key", "email", "name", "status", "error_kind", "error_text",
    "retry_of", "created_at", "finished_at", "quarter",
)  # fmt: skip
_ADD_DELIVERIES = ManyRows(insert(email_send_log).values({name: bindparam(name) for name in _SNAPSHOT_COLUMNS}))
_ADD_PAYLOADS = ManyRows(
    insert(delivery_payload).values(delivery_id=bindparam("delivery_id"), target=bindparam("target"))
)


class SnapshotWrites(DeliveryReads):
    """The part of ``Ledger`` that takes a snapshot in."""

    def add_snapshot(
        self, run_id: UUID, automation_id: UUID, rows: Sequence[NewDelivery], *, fence: int, at: datetime
    ) -> None:
        held = (
            select(job.c.fence)
            .join(run, run.c.job_id == job.c.id)
            .where(run.c.id == run_id, run.c.sealed_at.is_(None), job.c.fence == fence, job.c.state == JobState.RUNNING)
            # On PostgreSQL a claim or a cancel then waits for this chunk: whoever throws the snapshot away sees it.
            .with_for_update(read=True, of=job)
        )
        if self._connection.execute(held).one_or_none() is None:
            raise LeaseLost("Another worker has taken this run over, or it was stopped.")
        try:
            _ADD_DELIVERIES.execute(
                self._connection, [_snapshot_columns(row, run_id, automation_id, at) for row in rows]
            )
        except IntegrityError as error:
            raise self._repeated_key(rows) from error
        _ADD_PAYLOADS.execute(
            self._connection,
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
