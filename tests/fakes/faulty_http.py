"""An HTTP server on loopback that misbehaves on purpose, on bare sockets, inside the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.support.loopback import settled

_RST = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Exchange:
    """One request while it is being answered."""

    method: str
    path: str
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: list[Request]

    async def read_body(self) -> None:
        """Take the rest of the request; only then does it count as received."""
        body = await self.reader.readexactly(int(self.headers.get("content-length", "0")))
        self.requests.append(Request(self.method, self.path, self.headers, body))

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection with RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        self.writer.transport.abort()


#: What the server does with one request; it returns False to end the connection.
Behaviour = Callable[[Exchange], Awaitable[bool]]


def response(status: int, body: bytes, *, code: str = "", length: int | None = None) -> bytes:
    """An HTTP response as bytes; ``length`` may lie."""
    error = f"x-amzn-ErrorType: {code}\r\n" if code else ""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status} X\r\n{error}Content-Length: {size}\r\n\r\n".encode() + body


def answers(status: int, code: str = "", message: str = "") -> Behaviour:
    """Answer as SES does."""
    return answers_raw(status, json.dumps({"message": message}).encode(), code=code)


def answers_raw(status: int, body: bytes, *, code: str = "") -> Behaviour:
    """Answer with a body of any kind."""

    async def behave(exchange: Exchange) -> bool:
        await exchange.read_body()
        await exchange.write(response(status, body, code=code))
        return True

    return behave


def accepts(message_id: str = "m-1") -> Behaviour:
    """Accept the mail."""
    return answers_raw(200, json.dumps({"MessageId": message_id}).encode())


def accepts_slowly(seconds: float) -> Behaviour:
    """Accept the mail, byte by byte over some time."""

    async def behave(exchange: Exchange) -> bool:
        await exchange.read_body()
        answer = response(200, b'{"MessageId":"slow"}')
        for place in range(len(answer)):
            await exchange.write(answer[place : place + 1])
            await asyncio.sleep(seconds / len(answer))
        return True

    return behave


def half_answer(status: int, body: bytes, *, code: str = "") -> Behaviour:
    """Promise more bytes than come."""

    async def behave(exchange: Exchange) -> bool:
        await exchange.read_body()
        await exchange.write(response(status, body, code=code, length=len(body) + 100))
        return False

    return behave


async def garbage(exchange: Exchange) -> bool:
    """Answer with what is no HTTP."""
    await exchange.read_body()
    await exchange.write(b"\x00\xffnothing that HTTP knows\r\n\r\n")
    return False


async def hang(exchange: Exchange) -> bool:
    """Take the request and say nothing."""
    await exchange.read_body()
    await asyncio.sleep(3600)
    return False


async def reset_before_body(exchange: Exchange) -> bool:
    """RST once the head is there."""
    exchange.reset()
    return False


async def reset_after_body(exchange: Exchange) -> bool:
    """RST once all is there."""
    await exchange.read_body()
    exchange.reset()
    return False


async def close_after_body(exchange: Exchange) -> bool:
    """FIN once all is there."""
    await exchange.read_body()
    return False


async def endless(exchange: Exchange) -> bool:
    """Answer 200 with megabytes."""
    await exchange.read_body()
    await exchange.write(response(200, b"x" * 3_000_000))
    return True


def accepts_and_closes(message_id: str = "m-1") -> Behaviour:
    """Accept the mail, and close the connection that the client means to keep."""

    async def behave(exchange: Exchange) -> bool:
        await exchange.read_body()
        await exchange.write(response(200, json.dumps({"MessageId": message_id}).encode()))
        return False

    return behave


class FaultyHttp:
    """``async with FaultyHttp(behaviour, …) as server``: the n-th request meets the n-th, the last one stays."""

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self._behaviours: Sequence[Behaviour] = behaviours
        self._tls = tls
        self._met = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        #: Requests whose body arrived, in order.
        self.requests: list[Request] = []
        self.connections = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._start, "127.0.0.1", 0, ssl=self._tls)
        scheme = "http" if self._tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await settled()

    @property
    def met(self) -> int:
        """How many requests have begun."""
        return self._met

    def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.strip().split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        behaviour = self._behaviours[min(self._met, len(self._behaviours) - 1)]
        self._met += 1
        return await behaviour(Exchange(method, path, headers, reader, writer, self.requests))
