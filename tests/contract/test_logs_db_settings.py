"""Settings, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tank.db.database import Database


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
