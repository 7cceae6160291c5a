"""Engines wake workers at least once. One suite for each engine; ``local`` is the first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from tank.db.database import Database
from tank.domain.ids import new_id
from tank.domain.ports.engines import Engine
from tank.domain.worker import Task, TaskKind
from tank.engines.local import LocalEngine
from tank.services.pools import DaemonPool
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.logs_db import FlakyLogsDb

Handler = Callable[[Task], Awaitable[None]]


@pytest.fixture
def clock() -> FakeClock:
    return RunningClock()


@pytest.fixture
def db(logs_db: Database) -> FlakyLogsDb:
    return FlakyLogsDb(logs_db)


@pytest.fixture
def engine(db: FlakyLogsDb) -> Engine:
    return LocalEngine(db, rest_seconds=0.02)


def tasks(count: int) -> list[Task]:
    return [Task(kind=TaskKind.RUN_JOB, job_id=new_id()) for _ in range(count)]


def defer(db: FlakyLogsDb, engine: Engine, *new: Task) -> None:
    with db.write() as tables:
        for task in new:
            engine.defer(tables, task)


async def work(
    engine: Engine, handle: Handler, done: Callable[[], bool], *, concurrency: int = 2, workers: int = 1
) -> None:
    """Let workers handle tasks until ``done``."""
    stop = asyncio.Event()
    threads = DaemonPool("engine-test", 2)
    ids: list[UUID] = [new_id() for _ in range(workers)]
    running = [
        asyncio.create_task(engine.work(worker, handle, concurrency=concurrency, stop=stop, threads=threads))
        for worker in ids
    ]
    async with asyncio.timeout(15):
        while not done():
            await asyncio.sleep(0.01)
            for one in running:
                assert not one.done() or one.result() is None
        stop.set()
        await asyncio.gather(*running)


def test_each_task_is_handled(db: FlakyLogsDb, engine: Engine) -> None:
    wanted = tasks(5)
    handled: list[Task] = []
    defer(db, engine, *wanted)

    async def handle(task: Task) -> None:
        handled.append(task)

    asyncio.run(work(engine, handle, lambda: len(handled) >= 5))
    assert handled == wanted


def test_an_equal_task_that_waits_is_kept_once(db: FlakyLogsDb, engine: Engine) -> None:
    (task,) = tasks(1)
    (last,) = tasks(1)
    defer(db, engine, task, task, last)
    handled: list[Task] = []

    async def handle(one: Task) -> None:
        handled.append(one)

    asyncio.run(work(engine, handle, lambda: last in handled, concurrency=1))
    assert handled == [task, last]


def test_a_task_of_a_transaction_that_failed_is_none(db: FlakyLogsDb, engine: Engine) -> None:
    lost, kept = tasks(2)

    def fail() -> None:
        with db.write() as tables:
            engine.defer(tables, lost)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    defer(db, engine, kept)
    handled: list[Task] = []

    async def handle(one: Task) -> None:
        handled.append(one)

    asyncio.run(work(engine, handle, lambda: bool(handled)))
    assert handled == [kept]


def test_a_task_that_fails_comes_again(db: FlakyLogsDb, engine: Engine) -> None:
    defer(db, engine, *tasks(1))
    tries: list[Task] = []

    async def handle(task: Task) -> None:
        tries.append(task)
        if len(tries) < 3:
            raise RuntimeError("not yet")

    asyncio.run(work(engine, handle, lambda: len(tries) == 3))


def test_a_task_whose_worker_dies_comes_again(
    db: FlakyLogsDb, engine: Engine, clock: FakeClock, logs_db: Database
) -> None:
    (task,) = tasks(1)
    defer(db, engine, task)
    taken = asyncio.Event()

    async def die() -> None:
        async def handle(_: Task) -> None:
            taken.set()
            await asyncio.Event().wait()

        stop = asyncio.Event()
        dying = asyncio.create_task(
            engine.work(new_id(), handle, concurrency=1, stop=stop, threads=DaemonPool("dying", 1))
        )
        await asyncio.wait_for(taken.wait(), 5)
        db.is_away = True  # as after kill -9: nothing is written any more
        dying.cancel()
        for other in asyncio.all_tasks() - {asyncio.current_task()}:
            other.cancel()
        await asyncio.gather(dying, return_exceptions=True)

    asyncio.run(die())
    db.is_away = False
    clock.advance(3_600)
    if not logs_db.is_sqlite:
        with logs_db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE task SET until = 0")
    handled: list[Task] = []

    async def handle(one: Task) -> None:
        handled.append(one)

    asyncio.run(work(engine, handle, lambda: bool(handled)))
    assert handled == [task]


def test_no_more_than_asked_for_are_handled_at_once(db: FlakyLogsDb, engine: Engine) -> None:
    defer(db, engine, *tasks(6))
    now, most, done = 0, 0, 0

    async def handle(_: Task) -> None:
        nonlocal now, most, done
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        done += 1

    asyncio.run(work(engine, handle, lambda: done == 6, concurrency=2))
    assert most == 2


def test_workers_share_the_tasks(db: FlakyLogsDb, engine: Engine) -> None:
    wanted = tasks(20)
    defer(db, engine, *wanted)
    handled: list[Task] = []

    async def handle(task: Task) -> None:
        handled.append(task)
        await asyncio.sleep(0.01)

    asyncio.run(work(engine, handle, lambda: len(handled) >= 20, workers=3))
    assert sorted(handled, key=lambda task: task.job_id) == sorted(wanted, key=lambda task: task.job_id)


def test_stopping_waits_for_what_is_under_way(db: FlakyLogsDb, engine: Engine) -> None:
    defer(db, engine, *tasks(1))
    started, ended = asyncio.Event(), False

    async def handle(_: Task) -> None:
        nonlocal ended
        started.set()
        await asyncio.sleep(0.2)
        ended = True

    asyncio.run(work(engine, handle, started.is_set))
    assert ended


def test_it_goes_on_when_the_logs_db_is_back(db: FlakyLogsDb, engine: Engine) -> None:
    defer(db, engine, *tasks(1))
    handled: list[Task] = []
    looks = 0

    def back_after_a_while() -> bool:
        nonlocal looks
        looks += 1
        db.is_away = 5 < looks < 40
        return looks > 60 and bool(handled)

    async def handle(task: Task) -> None:
        handled.append(task)

    asyncio.run(work(engine, handle, back_after_a_while))


def test_it_waits_where_the_logs_db_is_away_from_the_start(db: FlakyLogsDb, engine: Engine) -> None:
    defer(db, engine, *tasks(1))
    handled: list[Task] = []
    looks = 0

    def back_after_a_while() -> bool:
        nonlocal looks
        looks += 1
        db.is_away = looks < 10
        return bool(handled)

    async def handle(task: Task) -> None:
        handled.append(task)

    db.is_away = True
    asyncio.run(work(engine, handle, back_after_a_while))


def test_runs_take_turns(db: FlakyLogsDb, engine: Engine) -> None:
    """The first shard of a small run comes before the later shards of a large one, and jobs before all."""
    large, small, job = new_id(), new_id(), new_id()
    shards = [Task(kind=TaskKind.SEND_SHARD, job_id=large, run_id=large, shard_no=no) for no in range(4)]
    late = Task(kind=TaskKind.SEND_SHARD, job_id=small, run_id=small, shard_no=0)
    first = Task(kind=TaskKind.RUN_JOB, job_id=job)
    defer(db, engine, *shards, late, first)
    handled: list[Task] = []

    async def handle(task: Task) -> None:
        handled.append(task)

    asyncio.run(work(engine, handle, lambda: len(handled) == 6, concurrency=1))
    assert handled == [first, shards[0], late, *shards[1:]]
