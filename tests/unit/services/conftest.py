"""A workshop for each test of services."""

from __future__ import annotations

import pytest

from tank.db.database import Database
from tests.fakes.clock import FakeClock
from tests.support.workshop import Workshop, open_workshop


@pytest.fixture
def workshop(sqlite_db: Database, clock: FakeClock) -> Workshop:
    return open_workshop(sqlite_db, clock)
