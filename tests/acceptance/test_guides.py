"""The guides work as they stand: every command of theirs is run, and what they show comes out."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What every reader sees, whatever the day.
_SHOWN = (
    '"code":"source_invalid_sql"',
    '"found":1,"not_found":2',
    "1 of 3 recipients would be mailed",
    "Accepted for me@example.com",
    "3 recipients: 1 sent, 0 fail, 2 skipped, 0 unknown.",
    '"trigger":"retry"',
    "None that nobody has seen.",
)
#: The mistake that the guides speak of, made after the good queries.
_MISTAKE = """post /automation/$A/dbio/target '{"query":"SELECT CUST_ID FROM CUSTOMERS"}'\n"""


@pytest.mark.parametrize("guide", ["guide.md", "guide.ko.md"])
def test_every_command_works(guide: str, tmp_path: Path) -> None:
    blocks = _COMMANDS.findall((ROOT / "docs" / guide).read_text("utf-8"))
    assert len(blocks) >= 9
    blocks[0] = blocks[0].replace("make env && PATH=$PWD/.venv/bin:$PATH", f"PATH={Path(sys.executable).parent}:$PATH")
    blocks[2] += _MISTAKE
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TANK_")}
    environment |= {"TMPDIR": str(tmp_path), "TANK_PORT": str(_free_port())}
    script = "\n".join(["trap 'kill %1; wait' EXIT", *blocks])
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False
    )
    said = done.stdout + done.stderr
    for shown in _SHOWN:
        assert shown in said, said
    for wrong in ("Traceback", "command not found", "invalid_request", "no_such_path", "Error:"):
        assert wrong not in said, said


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
