"""Blocking work off the event loop, on threads that never hold up the end of the process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

_Result = TypeVar("_Result")


async def in_daemon_thread(work: Callable[[], _Result], name: str) -> _Result:
    """Run ``work`` on a thread of its own and await what it returns or raises.

    ``asyncio.to_thread`` is not used: its executor's threads are joined at exit, so one hung call (an instance
    metadata service that never answers) would keep the process from ending.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Result] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:
            _tell(loop, partial(_settle_error, done, error))
        else:
            _tell(loop, partial(_settle, done, result))

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, settle: Callable[[], None]) -> None:
    # The loop may have ended while the thread was at work; then nobody waits for the result.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle)


def _settle(done: asyncio.Future[_Result], result: _Result) -> None:
    if not done.done():
        done.set_result(result)


def _settle_error(done: asyncio.Future[_Result], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
