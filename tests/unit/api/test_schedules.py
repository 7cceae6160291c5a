"""The schedule and calendar routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from tank.db.database import Database
from tank.domain.log import AuditFilter
from tests.fakes.clock import FakeClock
from tests.support.api import api_client
from tests.support.published import a_published_automation


@pytest.fixture
def automation_id(sqlite_db: Database) -> UUID:
    return a_published_automation(sqlite_db)


@pytest.fixture
def client(sqlite_db: Database, clock: FakeClock) -> Iterator[TestClient]:
    """It is Sunday 2026-11-22, 12:00 in Seoul."""
    with api_client(sqlite_db, clock=clock) as opened:
        yield opened


@pytest.fixture
def schedule(client: TestClient, automation_id: UUID) -> dict[str, Any]:
    return created(client, automation_id, cron="0 9 * * *")


def created(client: TestClient, automation_id: UUID, **fields: Any) -> dict[str, Any]:
    answer = client.post("/scheduler", json={"automation_id": str(automation_id), **fields})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_schedule_is_made_and_read(client: TestClient, automation_id: UUID, schedule: dict[str, Any]) -> None:
    assert schedule.pop("lacking") == []
    assert schedule["next_due"] == "2026-11-23T00:00:00Z"
    assert (schedule["zone"], schedule["misfire"], schedule["overlap"]) == ("Asia/Seoul", "run_once", "queue")
    assert client.get(f"/scheduler/{schedule['id']}").json() == schedule
    assert client.get("/scheduler").json() == {"items": [schedule], "next": None}
    assert client.get("/scheduler", params={"automation_id": str(automation_id)}).json()["items"] == [schedule]


def test_lists_come_in_pages(client: TestClient, automation_id: UUID) -> None:
    ids = [created(client, automation_id, cron="0 9 * * *")["id"] for _ in range(3)]
    first = client.get("/scheduler", params={"limit": 2}).json()
    second = client.get("/scheduler", params={"limit": 2, "after": first["next"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids
    assert second["next"] is None


def test_a_moment_without_an_offset_is_meant_in_the_zone(client: TestClient, automation_id: UUID) -> None:
    made = created(client, automation_id, at="2026-12-01T09:00", zone="Asia/Seoul")
    assert made["at"] == made["next_due"] == "2026-12-01T00:00:00Z"
    assert created(client, automation_id, at="2026-12-01T09:00:00+01:00")["at"] == "2026-12-01T08:00:00Z"


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({}, ["cron_or_at"]),
        ({"cron": "0 9 * * *", "at": "2026-12-01T09:00"}, ["cron_or_at"]),
        ({"cron": "0 25 * * *", "zone": "Asia/Soeul"}, ["unknown_zone", "bad_cron"]),
        ({"cron": "@daily"}, ["bad_cron"]),
        ({"cron": "0 9 30 2 *"}, ["cron_never_fires"]),
        ({"at": "2026-11-22T11:59"}, ["at_in_the_past"]),
        ({"at": "9999-12-31T23:59:59Z"}, ["at_out_of_range"]),
        ({"at": "0001-01-01T00:00:00+14:00"}, ["at_out_of_range"]),
    ],
)
def test_mistakes_are_named_all_at_once(
    client: TestClient, automation_id: UUID, fields: dict[str, Any], codes: list[str]
) -> None:
    body = {"automation_id": str(automation_id), **fields}
    for answer in (client.post("/scheduler", json=body), client.post("/scheduler/preview", json=fields)):
        assert answer.status_code == 422, answer.text
        assert [problem["code"] for problem in answer.json()["problems"]] == codes
    assert client.get("/scheduler").json()["items"] == []


def test_what_does_not_exist_is_not_found(client: TestClient) -> None:
    missing = uuid4()
    body = {"automation_id": str(missing), "cron": "0 9 * * *"}
    assert client.post("/scheduler", json=body).json()["code"] == "automation_not_found"
    assert client.get("/scheduler", params={"automation_id": str(missing)}).json()["code"] == "automation_not_found"
    for path in ("", "/next", "/slots"):
        assert client.get(f"/scheduler/{missing}{path}").json()["code"] == "schedule_not_found"
    for path in ("/enable", "/disable"):
        assert client.post(f"/scheduler/{missing}{path}").status_code == 404
    assert client.patch(f"/scheduler/{missing}", json={"cron": "0 9 * * *"}).status_code == 404
    assert client.delete(f"/scheduler/{missing}").status_code == 404


def test_a_change_keeps_what_it_does_not_name(client: TestClient, schedule: dict[str, Any]) -> None:
    path = f"/scheduler/{schedule['id']}"
    changed = client.patch(path, json={"business_days": "skip", "catch_up_seconds": 60, "zone": None}).json()
    assert changed["cron"] == "0 9 * * *"
    assert (changed["business_days"], changed["catch_up_seconds"], changed["zone"]) == ("skip", 60, "Asia/Seoul")
    moved = client.patch(path, json={"at": "2026-12-01T09:00"}).json()
    assert (moved["cron"], moved["next_due"]) == (None, "2026-12-01T00:00:00Z")
    assert client.patch(path, json={"cron": "0 9 * * 8"}).status_code == 422
    assert client.get(path).json() == moved


def test_disabled_and_enabled(client: TestClient, schedule: dict[str, Any], clock: FakeClock) -> None:
    path = f"/scheduler/{schedule['id']}"
    disabled = client.post(f"{path}/disable").json()
    assert (disabled["enabled"], disabled["next_due"]) == (False, None)
    assert client.get(f"{path}/next").json()[0]["fire_at"] == "2026-11-23T00:00:00Z"
    clock.advance(86_400 * 3)
    enabled = client.post(f"{path}/enable").json()
    assert (enabled["enabled"], enabled["next_due"]) == (True, "2026-11-26T00:00:00Z")


def test_a_moment_that_passed_cannot_be_enabled(client: TestClient, automation_id: UUID, clock: FakeClock) -> None:
    made = created(client, automation_id, at="2026-11-23T09:00", enabled=False)
    clock.advance(86_400 * 3)
    assert client.post(f"/scheduler/{made['id']}/enable").json()["code"] == "at_in_the_past"


def test_a_deleted_schedule_is_gone(client: TestClient, schedule: dict[str, Any]) -> None:
    assert client.delete(f"/scheduler/{schedule['id']}").status_code == 204
    assert client.get(f"/scheduler/{schedule['id']}").status_code == 404


def test_a_preview_marks_holidays(client: TestClient) -> None:
    body = {"cron": "0 9 17 2 *", "business_days": "next_business_day", "count": 1}
    assert client.post("/scheduler/preview", json=body | {"cron": "0 9 8 2 *"}).json() == [
        {
            "fire_at": "2027-02-10T00:00:00Z",
            "local": "2027-02-10T09:00:00+09:00",
            "due_at": "2027-02-08T00:00:00Z",
            "is_moved": True,
            "is_skipped": False,
            "day_off": {"kind": "public_holiday", "name": "설날 다음날"},
        }
    ]


def test_what_fires_next_over_all_schedules(client: TestClient, sqlite_db: Database, automation_id: UUID) -> None:
    other = a_published_automation(sqlite_db, name="두 번째")
    idle = a_published_automation(sqlite_db, name="disabled")
    daily = created(client, automation_id, cron="0 9 * * *", business_days="skip")
    created(client, other, cron="30 23 * * *", zone="America/New_York")
    created(client, other, at="2026-11-23T09:30")
    created(client, idle, cron="0 0 * * *")
    created(client, automation_id, cron="0 1 * * *", enabled=False)
    client.post(f"/automation/{idle}/disable")
    found = client.get("/scheduler/upcoming", params={"limit": 5}).json()
    assert [(one["automation_name"], one["local"], one["note"]) for one in found] == [
        ("두 번째", "2026-11-21T23:30:00-05:00", "Saturday"),
        ("명세서", "2026-11-23T09:00:00+09:00", ""),
        ("두 번째", "2026-11-23T09:30:00+09:00", ""),
        ("두 번째", "2026-11-22T23:30:00-05:00", "Sunday"),
        ("명세서", "2026-11-24T09:00:00+09:00", ""),
    ]
    assert (found[1]["automation_id"], found[1]["schedule_id"]) == (str(automation_id), daily["id"])
    everything = client.get("/scheduler/upcoming").json()
    assert len(everything) == 20
    saturday = next(one for one in everything if one["local"].startswith("2026-11-28T09:00"))
    assert (saturday["is_skipped"], saturday["note"]) == (True, "Saturday, left out")


def test_a_holiday_moves_what_is_ahead(client: TestClient, automation_id: UUID) -> None:
    created(client, automation_id, cron="0 9 25 12 *", business_days="next_business_day")
    (moved, *_) = client.get("/scheduler/upcoming").json()
    assert (moved["fire_at"], moved["is_moved"]) == ("2026-12-28T00:00:00Z", True)
    assert moved["note"] == f"{moved['day_off']['name']}, moved"
    assert client.get("/scheduler/upcoming", params={"limit": 0}).status_code == 422


def test_nothing_is_ahead_where_nothing_is_scheduled(client: TestClient) -> None:
    assert client.get("/scheduler/upcoming").json() == []


def test_every_change_is_audited(client: TestClient, sqlite_db: Database, schedule: dict[str, Any]) -> None:
    path = f"/scheduler/{schedule['id']}"
    client.patch(path, json={"cron": "0 8 * * *"})
    client.post(f"{path}/disable")
    client.post(f"{path}/enable")
    client.delete(path)
    with sqlite_db.read() as tables:
        entries = tables.audit.page(AuditFilter(subjects=[schedule["id"]])).items
    verbs = ["schedule.create", "schedule.change", "schedule.disable", "schedule.enable", "schedule.delete"]
    assert [entry.action for entry in reversed(entries)] == verbs
    assert {entry.actor for entry in entries} == {"api"}


def test_the_calendar_moves_schedules(client: TestClient, automation_id: UUID) -> None:
    made = created(client, automation_id, cron="0 9 * * *", business_days="next_business_day")
    assert made["next_due"] == "2026-11-23T00:00:00Z"
    assert client.get("/calendar").json() == {"country": "KR", "holidays": [], "working_days": []}
    calendar = {"country": "KR", "holidays": [{"date": "2026-11-23", "name": "창립기념일"}], "working_days": []}
    assert client.put("/calendar", json=calendar).json() == calendar
    assert client.get("/calendar").json() == calendar
    assert client.get(f"/scheduler/{made['id']}").json()["next_due"] == "2026-11-24T00:00:00Z"


def test_a_calendar_with_mistakes_is_refused(client: TestClient) -> None:
    day = {"date": "2026-11-23", "name": "x"}
    for body, code in (
        ({"country": "XX"}, "unknown_country"),
        ({"holidays": [day, day]}, "repeated_day"),
        ({"holidays": [day], "working_days": [day]}, "contradicting_day"),
    ):
        answer = client.put("/calendar", json=body)
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["code"] == code


def test_the_holidays_of_a_year(client: TestClient) -> None:
    days = {day["date"]: day["name"] for day in client.get("/calendar/days-off", params={"year": 2026}).json()}
    assert days["2026-02-17"] == "설날"
    assert days["2026-03-02"] == "삼일절 대체 휴일"
    assert len(days) < 40
    assert client.get("/calendar/days-off", params={"year": 2100}).status_code == 200
