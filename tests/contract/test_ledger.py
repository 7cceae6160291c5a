"""The ledger's promises, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tank.db.database import Database
from tank.db.deliveries import old_payloads_query
from tank.db.email_send_log import email_send_log
from tank.domain.attachment import AttachmentRecord, AttachmentStatus, FileOfTwo
from tank.domain.delivery import DeliveryStatus, ErrorKind, Refusal, UpdateStatus
from tank.domain.errors import Invalid
from tank.domain.ids import new_id
from tank.domain.job import JobState
from tank.domain.ports.store import SENDING_STOPPED, Tables
from tank.domain.shard import LeaseLost, NotRunning
from tank.domain.values import RowValues
from tank.services.finishing import finish_run
from tests.fakes.clock import START, FakeClock
from tests.support.a_run import (
    LEASE_SECONDS,
    ARun,
    a_result,
    a_sealed_run,
    an_intent,
    an_unsealed_run,
    claimed,
    let_leases_run_out,
    rows,
)
from tests.support.at_once import all_at_once
from tests.support.plans import plan_of


def _status(db: Database, run: ARun, index: int = 0) -> DeliveryStatus:
    with db.read() as tables:
        return tables.ledger.get(run.deliveries[index].id).status


def _claim_again(db: Database, run: ARun, clock: FakeClock) -> None:
    let_leases_run_out(db, clock)
    claimed(db, run)


def _cancel(db: Database, run: ARun) -> None:
    with db.write() as tables:
        assert tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=JobState.CANCELLED, at=START)


class TestSnapshot:
    def test_rows_are_counted_once_sealed(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=25, shard_size=10)
        with logs_db.read() as tables:
            found = tables.runs.get(run.run_id)
        assert [(s.first_seq, s.last_seq) for s in run.shards] == [(1, 10), (11, 20), (21, 25)]
        assert (found.counts.target, found.counts.pending) == (25, 25)
        assert found.counts.adds_up

    def test_an_empty_target_has_no_shards(self, logs_db: Database) -> None:
        run = an_unsealed_run(logs_db)
        with logs_db.write() as tables:
            assert tables.runs.seal(run.run_id, target=0, shard_size=10, at=START) == []
            assert tables.shards.all_done(run.run_id)

    def test_a_key_that_repeats_in_a_chunk_is_named(self, logs_db: Database) -> None:
        run = an_unsealed_run(logs_db)
        with pytest.raises(Invalid, match="'C00001'"), logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(2) + rows(1), fence=run.fence, at=START)

    def test_a_key_that_repeats_over_chunks_is_refused(self, logs_db: Database) -> None:
        run = an_unsealed_run(logs_db)
        with logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(2), fence=run.fence, at=START)
        with pytest.raises(Invalid) as caught, logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(1), fence=run.fence, at=START)
        assert caught.value.code == "repeated_key"

    def test_a_former_holder_cannot_add(self, logs_db: Database, clock: FakeClock) -> None:
        run = an_unsealed_run(logs_db)
        let_leases_run_out(logs_db, clock)
        with logs_db.write() as tables:
            assert tables.jobs.claim(run.job_id, new_id(), lease_seconds=LEASE_SECONDS, at=START) == run.fence + 1
        with pytest.raises(LeaseLost), logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(1), fence=run.fence, at=START)

    def test_nothing_is_added_once_sealed(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        with pytest.raises(LeaseLost), logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(1, first=90), fence=run.fence, at=START)

    def test_an_unsealed_snapshot_is_thrown_away_in_chunks(self, logs_db: Database) -> None:
        run = an_unsealed_run(logs_db)
        deliveries = rows(30)
        file = AttachmentRecord(rule_no=0, status=AttachmentStatus.NOT_FOUND, path="x")
        with logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, deliveries, fence=run.fence, at=START)
            tables.ledger.log_attachments(run.run_id, [(deliveries[0].id, [file])], at=START)
        with logs_db.write() as tables:
            assert tables.runs.discard_snapshot(run.run_id, fence=run.fence, limit=20) == 20
            assert tables.runs.discard_snapshot(run.run_id, fence=run.fence, limit=20) == 10
            assert tables.runs.discard_snapshot(run.run_id, fence=run.fence, limit=20) == 0

    @pytest.mark.parametrize("has_ended", [False, True])
    def test_a_sealed_snapshot_is_never_thrown_away(self, logs_db: Database, has_ended: bool) -> None:
        run = a_sealed_run(logs_db)
        if has_ended:
            _cancel(logs_db, run)
        with pytest.raises(LeaseLost), logs_db.write() as tables:
            tables.runs.discard_snapshot(run.run_id, fence=None if has_ended else run.fence)

    def test_a_worker_that_was_frozen_throws_nothing_of_its_successor_away(
        self, logs_db: Database, clock: FakeClock
    ) -> None:
        run = an_unsealed_run(logs_db)
        let_leases_run_out(logs_db, clock)
        with logs_db.write() as tables:
            fence = tables.jobs.claim(run.job_id, new_id(), lease_seconds=LEASE_SECONDS, at=START)
            assert fence is not None
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(3), fence=fence, at=START)
        for stale in (run.fence, None):
            with pytest.raises(LeaseLost), logs_db.write() as tables:
                tables.runs.discard_snapshot(run.run_id, fence=stale)
        with logs_db.write() as tables:
            assert len(tables.runs.seal(run.run_id, target=3, shard_size=10, at=START)) == 1

    def test_what_an_ended_job_left_is_thrown_away(self, logs_db: Database) -> None:
        run = an_unsealed_run(logs_db)
        with logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, rows(3), fence=run.fence, at=START)
        _cancel(logs_db, run)
        with logs_db.write() as tables:
            assert tables.runs.discard_snapshot(run.run_id, fence=None) == 3

    @pytest.mark.parametrize("lost", ["the first", "the last"])
    def test_a_snapshot_that_lacks_a_row_is_not_sealed(self, logs_db: Database, lost: str) -> None:
        run = an_unsealed_run(logs_db)
        left = rows(2, first=2) if lost == "the first" else rows(2)
        with logs_db.write() as tables:
            tables.ledger.add_snapshot(run.run_id, run.automation_id, left, fence=run.fence, at=START)
        with pytest.raises(LeaseLost, match="Of 3 recipients"), logs_db.write() as tables:
            tables.runs.seal(run.run_id, target=3, shard_size=10, at=START)

    def test_a_run_is_never_finished_while_somebody_waits(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        with pytest.raises(RuntimeError, match="5 of its recipients wait"), logs_db.write() as tables:
            finish_run(tables, run.run_id, at=START)

    def test_a_key_mailed_within_the_period_is_known(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
            tables.ledger.settle([a_result(intent)])
        keys = [delivery.recipient_key for delivery in run.deliveries]
        with logs_db.read() as tables:
            assert tables.ledger.keys_mailed_since(run.automation_id, keys, START - timedelta(hours=1)) == {keys[0]}
            assert tables.ledger.keys_mailed_since(run.automation_id, keys, START + timedelta(hours=1)) == set()
            assert tables.ledger.keys_mailed_since(new_id(), keys, START - timedelta(hours=1)) == set()


class TestIntents:
    def test_an_intent_is_sending(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            assert tables.ledger.record(lease, intents=[intent], at=START) == {intent.attempt_token}
        assert _status(logs_db, run) is DeliveryStatus.SENDING

    def test_repeating_it_changes_nothing(self, logs_db: Database) -> None:
        """A COMMIT whose reply was lost is repeated, and answers the same."""
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intents = [an_intent(delivery) for delivery in run.deliveries[:2]]
        for _ in range(2):
            with logs_db.write() as tables:
                standing = tables.ledger.record(lease, intents=intents, at=START)
            assert standing == {intent.attempt_token for intent in intents}

    def test_a_second_attempt_at_a_sending_row_does_not_stand(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        first, second = an_intent(run.deliveries[0]), an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[first], at=START)
            assert tables.ledger.record(lease, intents=[second], at=START) == set()

    def test_a_former_holder_is_refused(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        _claim_again(logs_db, run, clock)
        with pytest.raises(LeaseLost), logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)
        assert _status(logs_db, run) is DeliveryStatus.PENDING

    @pytest.mark.parametrize("state", [JobState.PAUSED, JobState.CANCELLED, JobState.FAIL])
    def test_none_is_made_unless_the_job_runs(self, logs_db: Database, state: JobState) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=state, at=START)
        with pytest.raises(NotRunning), logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)

    def test_none_is_made_while_all_sending_is_stopped(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.settings.put(SENDING_STOPPED, {"by": "kim"})
        with pytest.raises(NotRunning), logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)
        with logs_db.write() as tables:
            tables.settings.put(SENDING_STOPPED, None)
            assert tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)


class TestResults:
    def test_a_sent_row_keeps_its_message_id(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, has_update=True)
        intent = an_intent(run.deliveries[0])
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
            assert tables.ledger.settle([a_result(intent, update_status=UpdateStatus.PENDING)]) == 1
        with logs_db.read() as tables:
            found = tables.ledger.get(run.deliveries[0].id)
            counts = tables.runs.get(run.run_id).counts
        assert (found.status, found.message_id, found.sent_at) == (DeliveryStatus.SENT, "m-1", START)
        assert (counts.sent, counts.update_pending, counts.update_ok) == (1, 1, 0)

    def test_a_result_of_another_attempt_is_refused(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)
            assert tables.ledger.settle([a_result(an_intent(run.deliveries[0]))]) == 0
        assert _status(logs_db, run) is DeliveryStatus.SENDING

    def test_what_a_lost_worker_had_on_its_way_is_unknown(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)
        _claim_again(logs_db, run, clock)
        with logs_db.read() as tables:
            found = tables.ledger.get(run.deliveries[0].id)
            assert tables.shards.crashes(run.run_id, 0) == 1
        assert (found.status, found.error_kind) == (DeliveryStatus.UNKNOWN, ErrorKind.WORKER_LOST)
        assert _status(logs_db, run, 1) is DeliveryStatus.PENDING

    def test_late_evidence_settles_an_unknown(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
        _claim_again(logs_db, run, clock)
        with logs_db.write() as tables:
            assert tables.ledger.settle([a_result(intent)]) == 1
        assert _status(logs_db, run) is DeliveryStatus.SENT

    def test_a_late_release_does_not_make_an_unknown_pending(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
        _claim_again(logs_db, run, clock)
        with logs_db.write() as tables:
            assert tables.ledger.settle([a_result(intent, DeliveryStatus.PENDING)]) == 0
        assert _status(logs_db, run) is DeliveryStatus.UNKNOWN

    def test_a_release_counts_the_attempt(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
            tables.ledger.settle([a_result(intent, DeliveryStatus.PENDING)])
        with logs_db.read() as tables:
            assert [row.attempts for row in tables.ledger.pending(lease, after_seq=0, limit=1)] == [1]

    @pytest.mark.parametrize("status", [DeliveryStatus.SENT, DeliveryStatus.FAIL])
    def test_nothing_leaves_a_final_status(self, logs_db: Database, status: DeliveryStatus) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[0])
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
            tables.ledger.settle([a_result(intent, status)])
            for other in DeliveryStatus:
                assert tables.ledger.settle([a_result(intent, other)]) == 0
        assert _status(logs_db, run) is status

    def test_a_refusal_ends_a_pending_row_alone(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        intent = an_intent(run.deliveries[1])
        refusals = [
            Refusal(
                delivery_id=delivery.id,
                seq=delivery.seq,
                status=DeliveryStatus.SKIPPED,
                error_kind=ErrorKind.ATTACHMENT_NOT_FOUND,
            )
            for delivery in run.deliveries[:2]
        ]
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[intent], at=START)
            tables.ledger.record(lease, refusals=refusals, at=START)
            assert tables.runs.defects(run.run_id) == 1
        assert (_status(logs_db, run, 0), _status(logs_db, run, 1)) == (DeliveryStatus.SKIPPED, DeliveryStatus.SENDING)

    def test_a_cancelled_shard_skips_what_is_pending(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=3)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[0])], at=START)
            kind, text = ErrorKind.CANCELLED, "cancelled"
            assert tables.ledger.skip_pending(lease, error_kind=kind, error_text=text, at=START) == 2
            assert not tables.shards.complete(lease)


class TestFiles:
    def _record(self, claim: bytes | None) -> AttachmentRecord:
        return AttachmentRecord(
            rule_no=0, status=AttachmentStatus.FOUND, path="s/1.pdf", size=3, sha256="ab", claim=claim
        )

    def test_one_file_for_two_recipients_stops_the_second(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        claim = b"c" * 16
        with logs_db.write() as tables:
            tables.ledger.log_attachments(run.run_id, [(run.deliveries[0].id, [self._record(claim)])], at=START)
        with pytest.raises(FileOfTwo, match=r"s/1\.pdf"), logs_db.write() as tables:
            tables.ledger.log_attachments(run.run_id, [(run.deliveries[1].id, [self._record(claim)])], at=START)

    def test_two_in_one_group_are_found_too(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        files = [(delivery.id, [self._record(b"c" * 16)]) for delivery in run.deliveries[:2]]
        with pytest.raises(FileOfTwo), logs_db.write() as tables:
            tables.ledger.log_attachments(run.run_id, files, at=START)

    def test_the_owner_may_log_it_again(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        for _ in range(2):
            with logs_db.write() as tables:
                files = [(run.deliveries[0].id, [self._record(b"c" * 16)])]
                tables.ledger.log_attachments(run.run_id, files, at=START)
        with logs_db.read() as tables:
            assert tables.ledger.attachments(run.deliveries[0].id) == [self._record(b"c" * 16)]
            assert tables.ledger.attachment_counts(run.run_id) == {AttachmentStatus.FOUND: 1}

    def test_two_rules_of_one_recipient_may_find_one_file(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        record = self._record(b"c" * 16)
        with logs_db.write() as tables:
            files = [(run.deliveries[0].id, [record, replace(record, rule_no=1)])]
            tables.ledger.log_attachments(run.run_id, files, at=START)
            assert len(tables.ledger.attachments(run.deliveries[0].id)) == 2

    def test_a_file_for_a_delivery_that_is_not_there_is_no_file_of_two(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        with pytest.raises(IntegrityError), logs_db.write() as tables:
            tables.ledger.log_attachments(run.run_id, [(new_id(), [self._record(b"c" * 16)])], at=START)

    def test_of_two_workers_that_log_one_file_at_once_one_hears_of_it(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)

        def log(index: int) -> bool:
            try:
                with logs_db.write() as tables:
                    files = [(run.deliveries[index].id, [self._record(b"c" * 16)])]
                    tables.ledger.log_attachments(run.run_id, files, at=START)
            except FileOfTwo:
                return False
            return True

        assert sorted(all_at_once(partial(log, 0), partial(log, 1))) == [False, True]

    def test_a_shared_file_is_nobody_s(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        with logs_db.write() as tables:
            files = [(delivery.id, [self._record(None)]) for delivery in run.deliveries]
            tables.ledger.log_attachments(run.run_id, files, at=START)


class TestReads:
    def test_pages_go_on_where_they_ended(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=7)
        seen, after = [], None
        for _ in range(10):
            with logs_db.read() as tables:
                page = tables.ledger.page(run.run_id, after=after, limit=3)
            seen += [delivery.seq for delivery in page.items]
            if (after := page.next) is None:
                break
        assert seen == [1, 2, 3, 4, 5, 6, 7]

    @pytest.mark.parametrize(("search", "seqs"), [("c1", [1, 10, 11]), ("C00002", [2]), ("x", []), ("%", [])])
    def test_a_search_is_the_beginning_of_an_address_or_a_whole_key(
        self, logs_db: Database, search: str, seqs: list[int]
    ) -> None:
        run = a_sealed_run(logs_db, count=11)
        with logs_db.read() as tables:
            found = tables.ledger.page(run.run_id, search=search)
        assert [delivery.seq for delivery in found.items] == seqs

    def test_a_search_that_finds_few_and_one_that_finds_many(self, logs_db: Database) -> None:
        """The few are looked up, for the many the run is gone through: each in order, and in pages."""
        a_sealed_run(logs_db, count=20)
        run = a_sealed_run(logs_db, count=1_100)
        with logs_db.read() as tables:
            few = tables.ledger.page(run.run_id, search="c10", limit=10)
            more = tables.ledger.page(run.run_id, search="c10", after=few.next, limit=10)
            many = tables.ledger.page(run.run_id, search="c", after=few.next, limit=2)
            only_failed = tables.ledger.page(run.run_id, search="c10", statuses=[DeliveryStatus.FAIL])
        assert [delivery.seq for delivery in few.items] == [10, *range(100, 109)]
        assert [delivery.seq for delivery in more.items] == [109, *range(1_000, 1_009)]
        assert [delivery.seq for delivery in many.items] == [109, 110]
        assert {delivery.run_id for delivery in [*few.items, *many.items]} == {run.run_id}
        assert only_failed.items == []

    def test_the_few_of_one_cause_are_found_by_it(self, sqlite_db: Database) -> None:
        log = email_send_log.c
        of_cause = (log.run_id == new_id(), log.error_kind.in_([str(ErrorKind.WORKER_LOST)]))
        plan = plan_of(sqlite_db, select(email_send_log).where(*of_cause).order_by(log.seq).limit(50))
        assert "ix_email_send_log_cause (run_id=? AND error_kind=?)" in plan

    def test_a_payload_comes_back_until_it_is_purged(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=3)
        lease = claimed(logs_db, run)
        ids = [delivery.id for delivery in run.deliveries]
        end = datetime.now(UTC)
        later = end + timedelta(seconds=1)
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=[an_intent(run.deliveries[2])], at=end)
            tables.ledger.skip_pending(lease, error_kind=ErrorKind.CANCELLED, error_text="", at=end)
            assert tables.ledger.payload(ids[0]) == (("C00001", 1), (), ())
            assert tables.ledger.old_payloads(end) == []
            assert tables.ledger.old_payloads(later) == ids[:2]
            assert tables.ledger.old_payloads(later, limit=1) == ids[:1]
            assert tables.ledger.old_payloads(later, after=ids[0]) == ids[1:2]
            tables.ledger.purge_payloads(ids[:1])
            assert tables.ledger.payload(ids[0]) is None
            assert tables.ledger.old_payloads(later) == ids[1:2]

    def test_old_payloads_are_found_by_their_ids(self, logs_db: Database) -> None:
        """With nothing to purge among a million, not one of them is looked at."""
        plan = plan_of(logs_db, old_payloads_query(START, new_id(), 10))
        if logs_db.is_sqlite:
            assert "SEARCH delivery_payload USING" in plan
            assert "SCAN" not in plan
        else:
            assert "Index Cond: ((delivery_id >" in plan

    def test_a_failed_row_that_was_retried_is_not_retried_twice(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=3)
        lease = claimed(logs_db, run)
        intents = [an_intent(delivery) for delivery in run.deliveries]
        with logs_db.write() as tables:
            tables.ledger.record(lease, intents=intents, at=START)
            tables.ledger.settle([a_result(intent, DeliveryStatus.FAIL) for intent in intents])
            tables.shards.complete(lease)
            tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=JobState.FAIL, at=START)
        again = an_unsealed_run(logs_db, automation_id=run.automation_id)
        retried = replace(rows(1)[0], retry_of=run.deliveries[0].id)
        with logs_db.write() as tables:
            tables.ledger.add_snapshot(again.run_id, again.automation_id, [retried], fence=again.fence, at=START)
        with logs_db.read() as tables:
            assert self._failed(tables, run) == [(2, ("C00002", 2)), (3, ("C00003", 3))]
            # The run that makes the retry reads on while it writes.
            assert [seq for seq, _ in self._failed(tables, run, but_for=again.run_id)] == [1, 2, 3]
            assert [seq for seq, _ in self._failed(tables, run, after_seq=2)] == [3]
            assert [seq for seq, _ in self._failed(tables, run, limit=1)] == [2]
        with logs_db.write() as tables:
            tables.ledger.purge_payloads([run.deliveries[1].id])
            assert self._failed(tables, run, limit=1) == [(2, None)]

    @staticmethod
    def _failed(tables: Tables, run: ARun, **chosen: Any) -> list[tuple[int, RowValues | None]]:
        return [(delivery.seq, values) for delivery, values in tables.ledger.failed(run.run_id, **chosen)]
