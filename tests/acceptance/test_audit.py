"""The audit log from the outside: verified, exported, and checked by a stranger's program."""

from __future__ import annotations

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The data folder of an installation with three entries."""
    for name in [name for name in os.environ if name.startswith("TANK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TANK_DATA_DIR", str(tmp_path / "data"))
    for name in ("kim", "lee", "park"):
        tank("user", "add", name, "--password-stdin", said="four words, no sense\n")
    return tmp_path / "data"


def tank(*arguments: str, code: int = 0, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tank", *arguments]
    done = subprocess.run(command, input=said, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def spoil(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "tank.db")) as connection, connection:
        connection.execute(statement)


def test_a_log_is_verified_against_an_end_that_was_noted(data: Path) -> None:
    head = tank("audit", "verify").stdout.strip()
    assert re.fullmatch(r"3:[0-9a-f]{64}", head)
    told = json.loads(tank("audit", "verify", "--expect-last", head, "--json").stdout)
    assert told == {"entries": 3, "intact": True, "broken_at": None, "last": head, "has_expected": True}

    spoil(data, "DELETE FROM audit_log WHERE no = 3")
    assert "2 entries" in tank("audit", "verify").stderr
    assert "cut off" in tank("audit", "verify", "--expect-last", head, code=1).stderr
    spoil(data, "UPDATE audit_log SET actor = 'nobody' WHERE no = 1")
    assert "does not fit at entry 1 (of 2)" in tank("audit", "verify", code=1).stderr
    told = json.loads(tank("audit", "verify", "--json", code=1).stdout)
    assert (told["intact"], told["broken_at"]) == (False, 1)
    assert "no end of an audit log" in tank("audit", "verify", "--expect-last", "7", code=1).stderr


def test_an_export_is_checked_by_the_program_of_the_guide(data: Path, tmp_path: Path) -> None:
    export = tmp_path / "audit.jsonl"
    tank("audit", "export", "-o", str(export), "--reason", "연간 감사")
    assert export.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in export.read_text("utf-8").splitlines()]
    assert [line["no"] for line in lines] == [1, 2, 3, 4]
    assert (lines[3]["action"], lines[3]["detail"]) == ("delivery.reveal", {"reason": "연간 감사"})

    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "audit.md").read_text("utf-8"), re.DOTALL)
    check = [sys.executable, "-c", program, str(export)]
    assert subprocess.run(check, capture_output=True, text=True, check=True).stdout == "intact\n"
    export.write_text(export.read_text("utf-8").replace("kim", "Kim", 1), "utf-8")
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    assert "entry 1 does not fit" in found.stderr


def test_an_export_for_a_spreadsheet(data: Path) -> None:
    text = tank("audit", "export", "--format", "csv", "--language", "en", "--after", "2").stdout
    header, third, own = csv.reader(text.removeprefix("\ufeff").splitlines())
    assert header[:2] == ["No.", "Time (Asia/Seoul)"]
    assert (third[0], third[3]) == ("3", "account.add")
    assert own[5] == '{"reason":"command line"}'
    assert "reason" in tank("audit", "export", "--reason", " ", code=1).stderr
    assert "Example" in tank("audit", "export", "--help").stdout
