"""The breaker: many identical errors in a row are the surroundings' fault, not the recipients'."""

from __future__ import annotations


class Breaker:
    """Counts identical errors in a row of one run, within one worker."""

    def __init__(self, threshold: int) -> None:
        self._threshold = threshold
        self._last: tuple[str, str] | None = None
        self._count = 0

    def failed(self, kind: str, code: str) -> bool:
        """Note a failure; whether it is one too many."""
        if self._last != (kind, code):
            self._last, self._count = (kind, code), 0
        self._count += 1
        return self._count >= self._threshold

    def succeeded(self) -> None:
        """A mail went through: whatever failed before was about its recipients."""
        self._last, self._count = None, 0
