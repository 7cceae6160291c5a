"""The demo's data: whole, the same each time, and with the defects that real data have."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tank.demo import DemoData, make_demo
from tank.demo.pdf import Page
from tank.demo.people import MAX_PURCHASES, invent_customers
from tank.demo.statement import StatementPrinter
from tank.domain.dates import date_variables
from tank.domain.ports.rendering import TemplateContext, TemplateSettings
from tank.domain.values import Row
from tank.rendering.templates import MinijinjaTemplates
from tank.services.attachment_checks import TrialRow, check_rules, try_rules
from tank.services.attachments import Attachments
from tank.storage.local import LocalStorage

_TODAY = date(2026, 3, 15)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoData:
    return make_demo(tmp_path_factory.mktemp("demo"), customers=200, today=_TODAY)


def _rows(demo: DemoData) -> list[Row]:
    connection = sqlite3.connect(demo.database)
    connection.row_factory = sqlite3.Row
    query = demo.definition(connection="demo", sender="outbox").dbio.target_query
    rows: list[Row] = [dict(row) for row in connection.execute(query)]
    connection.close()
    return rows


def test_every_customer_is_a_recipient(demo: DemoData) -> None:
    rows = _rows(demo)
    assert demo.month == date(2026, 2, 1)
    assert len({row["CUST_ID"] for row in rows}) == demo.customers == len(rows) == 200
    assert {row["STMT_YM"] for row in rows} == {"202602"}


def test_some_rows_are_as_real_tables_have_them(demo: DemoData) -> None:
    rows = _rows(demo)
    emails = [row["EMAIL"] for row in rows]
    assert sum(email is None for email in emails) == 1
    assert len(emails) - len(set(emails)) == 1
    assert sum(row["고객명"] is None for row in rows) == 1


def test_the_rules_find_all_but_the_missing_and_the_doubled_files(demo: DemoData) -> None:
    definition = demo.definition(connection="demo", sender="outbox")
    rows = _rows(demo)
    assert check_rules(definition.attachments, columns=list(rows[0]), mapping_columns=[]) == []
    plan = Attachments(LocalStorage(demo.storage_root)).plan(definition.attachments)
    trial = [TrialRow(key=str(row["CUST_ID"]), target=row) for row in rows]
    report = try_rules(plan, trial, date_variables(datetime(2026, 3, 15, tzinfo=UTC)))
    (rule,) = report.rules
    assert (rule.found, rule.not_found, rule.ambiguous, rule.refused) == (197, 2, 1, 0)
    assert [example.key for example in rule.examples] == ["C000005", "C000037", "C000137"]
    assert report.clashes == ()


def test_the_queries_work_and_the_update_touches_one_row(demo: DemoData) -> None:
    dbio = demo.definition(connection="demo", sender="outbox").dbio
    connection = sqlite3.connect(demo.database)
    row = _rows(demo)[0]
    used = connection.execute(dbio.mapping_query, row).fetchall()
    assert sum(charge for *_, charge in used) == row["청구금액"]
    tank = {"tank_sent_at": "now", "tank_message_id": "m", "tank_run_id": "r"}
    assert connection.execute(dbio.update_query, {**row, **tank}).rowcount == 1
    connection.rollback()
    connection.close()


def test_the_template_has_no_problems_and_renders_every_row(demo: DemoData) -> None:
    definition = demo.definition(connection="demo", sender="outbox")
    settings = TemplateSettings(zone="Asia/Seoul", language="ko", due_at=datetime(2026, 3, 15, tzinfo=UTC))
    template = MinijinjaTemplates().compile(definition.template, settings)
    connection = sqlite3.connect(demo.database)
    connection.row_factory = sqlite3.Row
    for row in _rows(demo):
        used: list[Row] = [dict(use) for use in connection.execute(definition.dbio.mapping_query, row)]
        mail = template.render(TemplateContext(target=row, rows=used))
        name = str(row["고객명"]) + " 고객님" if row["고객명"] else "고객님"
        assert f"{name}, 안녕하세요" in mail.html
        assert f"{name}, 안녕하세요" in mail.text
        assert "None" not in mail.subject + mail.html + mail.text
        amount = row["청구금액"]
        assert isinstance(amount, int)
        assert f"2월 이용대금은 {amount:,}원입니다" in mail.subject
        assert mail.text.count("\n- ") == mail.html.count('class="day"') == len(used)
    connection.close()


def test_the_same_month_is_made_once_and_another_month_anew(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    def make(today: date) -> DemoData:
        return make_demo(tmp_path, customers=10, today=today, progress=lambda done, of: seen.append((done, of)))

    first = make(_TODAY)
    (tmp_path / "note.txt").write_text("mine")
    made = first.database.stat().st_mtime_ns
    assert make(date(2026, 3, 31)).database.stat().st_mtime_ns == made
    assert seen == [(10, 10)]
    assert make(date(2026, 4, 1)).month == date(2026, 3, 1)
    assert [path.name for path in (tmp_path / "files" / "statement").iterdir()] == ["202603"]
    assert (tmp_path / "note.txt").read_text() == "mine"


def test_a_killed_making_is_not_used(tmp_path: Path) -> None:
    class Killed(Exception):
        pass

    def kill(done: int, of: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        make_demo(tmp_path, customers=10, today=_TODAY, progress=kill)
    assert [path.name for path in tmp_path.iterdir()] == [".making"]
    data = make_demo(tmp_path, customers=10, today=_TODAY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.db", "demo.json", "files"]
    assert len(_rows(data)) == 10


def test_the_same_seed_gives_the_same_statements() -> None:
    month = date(2026, 2, 1)
    first, second = (list(invent_customers(5, month)) for _ in range(2))
    assert first == second
    assert StatementPrinter(month).print(first[0]) == StatementPrinter(month).print(second[0])
    assert all(1 < len(customer.purchases) <= MAX_PURCHASES for customer in first)
    assert all(purchase.day.month == 2 for customer in first for purchase in customer.purchases)


def test_a_pdf_points_at_its_own_objects() -> None:
    page = Page()
    page.text(10, 20, "한글 (text)", 12, bold=True)
    page.text(10, 40, "1,234", 12, right=True)
    pdf = page.to_pdf()
    table = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf[table:].startswith(b"xref\n0 10\n")
    offsets = [int(line[:10]) for line in pdf[table:].split(b"\n")[3:12]]
    assert [pdf[offset:].startswith(b"%d 0 obj" % number) for number, offset in enumerate(offsets, 1)] == [True] * 9
