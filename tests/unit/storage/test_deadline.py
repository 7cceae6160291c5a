"""Calls into a file system that hangs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tank.domain.attachment import StorageTimeout
from tank.storage.deadline import DeadlinePool

_TIMEOUT = 0.03


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hanging calls wait for; opened at the end so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_gives_back_what_the_call_returns_and_raises() -> None:
    pool = DeadlinePool(threads=2, timeout_seconds=5)
    assert pool.run(lambda _: 7) == 7

    def fail(_: Callable[[], None]) -> None:
        raise FileNotFoundError("gone")

    with pytest.raises(FileNotFoundError, match="gone"):
        pool.run(fail)
    assert pool.run(lambda _: 8) == 8


def test_a_hanging_call_is_left_behind_and_then_all_fail_at_once(gate: threading.Event) -> None:
    pool = DeadlinePool(threads=2, timeout_seconds=_TIMEOUT)
    for _ in range(2):
        with pytest.raises(StorageTimeout, match=r"within 0\.03 s"):
            pool.run(lambda _: gate.wait())
    assert pool.stuck == 2
    began = time.monotonic()
    with pytest.raises(StorageTimeout, match="2 calls have not come back"):
        pool.run(lambda _: 1)
    assert time.monotonic() - began < _TIMEOUT

    gate.set()
    _wait_until(lambda: pool.stuck == 0)
    assert pool.run(lambda _: 9) == 9


def test_one_hanging_call_does_not_stop_the_others(gate: threading.Event) -> None:
    pool = DeadlinePool(threads=2, timeout_seconds=_TIMEOUT)
    with pytest.raises(StorageTimeout):
        pool.run(lambda _: gate.wait())
    assert [pool.run(lambda _, n=n: n) for n in range(20)] == list(range(20))  # type: ignore[misc]


def test_a_call_that_was_given_up_before_it_began_never_begins(gate: threading.Event) -> None:
    pool = DeadlinePool(threads=1, timeout_seconds=_TIMEOUT)
    begun: list[int] = []
    hanging = pool.submit(lambda _: gate.wait())
    queued = pool.submit(lambda _: begun.append(1))
    for call in (hanging, queued):
        with pytest.raises(StorageTimeout):
            call.wait()
    assert pool.stuck == 1
    gate.set()
    _wait_until(lambda: pool.stuck == 0)
    pool.run(lambda _: None)
    assert begun == []


def test_progress_puts_the_deadline_off() -> None:
    pool = DeadlinePool(threads=1, timeout_seconds=_TIMEOUT)

    def slow(progress: Callable[[], None]) -> str:
        for _ in range(10):
            time.sleep(_TIMEOUT / 5)
            progress()
        return "done"

    assert pool.run(slow) == "done"


def test_many_callers_share_few_threads() -> None:
    pool = DeadlinePool(threads=3, timeout_seconds=5)
    seen: set[str] = set()

    def note(_: Callable[[], None]) -> None:
        seen.add(threading.current_thread().name + str(threading.get_ident()))

    callers = [threading.Thread(target=lambda: [pool.run(note) for _ in range(20)]) for _ in range(10)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert 1 <= len(seen) <= 3
    assert pool.stuck == 0
