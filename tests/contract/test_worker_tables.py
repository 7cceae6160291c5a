"""Shards, tasks and workers, on SQLite and on PostgreSQL, with several takers at once."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from tank.db.database import Database
from tank.domain.delivery import ErrorKind
from tank.domain.ids import new_id
from tank.domain.job import JobState
from tank.domain.ports.store import SENDING_STOPPED
from tank.domain.shard import ShardLease
from tank.domain.worker import Task, TaskKind, Worker, WorkerState
from tests.fakes.clock import START, FakeClock
from tests.support.a_run import LEASE_SECONDS, ARun, a_sealed_run, an_unsealed_run, claimed, let_leases_run_out
from tests.support.at_once import all_at_once, at_once


def _claim(db: Database, run: ARun, no: int = 0) -> ShardLease | None:
    with db.write() as tables:
        return tables.shards.claim(run.run_id, no, new_id(), lease_seconds=LEASE_SECONDS, at=START)


def _is_renewed(db: Database, *leases: ShardLease) -> list[int]:
    with db.write() as tables:
        return [kept.fence for kept in tables.shards.renew(leases, lease_seconds=LEASE_SECONDS)]


class TestShards:
    def test_of_workers_that_claim_at_once_one_holds_it(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=4, shard_size=2)
        for no in range(2):
            leases = [lease for lease in at_once(partial(_claim, logs_db, run, no), 6) if lease]
            assert [lease.fence for lease in leases] == [1]

    def test_of_those_that_take_over_at_once_one_does_and_one_crash_is_counted(
        self, logs_db: Database, clock: FakeClock
    ) -> None:
        run = a_sealed_run(logs_db)
        claimed(logs_db, run)
        let_leases_run_out(logs_db, clock)
        with logs_db.read() as tables:
            assert tables.shards.crashes(run.run_id, 0) == 1
        assert [lease.fence for lease in at_once(lambda: _claim(logs_db, run), 6) if lease] == [2]
        with logs_db.read() as tables:
            assert tables.shards.crashes(run.run_id, 0) == 1
        with logs_db.write() as tables:
            tables.shards.forgive(run.run_id)
            assert tables.shards.crashes(run.run_id, 0) == 0

    def test_renewing_keeps_it_and_moves_the_holder_s_deadline(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        clock.advance(LEASE_SECONDS / 2)
        with logs_db.write() as tables:
            (kept,) = tables.shards.renew([lease], lease_seconds=LEASE_SECONDS)
        assert kept.deadline == lease.deadline + LEASE_SECONDS / 2
        clock.advance(LEASE_SECONDS / 2 + 1)
        assert _claim(logs_db, run) is None

    def test_a_former_holder_renews_releases_and_completes_nothing(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db, count=1)
        former = claimed(logs_db, run)
        let_leases_run_out(logs_db, clock)
        holder = claimed(logs_db, run)
        assert _is_renewed(logs_db, former, holder) == [holder.fence]
        with logs_db.write() as tables:
            tables.ledger.skip_pending(holder, error_kind=ErrorKind.CANCELLED, error_text="", at=START)
            tables.shards.release(former)
            assert not tables.shards.complete(former)
        assert _claim(logs_db, run) is None
        with logs_db.write() as tables:
            assert tables.shards.complete(holder)
            assert not tables.shards.complete(holder)

    def test_one_that_was_given_back_is_free_and_counts_no_crash(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db)
        lease = claimed(logs_db, run)
        with logs_db.write() as tables:
            tables.shards.release(lease)
        assert _is_renewed(logs_db, lease) == []
        again = _claim(logs_db, run)
        assert again is not None
        with logs_db.read() as tables:
            assert (again.fence, tables.shards.crashes(run.run_id, 0)) == (2, 0)

    def test_of_workers_that_end_the_last_shards_at_once_one_hears_that_all_is_done(self, logs_db: Database) -> None:
        run = a_sealed_run(logs_db, count=4, shard_size=1)
        leases = [claimed(logs_db, run, no) for no in range(4)]

        def end(lease: ShardLease) -> bool:
            with logs_db.write() as tables:
                tables.ledger.skip_pending(lease, error_kind=ErrorKind.CANCELLED, error_text="", at=START)
                assert tables.shards.complete(lease)
                return tables.shards.all_done(run.run_id)

        assert sum(all_at_once(*(partial(end, lease) for lease in leases))) == 1

    @pytest.mark.parametrize(
        ("state", "is_stopped", "wakes"),
        [
            (JobState.RUNNING, False, True),
            (JobState.RUNNING, True, False),
            (JobState.PAUSED, False, False),
            (JobState.CANCELLED, False, True),
            (JobState.CANCELLED, True, True),
        ],
    )
    def test_which_shards_wake_somebody(
        self, logs_db: Database, clock: FakeClock, state: JobState, is_stopped: bool, wakes: bool
    ) -> None:
        run = a_sealed_run(logs_db, count=2, shard_size=1)
        claimed(logs_db, run, 1)
        with logs_db.write() as tables:
            if state is not JobState.RUNNING:
                tables.jobs.move(run.job_id, before=[JobState.RUNNING], after=state, at=START)
            tables.settings.put(SENDING_STOPPED, {"by": "kim"} if is_stopped else None)
        assert self._unheld(logs_db) == ([0] if wakes else [])
        let_leases_run_out(logs_db, clock)
        assert self._unheld(logs_db) == ([0, 1] if wakes else [])

    def test_a_large_run_starves_none_that_comes_after_it(self, logs_db: Database) -> None:
        large = a_sealed_run(logs_db, count=600, shard_size=1)
        later = a_sealed_run(logs_db, count=3, shard_size=1)
        with logs_db.read() as tables:
            swept = [one.task.shard_no for one in tables.shards.unheld() if one.task.run_id == later.run_id]
            handed_out = [(one.task.run_id, one.task.shard_no) for one in tables.shards.unheld(run_id=later.run_id)]
            of_large = tables.shards.unheld(run_id=large.run_id)
        assert swept == [0, 1, 2]
        assert handed_out == [(later.run_id, no) for no in range(3)]
        assert [one.task.shard_no for one in of_large] == list(range(500))

    def test_those_that_nobody_holds_tell_of_their_crashes(self, logs_db: Database, clock: FakeClock) -> None:
        run = a_sealed_run(logs_db, count=2, shard_size=1)
        for _ in range(2):
            claimed(logs_db, run, 1)
            let_leases_run_out(logs_db, clock)
        with logs_db.read() as tables:
            found = [(one.task.shard_no, one.crashes, one.automation_id) for one in tables.shards.unheld()]
        assert found == [(0, 0, run.automation_id), (1, 2, run.automation_id)]

    @staticmethod
    def _unheld(db: Database) -> list[int]:
        with db.read() as tables:
            return [one.task.shard_no for one in tables.shards.unheld()]


def _task() -> Task:
    return Task(kind=TaskKind.RUN_JOB, job_id=new_id())


def _take(db: Database, worker_id: UUID | None = None) -> tuple[int, Task] | None:
    with db.write() as tables:
        return tables.tasks.take(worker_id or new_id(), lease_seconds=LEASE_SECONDS)


def test_what_was_held_before_a_reboot_is_free_where_nothing_tells_boots_apart(
    sqlite_db: Database, clock: FakeClock
) -> None:
    """The machine's clock begins anew, and yesterday's leases end hours from now."""
    clock.advance(100_000)
    run, job = a_sealed_run(sqlite_db), an_unsealed_run(sqlite_db)
    claimed(sqlite_db, run)
    worker = TestWorkers()._add(sqlite_db)
    with sqlite_db.write() as tables:
        tables.tasks.put(_task())
    taken = _take(sqlite_db)
    clock.advance(-100_500)
    with sqlite_db.write() as tables:
        assert [one.crashes for one in tables.shards.unheld()] == [1]
        assert [one.id for one in tables.jobs.unheld()] == [job.job_id]
        assert tables.tasks.any_free()
        assert [one.id for one in tables.workers.fail_silent(silent_seconds=30)] == [worker.id]
    assert _take(sqlite_db) == taken
    assert _claim(sqlite_db, run) is not None


class TestTasks:
    def test_of_takers_at_once_each_gets_another_one(self, logs_db: Database) -> None:
        with logs_db.write() as tables:
            for _ in range(4):
                tables.tasks.put(_task())
        # On PostgreSQL a taker may meet a row that another one has just taken, and then looks again later.
        taken = [found[0] for found in at_once(lambda: _take(logs_db), 6) if found]
        while found := _take(logs_db):
            taken.append(found[0])
        assert len(set(taken)) == len(taken) == 4

    def test_a_task_under_way_may_be_asked_for_again(self, logs_db: Database) -> None:
        """What it was to do may have changed since it began."""
        task = _task()
        with logs_db.write() as tables:
            tables.tasks.put(task)
        first = _take(logs_db)
        with logs_db.write() as tables:
            tables.tasks.put(task)
            tables.tasks.put(task)
        second = _take(logs_db)
        assert first is not None
        assert second is not None
        assert (second[1], _take(logs_db)) == (task, None)

    def test_only_its_holder_ends_it(self, logs_db: Database, clock: FakeClock) -> None:
        first, second = new_id(), new_id()
        with logs_db.write() as tables:
            tables.tasks.put(_task())
        taken = _take(logs_db, first)
        assert taken is not None
        self._run_out(logs_db, clock)
        assert _take(logs_db, second) == taken
        with logs_db.write() as tables:
            tables.tasks.done(taken[0], first)
            tables.tasks.give_back(taken[0], first, delay_seconds=0)
            tables.tasks.extend(first, lease_seconds=3_600)
        assert _take(logs_db) is None
        self._run_out(logs_db, clock)
        assert _take(logs_db, second) == taken
        with logs_db.write() as tables:
            tables.tasks.done(taken[0], second)
        self._run_out(logs_db, clock)
        with logs_db.read() as tables:
            assert not tables.tasks.any_free()

    def test_one_that_was_given_back_rests(self, sqlite_db: Database, clock: FakeClock) -> None:
        worker_id = new_id()
        with sqlite_db.write() as tables:
            tables.tasks.put(_task())
        taken = _take(sqlite_db, worker_id)
        assert taken is not None
        with sqlite_db.write() as tables:
            tables.tasks.give_back(taken[0], worker_id, delay_seconds=5)
        with sqlite_db.read() as tables:
            assert not tables.tasks.any_free()
        clock.advance(6)
        assert _take(sqlite_db) == taken

    def test_extending_keeps_all_of_a_worker_s(self, sqlite_db: Database, clock: FakeClock) -> None:
        worker_id = new_id()
        with sqlite_db.write() as tables:
            tables.tasks.put(_task())
            tables.tasks.put(_task())
        assert _take(sqlite_db, worker_id)
        assert _take(sqlite_db, worker_id)
        clock.advance(LEASE_SECONDS - 1)
        with sqlite_db.write() as tables:
            tables.tasks.extend(worker_id, lease_seconds=LEASE_SECONDS)
        clock.advance(2)
        assert _take(sqlite_db) is None

    def test_those_of_another_boot_are_free(self, sqlite_db: Database) -> None:
        with sqlite_db.write() as tables:
            tables.tasks.put(_task())
        taken = _take(sqlite_db)
        with sqlite_db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE task SET boot = 'another boot'")
        assert _take(sqlite_db) == taken

    @staticmethod
    def _run_out(db: Database, clock: FakeClock) -> None:
        clock.advance(LEASE_SECONDS + 1)
        if not db.is_sqlite:
            with db.engine.begin() as connection:
                connection.exec_driver_sql("UPDATE task SET until = 0 WHERE until IS NOT NULL")


class TestWorkers:
    def _add(self, db: Database) -> Worker:
        worker = Worker(
            id=new_id(), host="a", pid=1, state=WorkerState.ALIVE, started_at=START, beat_at=START, doing="nothing yet"
        )
        with db.write() as tables:
            tables.workers.add(worker)
        return worker

    def _beat(self, db: Database, worker: Worker, state: WorkerState = WorkerState.ALIVE) -> bool:
        with db.write() as tables:
            return tables.workers.beat(worker.id, at=START, state=state, doing="3 shards")

    def test_a_beat_says_what_it_does(self, logs_db: Database) -> None:
        worker = self._add(logs_db)
        assert self._beat(logs_db, worker, WorkerState.DRAINING)
        with logs_db.read() as tables:
            (found,) = tables.workers.all()
        assert (found.state, found.doing) == (WorkerState.DRAINING, "3 shards")

    def test_of_sweeps_at_once_one_marks_a_silent_worker(self, sqlite_db: Database, clock: FakeClock) -> None:
        silent = self._add(sqlite_db)
        clock.advance(31)
        self._add(sqlite_db)

        def sweep() -> int:
            with sqlite_db.write() as tables:
                return len(tables.workers.fail_silent(silent_seconds=30))

        assert sum(at_once(sweep, 4)) == 1
        assert not self._beat(sqlite_db, silent)
        with sqlite_db.read() as tables:
            assert silent.id not in {worker.id for worker in tables.workers.all()}
            assert silent.id in {worker.id for worker in tables.workers.all(include_gone=True)}

    def test_one_that_said_goodbye_is_not_missed_and_does_not_come_back(
        self, sqlite_db: Database, clock: FakeClock
    ) -> None:
        worker = self._add(sqlite_db)
        assert self._beat(sqlite_db, worker, WorkerState.STOPPED)
        clock.advance(3_600)
        with sqlite_db.write() as tables:
            assert tables.workers.fail_silent(silent_seconds=30) == []
        assert not self._beat(sqlite_db, worker)

    def test_one_of_another_boot_is_gone(self, sqlite_db: Database) -> None:
        worker = self._add(sqlite_db)
        with sqlite_db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE worker SET beat_boot = 'another boot'")
        with sqlite_db.write() as tables:
            assert [gone.id for gone in tables.workers.fail_silent(silent_seconds=30)] == [worker.id]
