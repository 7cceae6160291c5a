"""At most one Tank works on a SQLite Logs DB."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tank.domain.errors import Conflict


@contextmanager
def held(database_file: Path) -> Iterator[None]:
    """Hold the lock beside the database's file. Raises ``Conflict`` where another process does.

    The kernel lets go of it however the holder ends; what is written in the file only says who that was.
    """
    path = _path(database_file)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Conflict(
                f"Tank already works on {database_file}: {_holder(path)}.",
                remedy="Use that one, stop it first, or set TANK_DATA_DIR to another folder. "
                "Several machines need a PostgreSQL Logs DB (TANK_LOGS_DB_URL).",
                code="already_running",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_held(database_file: Path) -> bool:
    """Whether a process works on it now."""
    try:
        with held(database_file):
            return False
    except Conflict:
        return True


def _path(database_file: Path) -> Path:
    return database_file.with_name(database_file.name + ".lock")


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['pid']} on {holder['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
