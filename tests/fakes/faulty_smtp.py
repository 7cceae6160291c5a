"""An SMTP server on loopback that refuses, drops and hangs where it is told to, inside the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from enum import Enum
from types import TracebackType
from typing import Self

from tests.support.loopback import settled


class Fault(Enum):
    """What it does instead of replying."""

    CLOSE = "close"
    HANG = "hang"


#: The places of a conversation, each with what a healthy server says.
_HEALTHY = {
    "GREETING": "220 faulty.example ESMTP",
    "EHLO": "250-faulty.example\r\n250-SIZE 1000000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 fine",
    "RCPT": "250 2.1.5 fine",
    "DATA": "354 go on",
    "DOT": "250 2.0.0 queued as 4F2A",
    "RSET": "250 2.0.0 forgotten",
    "NOOP": "250 2.0.0 here",
    "QUIT": "221 2.0.0 bye",
}


class FaultySmtp:
    """``async with FaultySmtp({"RCPT": "550 no"}) as server``: the other places stay healthy.

    ``BODY`` is a place too: a fault there comes after the first bytes of the message.
    """

    def __init__(self, faults: Mapping[str, str | Fault] | None = None) -> None:
        self._replies: dict[str, str | Fault] = {**_HEALTHY, **(faults or {})}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        #: Command lines, over all connections.
        self.commands: list[str] = []
        #: Messages up to the final dot, as they came (dots still stuffed).
        self.messages: list[bytes] = []
        self.connections = 0
        self.port = 0

    def heal(self) -> None:
        """Be a healthy server from now on."""
        self._replies = dict(_HEALTHY)

    def hang_up(self) -> None:
        """Close every connection, as servers do with those that rest too long."""
        for task in self._tasks:
            task.cancel()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._start, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await settled()

    def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._converse(reader, writer)
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not await self._reply("GREETING", writer):
            return
        while line := await reader.readline():
            command = line.decode().rstrip("\r\n")
            self.commands.append(command)
            verb = command.split(" ")[0].upper()
            if not await self._reply(verb, writer) or verb == "QUIT":
                return
            if verb == "DATA" and str(self._replies["DATA"]).startswith("354"):
                if self._replies.get("BODY") is Fault.CLOSE:
                    await reader.read(100)
                    return
                self.messages.append((await reader.readuntil(b"\r\n.\r\n"))[:-3])
                if not await self._reply("DOT", writer):
                    return

    async def _reply(self, place: str, writer: asyncio.StreamWriter) -> bool:
        reply = self._replies.get(place, "502 5.5.1 what?")
        if reply is Fault.CLOSE:
            return False
        if reply is Fault.HANG:
            await asyncio.sleep(3600)
        writer.write(f"{reply}\r\n".encode())
        await writer.drain()
        # RFC 5321 section 3.8: a server says 421 and hangs up.
        return not str(reply).startswith("421")
