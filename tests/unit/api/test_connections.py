"""Connections, senders, settings and system errors over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tank.db.database import Database
from tank.domain.ids import new_id
from tank.domain.log import SystemErrorRecord
from tank.senders.registry import SenderRegistry
from tank.sources.registry import SourceRegistry
from tests.fakes.clock import START
from tests.support.api import api_client


@pytest.fixture
def client(sqlite_db: Database, tmp_path: Path) -> Iterator[TestClient]:
    sources, senders = SourceRegistry(), SenderRegistry(outbox_folder=tmp_path / "outbox")
    with api_client(sqlite_db, sources=sources, senders=senders) as opened:
        yield opened
    sources.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    (tmp_path / "source.db").touch()
    return f"sqlite:///{tmp_path / 'source.db'}"


def test_a_connection(client: TestClient, url: str) -> None:
    made = client.post("/connection", json={"name": "card", "kind": "sql", "options": {"url": url}})
    assert made.status_code == 201, made.text
    path = f"/connection/{made.json()['id']}"
    assert client.get(path).json() == made.json()
    assert client.post(f"{path}/test").json()["answer"].startswith("SQLite")
    assert "TANK_WRITEBACK" in client.get(f"{path}/marker-table").json()["ddl"]
    assert client.patch(path, json={"name": "other"}).json()["name"] == "other"
    assert [item["name"] for item in client.get("/connection").json()] == ["other"]
    assert client.post("/connection", json={"name": "other", "kind": "sql", "options": {"url": url}}).status_code == 409
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_secrets_go_in_and_never_come_out(client: TestClient) -> None:
    body = {
        "name": "smtp",
        "kind": "smtp",
        "options": {"host": "mail.example.com", "username": "u"},
        "secrets": {"password": "hunter2"},
        "max_rate": 5,
    }
    made = client.post("/sender", json=body)
    assert made.status_code == 201, made.text
    path = f"/sender/{made.json()['id']}"
    changed = client.patch(path, json={"options": {"host": "m", "username": "u"}})
    listed = client.get("/sender")
    audit = client.get("/audit")
    assert "hunter2" not in made.text + changed.text + listed.text + audit.text
    assert made.json()["secrets"] == changed.json()["secrets"] == ["password"]
    assert changed.json()["max_rate"] == 5
    assert client.patch(path, json={"max_rate": None}).json()["max_rate"] is None
    assert client.patch(path, json={"secrets": {"password": ""}}).status_code in (200, 422)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/connection", {"name": "a", "kind": "sql", "options": {}}),
        ("/connection", {"name": "a", "kind": "sql", "options": {"url": "\u0000"}}),
        ("/connection", {"name": "a", "kind": "sql", "options": {"url": "sqlite:////a", "pool_size": 10**30}}),
        ("/connection", {"name": "a", "kind": "sql", "options": {"url": ["a"]}}),
        ("/connection", {"name": "a", "kind": "sql", "options": {"url": "sqlite://h/a"}, "secrets": {"password": "x"}}),
        ("/connection", {"name": "a", "kind": "telepathy", "options": {}}),
        ("/sender", {"name": "a", "kind": "smtp", "options": {"host": "\u0000"}}),
        ("/sender", {"name": "a", "kind": "outbox", "max_rate": 0}),
        ("/sender", {"name": "\n", "kind": "outbox"}),
    ],
)
def test_what_makes_no_sense_is_refused(client: TestClient, path: str, body: dict[str, Any]) -> None:
    answer = client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["problems"] or answer.json()["code"] == "unstorable_text"


def test_an_outbox_can_be_tested(client: TestClient) -> None:
    made = client.post("/sender", json={"name": "box", "kind": "outbox"}).json()
    answer = client.post(f"/sender/{made['id']}/test")
    assert answer.status_code == 200, answer.text
    assert answer.json()["sending_enabled"]
    assert client.delete(f"/sender/{made['id']}").status_code == 204
    assert client.post(f"/sender/{made['id']}/test").status_code == 404


def test_settings(client: TestClient) -> None:
    assert client.get("/setting").json() == {"payload_retention_days": 180}
    assert client.patch("/setting", json={"payload_retention_days": 30}).json() == {"payload_retention_days": 30}
    assert client.patch("/setting", json={}).json() == {"payload_retention_days": 30}
    assert client.patch("/setting", json={"payload_retention_days": 0}).status_code == 422


def test_system_errors_are_acknowledged(client: TestClient, sqlite_db: Database) -> None:
    errors = [
        SystemErrorRecord(id=new_id(), at=START, component="source", code="lost", message=f"error {number}")
        for number in range(2)
    ]
    with sqlite_db.write() as tables:
        for error in errors:
            tables.system_errors.add(error)
    assert [item["message"] for item in client.get("/system-error").json()["items"]] == ["error 1", "error 0"]
    assert client.post(f"/system-error/{errors[0].id}/acknowledge").status_code == 204
    left = client.get("/system-error", params={"unacknowledged": True}).json()["items"]
    assert [item["id"] for item in left] == [str(errors[1].id)]
    assert client.post(f"/system-error/{new_id()}/acknowledge").status_code == 404
