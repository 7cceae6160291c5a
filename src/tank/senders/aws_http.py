"""Signed calls to one AWS endpoint over a pool of kept-alive connections; each call is made exactly once."""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from tank.senders.credentials import AwsAccess
from tank.senders.sigv4 import Signer
from tank.senders.threads import in_daemon_thread
from tank.senders.tls import trust

_USER_AGENT = "tank-mail"
#: No answer of SES comes near it; whoever sends more is not SES.
_ANSWER_BYTES = 1 << 20
#: aiohttp wants larger bodies as a file, which it writes piece by piece.
_LARGE_BODY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Sizes and times of the pool; seconds."""

    max_connections: int
    keepalive_seconds: float
    connect_seconds: float
    read_seconds: float
    total_seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; ``whole`` is false where the connection was lost inside its body."""

    status: int
    headers: Any
    body: bytes
    whole: bool = True


class CallLost(Exception):
    """No answer came. ``begun`` tells whether any byte of the request may have left this machine."""

    def __init__(self, cause: BaseException, *, begun: bool) -> None:
        super().__init__(str(cause) or type(cause).__name__)
        self.cause_name = type(cause).__name__
        self.begun = begun


class AwsHttp:
    """The pool. Must be opened inside the event loop that uses it."""

    def __init__(
        self, access: AwsAccess, session: aiohttp.ClientSession, *, service: str, wall_clock: Callable[[], float]
    ) -> None:
        self._access = access
        self._session = session
        self._wall_clock = wall_clock
        self._signer = Signer(region=access.place.region, service=service)
        parts = urlsplit(access.place.endpoint_url)
        self._base_path = parts.path.rstrip("/")
        self._origin = URL(f"{parts.scheme}://{parts.netloc}", encoded=True)
        self._headers = {"Host": _host(self._origin), "Content-Type": "application/json"}
        self._urls: dict[str, URL] = {}

    @classmethod
    async def open(
        cls,
        access: AwsAccess,
        limits: HttpLimits,
        *,
        service: str,
        wall_clock: Callable[[], float] = time.time,
    ) -> AwsHttp:
        """Make the pool; no connection is opened yet."""
        connector = aiohttp.TCPConnector(
            limit=limits.max_connections,
            keepalive_timeout=limits.keepalive_seconds,
            ssl=await in_daemon_thread(lambda: _trust(access.place.ca_bundle), "tank-aws-tls"),
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=limits.total_seconds, connect=limits.connect_seconds, sock_read=limits.read_seconds
            ),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            auto_decompress=False,
            request_class=_MarkedRequest,
            proxy=access.place.proxy_url,
        )
        return cls(access, session, service=service, wall_clock=wall_clock)

    async def call(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request, one answer; nothing is followed or tried again.

        aiohttp repeats only idempotent methods on a connection that the server had just closed: not POST.
        Raises ``CallLost``, and ``SendError`` where the keys cannot be had.
        """
        keys = await self._access.keys()
        full_path = self._base_path + path
        headers = self._signer.sign(
            keys, method=method, path=full_path, headers=self._headers, body=body, at=self._wall_clock()
        )
        headers["User-Agent"] = _USER_AGENT
        call = _Call()
        _CALL.set(call)
        try:
            async with self._session.request(
                method,
                self._url(full_path),
                data=body if len(body) < _LARGE_BODY_BYTES else io.BytesIO(body),
                headers=headers,
                allow_redirects=False,
            ) as response:
                return await _read(response)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise CallLost(error, begun=call.begun) from error

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = self._origin.join(URL(path, encoded=True))
        return url


class _Call:
    """What is known about a call on its way."""

    __slots__ = ("begun",)

    def __init__(self) -> None:
        self.begun = False


#: The call that this task is making; aiohttp's own tracing tells the same for 20 µs more.
_CALL: ContextVar[_Call] = ContextVar("tank_aws_call")


class _MarkedRequest(aiohttp.ClientRequest):
    """A request that notes when it is given a connection: from then on a byte may have left.

    A connection that is still being made (address, TCP, TLS, proxy) has carried nothing of the request.
    """

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        _CALL.get().begun = True
        return await super().send(conn)


async def _read(response: aiohttp.ClientResponse) -> Answer:
    """The answer, also where its body is cut off or endless."""
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := await response.content.readany():
            pieces.append(piece)
            size += len(piece)
            if size > _ANSWER_BYTES:
                response.close()
                return Answer(response.status, response.headers, b"", whole=False)
    except (TimeoutError, aiohttp.ClientError, OSError):
        return Answer(response.status, response.headers, b"".join(pieces), whole=False)
    return Answer(response.status, response.headers, b"".join(pieces))


def _host(origin: URL) -> str:
    """The Host header: without the port where it is the scheme's own, as botocore signs it."""
    assert origin.host_subcomponent is not None
    return origin.host_subcomponent if origin.is_default_port() else f"{origin.host_subcomponent}:{origin.port}"


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    """Blocking: botocore's own list of authorities too, because a bare container has none."""
    from botocore.httpsession import get_cert_path

    return trust(ca_bundle, also=get_cert_path(True))
