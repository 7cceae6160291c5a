"""The whole product once: ``tank demo --once``, with its data source, files on disk, write-back and outbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from tempfile import TemporaryDirectory

_FIGURES = ("target", "sent", "seconds", "mails_per_second")


def measure_demo(*, customers: int) -> list[dict[str, object]]:
    """Run the demo in a process of its own, one worker a core. Raises ``CalledProcessError`` where it fails."""
    with TemporaryDirectory(prefix="tank-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tank", "demo", "--once", "--json", "--customers", str(customers)],
            env={**os.environ, "TMPDIR": folder, "TANK_DATA_DIR": folder},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
    summary = json.loads(done.stdout)
    return [{"what": name.replace("_", " "), "value": summary[name]} for name in _FIGURES]
