"""Signing in as a browser does: cookies, CSRF, links, second factors, and how long it lasts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from starlette.testclient import TestClient

from tank.db.database import Database
from tank.domain.account import Role
from tank.passwords import Argon2Passwords, TotpCodes
from tank.services.accounts import Accounts
from tank.services.sign_ins import SignIns
from tests.fakes.clock import FakeClock
from tests.support.api import api_client

PASSWORD = "four words, no sense"


@pytest.fixture
def accounts(sqlite_db: Database, clock: FakeClock) -> Accounts:
    passwords = Argon2Passwords(memory_kib=8, passes=1)
    sign_ins = SignIns(sqlite_db, clock, passwords=passwords, codes=TotpCodes())
    return Accounts(sqlite_db, clock, passwords=passwords, sign_ins=sign_ins)


@pytest.fixture
def client(sqlite_db: Database, clock: FakeClock) -> Iterator[TestClient]:
    with api_client(sqlite_db, clock=clock, signed_in=False) as opened:
        yield browser(opened)


def browser(client: TestClient) -> TestClient:
    """The same client, on the machine itself and with cookies of its own."""
    return TestClient(client.app, base_url="http://127.0.0.1:8425", client=("127.0.0.1", 50_000))


def sign_in(client: TestClient, *, account: str = "kim", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/session", json={"account": account, "password": password, **more})


def add(accounts: Accounts, name: str = "kim", role: Role = Role.ADMIN) -> None:
    accounts.add_with_password(name, display_name="김하나", role=role, password=PASSWORD, by="test")


def change(client: TestClient, method: str, path: str, csrf: str, **body: object) -> Any:
    return client.request(method, path, json=body or None, headers={"X-Tank-CSRF": csrf})


def test_a_session_begins_and_ends(client: TestClient, accounts: Accounts) -> None:
    assert client.get("/session/hints").json()["needs_setup"] is True
    add(accounts)
    assert client.get("/session/hints").json()["needs_setup"] is False
    response = sign_in(client, account=" KIM ")
    assert response.status_code == 201
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("tank=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie
    assert client.get("/session").json()["account"]["display_name"] == "김하나"
    assert client.get("/run").status_code == 200
    assert change(client, "DELETE", "/session", response.json()["csrf"]).status_code == 204
    assert client.get("/run").json()["code"] == "sign_in_required"


def test_over_https_the_cookie_is_for_this_host_alone(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    remote = TestClient(client.app, base_url="https://localhost", client=("192.0.2.7", 50_000))
    cookie = sign_in(remote).headers["set-cookie"]
    assert cookie.startswith("__Host-tank=")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert remote.get("/run").status_code == 200
    plain = TestClient(client.app, base_url="http://192.0.2.9", client=("192.0.2.7", 50_000))
    refused = sign_in(plain)
    assert (refused.status_code, refused.json()["code"]) == (403, "https_needed")


def test_a_change_needs_the_sessions_own_csrf_token(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    csrf = sign_in(client).json()["csrf"]
    other = browser(client)
    foreign = sign_in(other).json()["csrf"]
    body = {"reason": "a test"}
    for headers in ({}, {"X-Tank-CSRF": ""}, {"X-Tank-CSRF": foreign}, {"X-Tank-CSRF": csrf + "0"}):
        response = client.post("/sending/stop", json=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (403, "csrf")
    assert change(client, "POST", "/sending/stop", csrf, **body).status_code == 200


def test_what_is_wrong_is_not_told_to_strangers(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    accounts.add("invited", display_name="Lee", role=Role.VIEWER, by="test")
    answers = [
        sign_in(client, account="kim", password="wrong password"),
        sign_in(client, account="nobody"),
        sign_in(client, account="invited"),
        sign_in(client, account="☃ no name"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    texts = {(answer.json()["code"], answer.json()["detail"]) for answer in answers}
    assert len(texts) == 1
    assert texts.pop()[0] == "wrong_credentials"


def test_tries_slow_down_and_nobody_is_locked_out(client: TestClient, accounts: Accounts, clock: FakeClock) -> None:
    add(accounts)
    for _ in range(5):
        assert sign_in(client, password="wrong password").status_code == 401
    slowed = sign_in(client)
    assert slowed.status_code == 429
    assert slowed.json()["code"] == "too_many_tries"
    wait = int(slowed.headers["retry-after"])
    assert 1 <= wait <= 2
    elsewhere = TestClient(client.app, base_url="https://localhost", client=("192.0.2.7", 50_000))
    assert sign_in(elsewhere).status_code == 201
    clock.advance(wait)
    assert sign_in(client).status_code == 201
    waits = []
    for _ in range(30):
        while (answer := sign_in(client, password="wrong password")).status_code == 429:
            waits.append(int(answer.headers["retry-after"]))
            clock.advance(waits[-1])
    assert max(waits) == 900
    assert waits == sorted(waits)


def test_a_session_ends_when_idle_and_at_last_in_any_case(
    client: TestClient, accounts: Accounts, clock: FakeClock
) -> None:
    add(accounts)
    sign_in(client)
    clock.advance(59 * 60)
    assert client.get("/run").status_code == 200
    clock.advance(59 * 60)
    assert client.get("/run").status_code == 200
    clock.advance(60 * 60)
    assert client.get("/run").status_code == 401
    sign_in(client)
    for _ in range(23):
        clock.advance(30 * 60)
        assert client.get("/run").status_code == 200
    clock.advance(30 * 60)
    assert client.get("/run").status_code == 401


def test_the_first_admin_comes_through_a_link_and_only_once(client: TestClient, accounts: Accounts) -> None:
    stale, link = accounts.first_admin_link(), accounts.first_admin_link()
    assert stale is not None
    assert link is not None
    assert client.get("/session/link", params={"link": stale.token}).json()["code"] == "unknown_link"
    assert client.get("/session/link", params={"link": link.token}).json()["purpose"] == "first_admin"
    body = {"link": link.token, "account": "Kim", "display_name": "김하나", "password": "short"}
    weak = client.post("/session/link", json=body)
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    made = client.post("/session/link", json={**body, "password": PASSWORD})
    assert made.status_code == 201
    assert made.json()["account"]["role"] == "admin"
    assert client.get("/account").json()[0]["name"] == "kim"
    assert client.post("/session/link", json={**body, "password": PASSWORD}).json()["code"] == "unknown_link"
    assert accounts.first_admin_link() is None


def test_a_link_helps_somebody_in_again_and_puts_others_out(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    csrf = sign_in(client).json()["csrf"]
    new = change(client, "POST", "/account", csrf, name="lee", display_name="이둘", role="operator")
    assert new.status_code == 201
    lee = browser(client)
    set_up = lee.post("/session/link", json={"link": new.json()["link"], "password": PASSWORD})
    assert set_up.json()["account"] == {**set_up.json()["account"], "name": "lee", "role": "operator"}
    again = change(client, "POST", f"/account/{new.json()['account']['id']}/link", csrf).json()["link"]
    assert lee.get("/run").status_code == 200
    used = browser(client).post("/session/link", json={"link": again, "password": "another four words"})
    assert used.status_code == 201
    assert lee.get("/run").status_code == 401
    assert sign_in(browser(client), account="lee").status_code == 401
    assert sign_in(browser(client), account="lee", password="another four words").status_code == 201


def test_a_link_ends(client: TestClient, accounts: Accounts, clock: FakeClock) -> None:
    _, link = accounts.add("lee", display_name="이둘", role=Role.VIEWER, by="test")
    clock.advance(timedelta(days=3).total_seconds())
    assert client.get("/session/link", params={"link": link.token}).status_code == 404


def test_a_second_factor_is_asked_for_and_each_code_is_good_once(
    client: TestClient, accounts: Accounts, clock: FakeClock
) -> None:
    add(accounts)
    csrf = sign_in(client).json()["csrf"]
    assert change(client, "POST", "/session/totp", csrf, password="wrong password").json()["code"] == "wrong_password"
    offer = change(client, "POST", "/session/totp", csrf, password=PASSWORD).json()
    assert offer["uri"].startswith("otpauth://totp/Tank:kim?secret=" + offer["secret"])
    app = pyotp.TOTP(offer["secret"])
    assert sign_in(browser(client)).status_code == 201  # not in force yet
    assert change(client, "PUT", "/session/totp", csrf, code="abc").status_code == 422
    assert change(client, "PUT", "/session/totp", csrf, code=app.at(clock.now())).status_code == 204
    other = browser(client)
    assert sign_in(other).json()["code"] == "code_required"
    assert sign_in(other, code=app.at(clock.now())).json()["code"] == "wrong_code"  # it was used to confirm
    clock.advance(30)
    assert sign_in(other, code="００００００").json()["code"] == "wrong_code"
    code = app.at(clock.now())
    assert sign_in(other, code=f" {code[:3]} {code[3:]} ").status_code == 201
    assert sign_in(browser(client), code=code).json()["code"] == "wrong_code"
    assert change(client, "POST", "/session/totp/remove", csrf, password=PASSWORD).status_code == 204
    assert sign_in(browser(client)).status_code == 201


def test_a_new_password_ends_the_other_sessions(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    csrf, other = sign_in(client).json()["csrf"], browser(client)
    sign_in(other)
    wrong = change(client, "PUT", "/session/password", csrf, current="wrong password", new="another four words")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_password")
    weak = change(client, "PUT", "/session/password", csrf, current=PASSWORD, new="kim kim kim kim")
    assert weak.json()["code"] == "weak_password"
    done = change(client, "PUT", "/session/password", csrf, current=PASSWORD, new="another four words")
    assert done.status_code == 204
    assert client.get("/run").status_code == 200
    assert other.get("/run").status_code == 401


def test_whoever_is_disabled_is_out_at_once_and_an_admin_stays(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    add(accounts, "lee", Role.OPERATOR)
    csrf, lee = sign_in(client).json()["csrf"], browser(client)
    sign_in(lee, account="lee")
    people = {person["name"]: person["id"] for person in client.get("/account").json()}
    assert change(client, "PATCH", f"/account/{people['lee']}", csrf, disabled=True).json()["disabled"] is True
    assert lee.get("/run").status_code == 401
    assert sign_in(lee, account="lee").status_code == 401
    for last in ({"disabled": True}, {"role": "operator"}):
        refused = change(client, "PATCH", f"/account/{people['kim']}", csrf, **last)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_admin")


def test_the_demos_account_is_told_on_this_machine_only(sqlite_db: Database) -> None:
    with api_client(sqlite_db, signed_in=False) as opened:
        services = opened.app.state.services  # type: ignore[attr-defined]
        object.__setattr__(services, "demo_account", ("demo", "shown"))
        assert browser(opened).get("/session/hints").json()["demo"] == {"account": "demo", "password": "shown"}
        for base, address in (("http://127.0.0.1", "192.0.2.7"), ("http://192.0.2.9", "127.0.0.1")):
            stranger = TestClient(opened.app, base_url=base, client=(address, 50_000))
            assert stranger.get("/session/hints").json()["demo"] is None


def test_tokens_are_shown_once_end_and_can_be_withdrawn(
    client: TestClient, accounts: Accounts, clock: FakeClock
) -> None:
    add(accounts)
    csrf = sign_in(client).json()["csrf"]
    ends = (clock.now() + timedelta(days=1)).isoformat()
    made = change(client, "POST", "/token", csrf, name="nightly", role="viewer", expires_at=ends).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    program = browser(client)
    assert program.get("/run", headers=bearer).status_code == 200
    assert program.post("/sending/stop", headers=bearer, json={"reason": "x"}).json()["code"] == "not_allowed"
    assert made["token"] not in client.get("/token").text
    clock.advance(86_400)
    assert program.get("/run", headers=bearer).json()["code"] == "bad_token"
    clock.advance(-86_400)
    sign_in(client)
    assert change(client, "DELETE", f"/token/{made['id']}", csrf_of(client)).status_code == 204
    assert program.get("/run", headers=bearer).status_code == 401
    far = (clock.now() + timedelta(days=400)).isoformat()
    refused = change(client, "POST", "/token", csrf_of(client), name="far", role="viewer", expires_at=far)
    assert refused.json()["code"] == "out_of_range"


def csrf_of(client: TestClient) -> str:
    return str(client.get("/session").json()["csrf"])


def test_what_happens_at_the_door_is_audited(client: TestClient, accounts: Accounts) -> None:
    add(accounts)
    sign_in(client, password="wrong password")
    sign_in(client)
    entries = [(entry["actor"], entry["action"]) for entry in client.get("/audit").json()["items"]]
    assert entries == [("kim", "session.begin"), ("kim", "session.refuse"), ("test", "account.add")]
    assert PASSWORD not in client.get("/audit?reveal=true").text
