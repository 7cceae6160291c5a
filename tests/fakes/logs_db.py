"""A Logs DB that goes away and comes back, around a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tank.domain.errors import LogsDbUnavailable
from tank.domain.ports.store import LogsDb, Tables


class FlakyLogsDb:
    """The port ``LogsDb``. Fails where a test says so, and is the real one otherwise."""

    def __init__(self, db: LogsDb) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._lost_replies = 0
        self._then: Callable[[], None] = lambda: None
        #: While set, nothing answers.
        self.is_away = False

    def lose_replies(self, times: int, *, then: Callable[[], None] = lambda: None) -> None:
        """The next ``times`` transactions commit, and their replies are lost; ``then`` happens after each."""
        self._lost_replies = times
        self._then = then

    @contextmanager
    def read(self) -> Iterator[Tables]:
        self._answer()
        with self._db.read() as tables:
            yield tables

    @contextmanager
    def write(self) -> Iterator[Tables]:
        self._answer()
        with self._db.write() as tables:
            yield tables
        with self._lock:
            lost, self._lost_replies = self._lost_replies > 0, max(0, self._lost_replies - 1)
        if lost:
            self._then()
            raise LogsDbUnavailable("The reply of the COMMIT was lost.")

    def _answer(self) -> None:
        if self.is_away:
            raise LogsDbUnavailable("The Logs DB is away.")


class CountedLogsDb:
    """The port ``LogsDb``; counts its transactions."""

    def __init__(self, db: LogsDb) -> None:
        self._db = db
        self.reads = 0
        self.writes = 0

    @contextmanager
    def read(self) -> Iterator[Tables]:
        self.reads += 1
        with self._db.read() as tables:
            yield tables

    @contextmanager
    def write(self) -> Iterator[Tables]:
        self.writes += 1
        with self._db.write() as tables:
            yield tables
