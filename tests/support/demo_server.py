"""``tank demo`` as a process, for tests that use it over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: What the demo prints once every customer is accounted for.
_OVER = "Tank goes on serving"


@contextmanager
def demo_server(folder: Path, *, customers: int = 40) -> Iterator[str]:
    """The demo's address, once its run has ended and it goes on serving. Its data are beneath ``folder``."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TANK_")}
    environment |= {"TANK_DATA_DIR": str(folder / "data"), "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "tank", "demo", "--customers", str(customers), "--port", "0"]
    log = folder / "demo.log"
    with (
        log.open("w") as written,
        subprocess.Popen(command, stderr=written, stdout=written, env=environment) as process,
    ):
        try:
            _wait(process, log)
            yield next(line.split()[1] for line in log.read_text().splitlines() if line.strip().startswith("Open"))
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while _OVER not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def get_json(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)
