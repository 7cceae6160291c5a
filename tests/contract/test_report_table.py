"""Report counts come from indexes, and are right, on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tank.db.database import Database
from tank.db.email_send_log import email_send_log
from tank.db.quarters import quarter_of
from tank.db.reports import counts_query, errors_query
from tank.domain.report import ReportTotals
from tests.support.big_ledger import BigLedger, fill_ledger
from tests.support.plans import plan_of

ROWS = 8_000
UNTIL = datetime(2026, 11, 22, 15, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=30)
SEOUL = ZoneInfo("Asia/Seoul")


@pytest.fixture
def filled(logs_db: Database) -> BigLedger:
    return fill_ledger(logs_db, ROWS, until=UNTIL, automations=4, run_size=500)


def rows_of(logs_db: Database) -> list[Any]:
    log = email_send_log.c
    with logs_db.read() as tables:
        query = select(log.automation_id, log.status, log.error_kind, log.finished_at)
        return list(tables.connection.execute(query))


def totals_of(rows: list[Any]) -> ReportTotals:
    count = Counter(row.status for row in rows)
    return ReportTotals(sent=count["SENT"], fail=count["FAIL"], skipped=count["SKIPPED"], unknown=count["UNKNOWN"])


def test_totals_days_automations_and_causes_add_up(logs_db: Database, filled: BigLedger) -> None:
    with logs_db.read() as tables:
        summary = tables.reports.summary(since=SINCE, until=UNTIL, zone="Asia/Seoul")

    rows = rows_of(logs_db)
    assert summary.totals == totals_of(rows)
    assert summary.totals.total == ROWS
    by_day = {line.day: line.totals for line in summary.days}
    assert list(by_day) == [date(2026, 10, 24) + timedelta(days=n) for n in range(30)]
    for day, totals in by_day.items():
        assert totals == totals_of([row for row in rows if row.finished_at.astimezone(SEOUL).date() == day])
    assert {line.automation_id: line.totals for line in summary.automations} == {
        id_: totals_of([row for row in rows if row.automation_id == id_]) for id_ in filled.automation_ids
    }
    assert {line.name for line in summary.automations} == {f"명세서 {n:02}" for n in range(4)}
    causes = Counter((row.error_kind, row.status) for row in rows if row.error_kind)
    assert {(line.error_kind, line.status): line.count for line in summary.errors} == causes
    assert [line.count for line in summary.errors] == sorted(causes.values(), reverse=True)


def test_one_automation_and_part_of_the_period(logs_db: Database, filled: BigLedger) -> None:
    chosen, since, until = filled.automation_ids[1], SINCE + timedelta(days=9), SINCE + timedelta(days=20, hours=5)
    with logs_db.read() as tables:
        summary = tables.reports.summary(since=since, until=until, zone="UTC", automation_id=chosen)

    expected = [row for row in rows_of(logs_db) if row.automation_id == chosen and since <= row.finished_at < until]
    assert summary.totals == totals_of(expected)
    assert [line.automation_id for line in summary.automations] == [chosen]
    assert sum(line.count for line in summary.errors) == sum(row.error_kind is not None for row in expected)


def test_without_mails_every_day_is_zero(logs_db: Database) -> None:
    with logs_db.read() as tables:
        summary = tables.reports.summary(since=SINCE, until=UNTIL, zone="Asia/Seoul")

    assert [line.totals for line in summary.days] == [ReportTotals()] * 30
    assert summary.totals == ReportTotals()
    assert (summary.automations, summary.errors) == ((), ())


@pytest.mark.parametrize("of_one", [False, True])
def test_no_query_reads_the_ledger_itself(logs_db: Database, filled: BigLedger, *, of_one: bool) -> None:
    """The rows of a large ledger are hundreds of megabytes; its report indexes are a tenth of that."""
    scope = {
        "first": quarter_of(SINCE),
        "last": quarter_of(UNTIL),
        "automation_id": filled.automation_ids[0] if of_one else None,
    }
    days = [(date(2026, 10, 24), quarter_of(SINCE))]
    counts = counts_query(days, **scope)  # type: ignore[arg-type]
    errors = errors_query(**scope)  # type: ignore[arg-type]
    for query, index in ((counts, "ix_email_send_log_report"), (errors, "ix_email_send_log_error")):
        plan = plan_of(logs_db, query)
        if logs_db.is_sqlite:
            assert f"USING COVERING INDEX {index}" in plan
            assert "SCAN email_send_log" not in plan
            if query is counts:
                assert plan.count("USE TEMP B-TREE FOR GROUP BY") == 1, "only the few groups are sorted, by day"
        else:
            assert f"Index Only Scan using {index}" in plan
            assert "Seq Scan" not in plan


def test_an_unknown_automation_has_no_lines(logs_db: Database, filled: BigLedger) -> None:
    with logs_db.read() as tables:
        summary = tables.reports.summary(since=SINCE, until=UNTIL, zone="UTC", automation_id=UUID(int=7))

    assert summary.automations == ()
