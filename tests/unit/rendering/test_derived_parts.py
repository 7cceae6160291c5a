"""What is made of a template once: its CSS inlined, its text part derived, its tags kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tank.domain.automation import Template
from tank.domain.errors import Invalid
from tank.domain.ports.rendering import TemplateContext, TemplateSettings
from tank.rendering.css import inline_css
from tank.rendering.plain_text import text_of
from tank.rendering.tags import tags_of
from tank.rendering.templates import MinijinjaTemplates, syntax_problems

STYLE = "<style>td{color:red}.a{margin:0}@media (max-width:600px){td{color:blue}}</style>"
SETTINGS = TemplateSettings(zone="Asia/Seoul", language="ko", due_at=datetime(2026, 11, 5, tzinfo=UTC))

_pieces = st.sampled_from([
    "{{ A }}", "{% if A %}", "{% else %}", "{% endif %}", "{% for r in rows %}", "{% endfor %}", "{# <td> #}",
    "{% raw %}{{ <b> }}{% endraw %}", "{{ '<' }}", "{{ '}}' }}", "{{ {'a': {'b': A}}['a']['b'] }}",
    "<table>", "</table>", "<tr>", "</tr>", "<td>", "<td class=a ", "</td>", ">", '"', "'", "<a href='{{ A }}'>",
    "</a>", "style='", 'style="width:{{ A }}px"', "<!--", "-->", "<script>", "</script>", "<title>", "</title>",
    "<img alt='{{ A }}' src=x>", "<p", "/>", "<li>", "<br>", "&#123;", "&#123;&#123;", "&#123;%", "&lt;", "<",
    "가", "<![CDATA[", "<?", "<!doctype html>", "<textarea>", "<html>", "<body>", "</body>", "\ue000", "\ue0011",
])  # fmt: skip
_sources = st.lists(_pieces, max_size=12).map("".join)


def statements(source: str) -> list[str]:
    return [tag.text for tag in tags_of(source) if tag.is_statement]


def compiled_text(html: str, values: dict[str, str] | None = None) -> str:
    compiled = MinijinjaTemplates().compile(Template(subject="s", html=html), SETTINGS)
    return compiled.render(TemplateContext(target=values or {})).text


@settings(max_examples=300, deadline=None)
@given(_sources, st.sampled_from(["", STYLE]))
def test_what_is_well_formed_compiles(source: str, style: str) -> None:
    template = Template(subject="s", html=style + source)
    if syntax_problems(template):
        with pytest.raises(Invalid):
            MinijinjaTemplates().compile(template, SETTINGS)
        return
    MinijinjaTemplates().compile(template, SETTINGS)
    assert [tag.text for tag in tags_of(inline_css(template.html))] == [tag.text for tag in tags_of(template.html)]
    # A private-use character that stands for tags in the text part is not the operator's.
    assert statements(text_of(template.html)) == statements(template.html.replace("\ue000", "").replace("\ue001", ""))


@pytest.mark.parametrize(
    "html",
    [
        "<script>{% for r in rows %}<tr>{{ A }}{% endfor %}",
        "{% for r in rows %}<p{% endfor %}",
        "<title>{% if A %}<script></body>'{% endif %}가",
        "<!-- {% if A %}{% else %}{% endif %}",
        "{{ '<' }}<<p{% for r in rows %}<a href='{{ A }}'>{% endfor %}",
    ],
)
def test_statements_survive_elements_that_never_end(html: str) -> None:
    assert statements(text_of(html)) == statements(html)
    MinijinjaTemplates().compile(Template(subject="s", html=html), SETTINGS)


class TestCss:
    def test_loops_stay_in_their_tables(self) -> None:
        html = inline_css(STYLE + "<table>{% for r in rows %}<tr><td>{{ r.A }}</td></tr>{% endfor %}</table>")
        assert "<table>{% for r in rows %}<tr><td " in html
        assert "</td></tr>{% endfor %}</table>" in html
        assert "@media (max-width:600px)" in html

    @pytest.mark.parametrize(
        "element",
        [
            '<a href="https://x.kr/?a={{ A }}&amp;b={{ B|urlencode }}">',
            '<td style="width:{{ W }}px">',
            "<td {% if A %}class='x'{% endif %}>",
            '<td title="{{ "a>b" }}">',
        ],
    )
    def test_tags_within_elements_survive(self, element: str) -> None:
        html = f"{STYLE}<table><tr>{element}</tr></table>" if element.startswith("<td") else f"{STYLE}{element}x</a>"
        assert [tag.text for tag in tags_of(inline_css(html))] == [tag.text for tag in tags_of(html)]

    def test_an_element_s_own_style_wins(self) -> None:
        html = inline_css(f'{STYLE}<table><tr><td style="color:{{{{ C }}}}">x</td></tr></table>')
        style = html.split('<td style="')[1].split('"')[0]
        assert style.index("color: red") < style.index("color:{{ C }}")

    def test_without_styles_nothing_changes(self) -> None:
        assert inline_css("<P CLASS=a>{{ A }}<td>") == "<P CLASS=a>{{ A }}<td>"

    @pytest.mark.parametrize("braces", ["&#123;&#123; A }}", "&#123;&#123;", "&#123;{# note #}", "&#123;% if %}"])
    def test_braces_that_are_meant_as_text_stay_text(self, braces: str) -> None:
        compiled = MinijinjaTemplates().compile(Template(subject="s", html=f"{STYLE}<p>{braces}</p>"), SETTINGS)
        mail = compiled.render(TemplateContext(target={"A": "value"}))
        assert "value" not in mail.html
        assert "&#123;" in mail.html


class TestPlainText:
    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p>안녕 {{ A }}</p><p>둘</p>", "안녕 v\n\n둘\n"),
            ("<ul><li>1<li>2</ul>", "- 1\n- 2\n"),
            ('<a href="{{ A }}">보기</a>', "보기 (v)\n"),
            ('<a href="mailto:x@y.kr">x@y.kr</a>', "x@y.kr\n"),
            ('<img alt="로고" src="cid:a">', "로고\n"),
            ("<style>{{ A }}</style><script>{{ A }}</script><!-- {{ A }} -->x", "x\n"),
            ("{% if A %}<td>예</td>{% else %}<td>아니오</td>{% endif %}", " 예\n"),
            ("&lt;b&gt; &amp;", "<b> &\n"),
            ("&#123;&#123; A }}", "{{ A }}\n"),
            ("&#123;{{ A }}", "{v\n"),
            ("&#123;{% if A %}x{% endif %}", "{x\n"),
        ],
    )
    def test_what_a_reader_sees(self, html: str, text: str) -> None:
        assert compiled_text(html, {"A": "v"}).strip() == text.strip()

    def test_conditions_in_hidden_places_still_match(self) -> None:
        html = "<style>{% if A %}p{}</style>{% endif %}<!-- {% for r in rows %} -->x{% endfor %}y"
        assert compiled_text(html, {"A": "v"}).strip() == "y"
