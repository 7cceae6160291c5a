"""The high-water mark: how far the ledger has come, kept outside the Logs DB."""

from __future__ import annotations

from typing import Protocol


class HighWaterMark(Protocol):
    """A number that only grows; every process of the machine shares it."""

    def read(self) -> int | None:
        """The highest number so far; None where there was none yet. Raises ``Misconfigured`` where it is unreadable."""

    def raise_to(self, number: int) -> None:
        """Keep the number, unless a higher one is kept. Raises ``LogsDbUnavailable`` where it cannot be written."""
