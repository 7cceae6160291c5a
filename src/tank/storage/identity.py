"""Which paths are names of one file: a file that two recipients match under two names is still one file.

What is told is the same on every machine that mounts the storage (a device's number is not), because the claims of
several workers meet in the Logs DB.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from string import ascii_letters

#: Where Linux tells the path that an open file really has, links resolved.
_OPEN_FILES = Path("/proc/self/fd")
#: ASCII alone: elsewhere the other case may have another length.
_OTHER_CASE = str.maketrans(ascii_letters, ascii_letters.swapcase())
#: With a folder for each recipient, each is asked about once: keeping them all would only fill the memory.
_MOST_FOLDERS = 4_096


class Identities:
    """Tells what all names of an open file have in common.

    ``look`` gives the status of a path beneath the root, None where nothing is there.
    """

    def __init__(self, root: Path, look: Callable[[str], os.stat_result | None], *, follows_links: bool) -> None:
        self._root = root
        self._look = look
        self._follows_links = follows_links
        self._lock = threading.Lock()
        #: By device and folder: whether ``c1.pdf`` finds the file ``C1.pdf`` there.
        self._folds_case: dict[tuple[int, str], bool] = {}

    def of(self, file: int, path: str, status: os.stat_result) -> str:
        """Equal for every path that leads to this file, which was opened by ``path``."""
        if status.st_nlink > 1:
            return f"inode {status.st_ino}, {status.st_size} bytes"
        real = unicodedata.normalize("NFC", self._real_path(file, path))
        return real.casefold() if self._is_folding(path, status) else real

    def _real_path(self, file: int, path: str) -> str:
        if not self._follows_links:
            return path
        try:
            real, root = (_OPEN_FILES / str(file)).readlink(), self._root.resolve()
        except OSError:  # no /proc here
            return path
        return str(real.relative_to(root)) if real.is_relative_to(root) else path

    def _is_folding(self, path: str, status: os.stat_result) -> bool:
        """Found out once for each folder, by looking for a file's name in the other case."""
        folder, slash, name = path.rpartition("/")
        other = name.translate(_OTHER_CASE)
        if other == name:
            return False
        place = (status.st_dev, folder)
        with self._lock:
            known = self._folds_case.get(place)
        if known is None:
            found = self._look(folder + slash + other)
            known = found is not None and (found.st_dev, found.st_ino) == (status.st_dev, status.st_ino)
            self._remember(place, known)
        return known

    def _remember(self, place: tuple[int, str], folds_case: bool) -> None:
        with self._lock:
            if len(self._folds_case) >= _MOST_FOLDERS:
                self._folds_case.clear()
            self._folds_case[place] = folds_case
