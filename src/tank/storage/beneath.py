"""Opening files beneath a root without ever being led out of it.

On Linux the kernel itself keeps the walk beneath the root (openat2(2), RESOLVE_BENEATH, Linux 5.6): links that
stay inside work, everything else is refused, and nobody can swap a folder for a link between check and use.
Elsewhere each component is opened by itself and no link is followed at all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tank.domain.attachment import StorageError

_OPENAT2 = 437  # the same number on every architecture that Python runs on
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_BENEATH = 0x08
#: What opens a file only to look at it, where the system has that.
LOOK = getattr(os, "O_PATH", os.O_RDONLY | os.O_NONBLOCK) | os.O_CLOEXEC
#: What opens a file to read it: without waiting, so that a FIFO never hangs.
READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
#: What opens a folder to list it.
LIST = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: Nothing has that name.
NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
#: A link leads out of the root (EXDEV), goes in a circle, or is one where none is followed (ELOOP).
LINK_REFUSED = frozenset({errno.EXDEV, errno.ELOOP})

Opener = Callable[[int, str, int], int]


class Beneath:
    """Opens paths (no leading slash, no ``..``) beneath ``root``, which is opened afresh each time.

    A root that was kept open would go on showing the empty folder below a mount that came later.
    """

    def __init__(self, root: Path, *, use_openat2: bool | None = None) -> None:
        self.root = root
        has_openat2 = _openat2_works() if use_openat2 is None else use_openat2
        self._open: Opener = _open_by_kernel if has_openat2 else _open_by_walking
        self.follows_inner_links = has_openat2

    def open(self, path: str, flags: int) -> int:
        """A file descriptor; an empty path is the root itself.

        Raises ``StorageError`` where the root cannot be opened, ``OSError`` for anything beneath: EXDEV where a
        link leads out, ELOOP where a link is not followed.
        """
        root = self._open_root(LOOK | os.O_DIRECTORY if path else flags)
        if not path:
            return root
        try:
            return self._open(root, path, flags)
        finally:
            os.close(root)

    def _open_root(self, flags: int) -> int:
        try:
            return os.open(self.root, flags)
        except OSError as error:
            raise StorageError(
                f"The storage root {self.root} cannot be opened: {error.strerror}.",
                remedy="Check that the folder exists, is mounted, and that the account Tank runs under may read it.",
            ) from error


def storage_error(path: str, error: OSError) -> StorageError:
    """What to say where the storage itself failed at a path."""
    return StorageError(
        f"The file storage failed at /{path}: {error.strerror}.",
        remedy="Check the storage and the rights of the account that Tank runs under.",
    )


class _How(ctypes.Structure):
    """``struct open_how`` of openat2(2)."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_libc = ctypes.CDLL(None, use_errno=True)


def _open_by_kernel(root: int, path: str, flags: int) -> int:
    how = _How(flags, 0, _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS)
    for _ in range(8):
        found = int(_libc.syscall(_OPENAT2, root, os.fsencode(path), ctypes.byref(how), ctypes.sizeof(how)))
        if found >= 0:
            return found
        # EAGAIN: something was renamed during the walk, and the kernel could not tell whether it stayed beneath.
        if ctypes.get_errno() not in (errno.EAGAIN, errno.EINTR):
            break
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number), path)


def _open_by_walking(root: int, path: str, flags: int) -> int:
    names = path.split("/")
    if any(name in {"", ".", ".."} for name in names):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), path)
    folder = os.dup(root)
    try:
        for name in names[:-1]:
            deeper = os.open(name, LOOK | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = deeper
        return os.open(names[-1], flags | os.O_NOFOLLOW, dir_fd=folder)
    finally:
        os.close(folder)


def _openat2_works() -> bool:
    """Whether this kernel has openat2, and no sandbox forbids it (older ones answer EPERM)."""
    if not sys.platform.startswith("linux"):
        return False
    here = os.open("/", LIST)
    try:
        os.close(_open_by_kernel(here, ".", LIST))
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(here)
