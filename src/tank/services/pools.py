"""A small pool of daemon threads between the event loop and everything synchronous.

``concurrent.futures`` joins its threads at interpreter exit, so one hung driver call would keep the process from
ending; these threads never do.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

#: How often a stop is looked for, and how long what is under way may take after it.
_LOOK_SECONDS = 0.25
_GRACE_SECONDS = 2.0

P = ParamSpec("P")
T = TypeVar("T")


class Abandoned(Exception):
    """A function did not end soon after it was to stop: it goes on in its thread, and nobody waits for it."""


class DaemonPool:
    """``size`` threads that run functions for coroutines, first come first served."""

    def __init__(self, name: str, size: int) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        for number in range(size):
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True).start()

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result, or its exception. Cancelling leaves the function running, its result unread."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            try:
                result = function(*args, **kwargs)
            except BaseException as error:  # handed to the coroutine that waits
                _hand_over(loop, future, error=error)
            else:
                _hand_over(loop, future, result=result)

        self._jobs.put(job)
        return await future

    async def run_unless(
        self, stopped: Callable[[], bool], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same, but raises ``Abandoned`` where it hangs while ``stopped``: a driver's call cannot be interrupted.

        For functions that write nothing, or only what a lost lease refuses.
        """
        running = asyncio.ensure_future(self.run(function, *args, **kwargs))
        patience = _GRACE_SECONDS
        try:
            while patience > 0:
                done, _ = await asyncio.wait({running}, timeout=_LOOK_SECONDS)
                if done:
                    return running.result()
                patience = patience - _LOOK_SECONDS if stopped() else _GRACE_SECONDS
        finally:
            running.cancel()
        raise Abandoned

    def _work(self) -> None:
        while True:
            self._jobs.get()()


def _hand_over(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[T],
    *,
    result: T | None = None,
    error: BaseException | None = None,
) -> None:
    def settle() -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # None only where T is None

    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:
        return  # the loop is closed: nobody waits any more
