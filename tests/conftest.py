"""Fixtures that tests of several folders share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tank.db.database import Database
from tests.fakes.clock import FakeClock
from tests.support.logs_db import postgres_logs_db, sqlite_logs_db


@pytest.fixture
def clock() -> FakeClock:
    """The clock of ``logs_db`` too."""
    return FakeClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def logs_db(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    """A migrated, empty Logs DB, once on SQLite and once on PostgreSQL."""
    opened = sqlite_logs_db(tmp_path, clock=clock) if request.param == "sqlite" else postgres_logs_db(clock=clock)
    with opened as database:
        yield database


@pytest.fixture
def sqlite_db(tmp_path: Path, clock: FakeClock) -> Iterator[Database]:
    """A migrated, empty Logs DB on SQLite alone, for tests that are not about the database."""
    with sqlite_logs_db(tmp_path, clock=clock) as database:
        yield database
