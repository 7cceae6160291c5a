"""Worker processes: started, restarted with growing pauses, drained, and ended."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tank.cli.workers import WorkerProcesses

#: Lives until its standard input ends or SIGTERM comes, as a worker does.
GOOD = "import os, signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print(flush=True); os.read(0, 1)"
#: Does not hear SIGTERM.
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
DYING = "import sys; sys.exit(3)"


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def workers_of(code: str, said: list[str], *, count: int = 1, clock: Callable[[], float]) -> WorkerProcesses:
    command = [sys.executable, "-S", "-c", code]
    return WorkerProcesses(count, command=command, environment=dict(os.environ), say=said.append, monotonic=clock)


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.01)


def test_they_end_when_asked(capfd: pytest.CaptureFixture[str]) -> None:
    workers = workers_of(GOOD, [], count=2, clock=time.monotonic)
    workers.start()
    ready = ""

    def both_ready() -> bool:
        nonlocal ready
        ready += capfd.readouterr().out
        return ready.count("\n") == 2

    wait_until(both_ready)
    assert len(workers.pids()) == 2
    assert workers.stop(at_once=threading.Event())
    assert workers.pids() == []


def test_the_stubborn_are_killed_at_the_second_signal(capfd: pytest.CaptureFixture[str]) -> None:
    workers = workers_of(STUBBORN, [], clock=time.monotonic)
    workers.start()
    wait_until(lambda: bool(capfd.readouterr().out))
    at_once = threading.Event()
    at_once.set()
    assert not workers.stop(at_once=at_once)
    assert workers.pids() == []


def test_one_that_dies_is_replaced_after_a_growing_pause() -> None:
    said: list[str] = []
    clock = Hands()
    workers = workers_of(DYING, said, clock=clock)
    for pause in (0.5, 1.0, 2.0, 4.0):
        workers.look()
        wait_until(lambda: not workers.pids())
        workers.look()
        assert said[-1] == f"Worker 1 ended with code 3; a new one starts in {pause:g} s."
        clock.now += pause - 0.01
        workers.look()
        assert workers.pids() == []
        clock.now += 0.02
    workers.stop(at_once=threading.Event())


def test_one_that_was_healthy_is_replaced_soon() -> None:
    said: list[str] = []
    clock = Hands()
    workers = workers_of(GOOD, said, clock=clock)
    workers.look()
    for _ in range(3):
        clock.now += 61
        (pid,) = workers.pids()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not workers.pids())
        workers.look()
        assert said[-1] == "Worker 1 was killed by signal 9; a new one starts in 0.5 s."
        clock.now += 0.6
        workers.look()
    workers.stop(at_once=threading.Event())


def test_they_hear_it_when_we_are_gone(tmp_path: Path) -> None:
    """Whatever ends the parent, kill -9 too, closes the pipe that the workers read."""
    code = f"""
import os, sys, threading, time
from tank.cli.workers import WorkerProcesses
command = [sys.executable, "-S", "-c", {GOOD + "; open(sys.argv[1], 'w').close()"!r}, {str(tmp_path / "gone")!r}]
workers = WorkerProcesses(1, command=command, environment=dict(os.environ), say=print)
workers.start()
os.kill(os.getpid(), 9)
"""
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == -signal.SIGKILL
    wait_until((tmp_path / "gone").exists)
