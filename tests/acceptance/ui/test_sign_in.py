"""Coming in, and coming back in the middle of something. The accounts are pretended: the server's own have tests."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.acceptance.ui.conftest import Visit
from tests.support.browser import barriers

PASSWORD = "correct horse battery"
SESSION: dict[str, Any] = {
    "account": {"id": "1", "name": "kim", "display_name": "김운영", "role": "operator", "has_totp": False},
    "csrf": "token",
    "idle_until": "2099-01-01T00:00:00Z",
    "ends_at": "2099-01-01T00:00:00Z",
}
HINTS: dict[str, Any] = {"needs_setup": False, "demo": None, "single_sign_on": None}


class Accounts:
    """The accounts' side of the API, answered in the browser."""

    def __init__(self, page: Page) -> None:
        self.is_signed_in = False
        self.wants_code = False
        self.hints = HINTS
        self.given: list[dict[str, Any]] = []
        page.route("**/session", self._session)
        page.route("**/session/hints", lambda route: route.fulfill(json=self.hints))
        page.route("**/session/link*", self._link)

    def _session(self, route: Route) -> None:
        if route.request.method == "POST":
            self._sign_in(route, posted(route))
        elif route.request.method == "DELETE":
            self.is_signed_in = False
            route.fulfill(status=204)
        elif self.is_signed_in:
            route.fulfill(json=SESSION)
        else:
            refuse(route, 401, "sign_in_required")

    def _sign_in(self, route: Route, given: dict[str, Any]) -> None:
        self.given.append(given)
        if given["password"] != PASSWORD:
            refuse(route, 401, "wrong_credentials")
        elif self.wants_code and "code" not in given:
            refuse(route, 401, "code_required")
        else:
            self.is_signed_in = True
            route.fulfill(status=201, json=SESSION)

    def _link(self, route: Route) -> None:
        if route.request.method == "POST":
            self.given.append(posted(route))
            self.is_signed_in = True
            route.fulfill(status=201, json=SESSION)
        elif "link=good" in route.request.url:
            about = {"purpose": "first_admin", "account": None, "valid_until": "2099-01-01T00:00:00Z"}
            route.fulfill(json=about)
        else:
            refuse(route, 404, "unknown_link")


def posted(route: Route) -> dict[str, Any]:
    body: dict[str, Any] = route.request.post_data_json or {}
    return body


def refuse(route: Route, status: int, code: str) -> None:
    problem = {"type": f"urn:tank:problem:{code}", "status": status, "code": code, "detail": code, "problems": []}
    route.fulfill(status=status, json=problem, content_type="application/problem+json")


@pytest.fixture
def page(visit: Visit) -> Page:
    """At a page that needs no session, so that a test can set its accounts up first."""
    return visit("/welcome", signed_in=False, language="ko")


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("계정", exact=True).fill("kim")
    page.get_by_label("비밀번호", exact=True).fill(password)
    page.keyboard.press("Enter")


def test_whoever_signs_in_sees_what_they_asked_for(page: Page) -> None:
    Accounts(page)
    page.goto("/app/customers?q=0012")
    sign_in(page)
    page.wait_for_url("**/app/customers?q=0012")
    expect(page.get_by_role("heading", level=1)).to_have_text("고객 찾기")


def test_a_wrong_password_is_told_in_ones_own_language(page: Page) -> None:
    Accounts(page)
    page.goto("/app/sign-in")
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("계정 또는 비밀번호가 올바르지 않습니다.")
    assert barriers(page) == []


def test_six_digits_are_asked_for_where_the_account_has_them(page: Page) -> None:
    accounts = Accounts(page)
    accounts.wants_code = True
    page.goto("/app/sign-in")
    sign_in(page)
    page.get_by_label("인증 번호").fill("12 34 56")
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/")
    assert accounts.given[-1] == {"account": "kim", "password": PASSWORD, "code": "123456"}


def test_a_session_that_ends_is_asked_for_over_the_page(page: Page) -> None:
    accounts = Accounts(page)
    accounts.is_signed_in = True
    page.goto("/app/")
    page.wait_for_selector("h1")
    page.route("**/delivery?*", lambda route: refuse(route, 401, "sign_in_required"))
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("lee@example.com")
    dialog = page.get_by_role("dialog", name="다시 로그인해 주세요")
    expect(dialog).to_be_visible()
    assert barriers(page) == []
    page.unroute("**/delivery?*")
    with page.expect_response("**/delivery?*") as repeated:
        dialog.get_by_label("비밀번호", exact=True).fill(PASSWORD)
        page.keyboard.press("Enter")
    assert repeated.value.status == 200
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("combobox")).to_have_value("lee@example.com")
    assert accounts.given == [{"account": "kim", "password": PASSWORD}]


def test_nobody_has_an_account_yet(page: Page) -> None:
    accounts = Accounts(page)
    accounts.hints = {**HINTS, "needs_setup": True}
    page.goto("/app/sign-in")
    expect(page.get_by_text("tank user add")).to_be_visible()
    assert barriers(page) == []


def test_the_first_administrator_comes_by_a_link(page: Page) -> None:
    accounts = Accounts(page)
    page.goto("/app/sign-in")
    page.goto("/app/welcome#good")
    page.get_by_label("계정", exact=True).fill("kim")
    page.get_by_label("이름").fill("김운영")
    page.get_by_label("새 비밀번호", exact=True).fill(PASSWORD)
    page.get_by_label("새 비밀번호 확인").fill(PASSWORD)
    assert barriers(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/app/")
    assert accounts.given == [{"link": "good", "account": "kim", "display_name": "김운영", "password": PASSWORD}]


def test_a_link_that_was_used_says_so(page: Page) -> None:
    Accounts(page)
    page.goto("/app/sign-in")
    page.goto("/app/welcome#used")
    expect(page.get_by_role("heading", level=1)).to_have_text("사용할 수 없는 링크입니다")


def test_an_address_elsewhere_is_no_place_to_go_on(page: Page) -> None:
    Accounts(page)
    page.goto("/app/sign-in?next=//evil.example.com/")
    sign_in(page)
    page.wait_for_url("**/app/")
