"""Whose request it is: the peer's, unless a trusted proxy says on whose behalf it asks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tank.api.client_address import ClientAddress
from tank.services.audit_trail import client_address

PROXIES = ("10.0.0.0/8", "127.0.0.1", "2001:db8::/32")


def told(request: Request) -> JSONResponse:
    """In a thread of the pool, as routes run."""
    return JSONResponse([request.state.client_address, client_address.get(), request.url.scheme])


def ask(peer: str, headers: Sequence[tuple[str, str]] = (), *, trusted: Sequence[str] = PROXIES) -> list[str]:
    app = ClientAddress(Starlette(routes=[Route("/", told)]), trusted_proxies=trusted)
    answer: list[str] = TestClient(app, client=(peer, 50_000)).get("/", headers=list(headers)).json()
    return answer


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),  # anybody can say so
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", ["203.0.113.5"], "203.0.113.5"),
        ("10.1.2.3", ["198.51.100.1, 203.0.113.5"], "203.0.113.5"),  # what stands left of it was typed by the caller
        ("10.1.2.3", ["198.51.100.1, 203.0.113.5, 10.9.9.9"], "203.0.113.5"),
        ("10.1.2.3", ["198.51.100.1", "203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("10.1.2.3", ["203.0.113.5, unknown"], "10.1.2.3"),
        ("10.1.2.3", ["203.0.113.5,"], "10.1.2.3"),
        ("10.1.2.3", ["' OR 1=1 --"], "10.1.2.3"),
        ("10.1.2.3", ["203.0.113.5:4711"], "203.0.113.5"),
        ("10.1.2.3", ["[2001:db9::7]:443"], "2001:db9::7"),
        ("2001:db8::1", ["2001:DB9:0::7"], "2001:db9::7"),
        ("::ffff:10.1.2.3", ["::ffff:203.0.113.5"], "203.0.113.5"),
        ("somewhere", ["203.0.113.5"], "somewhere"),
    ],
)
def test_the_nearest_stranger_counts(peer: str, forwarded: list[str], expected: str) -> None:
    address, noted, _ = ask(peer, [("X-Forwarded-For", value) for value in forwarded])
    assert (address, noted) == (expected, expected)


def test_nobody_is_trusted_by_default() -> None:
    headers = [("X-Forwarded-For", "203.0.113.5"), ("X-Forwarded-Proto", "https")]
    assert ask("127.0.0.1", headers, trusted=()) == ["127.0.0.1", "127.0.0.1", "http"]


@pytest.mark.parametrize(
    ("peer", "proto", "expected"),
    [
        ("10.1.2.3", "https", "https"),
        ("10.1.2.3", "http, HTTPS", "https"),
        ("10.1.2.3", "https, http", "http"),
        ("10.1.2.3", "gopher", "http"),
        ("203.0.113.5", "https", "http"),
    ],
)
def test_a_trusted_proxy_also_says_how_it_was_asked(peer: str, proto: str, expected: str) -> None:
    assert ask(peer, [("X-Forwarded-Proto", proto)])[2] == expected


def test_outside_a_request_there_is_no_address() -> None:
    ask("203.0.113.5")
    assert client_address.get() == ""
