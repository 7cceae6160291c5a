"""What every request meets before a route does, and how every failure is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tank.api.app import ApiSettings
from tank.api.hosts import MAX_BODY_BYTES
from tank.api.problems import MOST_PROBLEMS
from tank.db.database import Database
from tests.support.api import api_client

TOKEN = "correct-horse-battery"


@pytest.fixture
def client(sqlite_db: Database) -> Iterator[TestClient]:
    with api_client(sqlite_db) as opened:
        yield opened


@pytest.fixture
def guarded(sqlite_db: Database) -> Iterator[TestClient]:
    """An API that a stranger calls."""
    demanding = ApiSettings(token=TOKEN, allowed_hosts=["tank.example.com"])
    with api_client(sqlite_db, demanding, signed_in=False) as opened:
        yield opened


def problem_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["type"] == f"urn:tank:problem:{problem['code']}"
    assert problem["detail"]
    return problem


def test_a_path_that_is_not_there_is_a_problem_document(client: TestClient) -> None:
    assert problem_of(client.get("/nothing"), 404)["code"] == "no_such_path"


def test_a_method_that_is_not_there_names_those_that_are(client: TestClient) -> None:
    response = client.delete("/healthz")
    assert problem_of(response, 405)["code"] == "method_not_allowed"
    assert "GET" in response.headers["allow"]


def test_a_field_that_is_wrong_is_named(client: TestClient) -> None:
    problem = problem_of(client.get("/job", params={"limit": "many"}), 422)
    assert [field["field"] for field in problem["problems"]] == ["limit"]


def test_an_id_that_is_no_uuid_is_a_problem_of_the_request(client: TestClient) -> None:
    assert problem_of(client.get("/run/7"), 422)["problems"][0]["field"] == "run_id"


def test_a_body_that_is_no_json_is_a_problem_of_the_request(client: TestClient) -> None:
    response = client.post("/sending/stop", content=b"{reason", headers={"content-type": "application/json"})
    problem_of(response, 422)


def test_a_body_of_another_type_is_refused(client: TestClient) -> None:
    response = client.post("/sending/stop", content=b'{"reason": "x"}', headers={"content-type": "text/plain"})
    problem_of(response, 422)


def test_unknown_fields_are_mistakes(client: TestClient) -> None:
    problem = problem_of(client.post("/sending/stop", json={"reason": "x", "resaon": "y"}), 422)
    assert problem["problems"][0]["field"] == "resaon"


@pytest.mark.parametrize("host", ["evil.example.com", "localhost.evil.example.com", "", "[", "127.0.0.1.evil.com"])
def test_a_host_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    assert problem_of(client.get("/healthz", headers={"host": host}), 421)["code"] == "wrong_host"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8425", "127.0.0.1:8425", "[::1]:8425", "10.1.2.3"])
def test_loopback_and_addresses_are_ours(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


def test_hosts_can_be_allowed(guarded: TestClient) -> None:
    assert guarded.get("/healthz", headers={"host": "tank.example.com"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.com"},
        {"origin": "null"},
        {"origin": "http://203.0.113.5"},
        {"origin": "http://["},
        {"origin": "http://a]b"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_other_sites_cannot_make_a_browser_act(client: TestClient, headers: dict[str, str]) -> None:
    assert problem_of(client.post("/sending/resume", headers=headers), 403)["code"] == "other_site"


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8425", "http://127.0.0.1:8425"),
        ("127.0.0.1:8425", "http://localhost:5173"),
        ("192.168.0.7:8425", "http://192.168.0.7:8425"),
        ("[::1]:8425", "http://[::1]:8425"),
    ],
)
def test_its_own_pages_may_act(client: TestClient, host: str, origin: str) -> None:
    assert client.post("/sending/resume", headers={"host": host, "origin": origin}).is_success


def test_so_many_defects_are_listed_and_the_rest_counted(client: TestClient) -> None:
    problem = problem_of(client.post("/automation", json={f"k{number}": 1 for number in range(5_000)}), 422)
    assert len(problem["problems"]) == MOST_PROBLEMS
    assert "5,001 defects" in problem["detail"]


def test_a_large_body_is_refused(client: TestClient) -> None:
    assert problem_of(client.post("/sending/stop", content=b"x" * (MAX_BODY_BYTES + 1)), 413)["code"] == "too_large"


def test_a_large_body_without_a_length_is_refused(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(6):
            yield b"x" * 1_000_000

    problem_of(client.post("/sending/stop", content=chunks()), 413)


@pytest.mark.parametrize("text", [rb"\u0000", rb"\ud800", rb"x\uDFFF"])
def test_text_that_no_database_stores_is_refused(client: TestClient, text: bytes) -> None:
    body = b'{"reason": "' + text + b'"}'
    response = client.post("/sending/stop", content=body, headers={"content-type": "application/json"})
    assert problem_of(response, 422)["code"] == "unstorable_text"


def test_escapes_that_make_whole_characters_are_fine(client: TestClient) -> None:
    body = rb'{"reason": "\ud83d\ude00 \\u0000 \\ud800"}'
    response = client.post("/sending/stop", content=body, headers={"content-type": "application/json"})
    assert response.json()["reason"] == "😀 \\u0000 \\ud800"


def test_nul_in_a_query_is_refused(client: TestClient) -> None:
    problem_of(client.get("/delivery?search=a%00b"), 422)


@given(st.text(max_size=50).map(lambda text: f"Bearer {text}") | st.just("") | st.just("Basic " + TOKEN))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_only_the_token_opens(guarded: TestClient, header: str) -> None:
    response = guarded.get("/run", headers={b"authorization": header.encode("utf-8")})
    is_right = header.startswith("Bearer") and header.removeprefix("Bearer ").strip(" ") == TOKEN
    assert response.status_code == (200 if is_right else 401)


def test_a_stranger_sees_the_way_in_and_nothing_else(guarded: TestClient) -> None:
    for path in ("/healthz", "/app", "/session/hints"):
        assert guarded.get(path).status_code == 200
    for path in ("/openapi.json", "/readyz", "/metrics", "/run", "/session", "/nothing"):
        response = guarded.get(path)
        assert problem_of(response, 401)["code"] == "sign_in_required"
        assert response.headers["www-authenticate"] == "Bearer"


def test_with_the_token_everything_answers(guarded: TestClient) -> None:
    headers = {"authorization": f"bearer {TOKEN}"}
    assert guarded.get("/run", headers=headers).json() == {"items": [], "next": None}
    assert guarded.get("/openapi.json", headers=headers).json()["security"] == [{"token": []}, {"session": []}]


def test_every_answer_keeps_browsers_careful(client: TestClient) -> None:
    for path in ("/healthz", "/nothing", "/app", "/run/7"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_a_crash_tells_an_id_and_nothing_else(sqlite_db: Database) -> None:
    with api_client(sqlite_db) as client, structlog.testing.capture_logs() as written:
        client.app.state.services = "not services"  # type: ignore[attr-defined]
        problem = problem_of(client.get("/run"), 500)
    assert "assert" not in str(problem)
    error_id = problem["instance"].removeprefix("urn:uuid:")
    assert [line["error_id"] for line in written] == [error_id]


def test_a_logs_db_that_is_away_says_when_to_come_again(sqlite_db: Database) -> None:
    with api_client(sqlite_db) as client:
        with sqlite_db.write() as tables:
            tables.connection.exec_driver_sql("DROP TABLE worker")
        response = client.get("/worker")
    assert problem_of(response, 503)["code"] == "logs_db_unavailable"
    assert response.headers["retry-after"] == "5"


def test_the_root_leads_to_the_user_interface(client: TestClient) -> None:
    response = client.get("/", follow_redirects=False)
    assert response.headers["location"] == "/app/"
    assert "Tank" in client.get("/app").text


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/scheduler", "GET, POST"),
        ("DELETE", "/scheduler/preview", "POST"),
        ("POST", "/scheduler/0198c0de-0000-7000-8000-000000000001", "DELETE, GET, PATCH"),
        ("TRACE", "/job", "GET"),
    ],
)
def test_a_path_names_all_methods_that_it_answers(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    problem_of(response, 405)
    assert response.headers["allow"] == allowed
