"""The shell around every screen: language, colours, keyboard, phone width; and that nobody meets a barrier in it."""

from __future__ import annotations

import re
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.ui.conftest import Visit
from tests.support.browser import barriers

LOOKS = [
    pytest.param(*look, id="-".join(map(str, look))) for look in product(("ko", "en"), ("light", "dark"), (1440, 390))
]


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_nobody_meets_a_barrier(visit: Visit, language: str, scheme: str, width: int) -> None:
    page = visit("/", language=language, scheme=scheme, width=width)
    expect(page.get_by_role("banner").get_by_role("button").last).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("banner").get_by_role("button").last.click()
    expect(page.get_by_role("menu")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    if width == 390:
        page.locator("[aria-controls=navigation]").click()
        expect(page.get_by_role("navigation")).to_be_visible()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_language_is_the_browsers_and_a_choice_stays(visit: Visit) -> None:
    page = visit("/automations", language="en")
    expect(page).to_have_title("Automations · Tank")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="한국어").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("자동화")
    expect(page).to_have_title("자동화 · Tank")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("자동화")
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_the_colours_chosen_stay(visit: Visit) -> None:
    page = visit("/", language="en", scheme="light")
    page.get_by_role("button", name="Brightness").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    # Without React: boot.js alone has set it before anything is painted, so that nothing flashes.
    page.route("**/app/assets/**", lambda route: route.abort())
    page.reload(wait_until="domcontentloaded")
    assert page.evaluate("document.documentElement.dataset.mantineColorScheme") == "dark"
    page.unroute("**/app/assets/**")
    page.reload()
    page.wait_for_selector("h1")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_every_entry_of_the_menu_leads_to_its_screen_by_keyboard(visit: Visit) -> None:
    page = visit("/", language="ko")
    links = page.get_by_role("navigation").get_by_role("link")
    # The first one is where we are.
    for number in range(1, links.count()):
        link = links.nth(number)
        link.focus()
        page.keyboard.press("Enter")
        expect(link).to_have_attribute("aria-current", "page")
        # It takes the focus once the screen is there; before, the next Enter could go to it.
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_after_a_navigation_the_heading_has_the_focus(visit: Visit) -> None:
    page = visit("/", language="ko")
    page.get_by_role("navigation").get_by_role("link", name="연결").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_the_first_stop_of_the_keyboard_skips_to_the_content(visit: Visit) -> None:
    page = visit("/", language="ko")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="본문으로 건너뛰기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_a_customer_is_searched_from_anywhere(visit: Visit) -> None:
    page = visit("/reports", language="ko")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
    page.keyboard.type("C000001")
    expect(page.get_by_role("option", name="모든 실행에서 ‘C000001’ 찾기")).to_be_visible()
    page.get_by_role("option", name="모든 실행에서").click()
    page.wait_for_url(re.compile(r"/app/customers\?q=C000001$"))


def test_an_address_of_nothing_says_so(visit: Visit) -> None:
    page = visit("/nothing/here", language="ko")
    expect(page).to_have_title("페이지를 찾을 수 없음 · Tank")
    assert barriers(page) == []


def test_all_sending_stopped_is_told_over_every_screen(visit: Visit) -> None:
    page = visit("/", language="ko")
    ask(page, "/sending/stop", reason="고객 민원 확인 중")
    try:
        page.reload()
        expect(page.get_by_text("모든 발송이 중지되었습니다.")).to_be_visible()
        expect(page.get_by_text("고객 민원 확인 중")).to_be_visible()
        assert barriers(page) == []
    finally:
        ask(page, "/sending/resume")
    page.reload()
    page.wait_for_selector("h1")
    expect(page.get_by_text("모든 발송이 중지되었습니다.")).to_be_hidden()


def ask(page: Page, path: str, **body: str) -> None:
    """POST as another page of the same person would."""
    script = """async ([path, body]) => {
        const session = await (await fetch('/session')).json();
        const headers = { 'content-type': 'application/json', 'x-tank-csrf': session.csrf };
        return (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    }"""
    assert page.evaluate(script, [path, body]) == 200
