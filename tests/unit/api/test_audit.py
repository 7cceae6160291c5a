"""The audit trail over HTTP, and personal data that is shown for a reason alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from tank.api.app import ApiSettings
from tank.db.audit import audit_log
from tank.db.database import Database
from tank.domain.account import Role
from tank.services.api_tokens import ApiTokens
from tank.services.audit_trail import note
from tests.fakes.clock import START, FakeClock
from tests.support.api import TOKEN, api_client
from tests.support.site import Site, customers

DAY = timedelta(days=1)
UNKNOWN_ID = "0198c0de-0000-7000-8000-000000000001"


@pytest.fixture
def client(sqlite_db: Database, clock: FakeClock) -> Iterator[TestClient]:
    settings = ApiSettings(token=TOKEN, trusted_proxies=["10.0.0.0/8"])
    with api_client(sqlite_db, settings, clock=clock) as opened:
        yield opened


@pytest.fixture
def noted(sqlite_db: Database) -> None:
    """Three days, two people, three things."""
    with sqlite_db.write() as tables:
        note(tables, "automation.create", "a", by="kim", at=START)
        note(tables, "automation.publish", "a", by="lee", at=START + DAY)
        note(tables, "automation.test_send", "b", by="kim", at=START + 2 * DAY, detail={"to": ["x@example.com"]})
        note(tables, "=cmd()", "kim@example.com", by="@lee", at=START + 3 * DAY)


def numbers(client: TestClient, **asked: Any) -> list[int]:
    response = client.get("/audit", params=asked)
    assert response.status_code == 200, response.text
    return [item["no"] for item in response.json()["items"]]


@pytest.mark.usefixtures("noted")
def test_entries_are_found_by_who_what_and_when(client: TestClient) -> None:
    assert numbers(client) == [4, 3, 2, 1]
    assert numbers(client, actor="kim") == [3, 1]
    assert numbers(client, action="automation.") == [3, 2, 1]
    assert numbers(client, action="automation.p") == [2]
    assert numbers(client, subject="a") == [2, 1]
    assert numbers(client, since=(START + DAY).isoformat(), until=(START + 2 * DAY).isoformat()) == [2]
    assert numbers(client, actor="kim", subject="b") == [3]
    assert numbers(client, actor="nobody") == []
    assert client.get("/audit", params={"since": "yesterday"}).status_code == 422


@pytest.mark.usefixtures("noted")
def test_pages_follow_each_other(client: TestClient) -> None:
    first = client.get("/audit", params={"limit": 3}).json()
    assert [item["no"] for item in first["items"]] == [4, 3, 2]
    rest = client.get("/audit", params={"limit": 3, "after": first["next"]}).json()
    assert ([item["no"] for item in rest["items"]], rest["next"]) == ([1], None)
    assert client.get("/audit", params={"after": "nonsense"}).json()["code"] == "page_token"


@pytest.mark.usefixtures("noted")
def test_the_chain_is_verified_and_its_end_told(client: TestClient, sqlite_db: Database) -> None:
    verdict = client.get("/audit/verify").json()
    newest = client.get("/audit", params={"limit": 1}).json()["items"][0]
    assert verdict == {"entries": 4, "intact": True, "broken_at": None, "last": f"4:{newest['hash']}"}
    assert len(bytes.fromhex(newest["hash"])) == 32
    with sqlite_db.engine.begin() as connection:
        connection.execute(update(audit_log).where(audit_log.c.no == 2).values(actor="nobody"))
    verdict = client.get("/audit/verify").json()
    assert (verdict["entries"], verdict["intact"], verdict["broken_at"]) == (4, False, 2)


@pytest.mark.usefixtures("noted")
def test_a_spreadsheet_gets_no_formulas_and_no_addresses(client: TestClient) -> None:
    answer = client.get("/audit.csv", params={"language": "en", "zone": "UTC"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    header, *lines = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert header == ["No.", "Time (UTC)", "Who", "Action", "Subject", "Detail", "Address", "Entry ID", "Hash"]
    assert [line[0] for line in lines] == ["1", "2", "3", "4"]
    assert lines[2][5] == '{"to":["x***@example.com"]}'
    assert lines[3][2:5] == ["'@lee", "'=cmd()", "k***@example.com"]
    assert len(lines[3][8]) == 64
    assert client.get("/audit.csv", params={"actor": "kim"}).text.count("\n") == 3
    assert "시각 (Asia/Seoul)" in client.get("/audit.csv").text
    assert numbers(client, action="delivery.") == []

    shown = client.get("/audit.csv", params={"reveal": True, "reason": "yearly audit"}).text
    assert '{""to"":[""x@example.com""]}' in shown
    entry = client.get("/audit", params={"limit": 1}).json()["items"][0]
    assert (entry["action"], entry["subject"], entry["detail"]) == (
        "delivery.reveal", "audit trail", {"reason": "yearly audit"},
    )  # fmt: skip


# Showing personal data


def test_whoever_may_reveal_must_say_why(client: TestClient) -> None:
    """One rule for all routes: each that reveals also takes a reason, in the same words."""
    paths = client.get("/openapi.json").json()["paths"]
    reveals = set()
    for path, item in paths.items():
        for method, operation in item.items():
            parameters = {one["name"]: one for one in operation.get("parameters", ())}
            if "reveal" in parameters:
                assert parameters["reason"]["schema"]["maxLength"] == 200, path
                reveals.add((method, path))
    assert len(reveals) == 15
    for method, pattern in reveals:
        path = re.sub(r"\{\w+\}", UNKNOWN_ID, pattern.replace("{kind}", "target"))
        for reason in ({}, {"reason": ""}, {"reason": " "}):
            query = {"reveal": "true", "search": "x", "run_id": UNKNOWN_ID, **reason}
            problem = client.request(method, path, params=query).json()
            assert problem["code"] == "reason_required", path
            assert "reason" in problem["remedy"]
            assert problem["problems"][0]["field"] == "reason"
    assert client.get("/run", params={"reveal": "true", "reason": "x" * 201}).status_code == 422
    assert numbers(client, action="delivery.") == []


def test_a_viewer_sees_masked_data_alone(client: TestClient, sqlite_db: Database, clock: FakeClock) -> None:
    tokens = ApiTokens(sqlite_db, clock)
    asked = {"reveal": "true", "reason": "curiosity"}
    for role, status in ((Role.VIEWER, 403), (Role.OPERATOR, 200)):
        token = tokens.add(role, role=role, expires_at=START + DAY, by="kim")[1]
        signed = {"Authorization": f"Bearer {token}"}
        assert client.get("/run", params=asked, headers=signed).status_code == status
        assert client.get("/run", headers=signed).status_code == 200


def test_one_recipient_s_story_tells_who_looked(client: TestClient, sqlite_db: Database, clock: FakeClock) -> None:
    site = Site(sqlite_db, clock, rows=customers(2))
    site.publish()
    site.work(site.start())
    (found,) = client.get("/delivery", params={"search": "C0001"}).json()
    (other,) = client.get("/delivery", params={"search": "C0002"}).json()
    path = f"/delivery/{found['id']}"
    assert client.get(path).json()["looks"] == []

    client.get(f"/delivery/{other['id']}", params={"reveal": "true", "reason": "another"})
    client.get("/report/deliveries.csv", params={"run_id": found["run_id"], "reveal": "true", "reason": "민원 통계"})
    reason = {"reveal": "true", "reason": "kim@example.com called."}
    looks = client.get(path, params=reason).json()["looks"]
    assert [(look["actor"], look["action"], look["reason"]) for look in looks] == [
        ("api", "delivery.reveal", "kim@example.com called."),
        ("api", "delivery.download", "민원 통계"),
    ]
    assert looks[0]["address"] == "testclient"
    assert client.get(path).json()["looks"][0]["reason"] == "k***@example.com called."

    with sqlite_db.write() as tables:
        for number in range(60):
            note(tables, "delivery.reveal", f"delivery {found['id']}", by=f"{number}", at=START)
    assert [look["actor"] for look in client.get(path).json()["looks"]] == [f"{n}" for n in range(59, 9, -1)]


def test_an_entry_names_the_address_behind_a_trusted_proxy(client: TestClient) -> None:
    for peer, expected in (("10.1.1.1", "203.0.113.9"), ("198.51.100.7", "198.51.100.7")):
        behind = TestClient(client.app, base_url="http://localhost", headers=dict(client.headers), client=(peer, 1))
        behind.post(
            "/automation", json={"name": f"through {peer}"}, headers={"X-Forwarded-For": "192.0.2.1, 203.0.113.9"}
        )
        assert client.get("/audit", params={"limit": 1}).json()["items"][0]["address"] == expected
