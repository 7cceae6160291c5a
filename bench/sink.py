"""A stand-in for SES: an HTTPS server in its own process that reads each request to its last byte.

``python -m bench.sink CERT KEY`` prints its port, then serves until its standard input closes. Requests:
``POST /v2/email/outbound-emails`` answers as SES v2 does, after the delay; ``POST /_control`` sets the delay and
how many request bodies to keep; ``GET /_kept`` gives those back, as a JSON list of the bodies' text; everything
else is ``GetAccount``.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import uvloop

SEND_PATH = b"/v2/email/outbound-emails"
#: What ``GetAccount`` answers: no limit that a benchmark would meet.
_ACCOUNT = json.dumps(
    {
        "SendQuota": {"MaxSendRate": 1e6, "Max24HourSend": -1, "SentLast24Hours": 0},
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
    }
).encode()


@dataclass
class Round:
    """What the server does at the moment, and what it has got since."""

    delay_seconds: float = 0.0
    #: Keep every n-th body, and so many at most.
    keep_every: int = 1
    keep_most: int = 0
    received: int = 0
    kept: list[bytes] = field(default_factory=list)


@dataclass
class Server:
    """What all connections share."""

    round: Round = field(default_factory=Round)


class HttpRequests(asyncio.Protocol):
    """HTTP/1.1 with Content-Length, one request at a time on a kept-alive connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._head = bytearray()
        self._path = b""
        self._left = -1
        self._body: list[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio.Transport.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._left < 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            data = bytes(self._head[end + 4 :])
            self._begin(bytes(self._head[:end]))
            self._head.clear()
        self._left -= len(data)
        if self._body is not None:
            self._body.append(data)
        if self._left == 0:
            self._left = -1
            self._answer()

    def _begin(self, head: bytes) -> None:
        self._path = head.split(b" ", 2)[1]
        headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
        self._left = int(headers.get(b"content-length", b"0"))
        now = self._server.round
        wanted = len(now.kept) < now.keep_most and now.received % now.keep_every == 0
        self._body = [] if wanted or self._path != SEND_PATH else None

    def _answer(self) -> None:
        now, body = self._server.round, b"".join(self._body or ())
        if self._path == SEND_PATH:
            now.received += 1
            if self._body is not None:
                now.kept.append(body)
            answer = b'{"MessageId":"%s"}' % uuid.uuid4().hex.encode()
            asyncio.get_running_loop().call_later(now.delay_seconds, self._write, answer)
        elif self._path == b"/_control":
            self._server.round = Round(**json.loads(body))
            self._write(b"{}")
        elif self._path == b"/_kept":
            self._write(json.dumps([kept.decode() for kept in now.kept]).encode())
        else:
            self._write(_ACCOUNT)

    def _write(self, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )


async def serve(certificate: str, key: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    shared = Server()
    server = await loop.create_server(lambda: HttpRequests(shared), "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class Sink:
    """The server as a benchmark sees it."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.url = f"https://127.0.0.1:{port}"
        self.certificate = certificate
        self._context = ssl.create_default_context(cafile=str(certificate))

    def set(self, *, delay_seconds: float = 0.0, keep_every: int = 1, keep_most: int = 0) -> None:
        """Begin a round: forget what was kept."""
        self._call("/_control", {"delay_seconds": delay_seconds, "keep_every": keep_every, "keep_most": keep_most})

    def kept(self) -> Sequence[str]:
        """Bodies of requests, as JSON text."""
        bodies: list[str] = self._call("/_kept", None)
        return bodies

    def _call(self, path: str, body: Any) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data=data, context=self._context) as answer:
            return json.load(answer)


@contextmanager
def running_sink(certificate: Path, key: Path) -> Iterator[Sink]:
    """A sink in a process of its own, ended on the way out."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink", str(certificate), str(key)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Sink(int(process.stdout.readline()), certificate)
    finally:
        process.stdin.close()
        process.wait(timeout=10)


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], sys.argv[2]))
