"""Attachment rules as they are saved, tried, and held against each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.attachment import AttachmentRule, AttachmentStatus
from tank.services.attachment_checks import TrialRow, check_rules, try_rules
from tank.services.attachments import Attachments
from tank.services.file_claims import FileClaims, file_digest
from tests.fakes.storage import MemoryStorage


def _codes(*rules: AttachmentRule) -> list[tuple[str, str]]:
    problems = check_rules(rules, columns=["CUST_ID", "고객명"], mapping_columns=["BRANCH"])
    return [(problem.field, problem.code) for problem in problems]


@pytest.mark.parametrize(
    "pattern",
    ["/a/{{ YYYYMM }}/{{ cust_id }}_*.pdf", "/{{ 고객명 }}/{{ BRANCH }}.pdf", "/{{ CUST_ID }}/{{ CUST_ID }}*.pdf"],
)
def test_good_rules_have_no_problems(pattern: str) -> None:
    assert _codes(AttachmentRule(pattern=pattern, file_name="{{ 고객명 }} {{ LAST_YYYYMM }}.pdf")) == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (AttachmentRule(pattern="/a//b"), [("pattern", "invalid_pattern")]),
        (AttachmentRule(pattern="/{{ CUST_IDD }}.pdf"), [("pattern", "unknown_variable")]),
        (AttachmentRule(pattern="/{{ YYYYMM }}.pdf"), [("pattern", "not_personal")]),
        (AttachmentRule(pattern="/terms.pdf"), [("pattern", "not_personal")]),
        (AttachmentRule(pattern="/{{ CUST_ID }}*.pdf"), [("pattern", "loose_variable")]),
        (AttachmentRule(pattern="/{{ BRANCH }}/*{{ CUST_ID }}.pdf"), [("pattern", "loose_variable")]),
        (AttachmentRule(pattern="/{{ CUST_ID }}.pdf", file_name="a/b"), [("file_name", "invalid_pattern")]),
        (AttachmentRule(pattern="/{{ CUST_ID }}.pdf", file_name="{{ X }}"), [("file_name", "unknown_variable")]),
        (AttachmentRule(pattern="/terms.pdf", shared=True), []),
        (AttachmentRule(pattern="/{{ BRANCH }}*.pdf", shared=True), []),
    ],
)
def test_wrong_rules_name_field_and_problem(rule: AttachmentRule, expected: list[tuple[str, str]]) -> None:
    good = AttachmentRule(pattern="/{{ CUST_ID }}")
    assert _codes(good, rule) == [(f"attachments[1].{field}", code) for field, code in expected]


def test_an_unknown_variable_comes_with_a_suggestion_and_its_place() -> None:
    (problem,) = check_rules([AttachmentRule(pattern="/{{ CUSTID }}")], columns=["CUST_ID"], mapping_columns=[])
    assert problem.message.endswith("Did you mean CUST_ID?")
    assert problem.position == 2


def test_trying_the_rules_counts_and_names_examples() -> None:
    storage = MemoryStorage({"a/C1_1.pdf": b"x", "a/C2_1.pdf": b"x", "a/C2_2.pdf": b"x", "a/C4_1.pdf": b""})
    plan = Attachments(storage).plan([AttachmentRule(pattern="/a/{{ ID }}_*.pdf")])
    rows = [TrialRow(key=f"C{number}", target={"ID": f"C{number}"}) for number in range(1, 7)]
    report = try_rules(plan, rows, {}, examples=3)
    assert (report.recipients, report.sendable, report.clashes) == (6, 1, ())
    (rule,) = report.rules
    assert (rule.found, rule.not_found, rule.ambiguous, rule.refused) == (1, 3, 1, 1)
    assert [(example.key, example.status) for example in rule.examples] == [
        ("C2", AttachmentStatus.AMBIGUOUS),
        ("C3", AttachmentStatus.NOT_FOUND),
        ("C4", AttachmentStatus.REFUSED),
    ]
    assert "No file matches /a/C3_*.pdf" in rule.examples[1].detail


def test_trying_the_rules_finds_files_for_two() -> None:
    storage = MemoryStorage({"a/C1_1_x.pdf": b"x", "b/all.pdf": b"x"})
    rules = [
        AttachmentRule(pattern="/a/{{ ID }}_*.pdf"),
        AttachmentRule(pattern="/b/all.pdf", shared=True),
    ]
    rows = [TrialRow(key=key, target={"ID": key}) for key in ("C1", "C2", "C1_1")]
    report = try_rules(Attachments(storage).plan(rules), rows, {})
    assert report.clashes == (("C1", "C1_1"),)


@given(st.lists(st.tuples(st.integers(1, 30), st.lists(st.text("ab", max_size=3), max_size=3)), max_size=60))
def test_claims_find_every_path_of_two_recipients(found: list[tuple[int, list[str]]]) -> None:
    claims = FileClaims()
    owners: dict[str, set[int]] = {}
    for seq, paths in found:
        claims.add(seq, [file_digest(path) for path in paths])
        for path in paths:
            owners.setdefault(path, set()).add(seq)
    expected = sorted(tuple(sorted(seqs)) for seqs in owners.values() if len(seqs) > 1)
    assert [clash.seqs for clash in claims.clashes(limit=100)] == expected


def test_two_rules_of_one_recipient_may_find_one_file() -> None:
    claims = FileClaims()
    claims.add(1, [file_digest("a")] * 2)
    assert claims.clashes() == []
