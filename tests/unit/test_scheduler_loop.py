"""The scheduler's loop: its rhythm, and what it survives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tank.db.database import Database
from tank.domain.errors import LogsDbUnavailable
from tank.domain.schedule import Slot
from tank.scheduler.loop import SchedulerLoop
from tank.services.firing import Firing
from tank.services.jobs import Jobs
from tank.services.supervision import Supervision
from tests.fakes.clock import START, FakeClock
from tests.fakes.engine import QueueingEngine
from tests.support.published import AlwaysPublished


class ScriptedFiring(Firing):
    """Fires, unless the script says otherwise for this tick."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        publisher = AlwaysPublished()
        super().__init__(db, Jobs(db, QueueingEngine(), publisher, clock), publisher)
        self.script: list[Exception | None] = []
        self.at: list[datetime] = []

    def fire_due(self, now: datetime) -> list[Slot]:
        self.at.append(now)
        if self.script and (error := self.script.pop(0)) is not None:
            raise error
        return super().fire_due(now)


@pytest.fixture
def firing(sqlite_db: Database, clock: FakeClock) -> ScriptedFiring:
    return ScriptedFiring(sqlite_db, clock)


@pytest.fixture
def make_loop(
    sqlite_db: Database, clock: FakeClock, firing: ScriptedFiring
) -> Callable[[Callable[[threading.Event, float], bool]], SchedulerLoop]:
    supervision = Supervision(sqlite_db, QueueingEngine(), clock)
    return lambda wait: SchedulerLoop(firing, supervision, clock, wait=wait)


def error_codes(db: Database) -> list[str]:
    with db.read() as tables:
        return [error.code for error in reversed(tables.system_errors.page().items)]


Loops = Callable[[Callable[[threading.Event, float], bool]], SchedulerLoop]


def test_it_wakes_at_whole_seconds_and_stops_when_told(
    make_loop: Loops, firing: ScriptedFiring, clock: FakeClock
) -> None:
    clock.jump(START + timedelta(milliseconds=250))
    stop = threading.Event()
    waited: list[float] = []

    def wait(event: threading.Event, seconds: float) -> bool:
        waited.append(seconds)
        clock.advance(seconds)
        if len(waited) == 3:
            stop.set()
        return event.is_set()

    make_loop(wait).run(stop)
    assert waited == [0.75, 1.0, 1.0]
    assert firing.at[1:] == [START + timedelta(seconds=1), START + timedelta(seconds=2)]


def test_a_loop_in_a_thread_stops_promptly(make_loop: Loops) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=make_loop(threading.Event.wait).run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def test_an_outage_is_waited_out_and_told_in_one_entry(
    make_loop: Loops, firing: ScriptedFiring, sqlite_db: Database, clock: FakeClock
) -> None:
    loop = make_loop(threading.Event.wait)
    firing.script = [LogsDbUnavailable("away")] * 7
    waits = []
    for _ in range(7):
        waits.append(loop.tick())
        clock.advance(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert error_codes(sqlite_db) == []
    assert loop.tick() == 1.0
    assert loop.tick() == 1.0
    assert error_codes(sqlite_db) == ["logs_db_was_unavailable"]


def test_an_unexpected_failure_is_told_once_and_the_sweep_goes_on(
    make_loop: Loops, firing: ScriptedFiring, sqlite_db: Database
) -> None:
    loop = make_loop(threading.Event.wait)
    firing.script = [RuntimeError("odd"), RuntimeError("odd"), RuntimeError("other")]
    for _ in range(4):
        assert loop.tick() == 1.0
    assert error_codes(sqlite_db) == ["scheduler_failed", "scheduler_failed"]
    with sqlite_db.read() as tables:
        assert tables.settings.get("scheduler_tick") is not None


def test_it_is_alive_while_it_comes_round(make_loop: Loops, firing: ScriptedFiring, clock: FakeClock) -> None:
    loop = make_loop(threading.Event.wait)
    seen = [loop.is_alive]
    loop.tick()
    seen.append(loop.is_alive)
    clock.advance(120)
    seen.append(loop.is_alive)
    assert seen == [False, True, False]
