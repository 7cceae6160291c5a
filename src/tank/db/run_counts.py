"""Counts of a run, from the ledger's indexes: where a summary is final it is used, and nothing else is kept.

Everybody who watches a run looks each second, and lists look at fifty runs, so a look must not go through half a
million rows. Two kinds of rows make them up, and neither is counted: SENT ones are the target less all others, and
in a shard that nobody has had yet everyone is PENDING whom the snapshot did not skip.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Row, ScalarSelect, Select, func, literal, select, union_all
from sqlalchemy.engine import Connection

from tank.db.email_send_log import IS_UPDATE_LEFT, email_send_log
from tank.db.job_tables import NOT_DONE, shard
from tank.domain.delivery import DeliveryStatus, UpdateStatus
from tank.domain.run import RunCounts

_LOG = email_send_log.c
_WAITING = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)
_NUMBER = func.count().label("number")


def counts_of(connection: Connection, run: Row[Any]) -> RunCounts:
    """How a run stands; ``run`` is its row."""
    if run.summary is not None:
        counts = RunCounts(**run.summary)
        if not (counts.unknown or counts.update_failed or counts.update_in_doubt):
            return counts
        # Evidence may settle an UNKNOWN, and a replay a write-back.
        counts = _since_its_end(connection, run.id, counts)
    elif run.sealed_at is None:
        counts = _of_snapshot(connection, run.id)
    else:
        by_status = _added_up(connection, live_query(run.id))
        counts = _counts(by_status, run.target)
        counts = replace(counts, sent=run.target - sum(by_status.values()))
    return _with_updates(connection, run, counts)


def summary_of(connection: Connection, run: Row[Any]) -> RunCounts:
    """Every row of a run counted where it is, SENT ones too: whether all are accounted for must not be assumed."""
    query = select(_LOG.status, _NUMBER).where(_LOG.run_id == run.id).group_by(_LOG.status)
    by_status = _added_up(connection, query)
    target = run.target if run.sealed_at is not None else sum(by_status.values())
    return _with_updates(connection, run, _counts(by_status, target))


def waiting(connection: Connection, run_id: UUID) -> int:
    """Recipients that have not ended, counted where they are."""
    return sum(_added_up(connection, _by_status(run_id, *_WAITING)).values())


def live_query(run_id: UUID) -> CompoundSelect[Any]:
    """Rows of ``status`` and ``number``, to be added up, of all recipients of a sealed run but the SENT ones."""
    is_begun, is_untouched = shard.c.fence > 0, shard.c.fence == 0
    size = shard.c.last_seq - shard.c.first_seq + 1
    return union_all(
        _by_status(run_id, DeliveryStatus.FAIL, DeliveryStatus.SKIPPED, DeliveryStatus.UNKNOWN),
        _of_shards(run_id, is_begun, DeliveryStatus.PENDING, _in_shard(DeliveryStatus.PENDING)),
        _of_shards(run_id, is_begun, DeliveryStatus.SENDING, _in_shard(DeliveryStatus.SENDING)),
        _of_shards(run_id, is_untouched, DeliveryStatus.PENDING, size - _in_shard(DeliveryStatus.SKIPPED)),
    )


def _of_shards(run_id: UUID, which: Any, status: DeliveryStatus, number: Any) -> Select[Any, Any]:
    return select(literal(status.value), func.coalesce(func.sum(number), 0)).where(
        shard.c.run_id == run_id, NOT_DONE, which
    )


def _in_shard(status: DeliveryStatus) -> ScalarSelect[Any]:
    """A subquery, not a join: a planner could begin a join with the hundreds of thousands of rows."""
    rows = (_LOG.run_id == shard.c.run_id, _LOG.seq >= shard.c.first_seq, _LOG.seq <= shard.c.last_seq)
    return select(func.count()).where(*rows, _LOG.status == status).correlate(shard).scalar_subquery()


def _by_status(run_id: UUID, *statuses: DeliveryStatus) -> Select[Any]:
    """Naming the statuses lets the index by status leave all others alone."""
    return select(_LOG.status, _NUMBER).where(_LOG.run_id == run_id, _LOG.status.in_(statuses)).group_by(_LOG.status)


def _of_snapshot(connection: Connection, run_id: UUID) -> RunCounts:
    """Rows are numbered without gaps as they are written down."""
    last = select(func.coalesce(func.max(_LOG.seq), 0)).where(_LOG.run_id == run_id)
    target = connection.execute(last).scalar_one()
    skipped = _added_up(connection, _by_status(run_id, DeliveryStatus.SKIPPED))[DeliveryStatus.SKIPPED]
    return RunCounts(target=target, pending=target - skipped, skipped=skipped)


def _since_its_end(connection: Connection, run_id: UUID, summary: RunCounts) -> RunCounts:
    """Once a run has ended, rows move only from UNKNOWN to SENT and FAIL (``DELIVERY_TRANSITIONS``)."""
    unknown = _added_up(connection, _by_status(run_id, DeliveryStatus.UNKNOWN))[DeliveryStatus.UNKNOWN]
    if unknown == summary.unknown:
        return summary
    fail = _added_up(connection, _by_status(run_id, DeliveryStatus.FAIL))[DeliveryStatus.FAIL]
    sent = summary.sent + (summary.unknown - unknown) - (fail - summary.fail)
    return replace(summary, sent=sent, fail=fail, unknown=unknown)


def _with_updates(connection: Connection, run: Row[Any], counts: RunCounts) -> RunCounts:
    """Only unfinished and failed updates are indexed; the rest of the SENT rows are Y."""
    if not (run.has_update and counts.sent):
        return counts
    query = (
        select(_LOG.update_query_ok.label("status"), _NUMBER)
        .where(_LOG.run_id == run.id, IS_UPDATE_LEFT)
        .group_by(_LOG.update_query_ok)
    )
    by_status = _added_up(connection, query)
    return replace(
        counts,
        update_pending=by_status[UpdateStatus.PENDING],
        update_failed=by_status[UpdateStatus.N],
        update_in_doubt=by_status[UpdateStatus.IN_DOUBT],
        update_ok=counts.sent - sum(by_status.values()),
    )


def _added_up(connection: Connection, query: Select[Any] | CompoundSelect[Any]) -> Counter[str]:
    numbers: Counter[str] = Counter()
    for status, number in connection.execute(query):
        numbers[status] += int(number)  # PostgreSQL's sums are decimals
    return numbers


def _counts(by_status: Counter[str], target: int) -> RunCounts:
    return RunCounts(target=target, **{status.lower(): number for status, number in by_status.items()})
