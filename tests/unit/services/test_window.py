"""The parts of a worker's window: budget, rate, breaker, pool, patience."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tank.db.database import Database
from tank.services.breaker import Breaker
from tank.services.patience import Waits
from tank.services.pools import DaemonPool
from tank.services.rate import RateShare
from tank.services.window import Budget, Window
from tests.fakes.clock import FakeClock, RunningClock
from tests.support.logs_db import sqlite_logs_db


class TestBudget:
    def test_it_is_given_out_in_order(self) -> None:
        async def scenario() -> list[str]:
            budget, order = Budget(10), []

            async def take(name: str, size: int) -> None:
                await budget.acquire(size)
                order.append(name)

            await budget.acquire(8)
            large, small = asyncio.create_task(take("large", 9)), asyncio.create_task(take("small", 1))
            await asyncio.sleep(0)
            assert order == []  # the small one does not overtake
            budget.release(8)
            await asyncio.gather(large, small)
            return order

        assert asyncio.run(scenario()) == ["large", "small"]

    def test_more_than_everything_passes_alone(self) -> None:
        async def scenario() -> None:
            budget = Budget(10)
            await asyncio.wait_for(budget.acquire(50), 1)
            waiting = asyncio.create_task(budget.acquire(1))
            await asyncio.sleep(0)
            assert not waiting.done()
            budget.release(50)
            await asyncio.wait_for(waiting, 1)

        asyncio.run(scenario())

    def test_whoever_gives_up_waiting_leaves_nothing_behind(self) -> None:
        async def scenario() -> None:
            budget = Budget(10)
            await budget.acquire(10)
            waiting = asyncio.create_task(budget.acquire(5))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            budget.release(10)
            await asyncio.wait_for(budget.acquire(10), 1)

        asyncio.run(scenario())


@pytest.mark.parametrize(
    ("connections", "rate", "size"), [(300, None, 300), (300, 50.0, 50), (10, 50.0, 10), (10, 0.5, 1)]
)
def test_the_window_is_no_more_than_a_second_s_worth(connections: int, rate: float | None, size: int) -> None:
    assert Window(connections=connections, per_second=rate, byte_limit=1).size == size


def test_another_rate_leaves_alone_what_is_under_way() -> None:
    async def scenario() -> None:
        window = Window(connections=300, per_second=2.0, byte_limit=1)
        for _ in range(2):
            await window.slots.acquire(1)
        waiting = [asyncio.create_task(window.slots.acquire(1)) for _ in range(3)]
        await asyncio.sleep(0)
        window.resize(4.0)
        await asyncio.sleep(0)
        assert [task.done() for task in waiting] == [True, True, False]
        window.resize(1.0)
        for _ in range(3):
            window.slots.release(1)
        await asyncio.sleep(0)
        assert not waiting[2].done()
        window.slots.release(1)
        await asyncio.wait_for(waiting[2], 1)

    asyncio.run(scenario())


class TestBreaker:
    def test_so_many_alike_in_a_row_trip_it(self) -> None:
        breaker = Breaker(3)
        assert [breaker.failed("a", "1") for _ in range(3)] == [False, False, True]

    def test_another_error_or_a_success_begins_anew(self) -> None:
        breaker = Breaker(2)
        assert not breaker.failed("a", "1")
        assert not breaker.failed("a", "2")
        breaker.succeeded()
        assert not breaker.failed("a", "2")
        assert breaker.failed("a", "2")


class TestRate:
    def test_takers_share_it(self, tmp_path: Path) -> None:
        clock = RunningClock()
        with sqlite_logs_db(tmp_path, clock=clock) as db:
            count = asyncio.run(self._taken(db, clock, per_second=100.0, seconds=1.0, takers=3))
        assert 60 <= count <= 160  # a second's worth, and at most half a second's burst on top

    async def _taken(self, db: Database, clock: FakeClock, *, per_second: float, seconds: float, takers: int) -> int:
        sender_id, count = uuid4(), 0

        async def take() -> None:
            nonlocal count
            share = RateShare(db, DaemonPool("rate", 1), clock, sender_id=sender_id, per_second=per_second, window=5)
            while True:
                await share.take(lambda: True)
                count += 1

        tasks = [asyncio.create_task(take()) for _ in range(takers)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return count

    def test_a_throttle_halves_it_and_it_creeps_back(self, sqlite_db: Database, clock: FakeClock) -> None:
        sender_id = uuid4()
        with sqlite_db.write() as tables:
            tables.rates.take(sender_id, wanted=1, per_second=100.0)
            assert tables.rates.throttled(sender_id, per_second=100.0) == 50.0
            clock.advance(5)
            tables.rates.take(sender_id, wanted=1, per_second=100.0)
            assert tables.rates.current(sender_id) == pytest.approx(75.0)
            clock.advance(60)
            tables.rates.take(sender_id, wanted=1, per_second=100.0)
            assert tables.rates.current(sender_id) == 100.0

    def test_a_pause_earns_no_burst(self, sqlite_db: Database, clock: FakeClock) -> None:
        sender_id = uuid4()
        with sqlite_db.write() as tables:
            tables.rates.take(sender_id, wanted=1, per_second=100.0)
            clock.advance(3_600)
            assert tables.rates.take(sender_id, wanted=1_000, per_second=100.0) == 50

    def test_without_a_rate_nothing_waits(self, sqlite_db: Database, clock: FakeClock) -> None:
        async def scenario() -> None:
            share = RateShare(sqlite_db, DaemonPool("rate", 1), clock, sender_id=uuid4(), per_second=None, window=5)
            async with asyncio.timeout(1):
                for _ in range(1_000):
                    assert await share.take(lambda: True)

        asyncio.run(scenario())

    def test_whoever_does_not_go_on_takes_none(self, sqlite_db: Database, clock: FakeClock) -> None:
        async def scenario() -> list[bool]:
            share = RateShare(sqlite_db, DaemonPool("rate", 1), clock, sender_id=uuid4(), per_second=1.0, window=5)
            return [await share.take(lambda: False), await share.take(lambda: True)]

        assert asyncio.run(scenario()) == [False, True]  # the clock stands still: there is but one token

    def test_a_throttle_without_a_rate_begins_one_that_is_forgotten(
        self, sqlite_db: Database, clock: FakeClock
    ) -> None:
        async def scenario() -> None:
            share = RateShare(sqlite_db, DaemonPool("rate", 1), clock, sender_id=sender_id, per_second=None, window=5)
            for _ in range(40):
                share.accepted()
            await share.slow_down()
            with sqlite_db.read() as tables:
                assert tables.rates.current(sender_id) == 20.0
            assert share.per_second() == 40.0
            clock.advance(20)
            assert share.per_second() == 160.0, "creeps beyond what was observed"
            clock.advance(50)
            assert share.per_second() is None

        sender_id = uuid4()
        asyncio.run(scenario())

    def test_where_nothing_was_accepted_yet_the_window_is_the_guess(
        self, sqlite_db: Database, clock: FakeClock
    ) -> None:
        async def scenario() -> None:
            share = RateShare(sqlite_db, DaemonPool("rate", 1), clock, sender_id=uuid4(), per_second=None, window=5)
            await share.slow_down()
            assert share.per_second() == 5.0

        asyncio.run(scenario())


class TestDaemonPool:
    def test_results_and_errors_come_back(self) -> None:
        async def scenario() -> None:
            pool = DaemonPool("test", 2)
            assert await pool.run(max, 1, 2) == 2
            with pytest.raises(ZeroDivisionError):
                await pool.run(divmod, 1, 0)

        asyncio.run(scenario())

    def test_whoever_stops_waiting_does_no_harm(self) -> None:
        async def scenario() -> None:
            pool, release = DaemonPool("test", 1), threading.Event()
            waiting = asyncio.create_task(pool.run(release.wait, 5))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            release.set()
            assert await pool.run(max, 3, 4) == 4

        asyncio.run(scenario())

    def test_a_hung_call_does_not_keep_the_process(self) -> None:
        program = (
            "import asyncio, time\n"
            "from tank.services.pools import DaemonPool\n"
            "async def main():\n"
            "    asyncio.create_task(DaemonPool('hung', 1).run(time.sleep, 60))\n"
            "    await asyncio.sleep(0.05)\n"
            "asyncio.run(main())\n"
        )
        started = time.monotonic()
        subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
        assert time.monotonic() - started < 30


def test_waits_double_and_scatter() -> None:
    waits = Waits(retry=1.0)
    for attempts in range(3):
        found = {waits.before_retry(attempts) for _ in range(50)}
        assert all(0.5 * 2**attempts <= wait <= 1.5 * 2**attempts for wait in found)
        assert len(found) > 10
