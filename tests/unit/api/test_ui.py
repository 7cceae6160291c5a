"""How the built user interface is served, over a small build of four files."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tank.api.app import ApiSettings
from tank.api.ui import CONTENT_POLICY
from tank.db.database import Database
from tests.support.api import api_client

PAGE = "<!doctype html><title>Tank</title>"
SCRIPT = "console.log('tank')\n" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "app"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "mark.svg").write_text("<svg/>")
    (built / ".fingerprint").write_text("secret")
    (built / "assets" / "index-abc.js").write_text(SCRIPT)
    (built / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (built / "assets" / "index-abc.js.br").write_bytes(b"brotli")
    (tmp_path / "outside.json").write_text("{}")
    return built


@pytest.fixture
def client(sqlite_db: Database, folder: Path) -> Iterator[TestClient]:
    with api_client(sqlite_db, ApiSettings(ui_folder=folder)) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/", "/app"])
def test_the_root_leads_to_it(client: TestClient, path: str) -> None:
    response = client.get(path, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "/app/")


@pytest.mark.parametrize("path", ["/app/", "/app/index.html", "/app/runs", "/app/runs/7/deliveries", "/app/고객"])
def test_every_screen_is_the_page(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.text == PAGE
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["content-security-policy"] == CONTENT_POLICY


def test_the_page_allows_no_inline_script() -> None:
    assert "script-src 'self';" in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'none';")


def test_a_page_that_is_known_is_not_sent_again(client: TestClient, folder: Path) -> None:
    etag = client.get("/app/").headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = client.get("/app/runs", headers={"if-none-match": known})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == etag
        assert response.headers["cache-control"] == "no-cache"
        assert "content-length" not in response.headers
    (folder / "index.html").write_text(PAGE + "new")
    os.utime(folder / "index.html", ns=(1, 1))
    assert client.get("/app/", headers={"if-none-match": etag}).text == PAGE + "new"


def test_assets_are_kept_for_ever(client: TestClient) -> None:
    response = client.get("/app/assets/index-abc.js", headers={"accept-encoding": "identity"})
    assert response.text == SCRIPT
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*;q=0.1", "br"),
        ("deflate", None),
        ("br;q=0, gzip;q=nonsense", None),
        ("", None),
    ],
)
def test_it_is_sent_packed_to_whom_takes_it(client: TestClient, accepted: str, encoding: str | None) -> None:
    response = client.head("/app/assets/index-abc.js", headers={"accept-encoding": accepted})
    assert response.headers.get("content-encoding") == encoding
    assert response.headers["vary"] == "Accept-Encoding"


def test_what_comes_packed_is_the_same(client: TestClient) -> None:
    response = client.get("/app/assets/index-abc.js", headers={"accept-encoding": "gzip"})
    assert response.text == SCRIPT


def test_each_encoding_has_a_tag_of_its_own(client: TestClient) -> None:
    tags = {
        client.head("/app/assets/index-abc.js", headers={"accept-encoding": encoding}).headers["etag"]
        for encoding in ("br", "gzip", "identity")
    }
    assert len(tags) == 3


def test_head_tells_the_length_and_sends_nothing(client: TestClient) -> None:
    response = client.head("/app/")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == str(len(PAGE))


@pytest.mark.parametrize(
    "path",
    [
        "/app/.fingerprint",
        "/app/.env",
        "/app/assets/.hidden.js",
        "/app/assets/gone.js",
        "/app/assets/",
        "/app/%2e%2e/outside.json",
        "/app/..%2foutside.json",
        "/app/..%5coutside.json",
        "/app/assets%2findex-abc.js",
        "/app/assets/%2e%2e/%2e%2e/outside.json",
        "/app/%252e%252e/outside.json",
        "/app//etc/passwd",
        "/app/runs\\7",
    ],
)
def test_what_is_hidden_or_elsewhere_is_not_there(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["code"] == "no_such_path"


def test_nothing_is_changed_there(client: TestClient) -> None:
    assert client.post("/app/runs").status_code == 405


def test_without_a_build_a_plain_page_says_so(sqlite_db: Database, tmp_path: Path) -> None:
    for settings in (ApiSettings(), ApiSettings(ui_folder=tmp_path / "never-built")):
        with api_client(sqlite_db, settings) as client:
            assert "make ui" in client.get("/app/").text
            assert client.get("/app/runs").status_code == 404
