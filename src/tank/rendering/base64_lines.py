"""Base64 in lines of 76 characters, at the speed of memory (RFC 2045 section 6.8)."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
import pybase64

_COLUMNS = 76
_CRLF = np.frombuffer(b"\r\n", dtype=np.uint8)
#: Contents remembered to notice that they come again, and encoded ones kept because they did (bytes).
_SEEN_BUDGET, _KEPT_BUDGET = 16_000_000, 64_000_000
_WORTH_KEEPING = 2_000
#: Below, setting up an array costs more than it saves.
_WORTH_AN_ARRAY = 3_000


def base64_lines(content: bytes) -> bytes:
    """The content in base64, each line ended by CRLF."""
    if len(content) < _WORTH_AN_ARRAY:
        return pybase64.encodebytes(content).replace(b"\n", b"\r\n")
    encoded = pybase64.b64encode(content)
    full = len(encoded) // _COLUMNS
    rest = encoded[full * _COLUMNS :]
    lines = np.empty((full, _COLUMNS + 2), dtype=np.uint8)
    lines[:, :_COLUMNS] = np.frombuffer(encoded, dtype=np.uint8, count=full * _COLUMNS).reshape(full, _COLUMNS)
    lines[:, _COLUMNS:] = _CRLF
    return lines.tobytes() + (rest + b"\r\n" if rest else b"")


class EncodedFiles:
    """Encodes files, and keeps the encoded form of those that come again: shared files and inline images.

    A file counts as the same when it is the very same bytes object. Remembered objects are held, so that no other
    can take their identity; the budgets bound what that costs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[int, bytes] = OrderedDict()
        self._kept: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        self._seen_size = self._kept_size = 0

    def lines(self, content: bytes) -> bytes:
        """Like ``base64_lines``."""
        if not _WORTH_KEEPING <= len(content) <= _SEEN_BUDGET // 2:
            return base64_lines(content)
        with self._lock:
            kept = self._kept.get(id(content))
            if kept is not None:
                self._kept.move_to_end(id(content))
                return kept[1]
            comes_again = self._forget(id(content))
            if not comes_again:
                self._remember(content)
        encoded = base64_lines(content)
        if comes_again:
            with self._lock:
                self._keep(content, encoded)
        return encoded

    def _forget(self, identity: int) -> bool:
        content = self._seen.pop(identity, None)
        self._seen_size -= len(content) if content is not None else 0
        return content is not None

    def _remember(self, content: bytes) -> None:
        self._seen[id(content)] = content
        self._seen_size += len(content)
        while self._seen_size > _SEEN_BUDGET:
            self._forget(next(iter(self._seen)))

    def _keep(self, content: bytes, encoded: bytes) -> None:
        if id(content) not in self._kept:
            self._kept_size += len(content) + len(encoded)
        self._kept[id(content)] = (content, encoded)
        while self._kept_size > _KEPT_BUDGET:
            _, (old, old_encoded) = self._kept.popitem(last=False)
            self._kept_size -= len(old) + len(old_encoded)
