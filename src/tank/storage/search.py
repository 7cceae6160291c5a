"""Finding the files that a glob stands for, folder by folder."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tank.domain.attachment import StorageError, StoredFile
from tank.domain.globs import PathGlob, Segment, literal_text
from tank.storage.beneath import LINK_REFUSED, NOT_THERE, storage_error
from tank.storage.folders import Folder, FolderCache

# A search through more folders than this is a mistake in the pattern, and would take for ever for a million rows.
_MAX_FOLDERS = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at a path; of a regular file also what its names have in common (see ``identity``)."""

    status: os.stat_result
    same_as: str = ""


class Search:
    """One search. ``look`` tells what is at each of some paths on disk, None where nothing is."""

    def __init__(self, folders: FolderCache, look: Callable[[Sequence[str]], Sequence[Seen | None]]) -> None:
        self._folders = folders
        self._look = look
        self._listed = 0
        self._looked_in: list[tuple[str, Folder]] = []
        self._seen: set[tuple[str, int, int]] = set()

    def files(self, glob: PathGlob) -> Iterator[StoredFile]:
        """The regular files that match, in order. Raises ``StorageError`` or ``OSError``.

        A path without wildcards is looked up directly, in both forms that systems write. Only where it is in
        neither are folders listed, as another part of it may be written in another form.
        """
        path = glob.literal_path
        if path is not None:
            found = list(self._regular_files(path, _two_forms(path)))
            if found or path.isascii():
                yield from found
                return
        yield from self._descend("", "", glob.segments)
        if not self._seen and self._something_changed():
            self._listed = 0
            yield from self._descend("", "", glob.segments)

    def _something_changed(self) -> bool:
        """Whether a folder that was looked in is another one by now: only then is a file really missing."""
        looked_in, self._looked_in = self._looked_in, []
        return any(self._is_changed(path, content) for path, content in looked_in)

    def _is_changed(self, path: str, content: Folder) -> bool:
        try:
            return self._folders.is_changed(path, content)
        except OSError as error:
            if error.errno in NOT_THERE | LINK_REFUSED:
                return True
            raise

    def spellings(self, path: str) -> Iterator[str]:
        """The paths that a file with this NFC path may have on disk, the likely ones first."""
        yield from _two_forms(path)
        if not path.isascii():
            yield from self._listed_spellings("", path.split("/"))

    def _descend(self, nfc: str, on_disk: str, segments: Sequence[Segment]) -> Iterator[StoredFile]:
        """Go down one segment beneath a folder with this path in NFC and that one on disk."""
        is_last = len(segments) == 1
        for name, spellings in self._names(on_disk, segments[0], folders=not is_last):
            if is_last:
                yield from self._regular_files(nfc + name, [on_disk + spelling for spelling in spellings])
            else:
                for spelling in spellings:
                    yield from self._descend(f"{nfc}{name}/", f"{on_disk}{spelling}/", segments[1:])

    def _names(self, folder: str, segment: Segment, *, folders: bool) -> Iterator[tuple[str, Sequence[str]]]:
        """NFC names in a folder that match, each with the names that it may have on disk."""
        text = literal_text(segment)
        if text is not None and text.isascii():
            yield text, (text,)
            return
        self._listed += 1
        if self._listed > _MAX_FOLDERS:
            raise StorageError(
                f"The search goes through more than {_MAX_FOLDERS:,} folders.",
                remedy="Write the folders of the attachment's path out, without wildcards.",
            )
        try:
            content = self._folders.get(folder.rstrip("/"))
        except OSError as error:
            if error.errno in NOT_THERE | LINK_REFUSED:
                return
            raise storage_error(folder, error) from error
        self._looked_in.append((folder.rstrip("/"), content))
        yield from content.matches(segment, folders=folders)

    def _regular_files(self, path: str, disk_paths: Sequence[str]) -> Iterator[StoredFile]:
        """The regular files among the spellings of one path. Where spelling does not matter they are one file."""
        for seen in self._look(disk_paths):
            if seen and stat.S_ISREG(seen.status.st_mode):
                identity = (path, seen.status.st_dev, seen.status.st_ino)
                if identity not in self._seen:
                    self._seen.add(identity)
                    yield StoredFile(path=path, size=seen.status.st_size, same_as=seen.same_as)

    def _listed_spellings(self, folder: str, names: Sequence[str]) -> Iterator[str]:
        for _, spellings in self._names(folder, (names[0],), folders=len(names) > 1):
            for spelling in spellings:
                if len(names) == 1:
                    yield folder + spelling
                else:
                    yield from self._listed_spellings(f"{folder}{spelling}/", names[1:])


def _two_forms(path: str) -> list[str]:
    """A path as most systems write it, and as a Mac does."""
    return [path] if path.isascii() else [path, unicodedata.normalize("NFD", path)]
