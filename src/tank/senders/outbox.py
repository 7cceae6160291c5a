"""The outbox: a sender that puts each mail into a folder as an ``.eml`` file. The default; nothing leaves.

``outbox_writer`` tells when a mail counts as accepted, ``outbox_index`` how the folder is laid out, and
``outbox_reader`` lists and reads it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tank.domain.mail import OutgoingMail, Quota, Receipt, SendError, SendErrorKind
from tank.senders.options import flag, text, whole
from tank.senders.outbox_writer import OutboxWriter, Placed
from tank.senders.threads import in_daemon_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxOptions:
    """The options of an outbox sender."""

    folder: str | None = text("Where the mails go: a path, from the installation's outbox folder; else that folder.")
    sync: bool = flag("Whether a mail must survive a power cut before it counts as sent.", True)
    max_concurrency: int = whole("Mails under way at once; larger groups share one sync.", 256, least=1, most=5000)
    max_message_bytes: int = whole("The largest message taken.", 40_000_000, least=1000, most=200_000_000)


class OutboxSender:
    """The port ``Sender`` for a folder. Mails that arrive while others are made durable form the next group."""

    def __init__(self, options: OutboxOptions, root: Path, *, wall_clock: Callable[[], float] = time.time) -> None:
        self._options = options
        self._root = root
        self._writer = OutboxWriter(root, wall_clock=wall_clock)
        self._waiting: list[tuple[Placed, asyncio.Future[Receipt]]] = []
        self._accepting: asyncio.Task[None] | None = None

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
        accepted: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._writer.place(mail), accepted))
        if self._accepting is None or self._accepting.done():
            self._accepting = asyncio.create_task(self._accept())
        return await accepted

    async def quota(self) -> Quota:
        """Nothing limits an outbox."""
        return Quota()

    async def check(self) -> str:
        await in_daemon_thread(self._writer.probe, "tank-outbox-probe")
        return f"The outbox {self._root} can be written."

    async def close(self) -> None:
        if self._accepting is not None:
            await self._accepting

    async def _accept(self) -> None:
        """Group after group, until nobody waits."""
        while self._waiting:
            # All who are ready to send in this turn of the loop come along.
            await asyncio.sleep(0)
            waiting, self._waiting = self._waiting, []
            failure = await self._keep([placed for placed, _ in waiting])
            for placed, accepted in waiting:
                if accepted.done():
                    continue
                if failure is None:
                    accepted.set_result(Receipt(placed.message_id))
                else:
                    accepted.set_exception(failure)

    async def _keep(self, group: list[Placed]) -> SendError | None:
        """List the group and make it durable; the error where that fails, and the mails are taken back then."""
        try:
            self._writer.index(group)
            if self._options.sync:
                await in_daemon_thread(lambda: self._writer.sync(group), "tank-outbox-sync")
        except OSError as error:
            return self._writer.take_back(error, group)
        return None
