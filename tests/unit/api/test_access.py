"""Who may do what: every route, asked by everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from tank.api.access import LEAST_ROLE, OPEN, check_complete
from tank.api.app import ROUTERS
from tank.db.database import Database
from tank.domain.account import Role
from tank.services.api_tokens import ApiTokens
from tests.fakes.clock import START, FakeClock
from tests.support.api import api_client

_ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
_BY_NAME = {route.name: route for route in _ROUTES}
#: Routes that only a person's session has.
_OF_A_SESSION = {"read_session", "end_session", "change_own_password", "offer_totp", "confirm_totp", "remove_totp"}


@pytest.fixture
def client(sqlite_db: Database) -> Iterator[TestClient]:
    with api_client(sqlite_db, signed_in=False) as opened:
        yield opened


@pytest.fixture
def tokens(sqlite_db: Database, clock: FakeClock) -> dict[Role, str]:
    """A token for each role."""
    service = ApiTokens(sqlite_db, clock)
    ends = START + timedelta(days=1)
    return {role: service.add(role, role=role, expires_at=ends, by="kim")[1] for role in Role}


def ask(client: TestClient, name: str, token: str | None) -> tuple[int, str]:
    """Status and code of a request that names nothing that is there."""
    route = _BY_NAME[name]
    path = route.path
    for parameter in route.param_convertors:
        path = path.replace(f"{{{parameter}}}", str(UUID(int=7)) if parameter.endswith("_id") else "1")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    (method,) = route.methods or {"GET"}
    response = client.request(method, path, headers=headers, json={} if method in ("POST", "PUT", "PATCH") else None)
    is_problem = response.headers.get("content-type") == "application/problem+json"
    return response.status_code, response.json()["code"] if is_problem else ""


@pytest.mark.parametrize("name", sorted(set(LEAST_ROLE) - {"watch_run"}))
def test_each_role_passes_where_it_may_and_nowhere_else(client: TestClient, tokens: dict[Role, str], name: str) -> None:
    assert ask(client, name, None) == (401, "sign_in_required")
    assert ask(client, name, "tank_nobody") == (401, "bad_token")
    for role in Role:
        status, code = ask(client, name, tokens[role])
        is_refused = (status, code) == (403, "not_allowed")
        assert is_refused is not role.covers(LEAST_ROLE[name]), f"{role} got {status} {code}"
        assert status != 401
        if name in _OF_A_SESSION:
            assert code in ("no_session", "invalid", "invalid_request")


@pytest.mark.parametrize("name", sorted(OPEN))
def test_the_way_in_is_open(client: TestClient, name: str) -> None:
    assert ask(client, name, None)[1] not in ("sign_in_required", "not_allowed", "csrf")


def test_a_route_without_a_role_keeps_the_api_from_starting() -> None:
    router = APIRouter()

    @router.get("/new")
    def brand_new() -> dict[str, Any]:
        return {}

    with pytest.raises(ValueError, match="brand_new"):
        check_complete([*_ROUTES, *(route for route in router.routes if isinstance(route, APIRoute))])
    with pytest.raises(ValueError, match="list_runs"):
        check_complete([route for route in _ROUTES if route.name != "list_runs"])


def test_roles_build_on_each_other() -> None:
    for higher, role in enumerate(Role):
        assert [role.covers(other) for other in Role] == [lower <= higher for lower in range(len(Role))]
