"""How much JavaScript a screen may cost, packed: more than the bar, and the build's newest line is the reason."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

import pytest

from tank.bootstrap import UI_FOLDER

SHELL_BYTES = 170_000
ROUTE_BYTES = 220_000


@cache
def manifest() -> dict[str, Any]:
    """Vite's: every chunk with what it imports."""
    path = UI_FOLDER / "manifest.json"
    if not path.exists():
        if os.environ.get("TANK_REQUIRE_ALL") == "1":
            pytest.fail("The user interface is not built, and TANK_REQUIRE_ALL=1.")
        pytest.skip("The user interface is not built: `make ui` builds it.")
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def with_imports(name: str) -> set[str]:
    """A chunk and all that it cannot start without."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        chunk = waiting.pop()
        if chunk not in found:
            found.add(chunk)
            waiting += manifest()[chunk].get("imports", [])
    return found


def packed_bytes(chunks: set[str]) -> int:
    """As gzip sends them; small ones are sent as they are."""
    files = {UI_FOLDER / manifest()[chunk]["file"] for chunk in chunks}
    packed = (file.with_name(file.name + ".gz") for file in files)
    return sum((gz if gz.exists() else gz.with_suffix("")).stat().st_size for gz in packed)


def test_the_shell_is_light() -> None:
    assert packed_bytes(with_imports("index.html")) <= SHELL_BYTES


def test_every_screen_is_light() -> None:
    screens = [name for name in manifest() if name.startswith("src/screens/") and name.endswith("-screen.tsx")]
    assert screens
    heavy = {
        name: size
        for name in screens
        if (size := packed_bytes(with_imports("index.html") | with_imports(name))) > ROUTE_BYTES
    }
    assert heavy == {}
