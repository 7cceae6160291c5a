"""The original's paths from an empty automation to a published one, as the front end walks them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tank.db.database import Database
from tests.fakes.clock import FakeClock
from tests.fakes.storage import MemoryStorage
from tests.support.api import api_client
from tests.support.workshop import MAPPING, TARGET, UPDATE, Workshop, open_workshop


@pytest.fixture
def workshop(sqlite_db: Database, clock: FakeClock) -> Workshop:
    return open_workshop(sqlite_db, clock)


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage({"statement/1.pdf": b"%PDF"})


@pytest.fixture
def client(workshop: Workshop, storage: MemoryStorage) -> Iterator[TestClient]:
    with api_client(workshop.db, clock=workshop.clock, sources=workshop.sources, storage=storage) as opened:
        yield opened


def good(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def problem(response: Any, status: int = 422) -> dict[str, Any]:
    body: dict[str, Any] = good(response, status)
    assert response.headers["content-type"] == "application/problem+json"
    return body


@pytest.fixture
def empty(client: TestClient) -> str:
    return str(good(client.post("/automation", json={"name": "명세서"}), 201)["id"])


@pytest.fixture
def complete(client: TestClient, workshop: Workshop) -> str:
    return str(workshop.automation(name="complete").id)


def test_from_nothing_to_a_revision(client: TestClient, empty: str) -> None:
    path = f"/automation/{empty}"
    assert not good(client.get(f"{path}/check"))["complete"]
    saved = good(client.post(f"{path}/dbio/target", json={"query": TARGET, "connection": "erp"}))
    assert [column["name"] for column in saved["columns"]] == ["CUST_ID", "EMAIL", "NAME"]
    assert good(client.post(f"{path}/dbio/mapping", json={"query": MAPPING}))["binds"] == ["CUST_ID"]
    good(client.post(f"{path}/dbio/update", json={"query": UPDATE}))
    good(client.post(f"{path}/columns", json={"email": "EMAIL", "key": ["CUST_ID"], "name": "NAME"}))
    good(client.post(f"{path}/template", json={"subject": "{{ NAME }}님", "html": "<p>{{ NAME }}</p>"}))
    good(client.post(f"{path}/attachments", json={"rules": [{"pattern": "/statement/{{ CUST_ID }}.pdf"}]}))
    good(client.post(f"{path}/policies", json={"missing_file": "ABORT_RUN"}))
    general = {"purpose": "informational", "zone": "Asia/Seoul", "language": "ko"}
    good(client.post(f"{path}/general", json=general))
    envelope = {"sender": "outbox", "from_email": "a@example.com", "headers": [["X-Campaign", "m"]]}
    saved = good(client.post(f"{path}/envelope", json=envelope))
    assert saved["warnings"] == []
    assert saved["automation"]["draft"]["envelope"]["headers"] == [["X-Campaign", "m"]]
    assert good(client.get(f"{path}/check")) == {"complete": True, "problems": []}
    revision = good(client.post(f"{path}/publish", json={"note": "first", "draft_version": 10}), 201)
    assert (revision["number"], revision["note"]) == (1, "first")
    detail = good(client.get(path))
    assert (detail["active_revision_number"], detail["draft_differs"]) == (1, False)
    good(client.post(f"{path}/run"), 202)


def test_the_database_says_what_is_wrong_with_a_query(client: TestClient, empty: str) -> None:
    body = {"query": "SELECT a FROM nowhere", "connection": "erp"}
    said = problem(client.post(f"/automation/{empty}/dbio/target", json=body))
    assert said["code"] == "source_invalid_sql"
    assert said["problems"][0]["code"] == "FAKE-00942"
    assert said["problems"][0]["position"] == 1
    said = problem(client.post(f"/automation/{empty}/dbio/target", json={**body, "query": "DELETE FROM a"}))
    assert said["code"] == "unsafe_sql"


def test_an_incomplete_draft_lists_everything(client: TestClient, empty: str) -> None:
    said = problem(client.post(f"/automation/{empty}/publish"))
    assert said["code"] == "not_publishable"
    assert len(said["problems"]) == 8


def test_lists_names_and_copies(client: TestClient, complete: str) -> None:
    problem(client.post("/automation", json={"name": "complete"}), 409)
    path = f"/automation/{complete}"
    assert good(client.post(f"{path}/duplicate"), 201)["name"] == "complete (2)"
    assert good(client.post(f"{path}/duplicate", json={"name": "다른 것"}), 201)["name"] == "다른 것"
    first = good(client.get("/automation", params={"limit": 2}))
    rest = good(client.get("/automation", params={"limit": 2, "after": first["next"]}))
    assert len(first["items"] + rest["items"]) == 3
    assert [item["name"] for item in good(client.get("/automation", params={"search": "다른"}))["items"]] == ["다른 것"]
    assert good(client.patch(path, json={"name": "new"}))["name"] == "new"
    assert not good(client.post(f"{path}/disable"))["enabled"]
    assert good(client.post(f"{path}/enable"))["enabled"]
    good(client.delete(path), 204)
    problem(client.get(path), 404)


def test_revisions_are_compared_and_restored(client: TestClient, complete: str) -> None:
    path = f"/automation/{complete}"
    good(client.post(f"{path}/publish"), 201)
    problem(client.post(f"{path}/publish"), 409)
    good(client.post(f"{path}/template", json={"subject": "new", "html": "<p>a</p>"}))
    changes = good(client.get(f"{path}/diff", params={"before": 1}))
    assert {change["field"] for change in changes} == {"template.subject", "template.html"}
    good(client.post(f"{path}/publish"), 201)
    assert [item["number"] for item in good(client.get(f"{path}/revision"))] == [2, 1]
    assert good(client.get(f"{path}/revision/2"))["definition"]["template"]["subject"] == "new"
    assert good(client.get(f"{path}/diff", params={"before": 2, "after": 2})) == []
    problem(client.post(f"{path}/revision/1/restore", json={"draft_version": 1}), 409)
    assert good(client.post(f"{path}/revision/1/restore"))["automation"]["draft_differs"]
    problem(client.get(f"{path}/revision/3"), 404)


def test_files_go_out_and_come_in(client: TestClient, complete: str) -> None:
    response = client.get(f"/automation/{complete}/export")
    assert response.headers["content-type"].startswith("application/yaml")
    problem(client.post("/automation/import", json={"text": response.text}), 409)
    copy = good(client.post("/automation/import", json={"text": response.text, "name": "copy"}), 201)
    original = good(client.get(f"/automation/{complete}"))
    assert copy["automation"]["draft"] == original["draft"]
    good(client.post("/automation/import", json={"text": response.text, "replace": True}), 201)
    said = problem(client.post("/automation/import", json={"text": "tank: 1\nname: a\ndbio:\n  query: x"}))
    assert (said["problems"][0]["field"], said["problems"][0]["line"]) == ("dbio.query", 4)


def test_rows_are_masked_unless_somebody_asks(client: TestClient, complete: str) -> None:
    path = f"/automation/{complete}/dbio"
    sample = good(client.get(f"{path}/target/sample", params={"limit": 1}))
    assert sample["rows"] == [{"CUST_ID": "1", "EMAIL": "a********", "NAME": "김**"}]
    sample = good(client.get(f"{path}/mapping/sample", params={"row_number": 2, "reveal": True, "reason": "test"}))
    assert (sample["rows"], sample["binds"]) == ([{"ITEM": "item 2", "AMOUNT": 10}], {"CUST_ID": 2})
    (entry,) = good(client.get("/audit", params={"limit": 1}))["items"]
    assert entry["action"] == "delivery.reveal"
    problem(client.get(f"{path}/update/sample"))


def test_previews(client: TestClient, complete: str) -> None:
    path = f"/automation/{complete}/template/preview"
    (mail,) = good(client.post(path))["mails"]
    assert (mail["subject"], mail["row_number"]) == ("김하나님 명세서", 1)
    (mail,) = good(client.post(path, json={"key": ["2"], "template": {"subject": "{{ NAME }}", "html": "x"}}))["mails"]
    assert mail["subject"] == "이둘"
    assert good(client.post(path, json={"worst": True, "due_at": "2026-11-05T09:00:00+09:00"}))["mails"]
    problem(client.post(path, json={"key": ["9"]}), 404)
    problem(client.post(path, json={"due_at": "0001-01-01T00:00:00+09:00"}))


def test_rules_are_tried_on_real_rows(client: TestClient, complete: str, storage: MemoryStorage) -> None:
    path = f"/automation/{complete}/attachments"
    rules = [{"pattern": "/statement/{{ CUST_ID }}.pdf"}]
    good(client.post(path, json={"rules": rules}))
    report = good(client.post(f"{path}/test"))
    assert (report["recipients"], report["sendable"]) == (2, 1)
    assert report["rules"][0]["not_found"] == 1
    assert report["rules"][0]["examples"][0]["key"] == "2"
    storage.add("statement/item 1.pdf", b"%PDF")
    mapped = {"rules": [{"pattern": "/statement/{{ ITEM }}.pdf"}], "rows": 1}
    assert good(client.post(f"{path}/test", json=mapped))["sendable"] == 1
    problem(client.post(f"{path}/test", json={"rules": [{"pattern": "{{"}]}))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 1_000_001])
def test_texts_that_cannot_be_stored_are_refused(client: TestClient, complete: str, text: str) -> None:
    path = f"/automation/{complete}"
    for method, where, body in (
        ("POST", "/automation", {"name": text}),
        ("PATCH", path, {"description": text}),
        ("POST", f"{path}/template", {"subject": "a", "html": text}),
        ("POST", f"{path}/dbio/target", {"query": text}),
        ("POST", f"{path}/envelope", {"sender": "outbox", "from_email": "a@example.com", "from_name": text}),
        ("POST", f"{path}/publish", {"note": text}),
        ("POST", "/automation/import", {"text": text, "name": "b"}),
        ("POST", f"{path}/template/preview", {"key": [text]}),
        ("POST", f"{path}/attachments/test", {"rules": [{"pattern": text}]}),
    ):
        content = json.dumps(body)
        response = client.request(method, where, content=content, headers={"Content-Type": "application/json"})
        assert response.status_code in (404, 413, 422), (where, response.text)


def test_search_and_subject_may_hold_anything(client: TestClient) -> None:
    for text in ("%00", "%ED%A0%80", "%25_%5C", "a" * 200):
        for path in (f"/automation?search={text}", f"/audit?subject={text}", f"/automation?after={text}"):
            assert client.get(path).status_code in (200, 422)


def test_what_is_not_there_is_404_everywhere(client: TestClient) -> None:
    path = f"/automation/{uuid4()}"
    for method, where in (
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/enable"),
        ("POST", "/disable"),
        ("POST", "/duplicate"),
        ("POST", "/publish"),
        ("GET", "/check"),
        ("GET", "/export"),
        ("GET", "/revision"),
        ("GET", "/revision/1"),
        ("POST", "/revision/1/restore"),
        ("GET", "/diff"),
        ("GET", "/dbio/target/sample"),
        ("POST", "/template/preview"),
        ("POST", "/attachments/test"),
    ):
        response = client.request(method, path + where, json={} if method == "PATCH" else None)
        problem(response, 404)
