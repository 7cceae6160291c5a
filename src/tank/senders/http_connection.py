"""One kept-alive HTTP/1.1 connection: a request is written once, and what is known of its answer is told.

The parser is llhttp (``httptools``); the rest is what a mail needs and general clients do not tell: whether a byte
of the request may have left, and how much of the answer came before the connection was lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

import httptools

#: No answer of SES comes near it; whoever sends more is not SES.
_ANSWER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``whole`` is false where the connection was lost inside its body."""

    status: int
    #: Names in lower case.
    headers: dict[str, str]
    body: bytes
    whole: bool = True


class CallLost(Exception):
    """No answer came. ``begun`` tells whether any byte of the request may have left this machine."""

    def __init__(self, cause_name: str, message: str, *, begun: bool) -> None:
        super().__init__(message)
        self.cause_name = cause_name
        self.begun = begun


class HttpConnection(asyncio.Protocol):
    """A connection, used by one request at a time."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._exchange: _Exchange | None = None
        #: When it was last given back, by the event loop's clock; the pool's.
        self.resting_since = 0.0

    @property
    def is_open(self) -> bool:
        """Whether another request may be written, as far as this side knows."""
        return not self._transport.is_closing()

    async def exchange(self, head: bytes, body: bytes, *, read_seconds: float, total_seconds: float) -> Answer:
        """Write a request and wait for its answer; nothing is repeated.

        ``read_seconds`` bounds how long the other side may take and give nothing, ``total_seconds`` everything.
        Raises ``CallLost``. Afterwards the connection is closed unless the answer came whole and lets it live on.
        """
        if not self.is_open:
            raise CallLost("ConnectionClosed", "The other side closed the connection.", begun=False)
        exchange = self._exchange = _Exchange(self._transport, self._loop, read_seconds, total_seconds)
        try:
            self._transport.writelines((head, body))
            return await exchange.answer
        finally:
            exchange.timer.cancel()
            self._exchange = None
            if not exchange.is_reusable or self._transport.get_write_buffer_size():
                self._transport.abort()

    def drop(self) -> None:
        """Close at once."""
        self._transport.abort()

    async def close(self) -> None:
        """Close at once, and wait until it is."""
        self.drop()
        await self._lost

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._exchange is None:
            self._transport.abort()  # an answer to nothing: whatever it is, it must not answer the next request
            return
        self._exchange.heard(len(data))
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if self._exchange is not None:
                self._exchange.lose("UnreadableAnswer", f"The answer is no HTTP: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        if self._exchange is not None:
            self._exchange.end_of_connection(error)
        self._lost.set_result(None)
        # Parser and connection hold each other, and with them a quarter of a megabyte of TLS buffers: it would wait
        # for a full look for cycles, which a busy worker takes seldom.
        del self._parser

    # Called by the parser

    def on_message_begin(self) -> None:
        if self._exchange is not None:
            self._exchange.begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._exchange is not None:
            self._exchange.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._exchange is not None:
            self._exchange.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        if self._exchange is not None:
            self._exchange.body.append(data)

    def on_message_complete(self) -> None:
        if self._exchange is not None:
            self._exchange.complete(keep_alive=self._parser.should_keep_alive())


class _Exchange:
    """A request on its way, and what came back so far."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, read_seconds: float, total_seconds: float
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._read_seconds = read_seconds
        self._alive_at = loop.time()
        self._ends_at = self._alive_at + total_seconds
        self._unsent = -1
        self._size = 0
        self.answer: asyncio.Future[Answer] = loop.create_future()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.is_reusable = False
        self.timer = loop.call_at(min(self._alive_at + read_seconds, self._ends_at), self._look)

    def heard(self, size: int) -> None:
        """Bytes came."""
        self._alive_at = self._loop.time()
        self._size += size
        if self._size > _ANSWER_BYTES:
            self.lose("EndlessAnswer", f"The answer is larger than {_ANSWER_BYTES:,} bytes.")

    def begin(self) -> None:
        """An answer begins. Two to one request: the other one must not answer the next request."""
        if self.answer.done():
            self.is_reusable = False

    def complete(self, *, keep_alive: bool) -> None:
        """An answer ended; an interim one (100 to 199) only says that another follows (RFC 9110, section 15.2)."""
        if self.status < 200:
            self.headers.clear()
            self.status = 0
        elif not self.answer.done():
            self.is_reusable = keep_alive
            self._tell(whole=True)

    def end_of_connection(self, error: Exception | None) -> None:
        """The end of the connection ends an answer without a length (RFC 9112, section 6.3)."""
        if self.status and error is None and self.headers.keys().isdisjoint(("content-length", "transfer-encoding")):
            self._tell(whole=True)
        elif error is None:
            self.lose("ConnectionClosed", "The other side closed the connection without an answer.")
        else:
            self.lose(type(error).__name__, str(error) or "The connection broke.")

    def lose(self, cause_name: str, message: str) -> None:
        """No more will come; an answer whose head is there is told all the same."""
        self.is_reusable = False
        if self.status:
            self._tell(whole=False)
        elif not self.answer.done():
            self.answer.set_exception(CallLost(cause_name, message, begun=True))

    def _look(self) -> None:
        """Give up where neither side moved for too long; a request that is still leaving is a sign of life."""
        now = self._loop.time()
        if (unsent := self._transport.get_write_buffer_size()) != self._unsent and unsent:
            self._unsent, self._alive_at = unsent, now
        due = min(self._alive_at + self._read_seconds, self._ends_at)
        if now < due:
            self.timer = self._loop.call_at(due, self._look)
        else:
            self.lose("NoAnswer", "No answer came in time.")

    def _tell(self, *, whole: bool) -> None:
        if not self.answer.done():
            self.answer.set_result(Answer(self.status, self.headers, b"".join(self.body), whole))
