"""UPDATE_QUERY_OK in the ledger, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tank.db.database import Database
from tank.domain.delivery import UpdateResult, UpdateStatus
from tank.domain.shard import LeaseLost
from tests.fakes.clock import START, FakeClock
from tests.support.a_run import (
    ARun,
    a_result,
    a_sealed_run,
    an_intent,
    claimed,
    let_leases_run_out,
)


def _claim_again(db: Database, run: ARun, clock: FakeClock) -> None:
    let_leases_run_out(db, clock)
    claimed(db, run)


class TestUpdates:
    def _sent(self, db: Database, run: ARun) -> None:
        lease = claimed(db, run)
        intents = [an_intent(delivery) for delivery in run.deliveries]
        with db.write() as tables:
            tables.ledger.record(lease, intents=intents, at=START)
            tables.ledger.settle([a_result(intent, update_status=UpdateStatus.PENDING) for intent in intents])
            tables.shards.release(lease)

    def test_a_shard_is_done_only_when_they_are(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=2, has_update=True)
        self._sent(logs_db, run)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            assert not tables.shards.complete(lease)
            results = [
                UpdateResult(delivery_id=run.deliveries[0].id, seq=1, status=UpdateStatus.Y),
                UpdateResult(delivery_id=run.deliveries[1].id, seq=2, status=UpdateStatus.N, error_text="no row"),
            ]
            tables.ledger.settle_updates(lease, results)
            assert tables.shards.complete(lease)
            counts = tables.runs.get(run.run_id).counts
        assert (counts.update_ok, counts.update_failed, counts.update_pending) == (1, 1, 0)

    def test_one_that_was_begun_is_in_doubt_for_the_next_holder(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=3, has_update=True)
        self._sent(logs_db, run)
        lease = claimed(logs_db, run)
        ids = [delivery.id for delivery in run.deliveries]
        with logs_db.write() as tables:
            tables.ledger.begin_updates(lease, ids[:2], at=START)
            # Known not to have been applied: no doubt about it any more.
            tables.ledger.settle_updates(lease, [UpdateResult(delivery_id=ids[1], seq=2, status=UpdateStatus.PENDING)])
            left = tables.ledger.pending_updates(lease, limit=10)
        assert [(update.delivery_id, update.in_doubt) for update in left] == [
            (ids[0], True),
            (ids[1], False),
            (ids[2], False),
        ]

    def test_a_former_holder_cannot_begin_one(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db, has_update=True)
        self._sent(logs_db, run)
        lease = claimed(logs_db, run)
        _claim_again(logs_db, run, clock)
        with pytest.raises(LeaseLost), logs_db.write() as tables:
            tables.ledger.begin_updates(lease, [run.deliveries[0].id], at=START)

    @pytest.mark.parametrize("status", [UpdateStatus.PENDING, UpdateStatus.N, UpdateStatus.IN_DOUBT])
    def test_what_a_former_holder_did_not_manage_says_nothing(
        self, logs_db: Database, clock: FakeClock, status: UpdateStatus
    ) -> None:
        run = a_sealed_run(logs_db, count=1, has_update=True)
        self._sent(logs_db, run)
        former = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.ledger.begin_updates(former, [run.deliveries[0].id], at=START)
        let_leases_run_out(logs_db, clock)
        holder = claimed(logs_db, run)
        result = UpdateResult(delivery_id=run.deliveries[0].id, seq=1, status=UpdateStatus.Y)
        with logs_db.write() as tables:
            tables.ledger.settle_updates(holder, [result])
            assert tables.shards.complete(holder)
        with logs_db.write() as tables:
            tables.ledger.settle_updates(former, [replace(result, status=status)])
            assert tables.ledger.get(run.deliveries[0].id).update_query_ok is UpdateStatus.Y

    def test_that_it_was_applied_is_evidence_whenever_it_comes(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db, count=1, has_update=True)
        self._sent(logs_db, run)
        former = claimed(logs_db, run)
        let_leases_run_out(logs_db, clock)
        holder = claimed(logs_db, run)
        result = UpdateResult(delivery_id=run.deliveries[0].id, seq=1, status=UpdateStatus.IN_DOUBT)
        with logs_db.write() as tables:
            tables.ledger.settle_updates(holder, [result])
            tables.ledger.settle_updates(former, [replace(result, status=UpdateStatus.Y)])
            assert tables.ledger.get(run.deliveries[0].id).update_query_ok is UpdateStatus.Y

    def test_late_evidence_opens_its_shard_again_for_the_write_back(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db, count=5, shard_size=2, has_update=True)
        former = claimed(logs_db, run, 1)
        intents = [an_intent(delivery) for delivery in run.deliveries[2:4]]
        with logs_db.write() as tables:
            tables.ledger.record(former, intents=intents, at=START)
        let_leases_run_out(logs_db, clock)
        holder = claimed(logs_db, run, 1)
        with logs_db.write() as tables:
            assert tables.shards.complete(holder), "both are UNKNOWN by now"
        with logs_db.write() as tables:
            tables.ledger.settle([a_result(intents[0], update_status=UpdateStatus.PENDING)])
        again = claimed(logs_db, run, 1)
        with logs_db.read() as tables:
            waiting = tables.ledger.pending_updates(again, limit=9)
        assert [update.delivery_id for update in waiting] == [intents[0].delivery_id]

    def test_failed_ones_are_replayed_in_their_shards(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=4, shard_size=2, has_update=True)
        for no in range(2):
            lease = claimed(logs_db, run, no)
            intents = [an_intent(delivery) for delivery in run.deliveries[2 * no : 2 * no + 2]]
            with logs_db.write() as tables:
                tables.ledger.record(lease, intents=intents, at=START)
                tables.ledger.settle([a_result(i, update_status=UpdateStatus.PENDING) for i in intents])
                status = UpdateStatus.Y if no == 0 else UpdateStatus.N
                tables.ledger.settle_updates(
                    lease, [UpdateResult(delivery_id=i.delivery_id, seq=i.seq, status=status) for i in intents]
                )
                assert tables.shards.complete(lease)
        failed = [UpdateStatus.N]
        with logs_db.write() as tables:
            assert tables.ledger.replayable(run.run_id, statuses=failed) == [1]
            assert [tables.ledger.replay_updates(run.run_id, no, statuses=failed) for no in (0, 1, 1)] == [0, 2, 0]
            assert tables.ledger.replayable(run.run_id, statuses=failed) == []
            tables.ledger.purge_payloads([delivery.id for delivery in run.deliveries])
            kept = [tables.ledger.payload(delivery.id) is not None for delivery in run.deliveries]
            assert kept == [False, False, True, True], "what is written back again needs its values"
            tables.shards.reopen(run.run_id, nos=[1])
            assert [one.task.shard_no for one in tables.shards.unheld()] == [1]

    def test_what_lost_its_payload_is_not_replayed(self, logs_db: Database) -> None:
        """It would wait for ever, and its shard with it."""
        run = a_sealed_run(logs_db, count=2, has_update=True)
        self._sent(logs_db, run)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.ledger.settle_updates(
                lease, [UpdateResult(delivery_id=d.id, seq=d.seq, status=UpdateStatus.N) for d in run.deliveries]
            )
            tables.ledger.purge_payloads([run.deliveries[0].id])
            assert tables.ledger.replay_updates(run.run_id, 0, statuses=[UpdateStatus.N]) == 1
            assert [update.seq for update in tables.ledger.pending_updates(lease, limit=9)] == [2]
