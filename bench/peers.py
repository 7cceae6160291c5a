"""Other ways to send the same mails: what one would write first, the same with threads, and the least possible."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import boto3
import orjson
import pybase64
import uvloop
from botocore.config import Config

from bench.mails import FROM_EMAIL, customer, plainly
from bench.sink import SEND_PATH, Sink
from tank.senders.sigv4 import AwsKeys, Signer

REGION = "ap-northeast-2"
KEYS = AwsKeys("AKIDBENCH", "benchsecret")
CONNECTIONS = 300
_DIFFERENT_MAILS = 64


@dataclass(frozen=True, slots=True)
class Spent:
    """What sending some mails took: seconds, and seconds of this process's CPU."""

    mails: int
    seconds: float
    cpu_seconds: float


class Peer(Protocol):
    """A way to send."""

    name: str

    def run(self, *, warm: int, mails: int) -> Spent:
        """Send ``warm`` mails to open connections and fill caches, then ``mails`` more, which are measured."""


def measured(mails: int, work: Callable[[], object]) -> Spent:
    """Time one piece of synchronous work."""
    seconds, cpu_seconds = time.perf_counter(), time.process_time()
    work()
    return Spent(mails, time.perf_counter() - seconds, time.process_time() - cpu_seconds)


def boto_client(sink: Sink) -> Any:
    """A client as people make it: boto3's own defaults, but for the pool that the threads need."""
    return boto3.client(
        "sesv2",
        region_name=REGION,
        endpoint_url=sink.url,
        verify=str(sink.certificate),
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key,
        config=Config(max_pool_connections=32),
    )


class Naive:
    """One mail after the other: stdlib ``email``, boto3."""

    name = "boto3 loop"

    def __init__(self, sink: Sink, size: int) -> None:
        self._client = boto_client(sink)
        self._size = size

    def run(self, *, warm: int, mails: int) -> Spent:
        self._send_all(range(warm))
        return measured(mails, lambda: self._send_all(range(warm, warm + mails)))

    def _send_all(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.send(number)

    def send(self, number: int) -> None:
        self._client.send_email(
            FromEmailAddress=FROM_EMAIL,
            Destination={"ToAddresses": [customer(number).email]},
            Content={"Raw": {"Data": plainly(number, self._size).as_bytes()}},
        )


class Threads:
    """The same in 32 threads."""

    name = "boto3, 32 threads"

    def __init__(self, sink: Sink, size: int) -> None:
        self._naive = Naive(sink, size)

    def run(self, *, warm: int, mails: int) -> Spent:
        with ThreadPoolExecutor(32) as pool:
            list(pool.map(self._naive.send, range(warm)))
            return measured(mails, lambda: list(pool.map(self._naive.send, range(warm, warm + mails))))


class Raw:
    """Requests that are ready to go, signed and posted: no composing, no ledger. What HTTPS and Python allow."""

    name = "ready bytes"

    def __init__(self, sink: Sink, size: int) -> None:
        self._sink = sink
        self._bodies = [_request(number, plainly(number, size).as_bytes()) for number in range(_DIFFERENT_MAILS)]

    def run(self, *, warm: int, mails: int) -> Spent:
        return uvloop.run(self._run(warm, mails))

    async def _run(self, warm: int, mails: int) -> Spent:
        context = ssl.create_default_context(cafile=str(self._sink.certificate))
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=context)
        async with aiohttp.ClientSession(connector=connector) as session:
            signer = Signer(region=REGION, service="ses")
            await self._post_all(session, signer, warm)
            seconds, cpu_seconds = time.perf_counter(), time.process_time()
            await self._post_all(session, signer, mails)
            return Spent(mails, time.perf_counter() - seconds, time.process_time() - cpu_seconds)

    async def _post_all(self, session: aiohttp.ClientSession, signer: Signer, mails: int) -> None:
        numbers = iter(range(mails))
        host = self._sink.url.removeprefix("https://")
        url = self._sink.url + SEND_PATH.decode()

        async def post_some() -> None:
            for number in numbers:
                body = self._bodies[number % _DIFFERENT_MAILS]
                headers = signer.sign(
                    KEYS, method="POST", path=SEND_PATH.decode(), headers={"Host": host}, body=body, at=time.time()
                )
                async with session.post(url, data=body, headers=headers) as answer:
                    await answer.read()

        await asyncio.gather(*(post_some() for _ in range(min(CONNECTIONS, mails))))


def _request(number: int, message: bytes) -> bytes:
    content = {"Raw": {"Data": pybase64.b64encode(message).decode()}}
    destination = {"ToAddresses": [customer(number).email]}
    return orjson.dumps({"Content": content, "FromEmailAddress": FROM_EMAIL, "Destination": destination})
