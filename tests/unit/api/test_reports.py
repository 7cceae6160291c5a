"""The report routes: what they answer, and what a list shows to whom."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tank.api import report_workbooks
from tank.api.auth import get_actor, get_caller
from tank.api.problems import install_handlers
from tank.api.report_workbooks import get_spreadsheets
from tank.api.reports import get_reports, router
from tank.db.database import Database
from tank.domain.account import Caller, Role
from tank.domain.log import AuditFilter
from tank.rendering.spreadsheets import XlsxSpreadsheets
from tank.services.reports import Reports
from tests.fakes.clock import START, FakeClock
from tests.support.big_ledger import BigLedger, fill_ledger
from tests.support.workbooks import cells_of


@pytest.fixture
def filled(sqlite_db: Database) -> BigLedger:
    return fill_ledger(sqlite_db, 2_100, until=START, days=20, automations=2, run_size=1_050)


@pytest.fixture
def app(sqlite_db: Database, clock: FakeClock) -> FastAPI:
    app = FastAPI()
    app.include_router(router)
    app.include_router(report_workbooks.router)
    install_handlers(app)
    app.dependency_overrides[get_reports] = lambda: Reports(sqlite_db, clock)
    app.dependency_overrides[get_spreadsheets] = XlsxSpreadsheets
    app.dependency_overrides[get_actor] = lambda: "local"
    app.dependency_overrides[get_caller] = lambda: Caller(name="local", role=Role.OPERATOR)
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app) as client:
        yield client


def test_the_summary(client: TestClient, filled: BigLedger) -> None:
    answer = client.get("/report/summary", params={"zone": "Asia/Seoul", "since": "2026-11-01"})

    assert answer.status_code == 200
    summary = answer.json()
    assert summary["since"] == "2026-10-31T15:00:00Z"
    assert summary["until"] == "2026-11-22T15:00:00Z"
    assert [day["day"] for day in summary["days"]] == [f"2026-11-{number:02}" for number in range(1, 23)]
    assert summary["totals"]["total"] == sum(day["totals"]["total"] for day in summary["days"]) > 0
    assert {line["name"] for line in summary["automations"]} <= {"명세서 00", "명세서 01"}
    assert summary["errors"][0]["count"] >= summary["errors"][-1]["count"]


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"since": "soon"}, 422, "invalid_period"),
        ({"zone": "Mars/Olympus"}, 422, "unknown_zone"),
        ({"since": "2020-01-01"}, 422, "invalid_period"),
        ({"automation_id": "00000000-0000-0000-0000-000000000001"}, 404, "automation_not_found"),
    ],
)
def test_what_cannot_be_asked_is_a_problem(client: TestClient, params: dict[str, str], status: int, code: str) -> None:
    for path in ("/report/summary", "/report/summary.csv"):
        answer = client.get(path, params=params)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_summary_as_csv(client: TestClient, filled: BigLedger) -> None:
    answer = client.get("/report/summary.csv", params={"lines": "automation", "language": "en"})

    assert answer.headers["content-disposition"] == 'attachment; filename="summary-by-automation.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *lines = rows_of(answer.text)
    assert header == ["Automation", "Automation ID", "Total", "Sent", "Failed", "Skipped", "Unknown"]
    assert lines[-1][:3] == ["Sum", "", "2100"]


def test_runs(client: TestClient, filled: BigLedger) -> None:
    first = client.get("/report/runs", params={"limit": 1}).json()
    second = client.get("/report/runs", params={"limit": 1, "after": first["next"]}).json()

    assert [line["run_id"] for line in first["items"] + second["items"]] == [str(i) for i in filled.run_ids[::-1]]
    assert first["items"][0]["counts"]["target"] == 1_050
    assert first["items"][0]["mails_per_second"] > 0
    assert second["next"] is None


def test_a_list_of_recipients_is_masked(client: TestClient, filled: BigLedger) -> None:
    answer = client.get("/report/deliveries.csv", params={"run_id": str(filled.run_ids[0])})

    assert answer.status_code == 200
    _, *lines = rows_of(answer.text)
    assert len(lines) == 1_050
    assert {line[2] for line in lines} == {"c***@example.com"}
    assert all(line[3].endswith("**") for line in lines)


def test_a_list_of_recipients_in_full_needs_a_reason_that_is_kept(
    client: TestClient, filled: BigLedger, sqlite_db: Database
) -> None:
    asked = {"run_id": str(filled.run_ids[0]), "reveal": "true"}
    assert client.get("/report/deliveries.csv", params=asked).json()["code"] == "reason_required"

    answer = client.get("/report/deliveries.csv", params={**asked, "reason": "audit 7"})

    assert "customer" in rows_of(answer.text)[1][2]
    with sqlite_db.read() as tables:
        (entry,) = tables.audit.page(AuditFilter(subjects=[asked["run_id"]])).items
    assert (entry.actor, entry.detail) == ("local", {"reason": "audit 7"})


def test_the_summary_as_a_workbook(client: TestClient, filled: BigLedger) -> None:
    answer = client.get("/report/summary.xlsx", params={"lines": "automation"})

    assert answer.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer.headers["content-disposition"] == 'attachment; filename="summary-by-automation.xlsx"'
    header, *lines = cells_of(answer.content)
    assert header == ["자동화", "자동화 ID", "대상", "발송 성공", "실패", "건너뜀", "확인 불가"]
    assert lines[-1][:3] == ["합계", "", 2100.0]
    assert client.get("/report/summary.xlsx", params={"zone": "Mars/Olympus"}).json()["code"] == "unknown_zone"


def test_a_workbook_of_recipients_says_what_the_csv_says(client: TestClient, filled: BigLedger) -> None:
    for more in ({}, {"language": "en", "zone": "UTC"}, {"reveal": "true", "reason": "audit 8"}):
        asked = {"run_id": str(filled.run_ids[0]), **more}
        answer = client.get("/report/deliveries.xlsx", params=asked)
        assert answer.status_code == 200
        assert answer.headers["content-disposition"] == f'attachment; filename="deliveries-{asked["run_id"]}.xlsx"'
        shown = [[f"{cell:g}" if isinstance(cell, float) else cell for cell in row] for row in cells_of(answer.content)]
        # A workbook needs no apostrophe to keep a text from being a formula.
        told = [
            [cell.removeprefix("'") for cell in row]
            for row in rows_of(client.get("/report/deliveries.csv", params=asked).text)
        ]
        assert shown == told


def test_a_workbook_in_full_needs_a_reason_too(client: TestClient, filled: BigLedger, sqlite_db: Database) -> None:
    asked = {"run_id": str(filled.run_ids[0]), "reveal": "true"}
    assert client.get("/report/deliveries.xlsx", params=asked).status_code == 422
    client.get("/report/deliveries.xlsx", params={**asked, "reason": "audit 7"})
    with sqlite_db.read() as tables:
        (entry,) = tables.audit.page(AuditFilter(subjects=[asked["run_id"]])).items
    assert (entry.actor, entry.action, entry.detail) == ("local", "delivery.download", {"reason": "audit 7"})


def test_a_list_that_excel_cannot_open_is_refused_and_the_csv_recommended(
    client: TestClient, app: FastAPI, filled: BigLedger, sqlite_db: Database
) -> None:
    app.dependency_overrides[get_spreadsheets] = lambda: XlsxSpreadsheets(most_rows=1_050)
    asked = {"run_id": str(filled.run_ids[0]), "reveal": "true", "reason": "audit 7"}
    answer = client.get("/report/deliveries.xlsx", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")
    assert answer.json()["detail"] == "This run has 1,050 recipients; a sheet of Excel holds 1,049 at most."
    assert "CSV" in answer.json()["remedy"]
    with sqlite_db.read() as tables:
        assert tables.audit.page(AuditFilter(subjects=[asked["run_id"]])).items == []  # nobody took anything away
    app.dependency_overrides[get_spreadsheets] = lambda: XlsxSpreadsheets(most_rows=1_051)
    assert client.get("/report/deliveries.xlsx", params=asked).status_code == 200


def test_a_list_of_no_run_is_a_problem_and_not_half_a_file(client: TestClient) -> None:
    for kind in ("csv", "xlsx"):
        answer = client.get(f"/report/deliveries.{kind}", params={"run_id": "00000000-0000-0000-0000-000000000001"})
        assert (answer.status_code, answer.json()["code"]) == (404, "run_not_found")
