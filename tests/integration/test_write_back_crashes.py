"""A worker that dies around the update of a row: what the one that takes its shard over makes of it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import event

from tank.db.database import Database
from tank.domain.delivery import UpdateStatus
from tank.domain.errors import LogsDbUnavailable
from tank.domain.job import Job, JobState
from tank.domain.values import Row
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.logs_db import FlakyLogsDb
from tests.fakes.sources import lost_connection
from tests.support.a_run import let_leases_run_out
from tests.support.site import UPDATE, Site, customers


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock, rows=customers(1))


class Death:
    """Takes the Logs DB away from the worker at a moment of the update: it can write nothing any more."""

    def __init__(self, site: Site, moment: str) -> None:
        self._site = site
        self._db = site.flaky_db
        self.has_come = threading.Event()
        if moment == "before the note":
            event.listen(site.db.engine, "before_cursor_execute", self._before_the_note)
        else:
            site.source.accept(UPDATE, self._before_the_commit if moment == "before the commit" else self._after)

    def _come(self) -> bool:
        """Once; later calls are those of the next worker."""
        if self.has_come.is_set():
            return False
        self._db.is_away = True
        self.has_come.set()
        return True

    def _before_the_note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE email_send_log SET update_begun_at") and self._come():
            raise LogsDbUnavailable("The Logs DB is away.")

    def _before_the_commit(self, _binds: Row) -> int:
        if self._come():
            raise lost_connection()
        return 1

    def _after(self, _binds: Row) -> int:
        self._come()
        return 1


def _die(site: Site, moment: str) -> Job:
    """A job whose worker has sent its one mail, and died at that moment of its update."""
    death = Death(site, moment)
    job = site.start()

    async def run() -> None:
        working = asyncio.create_task(site.worker().run(asyncio.Event()))
        async with asyncio.timeout(20):
            while not death.has_come.is_set() or (moment == "after the commit" and not site.source.written):
                await asyncio.sleep(0.01)
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(working, return_exceptions=True)

    asyncio.run(run())
    site.flaky_db = FlakyLogsDb(site.db)  # the dead one's threads never see it again
    assert site.counts(job).update_pending == 1
    return job


@pytest.mark.parametrize(
    ("moment", "policies", "update", "written"),
    [
        ("before the note", {}, UpdateStatus.Y, 1),
        ("before the commit", {}, UpdateStatus.IN_DOUBT, 0),
        ("before the commit", {"update_repeatable": True}, UpdateStatus.Y, 1),
        ("before the commit", {"update_marker": True}, UpdateStatus.Y, 1),
        ("after the commit", {}, UpdateStatus.IN_DOUBT, 1),
        ("after the commit", {"update_repeatable": True}, UpdateStatus.Y, 2),
        ("after the commit", {"update_marker": True}, UpdateStatus.Y, 1),
    ],
)
def test_the_next_worker_repeats_only_what_may_be_repeated(
    site: Site, clock: FakeClock, moment: str, policies: dict[str, Any], update: UpdateStatus, written: int
) -> None:
    site.publish(dbio={"update_query": UPDATE}, policies=policies)
    job = _die(site, moment)
    let_leases_run_out(site.db, clock)
    job = site.work(job)
    (delivery,) = site.deliveries(job)
    assert (delivery.update_query_ok, len(site.source.written)) == (update, written)
    assert job.state is (JobState.SUCCESS if update is UpdateStatus.Y else JobState.PARTIAL)
    assert len(site.mailed()) == 1
