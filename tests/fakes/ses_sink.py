"""A local stand-in for SES API v2 that keeps count: ``python -m tests.fakes.ses_sink --port 0 --log FILE``.

It prints one JSON line with its port and URL, then answers ``SendEmail`` and ``GetAccount``. Each mail that it
accepts is one JSON line in the log, written to the file before the answer leaves, so that after any crash of the
sender the log tells exactly what was accepted: ``{"at", "delivery_id", "to", "from", "message_id", "sha256",
"size", "tags"}`` (``sha256`` of the message; ``at`` in epoch seconds). Without ``--log`` it only counts.

Faults are drawn for each request with the rates given, from ``--seed``: ``throttle`` (429), ``error`` (500),
``reset`` (RST before accepting), ``hang`` (never answers, does not accept), ``lose`` (accepts, then RST). With
``--by-address``, addresses that begin with ``refused`` are rejected for good, with ``busy`` always throttled, and with
``once`` throttled the first time. ``--mails FOLDER`` keeps each accepted message as ``MESSAGE_ID.eml``.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import signal
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson
import pybase64

_RST = struct.pack("ii", 1, 0)
_FAULTS = ("throttle", "error", "reset", "hang", "lose")


@dataclass(frozen=True, kw_only=True)
class SinkSettings:
    """How the sink behaves."""

    latency_s: float
    rates: dict[str, float]
    max_send_rate: float
    seed: int
    by_address: bool = False
    mails: Path | None = None


class Sink:
    """What all connections share: the log, the count and the dice."""

    def __init__(self, settings: SinkSettings, log: Path | None) -> None:
        self.settings = settings
        self.accepted = 0
        self._run = os.urandom(6).hex()
        self._dice = random.Random(settings.seed)
        self._seen: set[str] = set()
        self._log = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def draw_fault(self) -> str | None:
        """The fault of one request, or None."""
        drawn = self._dice.random()
        for fault in _FAULTS:
            drawn -= self.settings.rates[fault]
            if drawn < 0:
                return fault
        return None

    def fault_by_address(self, body: bytes) -> str | None:
        """What the recipient's own address asks for."""
        if not self.settings.by_address:
            return None
        (recipient,) = orjson.loads(body)["Destination"]["ToAddresses"]
        is_new = recipient not in self._seen
        self._seen.add(recipient)
        if recipient.startswith("refused"):
            return "reject"
        return "throttle" if recipient.startswith("busy") or (is_new and recipient.startswith("once")) else None

    def accept(self, body: bytes) -> str:
        """Count and log one ``SendEmail``; the message id."""
        self.accepted += 1
        message_id = f"{self._run}-{self.accepted:08d}"
        if self.settings.mails is not None:
            message = pybase64.b64decode(orjson.loads(body)["Content"]["Raw"]["Data"])
            (self.settings.mails / f"{message_id}.eml").write_bytes(message)
        if self._log is not None:
            os.write(self._log, orjson.dumps(_entry(body, message_id)) + b"\n")
        return message_id

    def account(self) -> bytes:
        """The answer to ``GetAccount``."""
        quota = {"Max24HourSend": -1.0, "MaxSendRate": self.settings.max_send_rate, "SentLast24Hours": self.accepted}
        return orjson.dumps({
            "SendQuota": quota,
            "SendingEnabled": True,
            "ProductionAccessEnabled": True,
            "EnforcementStatus": "HEALTHY",
        })  # fmt: skip


def _entry(body: bytes, message_id: str) -> dict[str, Any]:
    request = orjson.loads(body)
    message = pybase64.b64decode(request["Content"]["Raw"]["Data"])
    tags = {tag["Name"]: tag["Value"] for tag in request.get("EmailTags", ())}
    (recipient,) = request["Destination"]["ToAddresses"]
    return {
        "at": time.time(),
        "delivery_id": tags.get("tank_delivery_id"),
        "to": recipient,
        "from": request["FromEmailAddress"],
        "message_id": message_id,
        "sha256": hashlib.sha256(message).hexdigest(),
        "size": len(message),
        "tags": tags,
    }


class Connection(asyncio.Protocol):
    """One client; requests come one after the other, as HTTP/1.1 clients send them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._buffer[:end]).lower()
            length = _content_length(head)
            if len(self._buffer) < end + 4 + length:
                return
            body = bytes(self._buffer[end + 4 : end + 4 + length])
            del self._buffer[: end + 4 + length]
            self._request(head, body)

    def _request(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"get /v2/email/account "):
            self._later(200, self._sink.account())
        elif not head.startswith(b"post /v2/email/outbound-emails "):
            self._later(404, b'{"message":"no such operation here"}')
        else:
            self._send_email(body)

    def _send_email(self, body: bytes) -> None:
        fault = self._sink.fault_by_address(body) or self._sink.draw_fault()
        if fault == "throttle":
            self._later(429, b'{"message":"Maximum sending rate exceeded."}', b"TooManyRequestsException")
        elif fault == "reject":
            self._later(400, b'{"message":"Email address is on the suppression list."}', b"MessageRejected")
        elif fault == "error":
            self._later(500, b'{"message":"Internal failure"}', b"InternalServiceErrorException")
        elif fault == "reset":
            self._reset()
        elif fault != "hang":
            try:
                message_id = self._sink.accept(body)
            except (ValueError, KeyError, TypeError) as error:
                self._later(400, json.dumps({"message": f"not a SendEmail request: {error}"}).encode())
                return
            if fault == "lose":
                self._reset()
            else:
                self._later(200, b'{"MessageId":"%s"}' % message_id.encode())

    def _later(self, status: int, body: bytes, code: bytes = b"BadRequestException") -> None:
        error = b"" if status == 200 else b"x-amzn-ErrorType: %s\r\n" % code
        answer = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
        data = answer % (status, error, len(body), body)
        if self._sink.settings.latency_s > 0:
            asyncio.get_running_loop().call_later(self._sink.settings.latency_s, self._write, data)
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _reset(self) -> None:
        assert self._transport is not None
        # A copy of the descriptor: uvloop's own socket object takes no options.
        with socket.socket(fileno=os.dup(self._transport.get_extra_info("socket").fileno())) as copy:
            copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
        self._transport.abort()


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


async def _serve(options: argparse.Namespace) -> None:
    rates = {fault: getattr(options, fault) for fault in _FAULTS}
    settings = SinkSettings(
        latency_s=options.latency_ms / 1000,
        rates=rates,
        max_send_rate=options.max_send_rate,
        seed=options.seed,
        by_address=options.by_address,
        mails=options.mails,
    )
    sink = Sink(settings, options.log)
    context = None
    if options.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(sink), "127.0.0.1", options.port, ssl=context, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"port": port, "url": f"{'https' if context else 'http'}://127.0.0.1:{port}"}) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--max-send-rate", type=float, default=1_000_000.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--certificate", type=Path, help="PEM file with key and certificate: serve HTTPS")
    parser.add_argument("--by-address", action="store_true")
    parser.add_argument("--mails", type=Path)
    for fault in _FAULTS:
        parser.add_argument(f"--{fault}", type=float, default=0.0, metavar="RATE")
    return parser.parse_args()


@contextmanager
def running_sink(log: Path | None = None, *options: str) -> Iterator[str]:
    """The sink in a process of its own; its URL."""
    command = [sys.executable, "-m", "tests.fakes.ses_sink", *(("--log", str(log)) if log else ()), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        try:
            assert process.stdout is not None
            yield str(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()


def accepted(log: Path) -> list[dict[str, Any]]:
    """What the sink accepted, in order."""
    return [orjson.loads(line) for line in log.read_bytes().splitlines()] if log.exists() else []


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(_arguments()))
    else:
        uvloop.run(_serve(_arguments()))
