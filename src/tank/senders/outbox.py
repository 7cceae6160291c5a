"""The outbox: a sender that puts each mail into a folder as an ``.eml`` file. The default; nothing leaves.

``outbox_writer`` tells when a mail counts as accepted, ``outbox_index`` how the folder is laid out, and
``outbox_reader`` lists and reads it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tank.domain.mail import OutgoingMail, Quota, Receipt, SendError, SendErrorKind
from tank.senders.options import flag, text, whole
from tank.senders.outbox_writer import Order, OutboxWriter
from tank.senders.threads import in_daemon_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOptions:
    """The options of an outbox sender."""

    folder: str | None = text("Where the mails go: a path, from the installation's outbox folder; else that folder.")
    sync: bool = flag("Whether a mail must survive a power cut before it counts as sent.", True)
    max_concurrency: int = whole("Mails under way at once; larger groups share one sync.", 256, least=1, most=5000)
    max_message_bytes: int = whole("The largest message taken.", 40_000_000, least=1000, most=200_000_000)


class OutboxSender:
    """The port ``Sender`` for a folder."""

    def __init__(self, options: OutboxOptions, root: Path, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._options = options
        self._root = root
        self._writer = OutboxWriter(root, sync=options.sync, announce=self._announce, wall_clock=wall_clock)
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def max_message_bytes(self) -> int:
        return self._options.max_message_bytes

    @property
    def max_concurrency(self) -> int:
        return self._options.max_concurrency

    async def send(self, mail: OutgoingMail) -> Receipt:
        """Write the mail. Raises ``SendError``: STOPPED where the folder cannot be written or its disk is full."""
        if len(mail.message) > self._options.max_message_bytes:
            message = f"The message has {len(mail.message)} bytes; this outbox takes {self._options.max_message_bytes}."
            raise SendError(SendErrorKind.REJECTED, "TooLarge", message, remedy="Make the message smaller.")
        self._loop = self._loop or asyncio.get_running_loop()
        waiting: asyncio.Future[Receipt] = self._loop.create_future()
        self._writer.put(Order(mail, partial(_settle, waiting)))
        return await waiting

    async def quota(self) -> Quota:
        """Nothing limits an outbox."""
        return Quota()

    async def check(self) -> str:
        await in_daemon_thread(self._writer.probe, "tank-outbox-probe")
        return f"The outbox {self._root} can be written."

    async def close(self) -> None:
        await in_daemon_thread(self._writer.stop, "tank-outbox-stop")

    def _announce(self, outcomes: list[tuple[Order, Receipt | SendError]]) -> None:
        """On the writer's thread: tell all of a group's senders with one wake-up of the loop."""
        assert self._loop is not None
        # The loop may have ended meanwhile; the mails are then accepted and nobody waits.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_tell_all, outcomes)


def _tell_all(outcomes: list[tuple[Order, Receipt | SendError]]) -> None:
    for order, outcome in outcomes:
        order.done(outcome)


def _settle(waiting: asyncio.Future[Receipt], outcome: Receipt | SendError) -> None:
    if waiting.done():
        return
    if isinstance(outcome, SendError):
        waiting.set_exception(outcome)
    else:
        waiting.set_result(outcome)
