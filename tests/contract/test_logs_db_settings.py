"""Settings, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tank.db.database import Database
from tests.support.at_once import at_once


@pytest.mark.parametrize("value", [30, 0, 0.5, True, False, "30", "", [1, "a"], {"설날": 1.5, "b": [None]}])
def test_a_setting_comes_back_as_it_was_put(logs_db: Database, value: Any) -> None:
    with logs_db.write() as tables:
        tables.settings.put("name", "before")
        tables.settings.put("name", value)
    with logs_db.read() as tables:
        found = tables.settings.get("name")
        assert (found, type(found)) == (value, type(value))
        assert tables.settings.all() == {"name": value}
    with logs_db.write() as tables:
        tables.settings.put("name", None)
        assert tables.settings.get("name") is None


def test_a_read_sees_one_state_whatever_is_written_meanwhile(logs_db: Database) -> None:
    with logs_db.write() as tables:
        tables.settings.put("name", 1)
    with logs_db.read() as reading:
        assert reading.settings.get("name") == 1
        with logs_db.write() as tables:
            tables.settings.put("name", 2)
            tables.settings.put("other", 2)
        assert (reading.settings.get("name"), reading.settings.get("other")) == (1, None)
    with logs_db.read() as reading:
        assert reading.settings.get("name") == 2


def test_those_who_count_on_at_once_get_each_a_number(logs_db: Database) -> None:
    def count_on() -> int:
        with logs_db.write() as tables:
            return tables.settings.count_on("number")

    assert sorted(at_once(count_on, 6)) == [1, 2, 3, 4, 5, 6]
    with logs_db.read() as tables:
        assert tables.settings.get("number") == 6
