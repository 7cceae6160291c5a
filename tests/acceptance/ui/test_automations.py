"""Automations as an operator makes them: the first one, its parts, two people at once, trying it out, running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acceptance.ui.conftest import Visit
from tests.support.browser import barriers, open_page, sign_in
from tests.support.demo_server import demo_server

LOOKS = [
    pytest.param(*look, id="-".join(map(str, look))) for look in product(("ko", "en"), ("light", "dark"), (1440, 390))
]
SECTIONS = 8
DEMO = "카드 이용대금 명세서"


@pytest.fixture(scope="module")
def address(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demo of this module's own: automations are made and run here."""
    with demo_server(tmp_path_factory.mktemp("automations")) as found:
        yield found


class Api:
    """The API, as the page's own session may use it."""

    def __init__(self, page: Page) -> None:
        self._request = page.request
        self._csrf = page.request.get("/session").json()["csrf"]

    def get(self, path: str) -> Any:
        return self._request.get(path).json()

    def post(self, path: str, **body: Any) -> Any:
        answer = self._request.post(path, data=body, headers={"X-Tank-CSRF": self._csrf})
        assert answer.ok, answer.text()
        return answer.json()

    def demo(self) -> str:
        """The id of the demo's own automation."""
        return next(str(one["id"]) for one in self.get("/automation")["items"] if one["name"] == DEMO)

    def copy(self, name: str) -> str:
        return str(self.post(f"/automation/{self.demo()}/duplicate", name=name)["id"])


def editor(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def write(page: Page, box: Locator, text: str) -> None:
    """Into a code editor, in place of what it holds. Pasted: what is typed would be completed."""
    box.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_nobody_meets_a_barrier(visit: Visit, language: str, scheme: str, width: int) -> None:
    page = visit("/automations", language=language, scheme=scheme, width=width)
    expect(page.get_by_role("link", name=DEMO)).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name=DEMO).click()
    sections = page.get_by_role("navigation", name=re.compile("자동화 편집|Parts of the automation"))
    for number in range(SECTIONS):
        link = sections.get_by_role("link").nth(number)
        link.click()
        expect(link).to_have_attribute("aria-current", "page")
        expect(page.locator("main section").first).to_be_visible()
        expect(page.locator("main .mantine-Skeleton-root")).to_have_count(0)
        assert barriers(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    page.goto("/app/automations/new")
    expect(page.get_by_role("textbox").first).to_be_visible()
    assert barriers(page) == []


def test_from_nothing_to_a_test_mail(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    clicks = 0

    def click(target: Locator) -> None:
        nonlocal clicks
        target.click()
        clicks += 1

    click(page.get_by_role("button", name="새 자동화"))
    click(page.get_by_role("menuitem", name="단계별로 만들기"))
    click(page.get_by_role("button", name="다음"))
    click(page.get_by_role("button", name="쿼리 테스트"))
    click(page.get_by_role("button", name="다음"))
    expect(page.get_by_title("메일 본문 미리보기")).to_be_visible()
    click(page.get_by_role("button", name="다음"))
    click(page.get_by_placeholder("me@example.com"))
    page.keyboard.type("me@example.com")
    click(page.get_by_role("button", name="시험 메일 보내기"))
    expect(page.get_by_text("시험 메일 1통을 보냈습니다")).to_be_visible()
    assert clicks <= 12
    newest = Api(page).get("/outbox")["items"][0]
    assert newest["subject"].startswith("박"), "the first customer's mail, masked"
    page.get_by_role("link", name="편집 화면 열기").click()
    expect(page.get_by_text("초안이 완성되었습니다.")).to_be_visible()


def test_what_is_typed_survives_a_reload_and_is_saved_by_a_key(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    automation = Api(page).copy("남는 글")
    page.goto(f"/app/automations/{automation}/mail")
    subject = editor(page, "제목")
    write(page, subject, "{{ 고객명 }} 님의 새 제목")
    expect(page.get_by_text("아직 저장하지 않음", exact=True)).to_be_visible()
    page.reload()
    expect(subject).to_have_text("{{ 고객명 }} 님의 새 제목")
    expect(page.get_by_text("이 브라우저에 보관해 둔 내용")).to_be_visible()
    assert Api(page).get(f"/automation/{automation}")["draft"]["template"]["subject"] != "{{ 고객명 }} 님의 새 제목"
    subject.click()
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("아직 저장하지 않음")).to_have_count(0)
    expect(subject).to_have_text("{{ 고객명 }} 님의 새 제목")
    assert Api(page).get(f"/automation/{automation}")["draft"]["template"]["subject"] == "{{ 고객명 }} 님의 새 제목"


def test_a_lost_session_loses_nothing(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    demo = page.request.get("/session/hints").json()["demo"]
    automation = Api(page).copy("다시 로그인")
    page.goto(f"/app/automations/{automation}/mail")
    subject = editor(page, "제목")
    write(page, subject, "세션이 끝나도 남는 제목")
    page.context.clear_cookies()
    page.keyboard.press("ControlOrMeta+s")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("비밀번호", exact=True).fill(demo["password"])
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("아직 저장하지 않음")).to_have_count(0)
    assert Api(page).get(f"/automation/{automation}")["draft"]["template"]["subject"] == "세션이 끝나도 남는 제목"


@pytest.mark.parametrize(("choice", "kept"), [("내 내용으로 저장", "내 제목"), ("저장된 내용 쓰기", "그 사람 제목")])
def test_two_people_at_one_part(visit: Visit, choice: str, kept: str) -> None:
    page = visit("/automations", language="ko")
    api = Api(page)
    automation = api.copy(f"두 사람 {kept}")
    page.goto(f"/app/automations/{automation}/mail")
    write(page, editor(page, "제목"), "내 제목")
    template = api.get(f"/automation/{automation}")["draft"]["template"]
    api.post(f"/automation/{automation}/template", **{**template, "subject": "그 사람 제목"})
    page.keyboard.press("ControlOrMeta+s")
    dialog = page.get_by_role("dialog", name="다른 사람이 먼저 저장했습니다")
    expect(dialog.get_by_text("그 사람 제목")).to_be_visible()
    expect(dialog.get_by_text("내 제목", exact=True)).to_be_visible()
    assert barriers(page) == []
    dialog.get_by_role("button", name=choice).click()
    expect(dialog).to_be_hidden()
    expect(editor(page, "제목")).to_have_text(kept)
    expect(page.get_by_text("아직 저장하지 않음")).to_have_count(0)
    assert api.get(f"/automation/{automation}")["draft"]["template"]["subject"] == kept


def test_another_part_that_somebody_saved_stands_in_nobodys_way(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    api = Api(page)
    automation = api.copy("다른 부분")
    page.goto(f"/app/automations/{automation}/mail")
    write(page, editor(page, "제목"), "내 제목")
    policies = api.get(f"/automation/{automation}")["draft"]["policies"]
    api.post(f"/automation/{automation}/policies", **{**policies, "breaker_threshold": 7})
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("아직 저장하지 않음")).to_have_count(0)
    draft = api.get(f"/automation/{automation}")["draft"]
    assert (draft["template"]["subject"], draft["policies"]["breaker_threshold"]) == ("내 제목", 7)


def test_the_databases_own_words_and_the_place_of_an_error(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    automation = Api(page).copy("쿼리 오류")
    page.goto(f"/app/automations/{automation}/data")
    target = page.get_by_role("region", name="대상 쿼리", exact=True)
    write(page, editor(page, "대상 쿼리 SQL"), "SELECT CUST_ID, EMAIL\n  FROM CUSTOMERR")
    target.get_by_role("button", name="테스트하고 저장").click()
    alert = target.get_by_role("alert")
    expect(alert).to_contain_text("SQLITE_ERROR: no such table: CUSTOMERR")
    expect(alert).to_contain_text("2번째 줄")
    expect(target.locator(".cm-lintRange-error")).to_have_text("CUSTOMERR")
    write(page, editor(page, "매핑 쿼리 SQL"), "SELECT 가맹점 FROM CARD_TRANSACTION WHERE CUST_ID = :NOBODY")
    expect(page.get_by_role("listitem").filter(has_text=":NOBODY")).to_contain_text("값 없음")


def test_a_hostile_template_does_nothing_in_the_preview(browser: Browser, address: str) -> None:
    page = open_page(browser, address)  # not by ``visit``: the browser complains of what it refuses, as it should
    sign_in(page)
    automation = Api(page).copy("나쁜 템플릿")
    page.goto(f"/app/automations/{automation}/mail")
    hostile = """<p>안녕 {{ 고객명 }}</p><script>parent.document.title = "taken"</script>
<img src=x onerror="parent.document.title = 'taken'"><a href="/app/automations" target="_top">나가기</a>"""
    write(page, editor(page, "HTML 본문"), hostile)
    frame = page.frame_locator("iframe[sandbox='']")
    expect(frame.get_by_text("안녕")).to_be_visible()
    frame.get_by_text("나가기").click()
    page.wait_for_timeout(300)
    assert "taken" not in page.title()
    assert page.url.endswith("/mail")
    page.context.close()


def test_unknown_variables_are_told_with_their_line(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    automation = Api(page).copy("모르는 변수")
    page.goto(f"/app/automations/{automation}/mail")
    write(page, editor(page, "HTML 본문"), "<p>안녕하세요</p>\n<p>{{ 고객몀 }}</p>")
    expect(page.get_by_text(re.compile("HTML 본문, 2번째 줄.*고객명"))).to_be_visible()
    box = editor(page, "HTML 본문")
    box.click()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("{{ 청구")
    expect(page.get_by_role("option", name="청구금액")).to_be_visible()


def test_hangul_is_composed_in_an_editor(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    automation = Api(page).copy("한글 조합")
    page.goto(f"/app/automations/{automation}/mail")
    subject = editor(page, "제목")
    write(page, subject, "새 ")
    keyboard = page.context.new_cdp_session(page)
    for syllable in ("ㅎ", "하", "한"):
        keyboard.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    keyboard.send("Input.insertText", {"text": "한"})
    for syllable in ("ㄱ", "그", "글"):
        keyboard.send("Input.imeSetComposition", {"text": syllable, "selectionStart": 1, "selectionEnd": 1})
    page.wait_for_timeout(700)  # the preview and the draft come in the middle of a syllable
    keyboard.send("Input.insertText", {"text": "글"})
    expect(subject).to_have_text("새 한글")


def test_files_are_counted_as_a_rule_is_typed(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    automation = Api(page).copy("첨부")
    page.goto(f"/app/automations/{automation}/files")
    rule = page.get_by_role("group", name="규칙 1")
    expect(rule.get_by_text(re.compile(r"찾음 \d+"))).to_be_visible()
    write(page, editor(page, "파일 경로"), "/nowhere/{{ CUST_ID }}.pdf")
    expect(rule.get_by_text("찾음 0")).to_be_visible()
    expect(rule.get_by_text("없음 40")).to_be_visible()


def test_a_schedule_by_form_shows_holidays_and_moves(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    automation = Api(page).copy("스케줄")
    page.goto(f"/app/automations/{automation}/schedule")
    page.get_by_role("button", name="스케줄 추가").click()
    page.get_by_label("날짜").fill("1")
    page.get_by_role("radio", name="다음 영업일에 실행").check()
    times = page.get_by_role("region", name="다음 10번의 실행")
    expect(times.get_by_role("listitem")).to_have_count(10)
    expect(times.get_by_text("신정연휴").or_(times.get_by_text("새해")).or_(times.get_by_text("신정"))).to_be_visible()
    expect(times.get_by_text("에서 옮김").first).to_be_visible()
    page.get_by_role("button", name="스케줄 저장").click()
    expect(page.get_by_text("매월 1일 09:00")).to_be_visible()
    schedule = Api(page).get(f"/scheduler?automation_id={automation}")["items"][0]
    assert (schedule["cron"], schedule["business_days"]) == ("0 9 1 * *", "next_business_day")


def test_publishing_comparing_and_going_back(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    api = Api(page)
    automation = api.copy("이력")
    api.post(f"/automation/{automation}/publish", note="처음")
    template = api.get(f"/automation/{automation}")["draft"]["template"]
    api.post(f"/automation/{automation}/template", **{**template, "subject": "바뀐 제목"})
    page.goto(f"/app/automations/{automation}/revisions")
    expect(page.get_by_role("table", name="달라진 항목").get_by_text("바뀐 제목")).to_be_visible()
    page.get_by_label("메모").fill("제목 변경")
    page.get_by_role("button", name="게시", exact=True).click()
    expect(page.get_by_text("게시본 2을 만들었습니다.").or_(page.get_by_text("게시본 2와 같습니다"))).to_be_visible()
    page.get_by_role("button", name="게시본 1을 초안으로 되돌리기").click()
    page.get_by_role("dialog").get_by_role("button", name="초안으로 되돌리기").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert api.get(f"/automation/{automation}")["draft"]["template"]["subject"] == template["subject"]


def test_running_begins_with_the_pre_flight_figures(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    api = Api(page)
    automation = api.copy("즉시 실행")
    page.goto(f"/app/automations/{automation}")
    page.get_by_role("button", name="즉시 실행", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("region", name="사전 점검")).to_contain_text("40")
    assert barriers(page) == []
    dialog.get_by_role("button", name="즉시 실행", exact=True).click()
    page.wait_for_url(re.compile(r"/app/runs/[0-9a-f-]{36}$"))
    assert api.get(f"/run?automation_id={automation}")["items"][0]["id"] in page.url


def test_the_list_is_searched_copied_switched_and_cleared(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    api = Api(page)
    api.copy("찾을 자동화")
    page.get_by_role("searchbox", name="이름이나 설명으로 찾기").fill("찾을")
    expect(page.get_by_role("link", name="찾을 자동화")).to_be_visible()
    expect(page.get_by_role("link", name=DEMO)).to_be_hidden()
    menu = page.get_by_role("button", name="‘찾을 자동화’ 작업 메뉴")
    menu.click()
    page.get_by_role("menuitem", name="사용 중지").click()
    expect(page.get_by_role("cell", name="중지됨")).to_be_visible()
    menu.click()
    page.get_by_role("menuitem", name="삭제").click()
    assert barriers(page) == []
    page.get_by_role("dialog").get_by_role("button", name="삭제").click()
    expect(page.get_by_text("‘찾을’에 맞는 자동화가 없습니다")).to_be_visible()


def test_a_file_is_taken_in_and_its_defects_have_lines(visit: Visit) -> None:
    page = visit("/automations", language="ko")
    page.get_by_role("button", name="새 자동화").click()
    page.get_by_role("menuitem", name="YAML 파일에서 가져오기").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("파일 내용").fill("tank: 1\nname: 가져온 것\nnonsense: 1\n")
    dialog.get_by_role("button", name="가져오기").click()
    expect(dialog.get_by_text("3번째 줄")).to_be_visible()
    dialog.get_by_label("파일 내용").fill("tank: 1\nname: 가져온 것\n")
    dialog.get_by_role("button", name="가져오기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("가져온 것")
