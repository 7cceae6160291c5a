"""When a call is given up, seen on a transport whose buffer empties as the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tank.senders.http_connection import Answer, CallLost, HttpConnection


class _SlowLine(asyncio.Transport):
    """Takes what is written; what is left of it to send is told from ``left``, one look after the other."""

    def __init__(self, left: Iterator[int]) -> None:
        super().__init__()
        self._left = left
        self._is_closing = False

    def writelines(self, list_of_data: object) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return next(self._left, 0)

    def is_closing(self) -> bool:
        return self._is_closing

    def abort(self) -> None:
        self._is_closing = True


async def _call(left: Iterator[int], *, answer_after: float, total_seconds: float = 10) -> Answer:
    connection = HttpConnection()
    connection.connection_made(_SlowLine(left))
    asyncio.get_running_loop().call_later(
        answer_after, connection.data_received, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    )
    return await connection.exchange(b"", b"", read_seconds=0.02, total_seconds=total_seconds)


def test_a_request_that_is_still_leaving_is_no_silence() -> None:
    leaving = iter(range(100_000, 0, -1))
    assert asyncio.run(_call(leaving, answer_after=0.2)).status == 200


def test_a_request_that_is_stuck_is_given_up() -> None:
    with pytest.raises(CallLost, match="in time"):
        asyncio.run(_call(iter([7] * 1000), answer_after=0.5))


def test_the_total_time_ends_a_request_that_never_stops_leaving() -> None:
    with pytest.raises(CallLost, match="in time"):
        asyncio.run(_call(iter(range(100_000, 0, -1)), answer_after=0.5, total_seconds=0.1))


def test_nothing_is_written_to_a_connection_that_has_ended() -> None:
    async def scenario() -> None:
        connection = HttpConnection()
        transport = _SlowLine(iter(()))
        connection.connection_made(transport)
        transport.abort()
        connection.connection_lost(None)
        with pytest.raises(CallLost) as caught:
            await connection.exchange(b"", b"", read_seconds=1, total_seconds=1)
        assert not caught.value.begun

    asyncio.run(scenario())
