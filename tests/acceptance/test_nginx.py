"""``deploy/nginx.conf`` with the machine's nginx before a real ``tank serve``."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.acceptance.crash.serving import Serving, free_port
from tests.support.certificates import write_certificate

ROOT = Path(__file__).resolve().parents[2]
ASSETS = ROOT / "src" / "tank" / "ui_files" / "app" / "assets"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PASSWORD = "four words, no sense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What a browser sees."""

    client: httpx.Client
    plain_port: int
    secure_port: int


def _require(found: bool, reason: str) -> None:
    if not found and os.environ.get("TANK_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and TANK_REQUIRE_ALL=1.")
    if not found:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    _require(NGINX is not None, "There is no nginx here: `apt-get install nginx-light` makes these tests run")
    _require(ASSETS.exists(), "The user interface is not built: `make ui` builds it")
    folder = tmp_path_factory.mktemp("nginx")
    environment = {
        "TANK_DATA_DIR": str(folder / "data"),
        "TANK_WORKERS": "1",
        "TANK_ALLOWED_HOSTS": "localhost",
        "TANK_TRUSTED_PROXIES": "127.0.0.1",
    }
    with Serving(environment, folder / "serve.log") as serving:
        certificate = write_certificate(folder / "certificate.pem")
        plain, secure = free_port(), free_port()
        with _nginx(folder, serving.port, certificate, plain=plain, secure=secure):
            trust = ssl.create_default_context(cafile=certificate)
            with httpx.Client(base_url=f"https://localhost:{secure}", verify=trust, trust_env=False) as client:
                _wait_for(client, folder / "nginx.log")
                _add_admin(environment)
                yield Front(client=client, plain_port=plain, secure_port=secure)


def _add_admin(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tank", "user", "add", "kim", "--role", "admin", "--password-stdin"]
    whole = {**os.environ, **environment}
    subprocess.run(command, input=PASSWORD + "\n", text=True, env=whole, check=True, capture_output=True)


@contextmanager
def _nginx(folder: Path, tank_port: int, certificate: Path, *, plain: int, secure: int) -> Iterator[None]:
    """The configuration as it is delivered, with what it says to change changed."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for old, new in (
        ("server 127.0.0.1:8425;", f"server 127.0.0.1:{tank_port};"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"),
        ("server_name tank.example.com;", "server_name localhost;"),
        ("/etc/ssl/tank/fullchain.pem", str(certificate)),
        ("/etc/ssl/tank/privkey.pem", str(certificate)),
        ("/opt/tank/lib/python3.11/site-packages/tank/ui_files/app/assets/", f"{ASSETS}/"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    whole = f"pid {folder / 'nginx.pid'}; events {{}} http {{ access_log off; {places}\n{text}\n}}"
    if os.geteuid() == 0:
        whole = f"user root; {whole}"  # its workers read the checkout, wherever that lies
    (folder / "nginx.conf").write_text(whole, "utf-8")
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with (folder / "nginx.log").open("w") as log, subprocess.Popen([*command, "-e", "stderr"], stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()


def _wait_for(client: httpx.Client, log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_plain_http_leads_to_https(front: Front) -> None:
    answer = httpx.get(f"http://localhost:{front.plain_port}/app/runs?x=1", trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "https://localhost/app/runs?x=1")


def test_the_user_interface_comes_whole_and_its_assets_from_disk(front: Front) -> None:
    page = front.client.get("/app/runs")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["strict-transport-security"]
    name = next(
        file.name for file in ASSETS.iterdir() if file.suffix == ".js" and file.with_name(file.name + ".gz").exists()
    )
    asset = front.client.get(f"/app/assets/{name}", headers={"Accept-Encoding": "gzip"})
    assert asset.headers["server"] == "nginx"
    assert asset.headers["content-type"] == "text/javascript; charset=utf-8"
    assert asset.headers["content-encoding"] == "gzip"
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["x-content-type-options"] == "nosniff"
    assert asset.content == (ASSETS / name).read_bytes()
    for path in ("/app/assets/nothing.js", "/app/assets/..%2f..%2ffingerprint.txt"):
        assert front.client.get(path).status_code in (400, 404)


def test_people_sign_in_through_it(front: Front) -> None:
    assert front.client.get("/run").status_code == 401
    headers = {"Origin": f"https://localhost:{front.secure_port}"}
    body = {"account": "kim", "password": PASSWORD}
    answer = front.client.post("/session", json=body, headers={**headers, "X-Forwarded-For": "192.0.2.66"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["set-cookie"].startswith("__Host-tank=")
    assert "Secure" in answer.headers["set-cookie"]
    assert front.client.get("/run").status_code == 200
    csrf = {"X-Tank-CSRF": answer.json()["csrf"]}
    forged = {"X-Forwarded-For": "192.0.2.66"}
    stopped = front.client.post("/sending/stop", json={"reason": "a test"}, headers={**headers, **csrf, **forged})
    assert stopped.status_code == 200
    (entry,) = front.client.get("/audit", params={"action": "sending.stop"}).json()["items"]
    assert (entry["actor"], entry["address"]) == ("kim", "127.0.0.1")  # not what the client said of itself
    elsewhere = {"Origin": "https://evil.example", **csrf}
    assert front.client.post("/sending/resume", headers=elsewhere).json()["code"] == "other_site"


def test_what_is_too_large_is_refused_at_the_door(front: Front) -> None:
    answer = front.client.post("/session", content=b"x" * 6_000_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
