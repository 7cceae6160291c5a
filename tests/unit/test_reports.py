"""Reports: periods as people type them, CSV that is safe to open, runs, and downloads."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.db.database import Database
from tank.domain.errors import Invalid, NotFound
from tank.domain.job import JobState
from tank.domain.log import AuditFilter
from tank.domain.ports.spreadsheets import Cell
from tank.services.csv_text import BYTE_ORDER_MARK, csv_chunks
from tank.services.report_csv import deliveries_csv, summary_csv
from tank.services.report_period import MAX_DAYS, Period, period_of
from tank.services.reports import Reports
from tests.fakes.clock import START, FakeClock
from tests.support.big_ledger import BigLedger, fill_ledger

SEOUL = "Asia/Seoul"


# Periods


def test_one_day_is_a_period() -> None:
    period = period_of("2026-03-29", "2026-03-29", "Europe/London", now=START)

    assert period.until - period.since == timedelta(hours=23)


def test_by_default_the_last_thirty_days_with_today() -> None:
    assert period_of(None, None, SEOUL, now=START) == Period(
        since=datetime(2026, 10, 23, 15, tzinfo=UTC), until=datetime(2026, 11, 22, 15, tzinfo=UTC), zone=SEOUL
    )


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-11-01", "2026-11-30", (datetime(2026, 10, 31, 15), datetime(2026, 11, 30, 15))),
        ("2026-11-01T09:00", "2026-11-01T09:30:00Z", (datetime(2026, 11, 1), datetime(2026, 11, 1, 9, 30))),
        ("2026-11-01T09:00+09:00", None, (datetime(2026, 11, 1), datetime(2026, 11, 22, 15))),
        (None, "2026-10-31", (datetime(2026, 10, 1, 15), datetime(2026, 10, 31, 15))),
        (None, "2026-10-31T00:00", (datetime(2026, 9, 30, 15), datetime(2026, 10, 30, 15))),
        (" 20261101 ", "2026-W45-2", (datetime(2026, 10, 31, 15), datetime(2026, 11, 3, 15))),
    ],
)
def test_dates_and_times_are_of_the_zone(
    since: str | None, until: str | None, expected: tuple[datetime, datetime]
) -> None:
    period = period_of(since, until, SEOUL, now=START)

    assert (period.since, period.until) == tuple(moment.replace(tzinfo=UTC) for moment in expected)


@pytest.mark.parametrize(
    ("since", "until", "zone", "field", "code"),
    [
        ("yesterday", None, SEOUL, "since", "not_a_date"),
        (None, "2026-13-01", SEOUL, "until", "not_a_date"),
        ("0001-01-01", None, SEOUL, "since", "out_of_range"),
        (None, "9999-12-31T23:59", SEOUL, "until", "out_of_range"),
        ("2026-11-01T09:00", "2026-11-01T09:00", SEOUL, "until", "empty_period"),
        ("2026-11-02", "2026-11-01", SEOUL, "until", "empty_period"),
        ("2020-01-01", "2026-11-01", SEOUL, "since", "period_too_long"),
        (None, None, "Asia/Seul", "zone", "unknown_zone"),
        (None, None, "../../etc/passwd", "zone", "unknown_zone"),
        (None, None, "", "zone", "unknown_zone"),
    ],
)
def test_a_period_that_makes_no_sense_says_why(
    since: str | None, until: str | None, zone: str, field: str, code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        period_of(since, until, zone, now=START)

    assert [(problem.field, problem.code) for problem in caught.value.problems] == [(field, code)]


@given(since=st.text(max_size=30), until=st.text(max_size=30))
def test_whatever_is_typed_is_a_period_or_a_clear_error(since: str, until: str) -> None:
    with suppress(Invalid):
        period = period_of(since, until, SEOUL, now=START)
        assert timedelta() < period.until - period.since <= timedelta(days=MAX_DAYS + 1)


# CSV


def read_back(text: str) -> list[list[str]]:
    assert text.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), min_size=2, max_size=2)))
def test_any_text_comes_back_from_csv_and_none_is_a_formula(rows: list[list[str]]) -> None:
    cells: list[list[Cell]] = [[*row] for row in rows]

    read = read_back("".join(csv_chunks(("a", "b"), [cells[:3], cells[3:]])))

    assert read[0] == ["a", "b"]
    for written, back in zip(rows, read[1:], strict=True):
        for cell, cell_back in zip(written, back, strict=True):
            assert cell_back in (cell, f"'{cell}")
            assert not cell_back.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


def test_numbers_stay_numbers() -> None:
    assert "".join(csv_chunks(("n",), [[(-5,), (None,), (2.5,)]])) == f'{BYTE_ORDER_MARK}n\r\n-5\r\n""\r\n2.5\r\n'


# The service


@pytest.fixture
def filled(sqlite_db: Database) -> BigLedger:
    return fill_ledger(sqlite_db, 2_500, until=START, days=20, automations=2, run_size=1_200)


@pytest.fixture
def reports(sqlite_db: Database, clock: FakeClock) -> Reports:
    return Reports(sqlite_db, clock)


def test_a_summary_of_the_last_thirty_days(reports: Reports, filled: BigLedger) -> None:
    summary = reports.summary()

    assert summary.totals.total == 2_500
    assert len(summary.days) == 30
    assert {line.automation_id for line in summary.automations} == set(filled.automation_ids)
    one = reports.summary(automation_id=filled.automation_ids[0])
    assert one.totals == summary.automations[0].totals


def test_an_automation_or_run_that_does_not_exist(reports: Reports, filled: BigLedger) -> None:
    nobody = UUID(int=1)
    for ask in (
        lambda: reports.summary(automation_id=nobody),
        lambda: reports.runs(automation_id=nobody),
        lambda: reports.deliveries(nobody),
        lambda: reports.note_download(nobody, by="a", reason="r"),
    ):
        with pytest.raises(NotFound):
            ask()


@pytest.mark.parametrize("lines", ["day", "automation", "error"])
def test_the_summary_as_csv_adds_up(reports: Reports, filled: BigLedger, lines: str) -> None:
    summary = reports.summary()
    for language in ("ko", "en"):
        text = "".join(summary_csv(summary, lines=lines, language=language))  # type: ignore[arg-type]
        header, *rows = read_back(text)
        assert all(len(row) == len(header) for row in rows)
        if lines != "error":
            *each, total = rows
            assert total[-5] == "2500"
            assert sum(int(row[-5]) for row in each) == 2500


def test_runs_newest_first_with_their_speed(reports: Reports, filled: BigLedger) -> None:
    first = reports.runs(limit=2)
    rest = reports.runs(after=first.next, limit=2)

    lines = [*first.items, *rest.items]
    assert [line.run.id for line in lines] == sorted(filled.run_ids, reverse=True)
    assert rest.next is None
    for line in lines:
        assert line.state is JobState.PARTIAL
        assert line.automation_name.startswith("명세서")
        assert line.run.counts.adds_up
        handed_over = line.run.counts.sent + line.run.counts.unknown
        assert line.mails_per_second == pytest.approx(handed_over / line.duration.total_seconds())


def test_every_delivery_of_a_run_is_in_its_csv(reports: Reports, filled: BigLedger) -> None:
    text = "".join(deliveries_csv(reports.deliveries(filled.run_ids[0]), language="ko", zone=ZoneInfo(SEOUL)))

    header, *rows = read_back(text)
    assert header[:4] == ["순번", "고객 키", "이메일", "이름"]
    assert "발송 시각 (Asia/Seoul)" in header
    assert [row[0] for row in rows] == [str(seq) for seq in range(1, 1_201)]


def test_a_run_is_read_in_pieces_that_bound_memory(reports: Reports, filled: BigLedger) -> None:
    assert [len(chunk) for chunk in reports.deliveries(filled.run_ids[0])] == [1_000, 200]


def test_a_download_is_written_down_with_its_reason(reports: Reports, filled: BigLedger, sqlite_db: Database) -> None:
    run_id = filled.run_ids[0]

    reports.note_download(run_id, by="kim", reason="민원 123")

    with sqlite_db.read() as tables:
        (entry,) = tables.audit.page(AuditFilter(subjects=[str(run_id)])).items
    assert (entry.actor, entry.action) == ("kim", "delivery.download")
    assert entry.detail == {"reason": "민원 123"}
