"""Writes mails into an outbox folder.

**When a mail counts as accepted.** As with a mail server's spool: when its file and its index line would
survive a power cut. One ``fsync`` a mail would cost milliseconds each; a whole group of mails is made durable by
one ``syncfs`` instead. Where that is missing (not Linux), files and folders are synced one by one. With ``sync``
off a mail survives the end of the process, not of the machine.

**Which thread.** Files are written by the caller, 60 µs each into the page cache, and only the sync waits on a
thread. A thread that wrote the files too would have to win the interpreter's lock back after each system call,
up to 5 ms each time beside a loop that renders mails.
"""

from __future__ import annotations

import ctypes
import errno
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tank.domain.mail import OutgoingMail, SendError, SendErrorKind
from tank.senders.outbox_index import INDEX_NAME, index_line

_FOLDER_HOLDS = 1000
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class Placed:
    """A mail whose file is there, but which is not yet accepted."""

    message_id: str
    line: bytes

    @property
    def day(self) -> str:
        """The day's folder."""
        return self.message_id.partition("/")[0]


class OutboxWriter:
    """One process's hand in an outbox. All of it blocks, for as long as the disk does."""

    def __init__(self, root: Path, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._root = root
        self._wall_clock = wall_clock
        self._folder = ""
        self._written = 0

    def place(self, mail: OutgoingMail) -> Placed:
        """Write the mail's file. Raises ``SendError`` (STOPPED) and leaves nothing behind then."""
        try:
            message_id = self._write(mail)
        except OSError as error:
            self._folder = ""
            raise stopped(error, self._root) from error
        return Placed(message_id, index_line(mail, message_id, self._wall_clock()))

    def index(self, group: Sequence[Placed]) -> None:
        """List a group of mails. Raises ``OSError``."""
        for day in sorted({placed.day for placed in group}):
            lines = b"".join(placed.line for placed in group if placed.day == day)
            _append(self._root / day / INDEX_NAME, lines)

    def sync(self, group: Sequence[Placed]) -> None:
        """Have a group of mails, and whatever else was written, survive a power cut. Raises ``OSError``."""
        if _syncfs is not None:
            _sync_path(self._root, _syncfs)
            return
        folders = {placed.message_id.rpartition("/")[0] for placed in group}
        days = {placed.day for placed in group}
        names = [placed.message_id for placed in group] + [f"{day}/{INDEX_NAME}" for day in days]
        for name in (*names, *folders, *days):
            _sync_path(self._root / name, os.fsync)

    def take_back(self, error: OSError, group: Iterable[Placed]) -> SendError:
        """Remove files that nobody was told of. What cannot be removed may yet be read as a mail: in doubt."""
        try:
            for placed in group:
                (self._root / placed.message_id).unlink()
        except OSError:
            return SendError(
                SendErrorKind.AMBIGUOUS, _name(error), f"The outbox could neither keep nor take back a mail: {error}"
            )
        return stopped(error, self._root)

    def probe(self) -> None:
        """Make and remove a file, to see that mails could be written. Raises ``SendError``."""
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._root / f".probe-{os.urandom(4).hex()}"
            os.close(os.open(path, _FILE_FLAGS, 0o600))
            path.unlink()
        except OSError as error:
            raise stopped(error, self._root) from error

    def _write(self, mail: OutgoingMail) -> str:
        """Write one file under a hidden name, then give it its own: there is never half a mail to read."""
        folder = self._own_folder()
        name = f"{self._written + 1:04d}-{mail.delivery_id}.eml"
        hidden = self._root / folder / f".{name}"
        try:
            _write_file(hidden, mail.message)
            hidden.rename(self._root / folder / name)
        except OSError:
            with suppress(OSError):
                hidden.unlink()
            raise
        self._written += 1
        return f"{folder}/{name}"

    def _own_folder(self) -> str:
        """A folder that nobody else writes into; a new one each day and after 1,000 mails."""
        moment = time.gmtime(self._wall_clock())
        day = time.strftime("%Y-%m-%d", moment)
        if not self._folder.startswith(day) or self._written >= _FOLDER_HOLDS:
            folder = f"{day}/{time.strftime('%H%M%S', moment)}-{os.urandom(4).hex()}"
            (self._root / day).mkdir(parents=True, exist_ok=True, mode=0o700)
            (self._root / folder).mkdir(mode=0o700)
            self._folder, self._written = folder, 0
        return self._folder


def stopped(error: OSError, root: Path) -> SendError:
    """The error for a folder that cannot be written: every other mail would fail too."""
    if error.errno in _FULL:
        remedy = f"Make room on the disk that holds {root}, or choose another folder; then resume the run."
        return SendError(SendErrorKind.STOPPED, _name(error), "The outbox's disk is full.", remedy=remedy)
    remedy = f"See that the folder {root} exists or can be made, and that Tank may write into it."
    return SendError(SendErrorKind.STOPPED, _name(error), f"The outbox cannot be written: {error}", remedy=remedy)


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "OSError")


def _write_file(path: Path, content: bytes) -> None:
    file = os.open(path, _FILE_FLAGS, 0o600)
    try:
        _write_all(file, content)
    finally:
        os.close(file)


def _append(path: Path, lines: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _write_all(file, lines)
    finally:
        os.close(file)


def _write_all(file: int, content: bytes) -> None:
    """``os.write`` may take less than all of it, and tells a full disk only at the next call."""
    written = os.write(file, content)
    while written < len(content):
        written += os.write(file, memoryview(content)[written:])


def _sync_path(path: Path, sync: Callable[[int], None]) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        sync(file)
    finally:
        os.close(file)


def _find_syncfs() -> Callable[[int], None] | None:
    """``syncfs(2)``: Linux; reports write errors since Linux 5.8."""
    libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if libc is None or not hasattr(libc, "syncfs"):
        return None

    def syncfs(file: int) -> None:
        if libc.syncfs(file) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    return syncfs


_syncfs = _find_syncfs()
