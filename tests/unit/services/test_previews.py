"""Previews: a draft's mail on a sample row, on a row by its key, and on the rows most likely to look wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tank.db.database import Database
from tank.domain.automation import Dbio, TargetColumns, Template
from tank.domain.errors import Invalid, NotFound
from tank.domain.query import SourceError, SourceErrorKind
from tank.domain.values import Row, RowValues
from tank.services.previews import PreviewedMail, PreviewReason, Previews
from tests.fakes.clock import FakeClock
from tests.fakes.lab import InProcessLab
from tests.fakes.sources import FakeSources
from tests.support.site import MAPPING, TARGET, Site

ROWS: list[RowValues] = [
    ("C1", "a@example.com", "김"),
    ("C2", "b@example.com", "아주아주 긴 이름을 가진 고객님"),
    ("C3", None, None),
    (4, "d@example.com", "박"),
]


def details(binds: Row) -> list[RowValues]:
    if binds["CUST_ID"] == 4:
        raise SourceError(SourceErrorKind.CONSTRAINT, "division by zero")
    return [(number,) for number in range(3 if binds["CUST_ID"] == "C1" else 1)]


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    made = Site(sqlite_db, clock, rows=ROWS)
    made.source.answer(MAPPING, ("AMOUNT",), details)
    draft(made, Dbio(connection="erp", target_query=TARGET, mapping_query=MAPPING))
    return made


@pytest.fixture
def previews(site: Site) -> Previews:
    return Previews(site.db, FakeSources(erp=site.source), InProcessLab(), site.clock)


def draft(site: Site, dbio: Dbio, *, key: tuple[str, ...] = ("CUST_ID",)) -> None:
    template = Template(subject="{{ 고객명 }} 님 {{ YYYYMM }}", html="<p>{{ rows|length }}</p>")
    columns = TargetColumns(email="EMAIL", key=key)
    definition = replace(site.definition, dbio=dbio, columns=columns, template=template)
    with site.db.write() as tables:
        tables.automations.save_draft(site.automation_id, definition, expected_version=None, at=site.clock.now())


def subject(mail: PreviewedMail) -> str:
    assert mail.mail is not None
    return mail.mail.subject


def test_a_sample_row_with_its_details(site: Site, previews: Previews) -> None:
    (mail,) = previews.sample(site.automation_id, due_at=datetime(2026, 2, 1, tzinfo=UTC)).mails
    assert (mail.row_number, mail.reasons, mail.error) == (1, (PreviewReason.SAMPLE,), "")
    assert subject(mail) == "김 님 202602"
    assert mail.mapping == ({"AMOUNT": 0}, {"AMOUNT": 1}, {"AMOUNT": 2})


def test_dates_come_from_the_clock_where_no_moment_is_given(site: Site, previews: Previews) -> None:
    (mail,) = previews.sample(site.automation_id, row_number=2).mails
    assert subject(mail).endswith(f"{site.clock.now():%Y%m}")


def test_another_template_than_the_draft_s(site: Site, previews: Previews) -> None:
    template = Template(subject="새 {{ CUST_ID }} {{ NAEM }}", html="x")
    found = previews.sample(site.automation_id, template=template)
    assert found.mails[0].mail is None
    assert "NAEM" in found.mails[0].error
    assert [(problem.field, problem.code) for problem in found.problems] == [("template.subject", "unknown_variable")]


@pytest.mark.parametrize(("key", "number"), [("C2", 2), ("C1", 1)])
def test_a_row_by_its_key(site: Site, previews: Previews, key: str, number: int) -> None:
    (mail,) = previews.of_key(site.automation_id, [key]).mails
    assert (mail.row_number, mail.target["CUST_ID"], mail.reasons) == (number, key, (PreviewReason.KEY,))


def test_a_number_is_found_by_its_text_and_the_mapping_s_error_is_told(site: Site, previews: Previews) -> None:
    (mail,) = previews.of_key(site.automation_id, ["4"]).mails
    assert (mail.row_number, mail.mail, mail.error) == (4, None, "division by zero")


def test_a_key_of_two_columns(site: Site, previews: Previews) -> None:
    draft(site, Dbio(connection="erp", target_query=TARGET), key=("CUST_ID", "EMAIL"))
    (mail,) = previews.of_key(site.automation_id, ["C2", "b@example.com"]).mails
    assert mail.row_number == 2
    with pytest.raises(Invalid, match="consists of CUST_ID, EMAIL"):
        previews.of_key(site.automation_id, ["C2"])


def test_nobody_has_the_key(site: Site, previews: Previews) -> None:
    with pytest.raises(NotFound, match="4 rows"):
        previews.of_key(site.automation_id, ["C9"])


def test_the_worst_rows(site: Site, previews: Previews) -> None:
    found = previews.worst(site.automation_id).mails
    chosen = {reason: mail.row_number for mail in found for reason in mail.reasons}
    assert chosen == {
        PreviewReason.LONGEST_VALUE: 2,
        PreviewReason.MOST_NULLS: 3,
        PreviewReason.MOST_MAPPING_ROWS: 1,
        PreviewReason.ERROR: 4,
    }


def test_one_row_may_be_the_worst_in_every_way(site: Site, previews: Previews) -> None:
    (mail,) = previews.worst(site.automation_id, rows=1).mails
    assert len(mail.reasons) == 3


def test_problems_need_no_row(site: Site, previews: Previews) -> None:
    site.customers([])
    template = Template(subject="{{ AMOUNT }}", html="{% for r in rows %}{{ r.AMUONT }}{% endfor %}")
    (problem,) = previews.problems(site.automation_id, template=template)
    assert "Did you mean AMOUNT?" in problem.message


def test_there_is_no_row_to_show(site: Site, previews: Previews) -> None:
    with pytest.raises(Invalid, match="no row 5"):
        previews.sample(site.automation_id, row_number=5)
    site.customers([])
    with pytest.raises(Invalid, match="no rows"):
        previews.worst(site.automation_id)
    draft(site, Dbio(connection="erp"))
    with pytest.raises(Invalid, match="no target query"):
        previews.sample(site.automation_id)


def test_a_bind_that_the_target_does_not_give(site: Site, previews: Previews) -> None:
    query = "SELECT AMOUNT FROM TX WHERE BRANCH = :BRANCH"
    site.source.answer(query, ("AMOUNT",), [])
    draft(site, Dbio(connection="erp", target_query=TARGET, mapping_query=query))
    with pytest.raises(Invalid, match=r"(?i):branch"):
        previews.sample(site.automation_id)
