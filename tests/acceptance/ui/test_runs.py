"""Runs as an operator follows and steers them, one recipient's story, a customer's mails, the dashboard, the stop."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from itertools import product
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.acceptance.ui.conftest import Visit
from tests.support.browser import barriers
from tests.support.demo_server import demo_server

LOOKS = [
    pytest.param(*look, id="-".join(map(str, look))) for look in product(("ko", "en"), ("light", "dark"), (1440, 390))
]


Role = Literal["region", "link", "heading"]


class Api:
    """The API as another page of the same person would use it."""

    def __init__(self, page: Page) -> None:
        self._request = page.request
        self._csrf = self.get("/session")["csrf"]

    def get(self, path: str) -> Any:
        return self._request.get(path).json()

    def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._request.fetch(path, method=method, data=body, headers={"x-tank-csrf": self._csrf})
        assert answer.ok, answer.text()
        return answer.json()

    def first_run(self) -> str:
        """The demo's own, which has ended: some of its customers have bad addresses or lack their file."""
        return str(self.get("/run?limit=500")["items"][-1]["id"])

    def start(self, *, mails_a_second: float) -> str:
        """A run of the demo's automation at that speed; its id."""
        self.pace(mails_a_second)
        job = self.send("POST", f"/automation/{self.get('/automation')['items'][0]['id']}/run", {})
        deadline = time.monotonic() + 15
        while (run_id := self.get(f"/job/{job['id']}")["run_id"]) is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return str(run_id)

    def pace(self, mails_a_second: float | None) -> None:
        self.send("PATCH", f"/sender/{self.get('/sender')[0]['id']}", {"max_rate": mails_a_second})

    def calm(self) -> None:
        """Lift what a test left behind, so that the next one may begin anything."""
        self.send("POST", "/sending/resume")
        self.pace(None)
        active = "/job?state=WAITING&state=RUNNING&state=PAUSED"
        for job in self.get(active)["items"]:
            self._request.post(f"/job/{job['id']}/cancel", data={}, headers={"x-tank-csrf": self._csrf})
        deadline = time.monotonic() + 15
        while self.get(active)["items"] or any(run["finished_at"] is None for run in self.get("/run")["items"]):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of our own: these tests leave runs behind."""
    with demo_server(tmp_path_factory.mktemp("runs")) as found:
        yield found


@pytest.fixture
def page(visit: Visit) -> Iterator[Page]:
    opened = visit("/runs", language="ko")
    yield opened
    Api(opened).calm()


def give_reason(page: Page, verb: str, reason: str = "고객 문의") -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("사유").fill(reason)
    dialog.get_by_role("button", name=verb, exact=True).click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_nobody_meets_a_barrier(visit: Visit, language: str, scheme: str, width: int) -> None:
    page = visit("/runs", language=language, scheme=scheme, width=width)
    run_id = Api(page).first_run()
    delivery = Api(page).get(f"/run/{run_id}/delivery?status=SKIPPED")["items"][0]
    key = delivery["recipient_key"]
    screens: tuple[tuple[str, Role, str], ...] = (
        ("/", "region", "발송 결과|Outcomes"),
        ("/runs", "link", "명세서"),
        (f"/runs/{run_id}", "link", "example"),
        (f"/deliveries/{delivery['id']}", "heading", key),
        (f"/customers?q={key}", "region", key),
    )
    for path, role, name in screens:
        page.goto(f"/app{path}")
        expect(page.get_by_role("main").get_by_role(role, name=re.compile(name)).first).to_be_visible()
        assert barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_run_is_followed_paused_resumed_and_cancelled(page: Page) -> None:
    run_id = Api(page).start(mails_a_second=2)
    page.locator(f"a[href='/app/runs/{run_id}']").click()  # it came into the list by itself
    sent = page.get_by_role("button", name=re.compile("^발송됨"))
    expect(sent).to_be_enabled()  # the first mail has left, and nobody reloaded anything
    page.get_by_role("button", name="일시 정지").click()
    expect(page.get_by_role("dialog")).to_contain_text("2초 안에")
    assert barriers(page) == []
    give_reason(page, "일시 정지", "로고가 틀렸습니다")
    notice = page.get_by_text("사람이 이 실행을 일시 정지했습니다.")
    expect(notice).to_be_visible()
    expect(page.get_by_text("사유: 로고가 틀렸습니다")).to_be_visible()
    page.get_by_role("button", name="다시 시작").click()
    expect(notice).to_be_hidden()
    page.get_by_role("button", name="실행 취소").click()
    give_reason(page, "실행 취소")
    expect(page.get_by_text("사람이 이 실행을 취소했습니다.")).to_be_visible()
    expect(page.get_by_role("button", name="일시 정지")).to_be_hidden()
    expect(page.get_by_role("region", name="보내지 못한 이유")).to_contain_text("보내기 전에 실행이 취소되었습니다.")


def test_those_who_lacked_their_file_are_retried_by_their_cause(page: Page) -> None:
    run_id = Api(page).first_run()
    page.goto(f"/app/runs/{run_id}")
    causes = page.get_by_role("region", name="보내지 못한 이유")
    expect(causes).to_contain_text("보내야 할 첨부 파일이 저장소에 없습니다.")
    expect(causes.get_by_text("잘못된 이메일 주소")).to_be_visible()
    causes.get_by_role("button", name=re.compile("재시도")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="재시도", exact=True).click()
    page.get_by_role("link", name="새 실행 보기").click()
    page.wait_for_url(re.compile(rf"/app/runs/(?!{run_id})"))
    expect(page.get_by_text("실패한 건을 재시도")).to_be_visible()
    expect(page.get_by_role("link", name="원래 실행 보기")).to_have_attribute("href", f"/app/runs/{run_id}")


def test_recipients_are_filtered_searched_and_shown_for_a_reason(page: Page) -> None:
    run_id = Api(page).first_run()
    page.goto(f"/app/runs/{run_id}")
    table = page.get_by_role("table", name="수신자 목록")
    page.get_by_role("button", name=re.compile("^건너뜀")).click()
    page.wait_for_url("**?status=SKIPPED")
    expect(table.get_by_role("cell", name="발송됨", exact=True)).to_have_count(0)
    expect(table.get_by_role("cell", name="건너뜀", exact=True).first).to_be_visible()
    page.get_by_role("button", name=re.compile("^건너뜀")).click()
    page.get_by_label("수신자 찾기").fill("C000002")
    page.wait_for_url("**?q=C000002")
    row = table.get_by_role("row").nth(1)
    expect(row).to_contain_text("C000002")
    expect(row).to_contain_text("***@")
    page.get_by_role("button", name="개인정보 보기").click()
    give_reason(page, "보기")
    expect(table).not_to_contain_text("***@")
    expect(table).to_contain_text("@")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV 내려받기").click()
    assert "***@" not in download.value.path().read_text("utf-8-sig")


def test_chosen_recipients_get_it_again_when_somebody_says_why(page: Page) -> None:
    page.goto(f"/app/runs/{Api(page).first_run()}?status=SENT")
    page.get_by_role("checkbox", name=re.compile("C00000")).first.check()
    page.get_by_role("button", name="다시 보내기…").click()
    expect(page.get_by_role("dialog")).to_contain_text("두 번 받게 됩니다")
    assert barriers(page) == []
    give_reason(page, "다시 보내기")
    expect(page.get_by_role("link", name="새 실행 보기")).to_be_visible()


def test_a_customer_is_found_and_mailed_at_a_corrected_address(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="고객 찾기").click()
    page.get_by_label("이메일 주소나 고객 번호").fill("C000003")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="C000003").get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("C000003")
    expect(page.get_by_text("발송 서버가 메일을 받았습니다.")).to_be_visible()
    expect(page.get_by_role("table", name="대상 행")).to_contain_text("CUST_ID")
    expect(page.get_by_role("region", name="첨부 파일")).to_contain_text(".pdf")
    page.get_by_role("button", name="다시 보내기…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("고친 주소").fill("not an address")
    dialog.get_by_label("사유").fill("고객이 주소를 고쳤습니다")
    dialog.get_by_role("button", name="다시 보내기").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("고친 주소").fill("corrected@example.com")
    dialog.get_by_role("button", name="다시 보내기").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("region", name="이 수신자의 다른 발송")).to_be_visible()
    page.get_by_role("link", name="새 실행 보기").click()
    expect(page.get_by_text("고른 건을 다시 발송")).to_be_visible()


def test_nobody_of_that_name_says_so(page: Page) -> None:
    page.goto("/app/customers?q=nobody@example.com")
    expect(page.get_by_role("heading", name="‘nobody@example.com’에게 보낸 기록이 없습니다")).to_be_visible()
    assert barriers(page) == []


def test_runs_are_filtered_by_automation_and_state(page: Page) -> None:
    page.get_by_role("combobox", name="상태").click()
    page.get_by_role("option", name="일시 정지").click()
    page.wait_for_url("**?state=PAUSED")
    expect(page.get_by_role("heading", name="조건에 맞는 실행이 없습니다")).to_be_visible()
    page.get_by_role("button", name="조건 지우기").click()
    page.get_by_role("combobox", name="자동화").click()
    page.get_by_role("option", name="카드 이용대금 명세서").click()
    page.wait_for_url("**?automation=*")
    expect(page.get_by_role("table").get_by_role("link").first).to_be_visible()


def test_the_dashboard_shows_the_period_and_what_is_in_flight(page: Page) -> None:
    run_id = Api(page).start(mails_a_second=2)
    page.goto("/app/")
    flight = page.get_by_role("region", name="진행 중인 실행")
    expect(flight.get_by_role("link", name="카드 이용대금 명세서")).to_have_attribute("href", f"/app/runs/{run_id}")
    expect(page.get_by_role("region", name="워커")).to_contain_text("가동 중")
    page.get_by_role("radiogroup", name="기간").get_by_text("30일").click()
    page.wait_for_url("**?period=30")
    days = page.get_by_role("table", name="날짜별 발송 결과").get_by_role("row")
    expect(days).to_have_count(31)
    page.get_by_role("radiogroup", name="기간").get_by_text("오늘").click()
    expect(page.get_by_role("region", name="발송 결과").get_by_role("img")).to_be_visible()


def test_one_switch_stops_all_sending_and_lets_it_go_on(page: Page) -> None:
    Api(page).start(mails_a_second=2)
    page.goto("/app/")
    page.get_by_role("button", name="모든 발송 중지").click()
    expect(page.get_by_role("dialog")).to_contain_text("진행 중인 실행 1개")
    assert barriers(page) == []
    give_reason(page, "모든 발송 중지", "민원 확인 중")
    expect(page.get_by_role("status").get_by_text("민원 확인 중")).to_be_visible()
    expect(page.get_by_text("나가고 있는 메일 없음")).to_be_visible()
    assert barriers(page) == []
    before = Api(page).get("/run?limit=1")["items"][0]["counts"]["sent"]
    page.get_by_role("button", name="발송 다시 시작").click()
    page.get_by_role("dialog").get_by_role("button", name="발송 다시 시작").click()
    expect(page.get_by_text("모든 발송이 중지되었습니다.")).to_be_hidden()
    deadline = time.monotonic() + 10
    while Api(page).get("/run?limit=1")["items"][0]["counts"]["sent"] <= before:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_the_mail_is_shown_as_it_was_sent_and_the_look_is_noted(page: Page) -> None:
    api = Api(page)
    delivery = api.get(f"/run/{api.first_run()}/delivery?status=SENT")["items"][0]
    page.goto(f"/app/deliveries/{delivery['id']}")
    page.get_by_role("button", name="메일 보기").click()
    expect(page.get_by_text("보낸 메일과 한 바이트도 다르지 않습니다.")).to_be_visible()
    frame = page.locator("iframe")
    expect(frame).to_have_attribute("sandbox", "")
    expect(page.frame_locator("iframe").locator("body")).not_to_be_empty()
    page.get_by_role("radiogroup", name="보기 너비").get_by_text("휴대폰").click()
    assert frame.evaluate("frame => frame.getBoundingClientRect().width") == 375
    expect(page.get_by_role("region", name="열람한 사람")).to_contain_text("demo")
    assert barriers(page) == []
