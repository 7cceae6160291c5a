"""The command line from the outside: what people and scripts see of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

TANK = [sys.executable, "-m", "tank"]
TOKEN = "a-token-for-tests-alone"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Settings of whoever runs the tests are none of ours."""
    for name in [name for name in os.environ if name.startswith("TANK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TANK_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TANK_API_TOKEN", TOKEN)


def tank(*arguments: str, code: int = 0, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command that is expected to end with ``code`` and without a trace."""
    command = [*TANK, *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server on a free port, once it is ready: its process and its address."""
    command = [*TANK, *arguments, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            address = next(line.split()[1] for line in process.stderr if line.strip().startswith("Open"))
            _wait_until_ready(address)
            yield process, address
        finally:
            process.kill()


def _wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            if get(address + "/readyz")["ready"]:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "it did not become ready"
        time.sleep(0.1)


def get(url: str) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=5) as response:
        return json.load(response)


def test_the_demo_mails_everybody_and_accounts_for_them() -> None:
    told = json.loads(tank("demo", "--once", "--json", "--customers", "120").stdout)
    assert told["adds_up"] is True
    assert told["target"] == 120
    assert told["sent"] + told["fail"] + told["skipped"] + told["unknown"] == 120
    assert (told["fail"], told["unknown"]) == (0, 0)
    assert told["attachments_not_found"] >= 1
    assert told["update_ok"] == told["sent"]
    assert len(list(Path(told["outbox"]).rglob("*.eml"))) == told["sent"]


def test_help_names_every_command() -> None:
    text = tank("--help").stdout
    for command in ("serve", "api", "scheduler", "worker", "demo", "run", "preview", "report", "doctor", "db"):
        assert command in text
    assert "Example" in tank("run", "--help").stdout


def test_wrong_usage_is_told_from_failure() -> None:
    assert "--port" in tank("serve", "--port", "eighty", code=2).stderr
    failed = tank("run", "nothing", code=1)
    assert failed.stderr.splitlines()[0] == "Error: There is no automation 'nothing'."
    assert "tank automation list" in failed.stderr


def test_the_first_admin_is_invited_and_people_are_kept_from_the_shell() -> None:
    with serving("serve", "--host", "127.0.0.1") as (process, address):
        assert process.stderr is not None
        link = next(line.strip() for line in process.stderr if "/app/welcome#" in line)
        assert link.startswith(address)
        with pytest.raises(HTTPError, match="401"):
            urllib.request.urlopen(address + "/run", timeout=5)
        body = {"link": link.partition("#")[2], "account": "kim", "password": "four words, no sense"}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(address + "/session/link", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=5) as response:
            assert json.load(response)["account"]["role"] == "admin"
    (kim,) = json.loads(tank("user", "list", "--json").stdout)
    assert (kim["account"], kim["role"], kim["state"]) == ("kim", "admin", "active")
    told = tank("user", "add", "Lee", "--role", "operator").stderr
    assert "/app/welcome#" in told
    assert "lee is viewer and disabled." in tank("user", "change", "LEE", "--role", "viewer", "--disable").stderr
    assert "last admin" in tank("user", "change", "kim", "--disable", code=1).stderr
    assert "tank user list" in tank("user", "password", "nobody", code=1).stderr
    assert "changed" in tank("user", "password", "kim", "--password-stdin", given="another four words\n").stderr
    assert "characters" in tank("user", "password", "kim", "--password-stdin", given="short\n", code=1).stderr


def test_a_misspelled_setting_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANK_PROT", "9000")
    assert "TANK_PROT is not a setting" in tank("db", "current", code=1).stderr


def test_doctor_finds_nothing_wrong_with_a_fresh_machine() -> None:
    told = json.loads(tank("doctor", "--json").stdout)
    assert told["ok"] is True
    assert told["settings"]["TANK_HOST"] == "127.0.0.1"


def test_the_tables_are_made_and_copied(tmp_path: Path) -> None:
    tank("db", "upgrade")
    assert json.loads(tank("db", "current", "--json").stdout)["up_to_date"] is True
    copy = tmp_path / "copy.db"
    tank("db", "backup", str(copy))
    assert copy.stat().st_size > 10_000
    assert "exists already" in tank("db", "backup", str(copy), code=1).stderr


def test_the_demo_s_automation_can_be_looked_at_tried_run_and_moved(tmp_path: Path, monkeypatch: Any) -> None:
    with serving("demo", "--customers", "30") as (process, address):
        wait_for_runs(address, 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    monkeypatch.setenv("TANK_DATA_DIR", str(tmp_path / "data" / "demo"))
    (automation,) = json.loads(tank("automation", "list", "--json").stdout)
    name = automation["name"]
    preview = json.loads(tank("preview", name, "--json").stdout)
    assert "새벽카드" in preview["mails"][0]["mail"]["subject"]
    dry = json.loads(tank("run", name, "--dry-run", "--json", code=1).stdout)
    ran = json.loads(tank("run", name, "--wait", "--json", code=3).stdout)
    assert dry["would_send"] == ran["counts"]["sent"]
    (test,) = json.loads(tank("run", name, "--test-to", "me@example.com", "--json").stdout)
    assert test["email"] == "me@example.com"
    tank("automation", "export", name, "-o", str(tmp_path / "a.yaml"))
    tank("automation", "import", str(tmp_path / "a.yaml"), "--name", "Copy")
    assert len(json.loads(tank("automation", "list", "--json").stdout)) == 2
    assert json.loads(tank("report", "--json").stdout)["totals"]["sent"] == 2 * ran["counts"]["sent"]
    assert tank("schedule", "next", "--json").stdout.strip() == "[]"


def wait_for_runs(address: str, count: int) -> None:
    deadline = time.monotonic() + 30
    while sum(run["finished_at"] is not None for run in get(address + "/run")["items"]) < count:
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.1)


def test_a_second_tank_is_kept_away_and_the_first_goes_on() -> None:
    with serving("serve", "--workers", "1") as (process, address):
        refused = tank("serve", "--port", "0", code=1)
        assert f"process {process.pid}" in refused.stderr
        port = address.rpartition(":")[2]
        busy = subprocess.run(
            [*TANK, "serve", "--port", port],
            env={**os.environ, "TANK_DATA_DIR": os.environ["TANK_DATA_DIR"] + "2"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert busy.returncode == 1
        assert f"port {port}" in busy.stderr
        assert get(address + "/healthz") == {"status": "ok"}


def test_a_worker_that_is_killed_is_replaced_and_all_end_with_the_parent() -> None:
    with serving("serve", "--workers", "1") as (process, address):
        (worker,) = get(address + "/worker")
        os.kill(worker["pid"], signal.SIGKILL)
        deadline = time.monotonic() + 30
        while len(pids := {one["pid"] for one in get(address + "/worker")}) < 2:
            assert time.monotonic() < deadline, "it is not replaced"
            time.sleep(0.1)
        process.kill()
        (replaced,) = pids - {worker["pid"]}
        while _lives(replaced):
            assert time.monotonic() < deadline, "it outlives its parent"
            time.sleep(0.1)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.parametrize(
    ("variable", "value", "command"),
    [
        ("TANK_DATA_DIR", "{file}/data", ("report",)),
        ("TANK_DATA_DIR", "{file}/data", ("demo",)),
        ("TANK_LOGS_DB_URL", "geheim", ("report",)),
        ("TANK_LOGS_DB_URL", "sqlite:///{file}/a/tank.db", ("report",)),
        ("TANK_SECRET_KEY_FILE", "{file}", ("report",)),
    ],
)
def test_what_cannot_be_used_is_said_in_words(
    variable: str, value: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_text("no key")
    monkeypatch.setenv(variable, value.format(file=file))
    said = tank(*command, code=1).stderr
    assert "Error: " in said
    assert "geheim" not in said
    assert "TANK_" in said or "openssl" in said


def test_doctor_says_that_the_storage_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tank("db", "upgrade")
    monkeypatch.setenv("TANK_STORAGE_ROOT", str(tmp_path / "nas"))
    checks = {check["name"]: check for check in json.loads(tank("doctor", "--json").stdout)["checks"]}
    assert str(tmp_path / "nas") in checks["storage"]["detail"]
    assert not (tmp_path / "nas").exists()


def test_a_result_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tank: 1\nname: Bills\n")
    tank("automation", "import", str(tmp_path / "a.yaml"))
    assert "cannot be written" in tank("automation", "export", "Bills", "-o", str(tmp_path / "no" / "b"), code=1).stderr
    assert "--replace" in tank("automation", "import", str(tmp_path / "a.yaml"), code=1).stderr
