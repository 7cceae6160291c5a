"""Where a request comes from: the peer, or whom a trusted proxy names.

A proxy appends the address that it was called from to ``X-Forwarded-For``; whatever stands further left may have been
typed by the caller. So the list is read from the right, and the first address that is no trusted proxy's counts.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tank.services.audit_trail import client_address

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class ClientAddress:
    """Puts the caller's address into ``scope["state"]["client_address"]``, and into what the audit trail notes.

    The ``X-Forwarded-Proto`` of a trusted proxy becomes the request's scheme.
    """

    def __init__(self, app: ASGIApp, *, trusted_proxies: Sequence[str]) -> None:
        """``trusted_proxies`` are addresses and networks in CIDR notation. Raises ``ValueError`` for another."""
        self._app = app
        self._trusted = [ipaddress.ip_network(proxy, strict=False) for proxy in trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        peer = client[0] if client else ""
        headers = Headers(scope=scope)
        address = self._address(peer, headers)
        # A copy: the server may hand the same state to every request.
        scope["state"] = {**scope.get("state", {}), "client_address": address}
        if self._trusts(_parsed(peer)):
            scope["scheme"] = _scheme(headers) or scope["scheme"]
        token = client_address.set(address)
        try:
            await self._app(scope, receive, send)
        finally:
            client_address.reset(token)

    def _address(self, peer: str, headers: Headers) -> str:
        """Where the nearest stranger is; the farthest proxy where nobody stands behind it, or nobody knows who."""
        address = _parsed(peer)
        if address is None:
            return peer
        for hop in _hops(headers):
            if not self._trusts(address) or hop is None:
                break
            address = hop
        return str(address)

    def _trusts(self, address: _Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


def _hops(headers: Headers) -> Iterator[_Address | None]:
    """What proxies have noted, the nearest hop first; None for what is no address."""
    for hop in reversed(",".join(headers.getlist("x-forwarded-for")).split(",")):
        yield _parsed(hop.strip())


def _parsed(text: str) -> _Address | None:
    """An address, perhaps with a port; IPv4 in IPv6's clothes is IPv4."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _scheme(headers: Headers) -> str | None:
    nearest = ",".join(headers.getlist("x-forwarded-proto")).rpartition(",")[2].strip().lower()
    return nearest if nearest in ("http", "https") else None
