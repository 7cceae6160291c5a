"""Calls over kept-alive connections, on asyncio's own event loop and on uvloop, which production runs on."""

from __future__ import annotations

import asyncio
import base64
import gc
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from tank.senders.http_connection import Answer, CallLost, HttpConnection
from tank.senders.http_dial import Dialer
from tank.senders.http_pool import HttpLimits, HttpPool
from tests.fakes.faulty_http import Behaviour, Exchange, FaultyHttp, answers_raw, hang, response
from tests.support.certificates import server_context, write_certificate
from tests.support.loopback import settled

Scenario = Callable[[], Coroutine[Any, Any, None]]
Run = Callable[[Scenario], None]
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]
OK = Answer(200, {"content-length": "2"}, b"ok")
WHOLE = b"HTTP/1.1 200 OK\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"


def _on(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> Run:
    def run(scenario: Scenario) -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(scenario())

    return run


@pytest.fixture(params=LOOPS, ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    return _on(request.param)


@asynccontextmanager
async def _pool(
    url: str, *, context: ssl.SSLContext | None = None, proxy: str | None = None, **times: float
) -> AsyncIterator[HttpPool]:
    limits = HttpLimits(
        keepalive_seconds=times.get("keepalive", 5.0),
        connect_seconds=times.get("connect", 2.0),
        read_seconds=times.get("read", 2.0),
        total_seconds=times.get("total", 5.0),
    )
    dialer = Dialer(url, connect_seconds=limits.connect_seconds, context=context, proxy_url=proxy)
    pool = HttpPool(dialer, limits)
    yield pool
    await pool.close()
    await settled()


async def _call(pool: HttpPool, body: bytes = b"{}") -> Answer:
    head = f"POST /send HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n"
    return await pool.call(head.encode(), body)


async def _loss(pool: HttpPool, body: bytes = b"{}") -> CallLost:
    with pytest.raises(CallLost) as caught:
        await _call(pool, body)
    return caught.value


def _writes(*pieces: bytes, then_close: bool = False) -> Behaviour:
    """Read the request, then write these pieces as they are."""

    async def behave(exchange: Exchange) -> bool:
        await exchange.read_body()
        for piece in pieces:
            await exchange.write(piece)
            await asyncio.sleep(0)
        return not then_close

    return behave


class TestAnswers:
    @pytest.mark.parametrize(
        ("pieces", "answer"),
        [
            ([response(200, b"ok")], OK),
            ([b"HTTP/1.1 100 Continue\r\n\r\n", response(200, b"ok")], OK),
            ([b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response(200, b"ok")], OK),
            ([WHOLE], Answer(200, {"x-one": "1", "transfer-encoding": "chunked"}, b"abcde")),
            ([b"HTTP/1.1 204 Nothing\r\n\r\n"], Answer(204, {}, b"")),
        ],
    )
    def test_each_shape_of_answer_is_understood_and_the_connection_lives_on(
        self, run: Run, pieces: list[bytes], answer: Answer
    ) -> None:
        async def scenario() -> None:
            async with FaultyHttp(_writes(*pieces)) as server, _pool(server.url) as pool:
                assert [await _call(pool), await _call(pool)] == [answer, answer]
                assert server.connections == 1

        run(scenario)

    @settings(max_examples=40, deadline=None)
    @given(cuts=st.sets(st.integers(1, len(WHOLE) - 1), max_size=8))
    def test_it_does_not_matter_how_an_answer_is_cut_into_packets(self, cuts: set[int]) -> None:
        places = [0, *sorted(cuts), len(WHOLE)]
        pieces = [WHOLE[start:end] for start, end in pairwise(places)]

        async def scenario() -> None:
            async with FaultyHttp(_writes(*pieces)) as server, _pool(server.url) as pool:
                assert (await _call(pool)).body == b"abcde"

        _on(uvloop.new_event_loop)(scenario)

    def test_an_answer_without_a_length_ends_with_its_connection(self, run: Run) -> None:
        async def scenario() -> None:
            behaviour = _writes(b"HTTP/1.1 200 OK\r\n\r\nall of it", then_close=True)
            async with FaultyHttp(behaviour) as server, _pool(server.url) as pool:
                assert await _call(pool) == Answer(200, {}, b"all of it")
                await _call(pool)
                assert server.connections == 2

        run(scenario)

    @pytest.mark.parametrize("torn", [WHOLE[:-8], response(200, b"o", length=2), b"HTTP/1.1 200 OK\r\nA: b\r\n"])
    def test_an_answer_that_is_cut_off_is_never_taken_for_whole(self, run: Run, torn: bytes) -> None:
        async def scenario() -> None:
            async with FaultyHttp(_writes(torn, then_close=True)) as server, _pool(server.url) as pool:
                (outcome,) = await asyncio.gather(_call(pool), return_exceptions=True)
                is_whole = outcome.whole if isinstance(outcome, Answer) else not isinstance(outcome, CallLost)
                assert not is_whole

        run(scenario)

    def test_a_refusal_before_the_whole_request_has_left_is_heard_and_ends_the_connection(self, run: Run) -> None:
        async def refuse_early(exchange: Exchange) -> bool:
            await exchange.write(response(413, b"no"))
            await asyncio.sleep(0.2)
            return False

        async def scenario() -> None:
            async with FaultyHttp(refuse_early, answers_raw(200, b"ok")) as server, _pool(server.url) as pool:
                assert (await _call(pool, bytes(30_000_000))).status == 413
                assert await _call(pool) == OK
                assert server.connections == 2

        run(scenario)

    @pytest.mark.parametrize(
        "more",
        [response(200, b"who asked?"), b"HTTP/1.1", b"\x00"],
        ids=["answer", "half an answer", "garbage"],
    )
    def test_bytes_that_nobody_asked_for_never_answer_the_next_request(self, run: Run, more: bytes) -> None:
        async def scenario() -> None:
            answer = response(200, b"ok")
            for pieces in ([answer + more], [answer, more]):
                async with FaultyHttp(_writes(*pieces), answers_raw(200, b"ok")) as server, _pool(server.url) as pool:
                    await _call(pool)
                    await asyncio.sleep(0.02)
                    assert await _call(pool) == OK
                    assert server.connections == 2

        run(scenario)

    def test_endless_headers_are_given_up(self, run: Run) -> None:
        async def endless_headers(exchange: Exchange) -> bool:
            await exchange.read_body()
            await exchange.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(100_000):
                await exchange.write(b"X-%d: %s\r\n" % (number, b"x" * 100))
            return False

        async def scenario() -> None:
            async with FaultyHttp(endless_headers) as server, _pool(server.url) as pool:
                assert (await _loss(pool)).cause_name == "EndlessAnswer"

        run(scenario)


class TestTime:
    def test_a_request_that_nobody_takes_is_given_up(self, run: Run) -> None:
        async def scenario() -> None:
            async def never_read(_exchange: Exchange) -> bool:
                await asyncio.sleep(60)
                return False

            async with FaultyHttp(never_read) as server, _pool(server.url, read=0.2) as pool:
                lost = await _loss(pool, bytes(30_000_000))
                assert (lost.cause_name, lost.begun) == ("NoAnswer", True)

        run(scenario)

    def test_a_call_that_is_cancelled_takes_its_connection_along(self, run: Run) -> None:
        async def scenario() -> None:
            async with FaultyHttp(hang, answers_raw(200, b"ok")) as server, _pool(server.url) as pool:
                call = asyncio.create_task(_call(pool))
                await asyncio.sleep(0.05)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
                assert await _call(pool) == OK
                assert server.connections == 2

        run(scenario)

    def test_what_rests_too_long_is_closed_though_nobody_calls(self, run: Run) -> None:
        async def scenario() -> None:
            ended = asyncio.Event()

            async def tell_the_end(exchange: Exchange) -> bool:
                await exchange.read_body()
                await exchange.write(response(200, b"ok"))
                assert await exchange.reader.read() == b""
                ended.set()
                return False

            async with FaultyHttp(tell_the_end) as server, _pool(server.url, keepalive=0.05) as pool:
                await _call(pool)
                async with asyncio.timeout(2):
                    await ended.wait()

        run(scenario)

    def test_calls_at_once_have_a_connection_each_and_later_ones_share_them(self, run: Run) -> None:
        async def scenario() -> None:
            async with FaultyHttp(answers_raw(200, b"ok")) as server, _pool(server.url) as pool:
                for _ in range(3):
                    assert await asyncio.gather(*(_call(pool) for _ in range(40))) == [OK] * 40
                assert server.connections == 40

        run(scenario)

    def test_a_connection_that_has_ended_is_gone_without_a_look_for_cycles(self, run: Run, tmp_path: Path) -> None:
        """Each holds a quarter of a megabyte of TLS buffers; a busy worker looks for cycles seldom."""
        certificate = write_certificate(tmp_path / "server.pem")

        async def scenario() -> None:
            context = ssl.create_default_context(cafile=certificate)
            async with (
                FaultyHttp(answers_raw(200, b"ok"), tls=server_context(certificate)) as server,
                _pool(server.url, context=context) as pool,
            ):
                await asyncio.gather(*(_call(pool) for _ in range(5)))

        gc.collect()
        gc.disable()
        try:
            run(scenario)
            assert [one for one in gc.get_objects() if isinstance(one, HttpConnection)] == []
        finally:
            gc.enable()

    def test_a_closed_pool_keeps_nothing_open(self, run: Run) -> None:
        async def scenario() -> None:
            async with FaultyHttp(_writes(response(200, b"ok"))) as server, _pool(server.url) as pool:
                call = asyncio.create_task(_call(pool))
                await pool.close()
                assert await call == OK

        run(scenario)


class TestProxies:
    def test_tls_goes_through_a_proxy_untouched(self, run: Run, tmp_path: Path) -> None:
        certificate = write_certificate(tmp_path / "server.pem")

        async def scenario() -> None:
            async with (
                FaultyHttp(answers_raw(200, b"ok"), tls=server_context(certificate)) as server,
                _proxy() as (proxy, asked),
            ):
                context = ssl.create_default_context(cafile=certificate)
                url = proxy.replace("//", "//kim:p%40ss@")
                async with _pool(server.url, context=context, proxy=url) as pool:
                    assert [await _call(pool), await _call(pool)] == [OK, OK]
                place = server.url.removeprefix("https://")
                credentials = base64.b64encode(b"kim:p@ss").decode()
                assert asked == [
                    f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\nProxy-Authorization: Basic {credentials}\r\n\r\n"
                ]

        run(scenario)

    @pytest.mark.parametrize(
        "answer", [b"HTTP/1.1 407 Who are you?\r\n\r\n", b"", b"\x00\r\n\r\n", b"HTTP/1.1\r\n\r\n"]
    )
    def test_a_proxy_that_refuses_is_named_and_nothing_has_left(self, run: Run, answer: bytes) -> None:
        async def scenario() -> None:
            async with _proxy(answer) as (proxy, _), _pool("http://127.0.0.1:9", proxy=proxy) as pool:
                lost = await _loss(pool)
                assert not lost.begun
                assert "The proxy" in str(lost)

        run(scenario)

    def test_a_proxy_that_is_silent_is_given_up(self, run: Run) -> None:
        async def scenario() -> None:
            async with _proxy(None) as (proxy, _), _pool("http://127.0.0.1:9", proxy=proxy, connect=0.2) as pool:
                assert not (await _loss(pool)).begun

        run(scenario)

    @pytest.mark.parametrize(
        ("url", "proxy"),
        [("ftp://x", None), ("https://", None), ("https://x", "socks5://y:1"), ("http://x", "http://")],
    )
    def test_addresses_that_cannot_work_are_refused_when_they_are_read(self, url: str, proxy: str | None) -> None:
        with pytest.raises(ValueError, match="http"):
            Dialer(url, connect_seconds=1, context=None, proxy_url=proxy)


@asynccontextmanager
async def _proxy(
    answer: bytes | None = b"HTTP/1.1 200 Go ahead\r\nX: y\r\n\r\n",
) -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that answers this to CONNECT (None: nothing), then passes bytes on; its URL, and what it was asked."""
    asked: list[str] = []
    tasks: list[asyncio.Task[None]] = []
    transports: list[asyncio.WriteTransport] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        transports.append(writer.transport)
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if answer is None:
            await asyncio.sleep(60)
        writer.write(answer or b"")
        if answer is None or b" 200 " not in answer:
            writer.close()
            return
        host, _, port = asked[-1].split(" ")[1].rpartition(":")
        other_reader, other_writer = await asyncio.open_connection(host, int(port))
        transports.append(other_writer.transport)
        await asyncio.gather(_pass_on(reader, other_writer), _pass_on(other_reader, writer))

    def start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(start, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in transports:
            transport.abort()
        await settled()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
    writer.close()
