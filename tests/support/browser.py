"""The machine's own Chromium, and what tests do with it: sign in, look for barriers (axe-core), notice errors."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
BUILT = ROOT / "src" / "tank" / "ui_files" / "app" / "index.html"
NAMES = ("chromium", "chromium-browser", "google-chrome")
#: Milliseconds; a shared machine may be busy.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; skips, or fails where everything is demanded, when the machine has none.

    To be held no longer than a module: Playwright's loop runs in the test's thread, where others want their own.
    """
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        _give_up("There is no Chromium here: `apt-get install chromium fonts-noto-cjk` makes these tests run")
    if not BUILT.exists():
        _give_up("The user interface is not built: `make ui` builds it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def _give_up(reason: str) -> None:
    if os.environ.get("TANK_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and TANK_REQUIRE_ALL=1.")
    pytest.skip(f"{reason}.")


def open_page(
    browser: Browser, address: str, *, language: str = "ko", scheme: str = "light", width: int = 1440
) -> Page:
    """A page of a new visitor; what it complains of in its console is kept for ``complaints``."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": 900},
        locale={"ko": "ko-KR", "en": "en-GB"}[language],
        timezone_id="Asia/Seoul",
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda message: heard.append(message.text) if message.type in ("error", "warning") else None)
    _COMPLAINTS[page] = heard
    return page


_COMPLAINTS: dict[Page, list[str]] = {}


def complaints(page: Page) -> list[str]:
    """Errors and warnings of the page's console; that an API refused something is no defect of the page."""
    return [text for text in _COMPLAINTS[page] if not text.startswith("Failed to load resource")]


def sign_in(page: Page) -> None:
    """Sign in as the demo's account, as the sign-in page would."""
    answer = page.request.post("/session", data=page.request.get("/session/hints").json()["demo"])
    assert answer.status == 201, answer.text()


def barriers(page: Page) -> list[str]:
    """What axe-core finds on the page as it is now, one line a finding."""
    page.evaluate(_axe())
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")
