"""A demo that serves, for all modules, and a browser for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium, complaints, open_page, sign_in
from tests.support.demo_server import demo_server

#: ``visit("/runs", language="en", scheme="dark", width=390)``: signed in, the screen shown.
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a demo whose first run has ended. All modules share it: leave it as it was, or start your own."""
    with demo_server(tmp_path_factory.mktemp("demo")) as found:
        yield found


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Opens screens; at the end no page may have complained of anything."""
    pages: list[Page] = []

    def open_screen(path: str = "/", *, signed_in: bool = True, **how: str | int) -> Page:
        page = open_page(browser, address, **how)  # type: ignore[arg-type]
        pages.append(page)
        if signed_in:
            sign_in(page)
        page.goto(f"/app{path}")
        page.wait_for_selector("h1")
        return page

    yield open_screen
    heard = [text for page in pages for text in complaints(page)]
    for page in pages:
        page.context.close()
    assert heard == []
