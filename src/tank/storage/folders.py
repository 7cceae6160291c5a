"""Listings of folders, remembered for a while and shared by every search."""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tank.domain.globs import Segment
from tank.storage.beneath import LIST, Beneath
from tank.storage.deadline import Call, DeadlinePool
from tank.storage.names import NameIndex

_PROGRESS_EVERY = 1_000
# A listing that took long is kept longer, so that listing never takes more than a small part of the time.
_KEEP_TIMES = 20


@dataclass(frozen=True, slots=True)
class Folder:
    """What is in a folder, by NFC names."""

    files: NameIndex
    folders: NameIndex
    #: When the folder was changed last, before it was listed (``st_mtime_ns``).
    changed_ns: int
    #: The monotonic clock when the listing was done, and the seconds that it took.
    listed_at: float
    took: float
    #: Names on disk that are not NFC (files copied from a Mac), by their NFC name.
    spellings: dict[str, list[str]] = field(default_factory=dict)

    @property
    def memory_bytes(self) -> int:
        return self.files.memory_bytes + self.folders.memory_bytes + 300 * len(self.spellings)

    def matches(self, segment: Segment, *, folders: bool) -> Iterator[tuple[str, Sequence[str]]]:
        """What matches, in order: the NFC name, and the names that it may have on disk, itself first."""
        for name in (self.folders if folders else self.files).matches(segment):
            yield name, (name, *self.spellings.get(name, ()))


class FolderCache:
    """Lists folders, each once at a time, and remembers them within a time and a number of bytes."""

    def __init__(
        self,
        beneath: Beneath,
        pool: DeadlinePool,
        *,
        keep_seconds: float,
        fresh_seconds: float,
        max_bytes: int,
        max_folders: int = 4_096,
    ) -> None:
        self._beneath = beneath
        self._pool = pool
        self._keep_seconds = keep_seconds
        self._fresh_seconds = fresh_seconds
        self._max_bytes = max_bytes
        # With a folder for each recipient, listings are used once: keeping them all would only fill the memory.
        self._max_folders = max_folders
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Folder] = OrderedDict()
        self._kept_bytes = 0
        self._under_way: dict[str, Call[Folder]] = {}

    def get(self, path: str) -> Folder:
        """What is in the folder with this path on disk. Raises ``StorageError``; ``OSError`` where it is no folder."""
        with self._lock:
            kept = self._kept.get(path)
            if kept and time.monotonic() - kept.listed_at < max(self._keep_seconds, _KEEP_TIMES * kept.took):
                self._kept.move_to_end(path)
                return kept
            call = self._under_way.get(path)
            if call is None:
                call = self._pool.submit(lambda progress: self._list_and_keep(path, progress))
                self._under_way[path] = call
        return call.wait()

    def is_changed(self, path: str, since: Folder) -> bool:
        """Whether the folder is another one than ``since``, which is then dropped; a young listing is not doubted.

        Asked before a file is said to be missing. Raises ``OSError`` where the folder is gone.
        """
        if time.monotonic() - since.listed_at < max(self._fresh_seconds, _KEEP_TIMES * since.took):
            return False
        if self._pool.run(lambda _: self._changed_ns(path)) == since.changed_ns:
            return False
        with self._lock:
            if self._kept.get(path) is since:
                self._drop(path)
        return True

    def forget(self) -> None:
        """Drop every listing; one that is under way is not kept either."""
        with self._lock:
            self._kept.clear()
            self._kept_bytes = 0
            self._under_way.clear()

    def _list_and_keep(self, path: str, progress: Callable[[], None]) -> Folder:
        with self._lock:
            call = self._under_way.get(path)
        try:
            folder = list_folder(self._beneath, path, progress)
        except BaseException:
            self._end(path, call, None)
            raise
        self._end(path, call, folder)
        return folder

    def _end(self, path: str, call: Call[Folder] | None, folder: Folder | None) -> None:
        """A listing is over; it is kept unless everything was to be forgotten meanwhile."""
        with self._lock:
            if self._under_way.get(path) is not call:
                return
            self._under_way.pop(path, None)
            if folder is not None:
                self._keep(path, folder)

    def _keep(self, path: str, folder: Folder) -> None:
        """Remember a listing, at the cost of those used longest ago. The newest stays, however large."""
        self._drop(path)
        self._kept[path] = folder
        self._kept_bytes += folder.memory_bytes
        while len(self._kept) > 1 and (self._kept_bytes > self._max_bytes or len(self._kept) > self._max_folders):
            self._drop(next(iter(self._kept)))

    def _drop(self, path: str) -> None:
        if dropped := self._kept.pop(path, None):
            self._kept_bytes -= dropped.memory_bytes

    def _changed_ns(self, path: str) -> int:
        folder = self._beneath.open(path, LIST)
        try:
            return os.fstat(folder).st_mtime_ns
        finally:
            os.close(folder)


def list_folder(beneath: Beneath, path: str, progress: Callable[[], None]) -> Folder:
    """Read a folder's names. Names that are not UTF-8 are left out: nobody could write them in a pattern or a log."""
    began = time.monotonic()
    files: list[str] = []
    folders: list[str] = []
    spellings: dict[str, list[str]] = {}
    opened = beneath.open(path, LIST)
    try:
        changed_ns = os.fstat(opened).st_mtime_ns
        with os.scandir(opened) as entries:
            for number, entry in enumerate(entries):
                if number % _PROGRESS_EVERY == 0:
                    progress()
                _sort_in(entry, files, folders, spellings)
    finally:
        os.close(opened)
    progress()
    names = NameIndex(files), NameIndex(folders)
    ended = time.monotonic()
    return Folder(*names, changed_ns=changed_ns, listed_at=ended, took=ended - began, spellings=spellings)


def _sort_in(entry: os.DirEntry[str], files: list[str], folders: list[str], spellings: dict[str, list[str]]) -> None:
    if not _is_utf8(entry.name):
        return
    name = entry.name if entry.name.isascii() else unicodedata.normalize("NFC", entry.name)
    if name != entry.name:
        spellings.setdefault(name, []).append(entry.name)
    is_folder = entry.is_dir(follow_symlinks=False)
    if is_folder or entry.is_symlink():
        folders.append(name)
    if not is_folder:
        files.append(name)


def _is_utf8(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)
