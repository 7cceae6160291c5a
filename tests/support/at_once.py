"""Calls from several threads at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(function: Callable[[], T], times: int) -> list[T]:
    """What the calls return; the first exception, if there is one."""
    return all_at_once(*[function] * times)


def all_at_once(*functions: Callable[[], T]) -> list[T]:
    """What each function returns, in order; the first exception, if there is one."""
    start = threading.Barrier(len(functions))

    def call(function: Callable[[], T]) -> T:
        start.wait(5)
        return function()

    with ThreadPoolExecutor(len(functions)) as threads:
        return list(threads.map(call, functions))
