"""New connections to one HTTP server: its addresses, the proxy where there is one, TLS where the URL says so."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from dataclasses import dataclass
from typing import TypeAlias, cast
from urllib.parse import SplitResult, unquote, urlsplit

import aiohappyeyeballs

from tank.senders.http_connection import CallLost, HttpConnection

_Addresses: TypeAlias = list[aiohappyeyeballs.AddrInfoType]

_ADDRESSES_GOOD_FOR_S = 10.0
#: How long one address is tried before the next is tried beside it (RFC 8305, section 8).
_NEXT_ADDRESS_AFTER_S = 0.25
DEFAULT_PORTS = {"http": 80, "https": 443}
_PROXY_ANSWER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """A host and its port."""

    host: str
    port: int

    @classmethod
    def of(cls, url: SplitResult) -> Place:
        """Raises ``ValueError`` where the URL names no host, or is of a scheme that is not spoken here."""
        if url.scheme not in DEFAULT_PORTS or not url.hostname:
            raise ValueError(f"{url.geturl()!r} is no http:// or https:// address")
        return cls(url.hostname, url.port or DEFAULT_PORTS[url.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class Dialer:
    """Makes connections; one for each event loop."""

    def __init__(
        self, origin_url: str, *, connect_seconds: float, context: ssl.SSLContext | None, proxy_url: str | None
    ) -> None:
        """``context`` for https alone. Raises ``ValueError`` for an address that is not understood."""
        proxy = urlsplit(proxy_url if "://" in proxy_url else f"http://{proxy_url}") if proxy_url else None
        if proxy is not None and proxy.scheme != "http":
            raise ValueError(f"a proxy is spoken to as http://, not {proxy.scheme}://")
        self._origin = Place.of(urlsplit(origin_url))
        self._next_hop = Place.of(proxy) if proxy is not None else self._origin
        self._tunnel_request = _connect_request(self._origin, proxy) if proxy is not None else b""
        self._connect_seconds = connect_seconds
        self._context = context
        self._addresses: _Addresses = []
        self._resolved_at = 0.0
        self._resolving = asyncio.Lock()

    async def dial(self) -> HttpConnection:
        """A connection on which nothing has been written. Raises ``CallLost``."""
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await self._connected(asyncio.get_running_loop())
        except TimeoutError as error:
            raise CallLost("TimeoutError", f"None within {self._connect_seconds:g} s.", begun=False) from error
        except (OSError, ValueError) as error:
            self._addresses = []  # perhaps it has moved
            raise CallLost(type(error).__name__, str(error) or "It broke.", begun=False) from error

    async def _connected(self, loop: asyncio.AbstractEventLoop) -> HttpConnection:
        addresses = await self._resolved(loop)
        sock = await aiohappyeyeballs.start_connection(
            addresses, happy_eyeballs_delay=_NEXT_ADDRESS_AFTER_S, interleave=1, loop=loop
        )
        if self._tunnel_request:
            return await self._tunnelled(loop, sock)
        server_hostname = self._origin.host if self._context is not None else None
        _, connection = await loop.create_connection(
            HttpConnection, sock=sock, ssl=self._context, server_hostname=server_hostname
        )
        return connection

    async def _resolved(self, loop: asyncio.AbstractEventLoop) -> _Addresses:
        """The addresses, in turn: the load goes to all of them. A pool that opens hundreds asks once."""
        async with self._resolving:
            if not self._addresses or loop.time() - self._resolved_at > _ADDRESSES_GOOD_FOR_S:
                place = self._next_hop
                self._addresses = list(await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))
                self._resolved_at = loop.time()
            self._addresses = [*self._addresses[1:], self._addresses[0]]
            return self._addresses

    async def _tunnelled(self, loop: asyncio.AbstractEventLoop, sock: socket.socket) -> HttpConnection:
        """Have the proxy connect to the origin, and speak to the origin over it (RFC 9110, section 9.3.6)."""
        transport, tunnel = await loop.create_connection(_Tunnel, sock=sock)
        try:
            transport.write(self._tunnel_request)
            await tunnel.opened
            return await self._speak_over(loop, transport)
        except BaseException:
            transport.abort()
            raise

    async def _speak_over(self, loop: asyncio.AbstractEventLoop, tunnel: asyncio.Transport) -> HttpConnection:
        connection = HttpConnection()
        if self._context is None:
            tunnel.set_protocol(connection)
            connection.connection_made(tunnel)
            tunnel.resume_reading()
            return connection
        transport = await loop.start_tls(tunnel, connection, self._context, server_hostname=self._origin.host)
        if transport is None:
            raise ConnectionError("The connection through the proxy broke.")
        connection.connection_made(transport)
        return connection


class _Tunnel(asyncio.Protocol):
    """A proxy's answer to CONNECT. What follows it is the origin's, which waits for us to speak first."""

    def __init__(self) -> None:
        self._answer = bytearray()
        #: Raises ``ConnectionError`` where the proxy will not.
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if len(self._answer) > _PROXY_ANSWER_BYTES:
            self._transport.abort()
        elif b"\r\n\r\n" in self._answer and not self.opened.done():
            self._transport.pause_reading()
            first_line = self._answer.partition(b"\r\n")[0].decode("latin-1")
            if first_line.split(" ")[1:2] == ["200"]:
                self.opened.set_result(None)
            else:
                self.opened.set_exception(ConnectionError(f"The proxy refuses: {first_line[:200]}"))

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("The proxy does not answer as a proxy does."))


def _connect_request(origin: Place, proxy: SplitResult) -> bytes:
    lines = [f"CONNECT {origin} HTTP/1.1", f"Host: {origin}"]
    if proxy.username is not None:
        user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    return "\r\n".join([*lines, "", ""]).encode("ascii")
