"""Single sign-on against a provider over HTTP: the way there and back, and every lie on the way."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from starlette.testclient import TestClient

from tank.bootstrap import Installation, installation
from tank.config import Settings
from tank.domain.account import Role
from tank.domain.errors import Misconfigured
from tests.fakes.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, identity_provider

BASE = "http://127.0.0.1:8425"


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as opened:
        yield opened


@pytest.fixture
def tank(provider: IdentityProvider, tmp_path: Path) -> Iterator[Installation]:
    settings = Settings(
        data_dir=tmp_path,
        public_url=BASE,
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=SecretStr(CLIENT_SECRET),
        oidc_roles="tank-ops=operator, tank-admins=admin",
        oidc_name="회사 계정",
    )
    with installation(settings) as opened:
        opened.upgrade_schema()
        yield opened


@pytest.fixture
def browser(tank: Installation) -> TestClient:
    return TestClient(tank.api(), base_url=BASE, client=("127.0.0.1", 50_000), follow_redirects=False)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def agreed(url: str) -> str:
    """What the provider sends the browser back to."""
    try:
        urllib.request.build_opener(_Stay).open(url, timeout=5)
    except HTTPError as redirect:
        return str(redirect.headers["Location"])
    raise AssertionError("the provider did not redirect")


def leave(browser: TestClient) -> str:
    """Begin; where the provider sends the browser back to."""
    begun = browser.get(browser.get("/session/hints").json()["single_sign_on"]["url"])
    assert begun.status_code == 303, begun.text
    return agreed(begun.headers["location"])


def sign_in(browser: TestClient) -> str:
    """The whole way; where the browser lands."""
    return str(browser.get(leave(browser)).headers["location"])


def problem(landed: str) -> str:
    """Why it failed, as the sign-in page is told."""
    url = urlsplit(landed)
    assert url.path == "/app/sign-in"
    return parse_qs(url.query)["problem"][0]


def test_the_way_there_and_back_makes_an_account(browser: TestClient, provider: IdentityProvider) -> None:
    assert browser.get("/session/hints").json()["single_sign_on"]["name"] == "회사 계정"
    assert sign_in(browser) == "/app/"
    account = browser.get("/session").json()["account"]
    assert (account["name"], account["display_name"], account["role"]) == ("kim", "김하나", "operator")
    provider.claims |= {"groups": ["tank-admins", "tank-ops"], "name": "김한아", "preferred_username": "other"}
    sign_in(browser)
    again = browser.get("/session").json()["account"]
    assert again == {**account, "display_name": "김한아", "role": "admin"}
    assert [entry["action"] for entry in browser.get("/audit").json()["items"]] == [
        "session.begin", "account.change", "session.begin", "account.add",
    ]  # fmt: skip


def test_keys_that_are_changed_are_found(browser: TestClient, provider: IdentityProvider) -> None:
    assert sign_in(browser) == "/app/"
    provider.rotate()
    assert sign_in(browser) == "/app/"


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "http://127.0.0.1:1"},
        {"aud": "somebody else"},
        {"exp": 1_000_000_000},
        {"nonce": "of another sign-in"},
        {"iat": None},
        {"sub": None},
    ],
    ids=lambda lies: next(iter(lies)),
)
def test_a_token_that_is_not_for_this_sign_in_opens_nothing(
    browser: TestClient, provider: IdentityProvider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    assert problem(sign_in(browser)) == "single_sign_on_refused"
    assert browser.get("/session").status_code == 401


def test_a_forged_signature_opens_nothing(browser: TestClient, provider: IdentityProvider) -> None:
    provider.forger = RSAKey.generate_key(2048)
    assert problem(sign_in(browser)) == "single_sign_on_refused"


def test_an_answer_is_good_once_and_in_the_browser_that_left(browser: TestClient, tank: Installation) -> None:
    back = leave(browser)
    stranger = TestClient(tank.api(), base_url=BASE, client=("127.0.0.1", 50_000), follow_redirects=False)
    assert problem(stranger.get(back).headers["location"]) == "stale_sign_in"
    leave(stranger)
    assert problem(stranger.get(back).headers["location"]) == "stale_sign_in"
    assert browser.get(back).headers["location"] == "/app/"
    assert problem(browser.get(back).headers["location"]) == "stale_sign_in"


def test_whoever_the_provider_or_the_groups_keep_out_stays_out(browser: TestClient, provider: IdentityProvider) -> None:
    provider.refuses = True
    assert problem(sign_in(browser)) == "single_sign_on_refused"
    provider.refuses = False
    provider.claims["groups"] = ["everybody"]
    assert problem(sign_in(browser)) == "no_role"
    del provider.claims["groups"]
    assert problem(sign_in(browser)) == "no_role"


def test_nobody_takes_over_an_account_of_the_same_name(
    browser: TestClient, tank: Installation, provider: IdentityProvider
) -> None:
    tank.accounts.add_with_password("kim", display_name="Kim", role=Role.ADMIN, password="four words, no sense", by="x")
    assert problem(sign_in(browser)) == "name_taken"
    provider.claims |= {"sub": "8", "preferred_username": "lee"}
    assert sign_in(browser) == "/app/"
    lee = next(account for account in tank.accounts.all() if account.name == "lee")
    tank.accounts.change(lee.id, disabled=True, by="x")
    assert browser.get("/session").status_code == 401
    assert problem(sign_in(browser)) == "account_disabled"


def test_a_provider_that_is_away_is_said_so(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        public_url=BASE,
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id=CLIENT_ID,
        oidc_roles="tank-ops=operator",
    )
    with installation(settings) as tank:
        tank.upgrade_schema()
        browser = TestClient(tank.api(), base_url=BASE, client=("127.0.0.1", 50_000), follow_redirects=False)
        answer = browser.get("/session/single-sign-on")
        assert (answer.status_code, answer.json()["code"]) == (424, "identity_provider_away")


@pytest.mark.parametrize(
    "wrong",
    [{"oidc_roles": ""}, {"oidc_roles": "ops=boss"}, {"public_url": "http://tank.example.com"}, {"oidc_client_id": ""}],
)
def test_settings_that_lack_something_are_named(tmp_path: Path, wrong: dict[str, str]) -> None:
    right = {"public_url": BASE, "oidc_client_id": "tank", "oidc_roles": "a=viewer"}
    right |= {"oidc_issuer": "https://id.example.com"}
    settings = Settings(data_dir=tmp_path, **{**right, **wrong})  # type: ignore[arg-type]
    (name,) = wrong
    with installation(settings) as tank, pytest.raises(Misconfigured, match=f"TANK_{name.upper()}"):
        tank.api()
