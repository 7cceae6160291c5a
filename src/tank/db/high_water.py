"""The high-water mark as a file beside the Logs DB, or better on another disk."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tank.domain.errors import LogsDbUnavailable, Misconfigured


class HighWaterFile:
    """Implements ``HighWaterMark``: a few digits, replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> int | None:
        try:
            text = self._path.read_text("ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(str(error)) from error
        if not (text.isdigit() and len(text) < 19):
            raise self._unreadable("it holds no number")
        return int(text)

    def raise_to(self, number: int) -> None:
        try:
            self._raise_to(number)
        except OSError as error:  # a full disk, mostly: it belongs to the Logs DB, and so does the wait
            raise LogsDbUnavailable(
                f"The high-water mark {self._path} cannot be written: {error}.",
                remedy="Free disk space there, or make its folder writable; sending goes on by itself.",
            ) from error

    def _raise_to(self, number: int) -> None:
        lock = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (self.read() or 0) < number:
                new = self._path.with_name(f"{self._path.name}.new")
                _write_durably(new, f"{number}\n")
                new.replace(self._path)
                _sync_folder(self._path.parent)
        finally:
            os.close(lock)

    def _unreadable(self, why: str) -> Misconfigured:
        return Misconfigured(
            f"The high-water mark {self._path} cannot be read: {why}.",
            remedy="Make sure that the Logs DB is the newest one, then delete that file.",
            code="high_water_unreadable",
        )


def _write_durably(path: Path, text: str) -> None:
    """After a power cut a name may otherwise stand for a file without its content: no start would get past it."""
    with path.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """The mark is only worth something if it is not older than the commit that it follows."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
