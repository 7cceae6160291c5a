"""Automations as YAML files."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.attachment import AttachmentRule, MissingFilePolicy
from tank.domain.automation import (
    Dbio,
    Definition,
    Envelope,
    EqualAddresses,
    InlineImage,
    Policies,
    Purpose,
    TargetColumns,
    Template,
)
from tank.domain.errors import Invalid
from tank.services.automation_files import AutomationFile, dump, load
from tank.services.definition_data import definition_from, definition_sha256, to_plain

STATEMENT = AutomationFile(
    name="월 명세서",
    description="매월 5일",
    definition=Definition(
        dbio=Dbio(connection="card", target_query="SELECT *\nFROM CUSTOMER\nWHERE A = 'x'\n"),
        columns=TargetColumns(email="EMAIL", key=("CUST_ID",)),
        template=Template(subject="{{ NAME }}님", html="<p>\n  안녕\n</p>"),
        attachments=(AttachmentRule(pattern="/statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf"),),
        envelope=Envelope(sender="outbox", from_email="a@example.com", headers=(("X-Campaign", "m"),)),
        policies=Policies(missing_file=MissingFilePolicy.ABORT_RUN),
    ),
)
TEXT = """\
tank: 1
name: 월 명세서
description: 매월 5일
dbio:
  connection: card
  target_query: |
    SELECT *
    FROM CUSTOMER
    WHERE A = 'x'
columns:
  email: EMAIL
  key:
    - CUST_ID
template:
  subject: '{{ NAME }}님'
  html: |-
    <p>
      안녕
    </p>
attachments:
  - pattern: /statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf
envelope:
  sender: outbox
  from_email: a@example.com
  headers:
    - - X-Campaign
      - m
policies:
  missing_file: ABORT_RUN
"""


def test_a_file_reads_like_one_that_somebody_wrote() -> None:
    assert dump(STATEMENT) == TEXT
    assert load(TEXT) == STATEMENT


# Everything that may be stored: no NUL, no lone surrogates.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
lines = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)
templates = st.builds(
    Template,
    subject=lines,
    html=texts,
    text=st.lists(texts, max_size=4).map("\n".join),
    inline_images=st.lists(st.builds(InlineImage, content_id=lines, path=lines), max_size=2).map(tuple),
)
definitions = st.builds(
    Definition,
    purpose=st.sampled_from(Purpose),
    zone=lines,
    language=lines,
    dbio=st.builds(Dbio, connection=lines, target_query=texts, allow_unparsed_sql=st.booleans()),
    columns=st.builds(
        TargetColumns,
        email=lines,
        key=st.lists(lines, max_size=3).map(tuple),
        equal_addresses=st.sampled_from(EqualAddresses),
    ),
    template=templates,
    attachments=st.lists(
        st.builds(AttachmentRule, pattern=lines, required=st.booleans(), file_name=lines), max_size=2
    ).map(tuple),
    envelope=st.builds(Envelope, from_name=lines, headers=st.lists(st.tuples(lines, lines), max_size=2).map(tuple)),
    policies=st.builds(Policies, once_per_hours=st.none() | st.integers(1, 100), max_recipients=st.integers(1, 10)),
)
names = lines.map(str.strip).filter(bool)


@given(name=names, description=texts, definition=definitions)
def test_what_is_exported_comes_back(name: str, description: str, definition: Definition) -> None:
    file = AutomationFile(name=name, description=description, definition=definition)
    text = dump(file)
    assert load(text) == file
    assert dump(load(text)) == text


@given(definitions)
def test_plain_data_comes_back(definition: Definition) -> None:
    for with_defaults in (True, False):
        problems: list[Any] = []
        assert definition_from(to_plain(definition, with_defaults=with_defaults), problems) == definition
        assert problems == []


def test_the_digest_tells_definitions_apart_and_ignores_defaults() -> None:
    empty = definition_sha256(Definition())
    assert empty == definition_sha256(Definition(dbio=Dbio()))
    assert empty != definition_sha256(STATEMENT.definition)
    # The digest of {}: it must stay what it is, for revisions of earlier versions are checked against it.
    assert empty == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    ("text", "field", "line"),
    [
        ("", "", 1),
        ("- a\n", "", 1),
        ("a: [1", "", 1),
        ("a: b\n c: d", "", 2),
        ("\x07", "", None),
        ("tank: 2\nname: a", "tank", 1),
        ("name: a", "tank", 1),
        ("tank: 1\nname: 2024", "name", 2),
        ("tank: 1", "name", 1),
        ("tank: 1\nname: a\ndbio:\n  target_quer: x", "dbio.target_quer", 4),
        ("tank: 1\nname: a\ndbio: SELECT", "dbio", 3),
        ("tank: 1\nname: a\npurpose: spam", "purpose", 3),
        ("tank: 1\nname: a\npolicies:\n  max_recipients: many", "policies.max_recipients", 4),
        ("tank: 1\nname: a\npolicies:\n  check_files_first: 1", "policies.check_files_first", 4),
        ("tank: 1\nname: a\nattachments:\n  - required: true", "attachments[0].pattern", 4),
        ("tank: 1\nname: a\ncolumns:\n  key: A", "columns.key", 4),
        ("tank: 1\nname: a\nenvelope:\n  headers:\n    - [A]", "envelope.headers[0]", 5),
        ('tank: 1\nname: a\nzone: "a\\0b"', "zone", 3),
        ("tank: 1\nname: a\nname: b", "name", 3),
        ("tank: 1\nname: &x a\ndescription: *x", "", 3),
        ("tank: 1\nname: !!python/object:os.system a", "", 2),
        ("tank: !!bool x\nname: a", "", 1),
        ("tank: !!int ''\nname: a", "", 1),
        ("tank: 1\nname: !!timestamp x", "", 2),
        ("tank: 1\nname: ! a", "", 2),
        ("tank: 1\nname: a\n? [1]\n: b", "", 3),
        ("[" * 50 + "]" * 50, "", 1),
        ("tank: 1\nname: a\nx: 0x" + "f" * 10, "x", 3),
        ("- a\n" * 20_000, "", 9_999),
        ("a" * 4_000_001, "", None),
    ],
)
def test_a_defect_is_told_with_its_field_and_line(text: str, field: str, line: int | None) -> None:
    with pytest.raises(Invalid) as caught:
        load(text)
    assert (caught.value.problems[0].field, caught.value.problems[0].line) == (field, line)


def test_every_defect_is_told_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        load("tank: 1\nname: a\nzone: 9\nlanguage: []\nfoo: x")
    assert [problem.field for problem in caught.value.problems] == ["foo", "zone", "language"]


@given(st.text(max_size=80))
def test_anything_else_is_refused_and_nothing_breaks(text: str) -> None:
    with pytest.raises(Invalid):
        load(text)
