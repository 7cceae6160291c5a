"""The file storage: a folder tree, on a NAS or a local disk, beneath one root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tank.domain.attachment import StoredFile
from tank.domain.globs import PathGlob


class FileStorage(Protocol):
    """Synchronous, safe to use from several threads; every call has a deadline (``StorageTimeout``).

    Paths are compared in Unicode NFC on both sides. Links that lead out of the root are never followed.
    """

    def check(self) -> str:
        """Look at the root and say what is there. Raises ``StorageError``."""

    def find(self, glob: PathGlob, *, limit: int = 2) -> Sequence[StoredFile]:
        """At most ``limit`` regular files that match, in order of their path. Raises ``StorageError``."""

    def read(self, path: str, *, max_bytes: int) -> bytes:
        """A file's bytes. Raises ``FileRefused`` (too large, not regular, outside the root) or ``StorageError``.

        A file that vanished since it was found is ``FileRefused`` too.
        """

    def forget(self) -> None:
        """Drop what is remembered of folders, so that the next search looks afresh."""
