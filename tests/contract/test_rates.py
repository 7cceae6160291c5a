"""The shared rate, on SQLite and on PostgreSQL: never more than allowed, and hardly less."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tank.db.database import Database
from tests.fakes.clock import FakeClock
from tests.support.logs_db import sqlite_logs_db

_BURST_SECONDS = 0.5


class TickingClock(FakeClock):
    """Each look at it takes a while, as statements and locks do."""

    def __init__(self, tick: float) -> None:
        super().__init__()
        self._tick = tick

    def boot_seconds(self) -> float:
        self.advance(self._tick)
        return super().boot_seconds()


def _take(db: Database, sender_id: UUID, wanted: int, rate: float) -> int:
    with db.write() as tables:
        return tables.rates.take(sender_id, wanted=wanted, per_second=rate)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, FakeClock]]:
    """One database for all examples; each has a sender of its own."""
    clock = FakeClock()
    with sqlite_logs_db(tmp_path_factory.mktemp("rates"), clock=clock) as db:
        yield db, clock


@given(
    rate=st.floats(0.5, 500),
    waits=st.lists(st.floats(0, 2), min_size=1, max_size=12),
    wanted=st.integers(1, 100),
)
@settings(max_examples=15, deadline=None)
def test_never_more_than_the_rate_and_one_burst(
    shared: tuple[Database, FakeClock], rate: float, waits: list[float], wanted: int
) -> None:
    db, clock = shared
    sender_id, taken = uuid4(), 0
    for wait in waits:
        taken += _take(db, sender_id, wanted, rate)
        clock.advance(wait)
    assert taken <= 1 + rate * _BURST_SECONDS + rate * sum(waits[:-1])


def test_what_takers_spend_on_taking_is_not_lost(tmp_path: Path) -> None:
    """SES's quota is to be used up: the time between a look at the clock and the last write counts too."""
    clock = TickingClock(0.004)
    with sqlite_logs_db(tmp_path, clock=clock) as db:
        sender_id, rate, taken = uuid4(), 100.0, 0
        _take(db, sender_id, 1, rate)
        begun = clock.boot_seconds()
        for _ in range(150):
            taken += _take(db, sender_id, 3, rate)
            clock.advance(0.01)
        seconds = clock.boot_seconds() - begun
    assert taken >= 0.97 * rate * seconds


def test_takers_at_once_get_no_more_than_there_is(logs_db: Database) -> None:
    sender_id = uuid4()
    given_out: list[int] = []

    def take() -> None:
        given_out.append(_take(logs_db, sender_id, 1, 1.0))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given_out) == [0] * 7 + [1]


def test_throttles_halve_it_down_to_a_floor(logs_db: Database) -> None:
    sender_id = uuid4()
    with logs_db.write() as tables:
        rates = [tables.rates.throttled(sender_id, per_second=100.0) for _ in range(12)]
    assert rates[0] == pytest.approx(50.0, abs=0.5)
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(1.0, abs=0.2)


def test_a_rate_that_was_lowered_holds_at_once(sqlite_db: Database, clock: FakeClock) -> None:
    sender_id = uuid4()
    _take(sqlite_db, sender_id, 1, 1_000.0)
    clock.advance(10)
    assert _take(sqlite_db, sender_id, 1_000, 10.0) <= 5


def test_senders_have_buckets_of_their_own(sqlite_db: Database) -> None:
    assert [_take(sqlite_db, uuid4(), 1, 1.0) for _ in range(3)] == [1, 1, 1]


def test_it_goes_on_after_a_reboot_whose_clock_begins_anew(tmp_path: Path) -> None:
    sender_id, clock = uuid4(), FakeClock(boot_seconds=1_000_000.0)
    with sqlite_logs_db(tmp_path, clock=clock) as db:
        assert _take(db, sender_id, 1, 10.0) == 1
        with db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE send_rate SET boot = 'another boot'")
    clock = FakeClock(boot_seconds=5.0)
    with sqlite_logs_db(tmp_path, clock=clock) as db:
        assert 1 <= _take(db, sender_id, 100, 10.0) <= 10
        dice = random.Random(1)
        for _ in range(5):
            clock.advance(dice.uniform(0.2, 1.0))
            assert _take(db, sender_id, 1, 10.0) == 1
