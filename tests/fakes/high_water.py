"""A high-water mark in memory."""

from __future__ import annotations


class MemoryHighWater:
    """Implements ``HighWaterMark``."""

    def __init__(self, number: int | None = None) -> None:
        self.number = number

    def read(self) -> int | None:
        return self.number

    def raise_to(self, number: int) -> None:
        self.number = max(self.number or 0, number)
