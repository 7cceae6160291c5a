"""Group commit: everything that waits shares a transaction, and each waiter hears of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tank.db.database import Database
from tank.domain.attachment import AttachmentRecord, AttachmentStatus, FileOfTwo
from tank.domain.delivery import DeliveryStatus, ErrorKind, Refusal
from tank.domain.job import JobState
from tank.domain.shard import LeaseLost, NotRunning
from tank.services.group_commit import GroupCommit
from tank.services.pools import DaemonPool
from tests.fakes.clock import START, FakeClock
from tests.fakes.logs_db import FlakyLogsDb
from tests.support.a_run import a_result, a_sealed_run, an_intent, claimed, let_leases_run_out

Work = Callable[[GroupCommit], Awaitable[object]]


def committed(db: FlakyLogsDb, clock: FakeClock, work: Work) -> Any:
    """Run ``work`` with a committer, and end it."""

    async def run() -> Any:
        commit = GroupCommit(db, DaemonPool("commit", 1), clock)
        writer = asyncio.create_task(commit.run())
        try:
            return await asyncio.wait_for(work(commit), 15)
        finally:
            commit.close()
            await writer

    return asyncio.run(run())


@pytest.fixture
def db(sqlite_db: Database) -> FlakyLogsDb:
    return FlakyLogsDb(sqlite_db)


def test_intents_of_several_shards_share_a_transaction(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    run = a_sealed_run(sqlite_db, count=6, shard_size=2)
    leases = [claimed(sqlite_db, run, no) for no in range(3)]
    intents = [an_intent(delivery) for delivery in run.deliveries]

    async def work(commit: GroupCommit) -> object:
        return await asyncio.gather(*(commit.intend(leases[i // 2], intent) for i, intent in enumerate(intents)))

    assert committed(db, clock, work) == [True] * 6


def test_one_lost_lease_does_not_hold_the_others_up(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    run = a_sealed_run(sqlite_db, count=2, shard_size=1)
    lost = claimed(sqlite_db, run, 0)
    let_leases_run_out(sqlite_db, clock)
    claimed(sqlite_db, run, 0)
    kept = claimed(sqlite_db, run, 1)
    first, second = (an_intent(delivery) for delivery in run.deliveries)

    async def work(commit: GroupCommit) -> object:
        return await asyncio.gather(commit.intend(lost, first), commit.intend(kept, second), return_exceptions=True)

    refused, stands = committed(db, clock, work)
    assert isinstance(refused, LeaseLost)
    assert stands is True


def test_a_pause_refuses_intents_and_takes_results(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    run = a_sealed_run(sqlite_db, count=2, has_update=True)
    lease = claimed(sqlite_db, run)
    sent, waiting = (an_intent(delivery) for delivery in run.deliveries)
    with sqlite_db.write() as tables:
        tables.ledger.record(lease, intents=[sent], at=START)
        tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=JobState.PAUSED, at=START)

    async def work(commit: GroupCommit) -> object:
        return await asyncio.gather(
            commit.intend(lease, waiting),
            commit.settle(lease, a_result(sent)),
            commit.begin_updates(lease, [sent.delivery_id]),
            return_exceptions=True,
        )

    refused, settled, begun = committed(db, clock, work)
    assert isinstance(refused, NotRunning)
    assert (settled, begun) == (None, None)
    with sqlite_db.read() as tables:
        assert tables.ledger.get(sent.delivery_id).status is DeliveryStatus.SENT


def test_a_lost_commit_reply_is_read_back(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    """The intent stands although nobody heard so: it is sent once, under the token that was committed."""
    run = a_sealed_run(sqlite_db, count=1)
    lease = claimed(sqlite_db, run)
    intent = an_intent(run.deliveries[0])
    db.lose_replies(2)

    async def work(commit: GroupCommit) -> object:
        assert await commit.intend(lease, intent)
        await commit.settle(lease, a_result(intent))
        return commit.away_since

    assert committed(db, clock, work) is None
    with sqlite_db.read() as tables:
        assert tables.ledger.get(intent.delivery_id).status is DeliveryStatus.SENT


def test_nothing_is_lost_while_the_logs_db_is_away(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    run = a_sealed_run(sqlite_db, count=1)
    lease = claimed(sqlite_db, run)
    intent = an_intent(run.deliveries[0])

    async def work(commit: GroupCommit) -> object:
        await commit.intend(lease, intent)
        db.is_away = True
        settling = asyncio.ensure_future(commit.settle(lease, a_result(intent)))
        await asyncio.sleep(0.05)
        assert not settling.done()
        assert commit.away_since is not None
        db.is_away = False
        await settling
        return None

    committed(db, clock, work)
    with sqlite_db.read() as tables:
        assert tables.ledger.get(intent.delivery_id).status is DeliveryStatus.SENT


def test_one_that_cannot_be_written_keeps_no_other_out(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    run = a_sealed_run(sqlite_db, count=9)
    lease = claimed(sqlite_db, run)
    intents = [an_intent(delivery) for delivery in run.deliveries]
    with sqlite_db.write() as tables:
        tables.ledger.record(lease, intents=intents, at=START)
    results = [a_result(intent) for intent in intents]
    results[4] = replace(results[4], message_id=object())  # type: ignore[arg-type]

    async def work(commit: GroupCommit) -> object:
        return await asyncio.gather(*(commit.settle(lease, one) for one in results), return_exceptions=True)

    told = committed(db, clock, work)
    assert [index for index, answer in enumerate(told) if answer is not None] == [4]
    with sqlite_db.read() as tables:
        statuses = [tables.ledger.get(intent.delivery_id).status for intent in intents]
    assert statuses == [DeliveryStatus.SENDING if index == 4 else DeliveryStatus.SENT for index in range(9)]


def test_intents_that_stood_unheard_before_a_pause_are_taken_back(
    db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock
) -> None:
    """Their COMMIT's reply was lost; before it was repeated somebody paused. Nobody was mailed: no doubt about it."""
    run = a_sealed_run(sqlite_db, count=2)
    lease = claimed(sqlite_db, run)
    first, second = (an_intent(delivery) for delivery in run.deliveries)

    def pause() -> None:
        with sqlite_db.write() as tables:
            assert tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=JobState.PAUSED, at=START)

    db.lose_replies(1, then=pause)

    async def work(commit: GroupCommit) -> object:
        return await asyncio.gather(commit.intend(lease, first), commit.intend(lease, second), return_exceptions=True)

    assert [type(answer) for answer in committed(db, clock, work)] == [NotRunning, NotRunning]
    with sqlite_db.read() as tables:
        assert [tables.ledger.get(delivery.id).status for delivery in run.deliveries] == [DeliveryStatus.PENDING] * 2


def test_a_file_of_two_refuses_no_refusal(db: FlakyLogsDb, sqlite_db: Database, clock: FakeClock) -> None:
    run = a_sealed_run(sqlite_db, count=3)
    lease = claimed(sqlite_db, run)
    file = AttachmentRecord(rule_no=0, status=AttachmentStatus.FOUND, path="a.pdf", claim=b"c" * 16)
    two = [replace(an_intent(delivery), attachments=(file,)) for delivery in run.deliveries[:2]]
    last = run.deliveries[2]
    refusal = Refusal(delivery_id=last.id, seq=last.seq, status=DeliveryStatus.FAIL, error_kind=ErrorKind.RENDER_ERROR)

    async def work(commit: GroupCommit) -> object:
        calls = [*(commit.intend(lease, intent) for intent in two), commit.refuse(lease, refusal)]
        return await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in committed(db, clock, work)] == [FileOfTwo, FileOfTwo, type(None)]
    with sqlite_db.read() as tables:
        assert tables.ledger.get(last.id).status is DeliveryStatus.FAIL
