"""The screens of records and of administration, used as an operator does; and that nobody meets a barrier in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.acceptance.ui.conftest import Visit
from tests.support.browser import barriers

SCREENS = (
    "/outbox",
    "/reports?period=week",
    "/reports?by=error",
    "/reports?by=run",
    "/system-errors",
    "/connections",
    "/senders",
    "/settings",
    "/people",
    "/account",
    "/audit",
)
LOOKS = [
    pytest.param(*look, id="-".join(map(str, look))) for look in product(("ko", "en"), ("light", "dark"), (1440, 390))
]


def settle(page: Page) -> None:
    """Until nothing waits any more."""
    expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_nobody_meets_a_barrier(visit: Visit, language: str, scheme: str, width: int) -> None:
    page = visit(SCREENS[0], language=language, scheme=scheme, width=width)
    for path in SCREENS:
        page.goto(f"/app{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        settle(page)
        assert barriers(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_mail_of_the_outbox_is_read_for_a_reason(visit: Visit) -> None:
    page = visit("/outbox", language="ko")
    mails = page.get_by_role("list", name="메일 목록").get_by_role("link")
    expect(mails.first).to_contain_text("***@")
    page.keyboard.press("j")
    page.get_by_role("button", name="사유를 적고 열기").click()
    page.get_by_role("dialog").get_by_role("textbox", name="사유").fill("고객 문의 확인")
    page.get_by_role("dialog").get_by_role("button", name="보기").click()
    reading = page.get_by_role("region", name="메일 내용")
    expect(reading.get_by_role("link", name=re.compile("pdf"))).to_be_visible()
    expect(mails.first).not_to_contain_text("***@")
    frame = page.locator("iframe[title='메일 미리보기']")
    expect(frame).to_have_attribute("sandbox", "")
    expect(frame.content_frame.get_by_text("고객님, 안녕하세요")).to_be_visible()
    page.keyboard.press("j")
    expect(mails.nth(1)).to_have_attribute("aria-current", "page")
    page.get_by_role("tab", name="원본").click()
    expect(page.get_by_role("region", name="원본")).to_contain_text("MIME-Version")
    assert barriers(page) == []


def test_a_report_leads_from_a_day_to_its_runs(visit: Visit) -> None:
    page = visit("/reports?period=week", language="ko")
    page.get_by_role("table", name="날짜").get_by_role("link").first.click()
    page.get_by_role("table", name="자동화").get_by_role("link").first.click()
    expect(page.get_by_role("tab", name="실행")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("table", name="실행").get_by_role("row")).to_have_count(2)


def test_a_report_is_taken_away(visit: Visit) -> None:
    page = visit("/reports", language="ko")
    page.get_by_role("button", name="내려받기").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Excel · 날짜별").click()
    assert download.value.suggested_filename == "summary-by-day.xlsx"


def test_a_connection_is_made_tested_and_deleted(visit: Visit) -> None:
    page = visit("/connections", language="ko")
    page.get_by_role("button", name="연결 추가").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("이름", exact=True).fill("닿지 않는 곳")
    dialog.get_by_label("서버 주소").fill("127.0.0.1")
    dialog.get_by_label("포트").fill("1")
    dialog.get_by_label("데이터베이스 이름").fill("card")
    dialog.get_by_label("비밀번호", exact=True).fill("never shown")
    assert barriers(page) == []
    dialog.get_by_role("button", name="저장").click()
    card = page.get_by_role("article", name="닿지 않는 곳")
    expect(card).to_contain_text("127.0.0.1:1/card")
    expect(card).to_contain_text("비밀번호 저장됨")
    card.get_by_role("button", name="연결 테스트").click()
    expect(card.get_by_role("alert")).to_be_visible()
    card.get_by_role("button", name="닿지 않는 곳에 할 수 있는 일").click()
    page.get_by_role("menuitem", name="삭제").click()
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(card).to_be_hidden()


def test_a_connection_in_use_is_not_deleted(visit: Visit) -> None:
    page = visit("/connections", language="ko")
    page.get_by_role("button", name="demo-card에 할 수 있는 일").click()
    page.get_by_role("menuitem", name="삭제").click()
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("카드 이용대금 명세서")


def test_a_sender_is_made_and_its_secret_replaced(visit: Visit) -> None:
    page = visit("/senders", language="en")
    page.get_by_role("button", name="Add a sender").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("relay")
    dialog.get_by_label("Server", exact=True).fill("mail.example.com")
    dialog.get_by_label("User", exact=True).fill("tank")
    dialog.get_by_label("Password", exact=True).fill("never shown")
    assert barriers(page) == []
    dialog.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="What to do with relay").click()
    page.get_by_role("menuitem", name="Edit").click()
    expect(dialog).to_contain_text("it is never shown again")
    dialog.get_by_role("button", name="Replace: Password").click()
    expect(dialog.get_by_label("Password", exact=True)).to_have_value("")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="What to do with relay").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("article", name="relay")).to_be_hidden()


def test_the_company_has_a_day_off(visit: Visit) -> None:
    page = visit("/settings", language="ko")
    page.get_by_label("날짜로 추가").fill("2027-05-03")
    page.get_by_role("button", name="추가").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("이름", exact=True).fill("창립기념일")
    assert barriers(page) == []
    dialog.get_by_role("button", name="저장").click()
    day = page.get_by_role("listitem").filter(has_text="창립기념일")
    expect(day).to_contain_text("2027-05-03")
    day.get_by_role("button").click()
    dialog.get_by_role("radio", name="원래대로").check()
    dialog.get_by_role("button", name="저장").click()
    expect(day).to_be_hidden()


@pytest.fixture
def newcomer(browser: Browser, address: str) -> Iterator[Page]:
    """Somebody else's browser."""
    context = browser.new_context(base_url=address, locale="ko-KR")
    yield context.new_page()
    context.close()


def test_somebody_is_added_and_comes_in_by_the_link(visit: Visit, newcomer: Page) -> None:
    page = visit("/people", language="ko")
    page.get_by_role("button", name="사용자 추가").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("이름", exact=True).fill("박조회")
    dialog.get_by_label("계정", exact=True).fill("park")
    dialog.get_by_role("radio", name="조회자").check()
    assert barriers(page) == []
    dialog.get_by_role("button", name="추가").click()
    link = dialog.locator("pre").inner_text()
    newcomer.goto(link)
    newcomer.get_by_label("새 비밀번호", exact=True).fill("four words, no sense")
    newcomer.get_by_label("새 비밀번호 확인").fill("four words, no sense")
    newcomer.keyboard.press("Enter")
    newcomer.wait_for_url("**/app/")
    newcomer.goto("/app/outbox")
    expect(newcomer.get_by_role("heading", name="볼 수 있는 권한이 없습니다")).to_be_visible()
    newcomer.goto("/app/connections")
    expect(newcomer.get_by_role("button", name="연결 추가")).to_be_hidden()
    page.reload()
    page.get_by_role("button", name="박조회 계정 작업").click()
    page.get_by_role("menuitem", name="사용 중지").click()
    page.get_by_role("dialog").get_by_role("button", name="사용 중지").click()
    expect(page.get_by_role("row").filter(has_text="박조회")).to_contain_text("중지됨")


def test_a_token_is_shown_once_and_withdrawn(visit: Visit) -> None:
    page = visit("/people", language="ko")
    page.get_by_role("button", name="토큰 만들기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("이름", exact=True).fill("야간 집계")
    dialog.get_by_role("button", name="만들기").click()
    expect(dialog.locator("pre")).to_contain_text("tank_")
    dialog.get_by_role("button", name="닫기").last.click()
    page.get_by_role("row").filter(has_text="야간 집계").get_by_role("button", name="폐기").click()
    page.get_by_role("dialog").get_by_role("button", name="폐기").click()
    expect(page.get_by_role("row").filter(has_text="야간 집계")).to_be_hidden()


def test_the_second_step_is_offered_as_a_code_and_as_a_key(visit: Visit) -> None:
    page = visit("/account", language="ko")
    demo = page.request.get("/session/hints").json()["demo"]
    page.get_by_role("button", name="2단계 인증 켜기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("현재 비밀번호", exact=True).fill(demo["password"])
    dialog.get_by_role("button", name="다음").click()
    expect(dialog.get_by_role("img", name="인증 앱에 등록할 QR 코드")).to_be_visible()
    expect(dialog.locator("code")).to_contain_text(re.compile(r"^[A-Z2-7 ]{16,}$"))
    assert barriers(page) == []
    dialog.get_by_label("앱에 표시된 숫자").fill("000000")
    dialog.get_by_role("button", name="켜기").click()
    expect(dialog.get_by_role("alert")).to_contain_text("인증 번호가 올바르지 않습니다.")


def test_the_audit_trail_is_whole_and_filtered(visit: Visit) -> None:
    page = visit("/audit", language="ko")
    expect(page.get_by_role("status").filter(has_text="모두 온전합니다")).to_be_visible()
    page.get_by_role("combobox", name="작업").select_option(label="자동화")
    rows = page.get_by_role("table", name="감사 기록").get_by_role("row")
    rows.filter(has_text="자동화 게시").get_by_role("button").click()
    expect(page.get_by_text("리비전", exact=True)).to_be_visible()
    assert barriers(page) == []


def test_a_sign_in_that_the_company_refused_says_why(visit: Visit) -> None:
    page = visit("/sign-in?problem=no_role&detail=x", signed_in=False, language="ko")
    expect(page.get_by_role("alert", name="그룹에 속해 있지 않습니다")).to_be_visible()
    assert barriers(page) == []
