"""Servers on loopback inside the test's own event loop, gone without a trace afterwards."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def serving(factory: Callable[[], asyncio.Protocol], *, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve the protocol; the port. Connections that are left at the end are cut."""
    loop = asyncio.get_running_loop()
    transports: list[asyncio.BaseTransport] = []

    def make() -> asyncio.Protocol:
        protocol = factory()
        connection_made = protocol.connection_made

        def remember(transport: asyncio.BaseTransport) -> None:
            transports.append(transport)
            connection_made(transport)

        protocol.connection_made = remember  # type: ignore[method-assign]
        return protocol

    server = await loop.create_server(make, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for transport in transports:
            assert isinstance(transport, asyncio.WriteTransport)
            transport.abort()
        await settled()


async def settled() -> None:
    """Let the loop close what was aborted; it does so a few steps later."""
    for _ in range(5):
        await asyncio.sleep(0)
