"""The template lab: whatever an operator types, Tank lives on and says what is wrong."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tank.domain.automation import Template
from tank.domain.errors import Invalid
from tank.domain.mail import RenderedMail
from tank.domain.ports.rendering import RenderError, TemplateContext, TemplateSettings
from tank.rendering.lab import ProcessTemplateLab

SETTINGS = TemplateSettings(zone="Asia/Seoul", language="ko", due_at=datetime(2026, 11, 5, tzinfo=UTC))


@pytest.fixture(scope="module")
def lab() -> Iterator[ProcessTemplateLab]:
    opened = ProcessTemplateLab(seconds=3.0)
    yield opened
    opened.close()


def problems(
    lab: ProcessTemplateLab, subject: str, html: str = "<p>", text: str = ""
) -> list[tuple[str, int | None, str]]:
    found = lab.problems(
        Template(subject=subject, html=html, text=text), columns=["CUST_ID", "고객명"], mapping_columns=["AMT"]
    )
    return [(problem.field, problem.line, problem.code) for problem in found]


def test_a_part_that_is_still_to_be_written_hides_nothing(lab: ProcessTemplateLab) -> None:
    found = lab.problems(Template(subject="{{ CUST_IDD }}"), columns=["CUST_ID"], mapping_columns=[])
    assert [(one.field, one.code) for one in found] == [
        ("template.html", "required"),
        ("template.subject", "unknown_variable"),
    ]


def test_a_good_template_has_no_problems(lab: ProcessTemplateLab) -> None:
    html = (
        "{% for r in rows %}{{ r.AMT|won }}{% endfor %}{% set x = 고객명 %}{{ x[1:] }}{{ YYYYMM }}{{ row['CUST_ID'] }}"
    )
    assert problems(lab, subject="{{ CUST_ID }} {{ AMT }}", html=html) == []


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"subject": "{{ NAME }}"}, ("template.subject", 1, "unknown_variable")),
        ({"subject": "s", "html": "<p>\n{{ CUST_IDD }}"}, ("template.html", 2, "unknown_variable")),
        ({"subject": "s", "text": "a\nb\n{{ CUST_IDD[1:] }}"}, ("template.text", 3, "unknown_variable")),
        (
            {"subject": "s", "html": "\n{% for r in rows %}{{ r.AMOUNT }}{% endfor %}"},
            ("template.html", 2, "unknown_column"),
        ),
    ],
)
def test_what_is_unknown_is_named_with_its_line(
    lab: ProcessTemplateLab, parts: dict[str, str], problem: tuple[str, int, str]
) -> None:
    assert problems(lab, **parts) == [problem]


def test_a_near_name_is_suggested(lab: ProcessTemplateLab) -> None:
    (problem,) = lab.problems(Template(subject="{{ CUST_IDD }}", html="<p>"), columns=["CUST_ID"], mapping_columns=[])
    assert "CUST_ID?" in problem.message


def test_a_syntax_error_is_a_problem(lab: ProcessTemplateLab) -> None:
    ((field, line, _code),) = problems(lab, subject="s", html="a\n{% if %}")
    assert (field, line) == ("template.html", 2)


def test_values_come_through_whole(lab: ProcessTemplateLab) -> None:
    template = Template(subject="{{ A }}|{{ B }}|{{ C }}|{{ rows[0].D }}", text="t")
    context = TemplateContext(
        target={"A": Decimal("10.10"), "B": datetime(2026, 1, 2, 3, 4, tzinfo=UTC), "C": None}, rows=[{"D": "가"}]
    )
    (mail,) = lab.render(template, SETTINGS, [context])
    assert isinstance(mail, RenderedMail)
    assert mail.subject == "10.10|2026-01-02 12:04:00||가"


def test_one_recipient_s_error_is_its_own(lab: ProcessTemplateLab) -> None:
    contexts = [TemplateContext(target={"A": value}) for value in (1, 0)]
    good, bad = lab.render(Template(subject="{{ 6 / A }}", text="t"), SETTINGS, contexts)
    assert isinstance(good, RenderedMail)
    assert isinstance(bad, RenderError)


def test_a_template_that_does_not_compile_is_invalid(lab: ProcessTemplateLab) -> None:
    with pytest.raises(Invalid):
        lab.render(Template(subject="{{"), SETTINGS, [TemplateContext(target={})])


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ 'x' * 10**10 }}",
        "{% set a = 'x' * 10**6 %}{% for i in range(10**5) %}{{ a }}{% endfor %}",
        "{{ range(10**12)|list }}",
        "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% macro m(a) %}{{ m(a) }}{{ m(a) }}{% endmacro %}{{ m(1) }}",
        "{{ [1]|batch(10**12) }}",
        "{{ 'a'|replace('a', 'b' * 10**9) }}",
        "{{ ['x' * 10**8] * 100 | join }}",
        "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
        "{{ " + "-" * 100_000 + "1 }}",
    ],
)
def test_a_hostile_template_is_stopped_and_the_next_one_works(lab: ProcessTemplateLab, hostile: str) -> None:
    try:
        (outcome,) = lab.render(Template(subject="s", text=hostile), SETTINGS, [TemplateContext(target={})])
    except Invalid as error:
        outcome = RenderError(error.message)
    assert isinstance(outcome, RenderError)
    (mail,) = lab.render(Template(subject="{{ 1 + 1 }}", text="t"), SETTINGS, [TemplateContext(target={})])
    assert isinstance(mail, RenderedMail)
    assert mail.subject == "2"


def test_threads_take_turns(lab: ProcessTemplateLab) -> None:
    found: list[str] = []

    def render(number: int) -> None:
        (mail,) = lab.render(Template(subject="{{ N }}", text="t"), SETTINGS, [TemplateContext(target={"N": number})])
        assert isinstance(mail, RenderedMail)
        found.append(mail.subject)

    threads = [threading.Thread(target=render, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [str(number) for number in range(8)]


def children() -> set[str]:
    """The processes that this one has started and not yet waited for, zombies too."""
    with subprocess.Popen(["ps", "-eo", "pid=,ppid="], stdout=subprocess.PIPE, text=True) as ps:
        listed = [line.split() for line in ps.communicate()[0].splitlines()]
    return {pid for pid, parent in listed if parent == str(os.getpid()) and pid != str(ps.pid)}


@pytest.mark.parametrize("text", ["t", "{{ A" + "[1:]" * 200_000 + " }}"], ids=["alive", "killed"])
def test_closing_leaves_no_process(text: str) -> None:
    before = children()
    lab = ProcessTemplateLab()
    lab.problems(Template(subject="s", text=text), columns=["A"], mapping_columns=[])
    lab.problems(Template(subject="s", text="t"), columns=[], mapping_columns=[])
    assert len(children() - before) == 1
    lab.close()
    assert children() - before == set()


@pytest.mark.parametrize(
    "text", ["{{ ('x' * 10**8)|list|length }}", "{{ A" + "[1:]" * 200_000 + " }}"], ids=["memory", "stack"]
)
def test_what_would_end_a_worker_is_found_before_it_is_published(lab: ProcessTemplateLab, text: str) -> None:
    found = lab.problems(Template(subject="s", text=text), columns=["A"], mapping_columns=[])
    assert [problem.code for problem in found] == ["template_too_heavy"]
    assert problems(lab, subject="{{ CUST_ID }}") == []


@pytest.mark.parametrize("html", ["<" * 900_000, "<style>a{b:c}</style>" + "<!--" * 200_000], ids=["text", "css"])
def test_what_takes_too_long_to_prepare_is_found_too(html: str) -> None:
    lab = ProcessTemplateLab(seconds=1.0)
    found = lab.problems(Template(subject="s", html=html), columns=[], mapping_columns=[])
    assert [problem.code for problem in found] == ["template_too_heavy"]
    assert "longer than 1 second" in found[0].message
    assert lab.problems(Template(subject="s", html="<p>"), columns=[], mapping_columns=[]) == []
    lab.close()


def test_a_value_that_is_missing_in_the_trial_is_no_problem(lab: ProcessTemplateLab) -> None:
    html = "{{ 6 / CUST_ID }}{{ 고객명|upper }}{{ rows[3].AMT|won }}{{ CUST_ID[:2] }}{{ (AMT|int) // (CUST_ID|int) }}"
    assert problems(lab, subject="{{ 고객명 ~ 1 }}", html=html) == []
