"""Short failures at awkward moments: they cost time, never a pause, a crash on record, or a worker."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tank.db.database import Database
from tank.domain.errors import LogsDbUnavailable
from tank.domain.job import JobState
from tank.domain.ports.store import Tables
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.high_water import MemoryHighWater
from tests.fakes.logs_db import FlakyLogsDb
from tests.support.site import Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    return Site(sqlite_db, clock, rows=customers(20))


class FullDisk(MemoryHighWater):
    """A mark whose disk is full the first few times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    def raise_to(self, number: int) -> None:
        if number and self._times:
            self._times -= 1
            raise LogsDbUnavailable("The high-water mark cannot be written.")
        super().raise_to(number)


def test_a_mark_that_cannot_be_written_holds_shards_back_and_counts_as_no_crash(site: Site) -> None:
    site.high_water = FullDisk(times=2)
    job = site.work(site.start(), seconds=8)
    assert job.state is JobState.SUCCESS
    assert len(site.mailed()) == 20


class BlindWorkThreads(FlakyLogsDb):
    """Away for the threads that open runs, the first few times, and there for everybody else."""

    times = 2

    @contextmanager
    def read(self) -> Iterator[Tables]:
        if threading.current_thread().name.startswith("work") and self.times:
            self.times -= 1
            raise LogsDbUnavailable("The Logs DB is away.")
        with super().read() as tables:
            yield tables


def test_a_logs_db_that_is_away_while_a_run_is_opened_does_not_pause_it(site: Site) -> None:
    site.flaky_db = BlindWorkThreads(site.db)
    job = site.work(site.start(), seconds=8)
    assert (job.state, site.errors()) == (JobState.SUCCESS, [])


def test_a_worker_whose_heartbeat_fails_in_an_unforeseen_way_ends(site: Site) -> None:
    class Broken(MemoryHighWater):
        def raise_to(self, number: int) -> None:
            if number > 1:
                raise RuntimeError("nobody foresaw this")

    site.high_water = Broken()
    site.sender.hold()
    site.start()

    async def run() -> None:
        working = asyncio.create_task(site.worker().run(asyncio.Event()))
        while not site.sender.attempts:
            await asyncio.sleep(0.01)
        site.clock.advance(4)  # the next renewal is due
        await asyncio.sleep(1)
        site.sender.release()
        await asyncio.wait_for(working, 5)

    asyncio.run(asyncio.wait_for(run(), 15))
