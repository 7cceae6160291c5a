"""What templates make of a recipient's variables."""

from __future__ import annotations

import html as html_module
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.automation import Template
from tank.domain.errors import Invalid
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateSettings
from tank.domain.values import Row, Value
from tank.rendering.templates import MinijinjaTemplates

DUE = datetime(2026, 11, 4, 23, 30, tzinfo=UTC)  # the 5th in Seoul


def rendered(
    text: str = "", row: Row | None = None, *, html: str = "", rows: list[Row] | None = None, language: str = "ko"
) -> RenderedMail:
    settings = TemplateSettings(zone="Asia/Seoul", language=language, due_at=DUE)
    compiled = MinijinjaTemplates().compile(Template(subject="s", html=html, text=text or "t"), settings)
    return compiled.render(TemplateContext(target=row or {}, rows=rows or []))


def shown(text: str, row: Row | None = None, *, rows: list[Row] | None = None, language: str = "ko") -> str:
    """What stands in the text part."""
    return rendered(text, row, rows=rows, language=language).text


class TestVariables:
    def test_target_columns_win_over_the_mapping_s_first_row(self) -> None:
        rows: list[Row] = [{"A": "mapping", "B": 1}, {"A": "second", "B": 2}]
        assert (
            shown("{{ A }} {{ B }} {{ rows|length }} {{ rows[1].A }}", {"A": "target"}, rows=rows)
            == "target 1 2 second"
        )

    def test_korean_names_and_names_that_are_no_identifiers(self) -> None:
        assert shown('{{ 고객명 }} {{ row["고객 번호"] }}', {"고객명": "김하나", "고객 번호": 7}) == "김하나 7"

    def test_dates_come_from_the_due_moment_in_the_zone(self) -> None:
        assert shown("{{ YYYYMMDD }} {{ LAST_YYYYMM }}") == "20261105 202610"

    def test_null_is_nothing(self) -> None:
        assert shown("[{{ A }}]", {"A": None}) == "[]"

    def test_an_unknown_variable_is_an_error_that_names_it(self) -> None:
        with pytest.raises(RenderError, match="NOBODY"):
            shown("{{ NOBODY }}")

    def test_a_mapping_column_without_a_mapping_row_says_why_it_is_missing(self) -> None:
        with pytest.raises(RenderError, match="`AMOUNT` is undefined: the mapping query found no row"):
            shown("{{ AMOUNT }}", {"A": 1})

    @pytest.mark.parametrize(
        "text", ["10.10", "0.00", "1000000000000000000.01", "-5.5", "0.1", "1E+3", "123456789012345678901"]
    )
    def test_decimals_keep_their_digits(self, text: str) -> None:
        value = Decimal(text)
        assert shown("{{ A }}", {"A": value}) == format(value, "f")

    @given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14))
    def test_any_decimal_keeps_its_digits(self, value: Decimal) -> None:
        assert shown("{{ A }}|{{ B }}", {"A": value, "B": value}) == f"{value:f}|{value:f}"

    def test_two_decimals_of_one_value_keep_their_own_digits(self) -> None:
        row: Row = {"A": Decimal("0.00"), "B": Decimal("0.0000")}
        assert shown("{{ A }} {{ B }}", row) == "0.00 0.0000"

    def test_a_whole_decimal_keeps_its_digits_and_an_equal_integer_its_own(self) -> None:
        row: Row = {"A": Decimal("2.00"), "N": 2}
        text = "{% for r in rows %}{{ loop.index }}:{{ r.X }} {% endfor %}{{ A }} {{ N }} {{ A|int }} {{ A + 1 }}"
        assert shown(text, row, rows=[{"X": Decimal("1.00")}, {"X": Decimal("2.00")}]) == "1:1.00 2:2.00 2.00 2 2 3"

    def test_a_decimal_compares_as_a_number(self) -> None:
        text = "{{ A == 0 }} {{ A > 0 }} {{ 1 if A else 2 }}"
        assert shown(text, {"A": Decimal("0.00")}) == "True False 2"

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (date(2026, 11, 5), "2026-11-05"),
            (datetime(2026, 11, 5, 9, 30), "2026-11-05 09:30:00"),
            (datetime(2026, 11, 5), "2026-11-05"),
            (datetime(2026, 11, 4, 23, 30, tzinfo=UTC), "2026-11-05 08:30:00"),
            (datetime(2026, 11, 4, 23, 30, tzinfo=timezone(timedelta(hours=9))), "2026-11-04 23:30:00"),
        ],
    )
    def test_moments_with_a_zone_are_shown_in_the_automation_s(self, value: date, text: str) -> None:
        assert shown("{{ D }}", {"D": value}) == text


class TestFilters:
    @pytest.mark.parametrize(
        ("code", "value", "korean", "english"),
        [
            ("won", 1234000, "1,234,000원", "₩1,234,000"),
            ("won", Decimal("-1234.5"), "-1,235원", "-₩1,235"),
            ("won", "1,234", "1,234원", "₩1,234"),
            ("money", 0, "0원", "₩0"),
            ("money('USD')", Decimal("1234.505"), "$1,234.51", "$1,234.51"),
            ("money('JPY')", Decimal("-0.4"), "¥0", "¥0"),
            ("money('CHF')", 5, "5.00 CHF", "5.00 CHF"),
            ("number", Decimal("1234.50"), "1,234.50", "1,234.50"),
            ("number(1)", Decimal("0.25"), "0.3", "0.3"),
            ("number(2)", 10**30, f"{10**30:,}.00", f"{10**30:,}.00"),
            ("percent", Decimal("0.125"), "12.5%", "12.5%"),
            ("percent(0)", Decimal("0.125"), "13%", "13%"),
            ("date", date(2026, 11, 22), "2026년 11월 22일", "November 22, 2026"),
            ("date('long')", date(2026, 11, 2), "2026년 11월 2일 월요일", "Monday, November 2, 2026"),
            ("date('short')", 20261122, "2026.11.22", "Nov 22, 2026"),
            ("date('%y/%m/%d %a %p %-I%%')", "2026-11-22 14:05:00", "26/11/22 일 오후 2%", "26/11/22 Sun PM 2%"),
            ("datetime", datetime(2026, 11, 22, 14, 5), "2026년 11월 22일 14:05", "November 22, 2026, 14:05"),
            (
                "datetime",
                datetime(2026, 11, 22, 14, 5, tzinfo=UTC),
                "2026년 11월 22일 23:05",
                "November 22, 2026, 23:05",
            ),
            ("time", time(9, 5), "09:05", "09:05"),
            ("weekday", date(2026, 11, 22), "일요일", "Sunday"),
        ],
    )
    def test_korean_and_english(self, code: str, value: Value, korean: str, english: str) -> None:
        text = f"{{{{ A|{code} }}}}"
        assert (shown(text, {"A": value}), shown(text, {"A": value}, language="en")) == (korean, english)

    @pytest.mark.parametrize(
        ("text", "result"),
        [
            ("{{ rows|sum(attribute='X') }}", "3.30"),
            ("{{ rows|map(attribute='X')|join(' ') }}", "1.10  2.20"),
            ("{{ A|round(1) }} {{ -A|abs }} {{ A|int }}", "2.7 2.65 2"),
            ("{{ N|default('none') }} {{ 0|default(7, true) }}", "none 7"),
            ("{{ [1, 2, 3]|batch(2, 0)|map('join', '-')|join('/') }}", "1-2/3-0"),
            ("{{ 'a.b.c'|replace('.', A) }}", "a2.65b2.65c"),
        ],
    )
    def test_rows_and_numbers(self, text: str, result: str) -> None:
        rows: list[Row] = [{"X": Decimal("1.10")}, {"X": None}, {"X": Decimal("2.20")}]
        assert shown(text, {"A": Decimal("2.65"), "N": None}, rows=rows) == result

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{{ A|money('won') }}", "currency code"),
            ("{{ A|number(21) }}", "decimals"),
            ("{{ '2026-11-22'|date('%Q') }}", "%Q is not a part of a date"),
            ("{{ '2026-02-30'|date }}", "not a date"),
            ("{{ A|sum }}", "not a list"),
            ("{{ [1]|batch(0) }}", "size"),
            ("{{ rows|sum(attribute='Y') }}", "Y"),
            ("{{ rows }}", "needs a loop"),
        ],
    )
    def test_wrong_uses_say_what_to_do(self, text: str, reason: str) -> None:
        with pytest.raises(RenderError, match=reason):
            shown(text, {"A": 1}, rows=[{"X": 1}])

    @pytest.mark.parametrize("code", ["won", "number", "date", "percent"])
    def test_what_they_cannot_take_is_said(self, code: str) -> None:
        with pytest.raises(RenderError, match=code):
            shown(f"{{{{ A|{code} }}}}", {"A": "no such thing"})

    @pytest.mark.parametrize("code", ["won", "number", "date"])
    def test_null_stays_nothing(self, code: str) -> None:
        assert shown(f"[{{{{ A|{code} }}}}]", {"A": None}) == "[]"


class TestSubject:
    def test_breaks_of_the_template_become_spaces(self) -> None:
        settings = TemplateSettings(zone="Asia/Seoul", language="ko", due_at=DUE)
        compiled = MinijinjaTemplates().compile(Template(subject="  a\r\n b {{ A }}\n", html="x"), settings)
        assert compiled.render(TemplateContext(target={"A": "<c>"})).subject == "a b <c>"

    def test_it_cannot_be_endless(self) -> None:
        settings = TemplateSettings(zone="Asia/Seoul", language="ko", due_at=DUE)
        compiled = MinijinjaTemplates().compile(Template(subject="{{ A }}", html="x"), settings)
        with pytest.raises(RenderError, match="at most 1,000"):
            compiled.render(TemplateContext(target={"A": "x" * 1001}))


class TestSafety:
    def test_html_is_escaped_and_text_is_not(self) -> None:
        mail = rendered("{{ A }}", {"A": "<b>&"}, html="<p>{{ A }}</p>")
        assert mail.text == "<b>&"
        assert "<p>&lt;b&gt;&amp;</p>" in mail.html

    @pytest.mark.parametrize(
        "text",
        [
            "{% for a in range(10**6) %}{% for b in range(10**6) %}x{% endfor %}{% endfor %}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{{ [1]|batch(10**12) }}",
        ],
    )
    def test_too_much_work_is_an_error_of_the_row(self, text: str) -> None:
        with pytest.raises(RenderError):
            shown(text)

    @pytest.mark.parametrize(
        "text", ["{{ ''.__class__ }}", "{{ rows.append(1) }}", "{% include 'x' %}", "{{ debug() }}"]
    )
    def test_nothing_reaches_out(self, text: str) -> None:
        with pytest.raises((RenderError, Invalid)):
            shown(text)

    @pytest.mark.parametrize("text", ["{{ A", "{% if %}", "{% for %}", "{% endif %}"])
    def test_a_syntax_error_names_the_line(self, text: str) -> None:
        with pytest.raises(Invalid) as caught:
            shown(f"first\n{text}", {"A": 1})
        assert caught.value.problems[0].field == "template.text"
        assert caught.value.problems[0].line in (1, 2)


class TestCss:
    def test_it_is_inlined_around_the_tags(self) -> None:
        html = (
            "<style>td{color:red} @media (max-width:600px){td{color:blue}}</style>"
            "<table>{% for r in rows %}<tr><td>{{ r.A }}</td></tr>{% endfor %}</table>"
            '<a href="{{ URL }}" style="width:{{ W }}px">x</a>'
        )
        mail = rendered(html=html, row={"URL": "https://x.kr/?a=1&b=2", "W": 5}, rows=[{"A": 1}, {"A": 2}])
        assert mail.html.count("<td") == 2
        assert mail.html.count('style="color: red') == 2 or mail.html.count("color:red") >= 2
        assert "@media" in mail.html
        assert html_module.unescape(mail.html).count('href="https://x.kr/?a=1&b=2"') == 1
        assert "width:5px" in mail.html.replace(" ", "")

    @pytest.mark.parametrize(
        "dynamic",
        ['<p class="{{ A }}">x</p>', "<p {% if A %}class='odd'{% endif %}>x</p>", "{{ '<p class=odd>x</p>'|safe }}"],
    )
    def test_a_rule_stays_where_a_class_is_known_only_for_each_recipient(self, dynamic: str) -> None:
        style = "<style>.odd { color: red; }</style>"
        mail = rendered(html=f'{style}<p class="odd">x</p>{dynamic}', row={"A": "odd"})
        assert ".odd" in mail.html
        assert '<p class="odd" style="color: red;">' in mail.html

    def test_what_an_html_parser_would_mend_is_left_as_it_was(self) -> None:
        html = '<style>div{color:red}</style>{% if A %}<div class="a">{% else %}<div>{% endif %}x</div>'
        mail = rendered(html=html, row={"A": 1})
        assert mail.html == '<style>div{color:red}</style><div class="a">x</div>'

    @given(
        st.lists(st.sampled_from(["{{ A }}", "{% if A %}", "x", "<b>", "</b>", "{# c #}", "&amp;", "가"]), max_size=12)
    )
    def test_tags_survive_it(self, parts: list[str]) -> None:
        source = "<style>b{color:red}</style><p>" + "".join(parts) + "{% endif %}" * parts.count("{% if A %}") + "</p>"
        mail = rendered(html=source, row={"A": "v"})
        assert mail.html.count("v") >= parts.count("{{ A }}")
        assert "{{" not in mail.html
        assert "{%" not in mail.html

    def test_a_text_part_is_derived_from_the_html(self) -> None:
        settings = TemplateSettings(zone="Asia/Seoul", language="ko", due_at=DUE)
        html = '<style>p{}</style><p>안녕 {{ A }}</p><a href="{{ U }}">보기</a>'
        compiled = MinijinjaTemplates().compile(Template(subject="s", html=html), settings)
        text = compiled.render(TemplateContext(target={"A": "김", "U": "https://x.kr/"})).text
        assert "안녕 김" in text
        assert "https://x.kr/" in text
        assert "<" not in text
