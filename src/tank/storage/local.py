"""The file storage on a disk or a mounted NAS, beneath one root."""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from tank.domain.attachment import FileRefused, StorageError, StoredFile
from tank.domain.globs import PathGlob
from tank.storage.beneath import LINK_REFUSED, LIST, LOOK, NOT_THERE, READ, Beneath, storage_error
from tank.storage.deadline import DeadlinePool
from tank.storage.folders import FolderCache
from tank.storage.identity import Identities
from tank.storage.search import Search, Seen

_CHUNK = 1 << 20


class LocalStorage:
    """``FileStorage`` on a folder (see the port).

    ``timeout_seconds`` is how long a call may make no progress. Names in a folder are remembered for
    ``keep_seconds`` (longer where listing took long) and within ``cache_bytes``; ``forget`` drops them. Before a file
    is said to be missing, a listing older than ``fresh_seconds`` is checked for changes. Paths without wildcards are
    looked up directly, always.
    """

    def __init__(
        self,
        root: Path,
        *,
        timeout_seconds: float = 10.0,
        threads: int = 8,
        keep_seconds: float = 60.0,
        fresh_seconds: float = 1.0,
        cache_bytes: int = 256 << 20,
        use_openat2: bool | None = None,
    ) -> None:
        self._beneath = Beneath(root, use_openat2=use_openat2)
        self._identities = Identities(root, self._status, follows_links=self._beneath.follows_inner_links)
        self._pool = DeadlinePool(threads=threads, timeout_seconds=timeout_seconds)
        self._folders = FolderCache(
            self._beneath, self._pool, keep_seconds=keep_seconds, fresh_seconds=fresh_seconds, max_bytes=cache_bytes
        )

    def check(self) -> str:
        """Look at the root and say what is there. Raises ``StorageError``, also where it is empty."""
        names = self._pool.run(lambda _: self._first_names(100))
        if not names:
            raise self._empty_root()
        count = f"{len(names)}" if len(names) < 100 else "100 or more"
        links = "" if self._beneath.follows_inner_links else "; links are not followed on this system"
        return f"{self._beneath.root}: {count} {'entry' if len(names) == 1 else 'entries'}{links}"

    def find(self, glob: PathGlob, *, limit: int = 2) -> Sequence[StoredFile]:
        """At most ``limit`` regular files that match, folder by folder in order of their names.

        Two files whose paths are one in NFC are two matches. Raises ``StorageError``, also where the root is
        empty: an unmounted storage must not look like a million missing files.
        """
        try:
            found = list(islice(self._search().files(glob), limit))
        except OSError as error:
            raise storage_error(str(glob), error) from error
        if not found and not self._pool.run(lambda _: self._first_names(1)):
            raise self._empty_root()
        return found

    def read(self, path: str, *, max_bytes: int) -> bytes:
        """A file's bytes (see the port). A file that changes while it is read is refused."""
        path = unicodedata.normalize("NFC", path)
        try:
            for disk_path in self._search().spellings(path):
                content = self._pool.run(lambda progress, at=disk_path: self._read(at, max_bytes, progress))  # type: ignore[misc]
                if content is not None:
                    return content
        except OSError as error:
            if error.errno in LINK_REFUSED:
                raise FileRefused(
                    f"/{path} goes through a link that leads out of the storage, or that is not followed here."
                ) from error
            if error.errno in (errno.EACCES, errno.EPERM):
                raise FileRefused(f"/{path} may not be read by the account that Tank runs under.") from error
            raise storage_error(path, error) from error
        raise FileRefused(f"/{path} is not there any more.")

    def forget(self) -> None:
        """Drop what is remembered of folders, so that the next search looks afresh."""
        self._folders.forget()

    def _search(self) -> Search:
        return Search(self._folders, self._look_at)

    def _look_at(self, disk_paths: Sequence[str]) -> list[Seen | None]:
        return self._pool.run(lambda _: [self._look(disk_path) for disk_path in disk_paths])

    def _look(self, disk_path: str) -> Seen | None:
        file = self._open_to_look(disk_path)
        if file is None:
            return None
        try:
            status = os.fstat(file)
            same_as = self._identities.of(file, disk_path, status) if stat.S_ISREG(status.st_mode) else ""
            return Seen(status, same_as)
        finally:
            os.close(file)

    def _status(self, disk_path: str) -> os.stat_result | None:
        file = self._open_to_look(disk_path)
        if file is None:
            return None
        try:
            return os.fstat(file)
        finally:
            os.close(file)

    def _open_to_look(self, disk_path: str) -> int | None:
        try:
            return self._beneath.open(disk_path, LOOK)
        except OSError as error:
            # ENXIO: a socket, where the system cannot open a file only to look at it.
            if error.errno in NOT_THERE | LINK_REFUSED | {errno.ENXIO}:
                return None
            raise

    def _read(self, disk_path: str, max_bytes: int, progress: Callable[[], None]) -> bytes | None:
        try:
            file = self._beneath.open(disk_path, READ)
        except OSError as error:
            if error.errno in NOT_THERE:
                return None
            if error.errno == errno.ENXIO:
                raise FileRefused(f"/{disk_path} is not a regular file.") from error
            raise
        try:
            return read_whole(file, disk_path, max_bytes, progress)
        finally:
            os.close(file)

    def _first_names(self, count: int) -> list[str]:
        root = self._beneath.open("", LIST)
        try:
            with os.scandir(root) as entries:
                return [entry.name for entry in islice(entries, count)]
        except OSError as error:
            raise storage_error("", error) from error
        finally:
            os.close(root)

    def _empty_root(self) -> StorageError:
        return StorageError(
            f"The storage root {self._beneath.root} is empty.",
            remedy="If it is a network drive, check that it is mounted; else put the files there.",
        )


def read_whole(file: int, path: str, max_bytes: int, progress: Callable[[], None]) -> bytes:
    """The bytes of an open file, unless it is not regular, too large, or changes meanwhile (``FileRefused``)."""
    before = os.fstat(file)
    if not stat.S_ISREG(before.st_mode):
        raise FileRefused(f"/{path} is not a regular file.")
    if before.st_size > max_bytes:
        raise FileRefused(f"/{path} has {before.st_size:,} bytes; at most {max_bytes:,} may be attached.")
    chunks = []
    left = before.st_size + 1  # one more than is there: so that growth is seen
    while left and (chunk := os.read(file, min(left, _CHUNK))):
        chunks.append(chunk)
        left -= len(chunk)
        progress()
    after = os.fstat(file)
    if left != 1 or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise FileRefused(f"/{path} changed while it was read: it is still being written.")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
