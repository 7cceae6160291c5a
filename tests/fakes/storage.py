"""A file storage in memory, for tests of whatever reads attachments."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from tank.domain.attachment import FileRefused, StorageError, StoredFile
from tank.domain.globs import PathGlob


class MemoryStorage:
    """Files by path beneath the root (no leading slash). Set ``failure`` to make every call raise it."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files: dict[str, bytes] = {}
        #: Paths that are found but refused when read, with the reason: unreadable, not a regular file.
        self.refused: dict[str, str] = {}
        #: What the names of one file have in common, for paths that are not the file's only one.
        self.same_as: dict[str, str] = {}
        #: What every call raises, while it is set.
        self.failure: StorageError | None = None
        #: Paths in the order in which they were read.
        self.reads: list[str] = []
        self.forgotten = 0
        for path, content in (files or {}).items():
            self.add(path, content)

    def add(self, path: str, content: bytes = b"") -> None:
        """Put a file there; its path is kept in NFC."""
        self.files[unicodedata.normalize("NFC", path)] = content

    def check(self) -> str:
        self._fail()
        return f"{len(self.files)} files in memory"

    def find(self, glob: PathGlob, *, limit: int = 2) -> Sequence[StoredFile]:
        self._fail()
        paths = sorted(filter(glob.matches, self.files), key=lambda path: path.split("/"))
        return [
            StoredFile(path=path, size=len(self.files[path]), same_as=self.same_as.get(path, ""))
            for path in paths[:limit]
        ]

    def read(self, path: str, *, max_bytes: int) -> bytes:
        self._fail()
        path = unicodedata.normalize("NFC", path)
        self.reads.append(path)
        content = self.files.get(path)
        if content is None:
            raise FileRefused(f"{path} is not there any more.")
        if path in self.refused:
            raise FileRefused(f"{path}: {self.refused[path]}")
        if len(content) > max_bytes:
            raise FileRefused(f"{path} has {len(content)} bytes; at most {max_bytes} may be attached.")
        return content

    def forget(self) -> None:
        self.forgotten += 1

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
