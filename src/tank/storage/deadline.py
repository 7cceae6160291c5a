"""Calls with a deadline: a file system that hangs must not hang Tank.

A call into a dead NAS cannot be interrupted, only left behind. So calls run in a few daemon threads; a caller
waits as long as the call makes progress, and gives up after that. Left-behind calls keep their thread until the
file system answers; once every thread is stuck, further calls fail at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from tank.domain.attachment import StorageTimeout

T = TypeVar("T")


class Call(Generic[T]):
    """One call under way; several callers may wait for it."""

    def __init__(self, pool: DeadlinePool, work: Callable[[Callable[[], None]], T]) -> None:
        self._pool = pool
        self._work = work
        self._done = threading.Event()
        self._outcome: T | None = None
        self._error: BaseException | None = None
        self._progress_at = time.monotonic()
        #: Whether a thread is in it now, and whether its callers still count on it; both under the pool's lock.
        self.holds_thread = False
        self.given_up = False

    def progress(self) -> None:
        """Say that the call is alive: the deadline begins anew."""
        self._progress_at = time.monotonic()

    def run(self) -> None:
        """Do the work, in a thread of the pool."""
        self.progress()
        try:
            self._outcome = self._work(self.progress)
        except BaseException as error:  # handed to whoever waits
            self._error = error
        self._done.set()

    def wait(self) -> T:
        """The work's outcome. Raises what it raised, or ``StorageTimeout`` where it stopped making progress."""
        while not self._done.wait(max(0.0, self._progress_at + self._pool.timeout_seconds - time.monotonic())):
            if time.monotonic() >= self._progress_at + self._pool.timeout_seconds:
                self._pool.give_up(self)
                raise StorageTimeout(
                    f"The file storage did not answer within {self._pool.timeout_seconds:g} s.",
                    remedy="Check that the storage is mounted and reachable.",
                )
        if self._error is not None:
            raise self._error
        return self._outcome  # type: ignore[return-value]  # None only where T is None


class DeadlinePool:
    """At most ``threads`` daemon threads, started as they are needed."""

    def __init__(self, *, threads: int, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds
        self._threads = threads
        self._lock = threading.Lock()
        self._queue: SimpleQueue[Call[Any]] = SimpleQueue()
        self._started = 0
        self._busy = 0
        self._stuck = 0

    @property
    def stuck(self) -> int:
        """Threads whose call was given up and has not returned."""
        return self._stuck

    def run(self, work: Callable[[Callable[[], None]], T]) -> T:
        """Do ``work`` in a thread and wait for it; ``work`` gets a function to call when it makes progress."""
        return self.submit(work).wait()

    def submit(self, work: Callable[[Callable[[], None]], T]) -> Call[T]:
        """Queue ``work``. Raises ``StorageTimeout`` at once while every thread is stuck."""
        call = Call(self, work)
        with self._lock:
            if self._stuck >= self._threads:
                raise StorageTimeout(
                    f"The file storage hangs: {self._stuck} calls have not come back.",
                    remedy="Check that the storage is mounted and reachable; Tank goes on by itself when it answers.",
                )
            self._busy += 1
            if self._busy > self._started and self._started < self._threads:
                self._started += 1
                threading.Thread(target=self._serve, name="tank-storage", daemon=True).start()
        self._queue.put(call)
        return call

    def give_up(self, call: Call[Any]) -> None:
        """Stop counting on a call: it holds its thread until it returns, or is never begun."""
        with self._lock:
            if not call.given_up:
                call.given_up = True
                self._stuck += call.holds_thread

    def _serve(self) -> None:
        while True:
            call = self._queue.get()
            with self._lock:
                call.holds_thread = not call.given_up
            if call.holds_thread:
                call.run()
            with self._lock:
                self._busy -= 1
                self._stuck -= call.holds_thread and call.given_up
                call.holds_thread = False
            del call  # what it returned may be large, and the next call may be far away
