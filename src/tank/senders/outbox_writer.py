"""Writes mails into an outbox folder, in groups, on one thread.

**When a mail counts as accepted.** As with a mail server's spool: when its file and its index line would
survive a power cut. One ``fsync`` a mail would cost milliseconds each, so the thread takes whatever waits
(1 to 512 mails), writes it all, and makes the whole group durable with one ``syncfs``. Measured: about
60 µs of CPU a mail and 13,000 mails a second in groups of 64, against 52 µs and 19,000 with no sync at all.
Where ``syncfs`` is missing (not Linux), files and folders are synced one by one. With ``sync`` off a mail
survives the end of the process, not of the machine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tank.senders.outbox_index import INDEX_NAME, index_line

_GROUP = 512
_FOLDER_HOLDS = 1000
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class Order:
    """A mail to write, and who waits for it."""

    mail: OutgoingMail
    done: Callable[[Receipt | SendError], None]


class OutboxWriter:
    """The thread and its queue. Starts with the first mail; a daemon, so a hung disk cannot hold up the exit."""

    def __init__(
        self,
        root: Path,
        *,
        sync: bool,
        announce: Callable[[list[tuple[Order, Receipt | SendError]]], None],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._root = root
        self._sync = sync
        self._announce = announce
        self._wall_clock = wall_clock
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._folder = ""
        self._written = 0

    def put(self, order: Order) -> None:
        """Have a mail written; ``announce`` is called with its outcome, on the thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="tank-outbox", daemon=True)
            self._thread.start()
        self._orders.put(order)

    def stop(self) -> None:
        """Blocking: write what waits, then end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._orders.put(None)
            thread.join()

    def probe(self) -> None:
        """Blocking: make and remove a file, to see that mails could be written. Raises ``SendError``."""
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._root / f".probe-{os.urandom(4).hex()}"
            os.close(os.open(path, _FILE_FLAGS, 0o600))
            path.unlink()
        except OSError as error:
            raise stopped(error, self._root) from error

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            group = [order]
            while len(group) < _GROUP:
                try:
                    following = self._orders.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._orders.put(None)
                    break
                group.append(following)
            self._announce(self._outcomes(group))

    def _outcomes(self, group: list[Order]) -> list[tuple[Order, Receipt | SendError]]:
        try:
            return self._write_group(group)
        except Exception as error:
            # Nobody may wait for ever because of a defect; how far it got is not known.
            lost = SendError(SendErrorKind.AMBIGUOUS, type(error).__name__, f"The outbox failed on a mail: {error}")
            return [(order, lost) for order in group]

    def _write_group(self, group: list[Order]) -> list[tuple[Order, Receipt | SendError]]:
        outcomes: list[tuple[Order, Receipt | SendError]] = []
        placed: dict[str, list[tuple[Order, str, bytes]]] = {}
        for order in group:
            try:
                message_id = self._place(order.mail)
                line = index_line(order.mail, message_id, self._wall_clock())
                placed.setdefault(message_id[:10], []).append((order, message_id, line))
            except OSError as error:
                self._folder = ""
                outcomes.append((order, stopped(error, self._root)))
        for day, mails in placed.items():
            failed = self._make_durable(day, mails)
            for order, message_id, _ in mails:
                outcomes.append((order, failed or Receipt(message_id)))
        return outcomes

    def _place(self, mail: OutgoingMail) -> str:
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

    def _make_durable(self, day: str, mails: list[tuple[Order, str, bytes]]) -> SendError | None:
        """Index and sync one day's part of a group. Where that fails, the mails are taken back."""
        try:
            _append(self._root / day / INDEX_NAME, b"".join(line for _, _, line in mails))
            if self._sync:
                _sync(self._root, day, (message_id for _, message_id, _ in mails))
        except OSError as error:
            return self._take_back(error, [message_id for _, message_id, _ in mails])
        return None

    def _take_back(self, error: OSError, message_ids: Iterable[str]) -> SendError:
        """Remove files that nobody was told of. What cannot be removed may yet be read as a mail: in doubt."""
        try:
            for message_id in message_ids:
                (self._root / message_id).unlink()
        except OSError:
            return SendError(
                SendErrorKind.AMBIGUOUS, _name(error), f"The outbox could neither keep nor take back a mail: {error}"
            )
        return stopped(error, self._root)


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


def _sync(root: Path, day: str, message_ids: Iterable[str]) -> None:
    if _syncfs is not None:
        _sync_path(root, _syncfs)
        return
    names = list(message_ids)
    folders = {name.rpartition("/")[0] for name in names}
    for name in (*names, f"{day}/{INDEX_NAME}", *folders, day):
        _sync_path(root / name, os.fsync)


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
