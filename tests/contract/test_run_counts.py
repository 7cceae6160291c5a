"""A look at a run: its counts are those of the ledger's rows, and half a million rows are not gone through for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import update

from tank.db.database import Database
from tank.db.job_tables import shard
from tank.db.run_counts import live_query
from tank.domain.delivery import DeliveryStatus, ErrorKind, Intent, NewDelivery, UpdateResult, UpdateStatus
from tank.domain.run import RunCounts
from tank.domain.shard import ShardState
from tank.services.finishing import close_shard, finish_run
from tests.fakes.clock import START, FakeClock
from tests.support.a_run import ARun, a_result, an_intent, an_unsealed_run, claimed, let_leases_run_out, rows
from tests.support.plans import plan_of

SHARD = 4


def counts(db: Database, run: ARun) -> RunCounts:
    """As a look shows them; equal to what the rows say."""
    with db.read() as tables:
        found = tables.runs.get(run.run_id).counts
        deliveries = tables.ledger.page(run.run_id, limit=1_000).items
    by_status = Counter(delivery.status for delivery in deliveries)
    assert {status: getattr(found, status.lower()) for status in DeliveryStatus} == {
        status: by_status[status] for status in DeliveryStatus
    }
    by_update = Counter(delivery.update_query_ok for delivery in deliveries)
    assert [found.update_ok, found.update_pending, found.update_failed, found.update_in_doubt] == [
        by_update[update] for update in (UpdateStatus.Y, UpdateStatus.PENDING, UpdateStatus.N, UpdateStatus.IN_DOUBT)
    ]
    assert found.target == len(deliveries)
    assert found.adds_up
    assert all(type(number) is int for number in (found.sent, found.pending, found.update_ok))
    return found


def a_snapshot(db: Database) -> tuple[ARun, list[NewDelivery]]:
    """Of twelve rows, three were skipped: the first, the fifth, and the last."""
    run = an_unsealed_run(db, has_update=True)
    taken = [
        replace(row, status=DeliveryStatus.SKIPPED, error_kind=ErrorKind.INVALID_ADDRESS)
        if row.seq in (1, 5, 12)
        else row
        for row in rows(12)
    ]
    with db.write() as tables:
        tables.ledger.add_snapshot(run.run_id, run.automation_id, taken, fence=run.fence, at=START)
    return run, taken


def sealed(db: Database) -> ARun:
    run, taken = a_snapshot(db)
    with db.write() as tables:
        shards = tables.runs.seal(run.run_id, target=12, shard_size=SHARD, at=START)
        tables.jobs.release(run.job_id, run.fence)
    return replace(run, deliveries=taken, shards=shards)


def delivered(db: Database, run: ARun, no: int, ends: Sequence[DeliveryStatus]) -> list[Intent]:
    """Hold a shard, send its PENDING rows, and give it back; what it intended."""
    lease = claimed(db, run, no)
    waiting = [d for d in run.deliveries[no * SHARD : (no + 1) * SHARD] if d.status is DeliveryStatus.PENDING]
    intents = [an_intent(delivery) for delivery in waiting]
    with db.write() as tables:
        tables.ledger.record(lease, intents=intents, at=START)
    counts(db, run)
    with db.write() as tables:
        results = [
            a_result(
                intent, end, update_status=UpdateStatus.PENDING if end is DeliveryStatus.SENT else UpdateStatus.NONE
            )
            for intent, end in zip(intents, ends, strict=True)
        ]
        tables.ledger.settle(results)
        updates = tables.ledger.pending_updates(lease, limit=9)
        tables.ledger.settle_updates(
            lease,
            [
                UpdateResult(
                    delivery_id=u.delivery_id, seq=u.seq, status=UpdateStatus.N if u.seq % 2 else UpdateStatus.Y
                )
                for u in updates
            ],
        )
        close_shard(tables, lease, run.job_id, at=START)
    return intents


SENT, FAIL, UNKNOWN = DeliveryStatus.SENT, DeliveryStatus.FAIL, DeliveryStatus.UNKNOWN


def test_they_are_right_at_every_moment_of_a_run(logs_db: Database, clock: FakeClock) -> None:
    unsealed, _ = a_snapshot(logs_db)
    assert counts(logs_db, unsealed).skipped == 3
    run = sealed(logs_db)
    assert counts(logs_db, run).pending == 9
    held = claimed(logs_db, run, 1)
    counts(logs_db, run)
    with logs_db.write() as tables:
        tables.ledger.record(held, intents=[an_intent(run.deliveries[5])], at=START)
    assert counts(logs_db, run).sending == 1
    let_leases_run_out(logs_db, clock)
    lease = claimed(logs_db, run, 1)
    assert (counts(logs_db, run).unknown, counts(logs_db, run).pending) == (1, 8)
    with logs_db.write() as tables:
        tables.shards.release(lease)
    delivered(logs_db, run, 0, [SENT, SENT, FAIL])
    assert (counts(logs_db, run).sent, counts(logs_db, run).fail) == (2, 1)


def test_late_evidence_and_a_replay_move_those_of_a_finished_run(logs_db: Database) -> None:
    run = sealed(logs_db)
    intents = [
        *delivered(logs_db, run, 0, [UNKNOWN, UNKNOWN, UNKNOWN]),
        *delivered(logs_db, run, 1, [SENT, SENT, FAIL]),
    ]
    delivered(logs_db, run, 2, [SENT, SENT, SENT])
    with logs_db.read() as tables:
        assert tables.runs.get(run.run_id).finished_at is not None
    assert (counts(logs_db, run).unknown, counts(logs_db, run).update_failed) == (3, 3)
    with logs_db.write() as tables:
        tables.ledger.settle([a_result(intents[0], FAIL), a_result(intents[1], update_status=UpdateStatus.PENDING)])
        tables.ledger.replay_updates(run.run_id, 2, statuses=[UpdateStatus.N])
    found = counts(logs_db, run)
    assert (found.sent, found.fail, found.unknown) == (6, 2, 1)
    assert (found.update_pending, found.update_failed) == (3, 1)


def test_the_end_of_a_run_trusts_nothing_but_the_rows(logs_db: Database) -> None:
    run = sealed(logs_db)
    with logs_db.write() as tables:
        tables.connection.execute(update(shard).values(state=ShardState.DONE))
    with logs_db.read() as tables:
        assert tables.runs.waiting(run.run_id) == 9
    with pytest.raises(RuntimeError, match="9 of its recipients wait"), logs_db.write() as tables:
        finish_run(tables, run.run_id, at=START)


def test_no_look_goes_through_the_rows(logs_db: Database) -> None:
    plan = plan_of(logs_db, live_query(UUID(int=1)))
    if logs_db.is_sqlite:
        assert "SCAN" not in plan
        assert plan.count("ix_email_send_log_status (run_id=? AND status=? AND seq>? AND seq<?)") == 3
    else:
        assert "Seq Scan on email_send_log" not in plan
