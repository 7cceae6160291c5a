"""At most one Tank on a SQLite Logs DB."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tank.cli import lock
from tank.domain.errors import Conflict


def test_the_second_one_hears_who_is_the_first(tmp_path: Path) -> None:
    database = tmp_path / "data" / "tank.db"
    with lock.held(database), pytest.raises(Conflict, match=f"process {os.getpid()}"), lock.held(database):
        raise AssertionError("two at once")
    assert not lock.is_held(database)


def test_it_is_free_again_after_a_crash(tmp_path: Path) -> None:
    database = tmp_path / "tank.db"
    code = (
        "import os, pathlib, sys; from tank.cli import lock\n"
        "with lock.held(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert lock.is_held(database)
        process.kill()
        process.wait()
    with lock.held(database):
        pass
