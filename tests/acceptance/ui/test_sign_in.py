"""Coming in, and coming back in the middle of something, at a server with accounts of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.crash.serving import Serving
from tests.support.browser import barriers, open_page

PASSWORD = "four words, no sense"


@dataclass(frozen=True, slots=True)
class Place:
    """A server, and the people who have accounts there."""

    address: str
    serving: Serving
    #: The second factor's secret of ``lee``.
    secret: str


def serve(folder: Path) -> Serving:
    return Serving({"TANK_DATA_DIR": str(folder / "data"), "TANK_WORKERS": "1"}, folder / "serve.log")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """``kim`` has a password, ``lee`` a second factor too."""
    with serve(tmp_path_factory.mktemp("accounts")) as serving:
        for name in ("kim", "lee"):
            link = invited(serving, name)
            serving.post("/session/link", {"link": link, "password": PASSWORD})
        secret = with_second_factor(serving)
        yield Place(f"http://127.0.0.1:{serving.port}", serving, secret)


def invited(serving: Serving, name: str) -> str:
    body = {"name": name, "display_name": f"{name} 운영", "role": "operator"}
    return str(serving.post("/account", body)["link"])


def with_second_factor(serving: Serving) -> str:
    with serving.as_person("lee", PASSWORD) as ask:
        secret = str(ask("POST", "/session/totp", {"password": PASSWORD}).json()["secret"])
        confirmed = ask("PUT", "/session/totp", {"code": pyotp.TOTP(secret).now()})
        assert confirmed.status_code == 204, confirmed.text
    return secret


@pytest.fixture
def page(browser: Browser, place: Place) -> Iterator[Page]:
    opened = open_page(browser, place.address, language="ko")
    yield opened
    opened.context.close()


def fill_in(page: Page, account: str = "kim", password: str = PASSWORD) -> None:
    page.get_by_label("계정", exact=True).fill(account)
    page.get_by_label("비밀번호", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_whoever_signs_in_sees_what_they_asked_for(page: Page) -> None:
    page.goto("/app/customers?q=0012")
    fill_in(page)
    page.wait_for_url("**/app/customers?q=0012")
    expect(page.get_by_role("heading", level=1)).to_have_text("고객 찾기")


def test_a_wrong_password_is_told_in_ones_own_language(page: Page) -> None:
    page.goto("/app/sign-in")
    fill_in(page, password="a wrong password")
    expect(page.get_by_role("alert")).to_contain_text("계정 또는 비밀번호가 올바르지 않습니다.")
    assert barriers(page) == []


def test_six_digits_are_asked_for_where_the_account_has_them(page: Page, place: Place) -> None:
    page.goto("/app/sign-in")
    fill_in(page, "lee")
    code = page.get_by_role("textbox", name="인증 번호")
    expect(code).to_be_visible()
    assert barriers(page) == []
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    app = pyotp.TOTP(place.secret)
    # Its code of this half minute confirmed the factor, and each is good once; that of the next one counts already.
    digits = app.at(int(time.time()) + 30)
    code.fill(f"{digits[:3]} {digits[3:]}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/")


def test_a_session_that_ends_is_asked_for_over_the_page(page: Page) -> None:
    page.goto("/app/")
    fill_in(page)
    page.wait_for_selector("nav")
    page.context.clear_cookies()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.insert_text("lee@example.com")
    dialog = page.get_by_role("dialog", name="다시 로그인해 주세요")
    expect(dialog).to_be_visible()
    assert barriers(page) == []
    with page.expect_response(lambda answer: "/delivery?" in answer.url and answer.ok):
        dialog.get_by_label("비밀번호", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("combobox")).to_have_value("lee@example.com")


def test_an_invitation_leads_in_and_is_good_once(page: Page, place: Place) -> None:
    link = invited(place.serving, f"new{int(time.time() * 1000)}")
    page.goto(f"/app/welcome#{link}")
    page.get_by_label("새 비밀번호", exact=True).fill(PASSWORD)
    page.get_by_label("새 비밀번호 확인").fill(PASSWORD)
    assert barriers(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/")
    page.goto("/app/sign-in")
    page.goto(f"/app/welcome#{link}")
    expect(page.get_by_role("heading", level=1)).to_have_text("사용할 수 없는 링크입니다")


def test_an_address_elsewhere_is_no_place_to_go_on(page: Page) -> None:
    page.goto("/app/sign-in?next=//evil.example.com/")
    fill_in(page)
    page.wait_for_url("**/app/")


def test_the_first_admin_comes_by_the_printed_link(browser: Browser, tmp_path: Path) -> None:
    with serve(tmp_path) as serving:
        address = f"http://127.0.0.1:{serving.port}"
        page = open_page(browser, address, language="ko")
        page.goto("/app/sign-in")
        expect(page.get_by_text("tank user add")).to_be_visible()
        assert barriers(page) == []
        page.goto(printed_link(serving))
        page.get_by_label("계정", exact=True).fill("kim")
        page.get_by_label("이름").fill("김운영")
        page.get_by_label("새 비밀번호", exact=True).fill(PASSWORD)
        page.get_by_label("새 비밀번호 확인").fill(PASSWORD)
        assert barriers(page) == []
        page.keyboard.press("Enter")
        page.wait_for_url("**/app/")
        people: Any = page.request.get("/account").json()
        assert [(person["name"], person["role"]) for person in people] == [("kim", "admin")]
        page.context.close()


def printed_link(serving: Serving) -> str:
    return next(line.strip() for line in serving.output().splitlines() if "/app/welcome#" in line)
