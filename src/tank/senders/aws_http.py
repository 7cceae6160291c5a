"""Signed calls to one AWS endpoint; each call is made exactly once."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from tank.domain.mail import SendError, SendErrorKind
from tank.senders.credentials import AwsAccess
from tank.senders.http_connection import Answer
from tank.senders.http_dial import DEFAULT_PORTS, Dialer, Place
from tank.senders.http_pool import HttpLimits, HttpPool
from tank.senders.sigv4 import Signer
from tank.senders.threads import in_daemon_thread
from tank.senders.tls import trust

_USER_AGENT = "tank-mail"


class AwsHttp:
    """The endpoint. Must be opened inside the event loop that uses it."""

    def __init__(self, access: AwsAccess, pool: HttpPool, *, service: str, wall_clock: Callable[[], float]) -> None:
        self._access = access
        self._pool = pool
        self._wall_clock = wall_clock
        self._signer = Signer(region=access.place.region, service=service)
        url = urlsplit(access.place.endpoint_url)
        self._base_path = url.path.rstrip("/")
        self._headers = {"Host": _host(url), "Content-Type": "application/json"}

    @classmethod
    async def open(
        cls,
        access: AwsAccess,
        limits: HttpLimits,
        *,
        service: str,
        wall_clock: Callable[[], float] = time.time,
    ) -> AwsHttp:
        """Make the pool; no connection is opened yet. Raises ``SendError`` (STOPPED) for settings that cannot work."""
        place = access.place
        context = None
        if place.endpoint_url.startswith("https:"):
            context = await in_daemon_thread(lambda: _trust(place.ca_bundle), "tank-aws-tls")
        try:
            dialer = Dialer(
                place.endpoint_url,
                connect_seconds=limits.connect_seconds,
                context=context,
                proxy_url=place.proxy_url,
            )
        except ValueError as error:
            remedy = (
                "Set the sender's endpoint_url, and HTTPS_PROXY in the environment, to http:// or https:// addresses."
            )
            message = f"SES cannot be reached with these settings: {error}"
            raise SendError(SendErrorKind.STOPPED, "Address", message, remedy=remedy) from error
        return cls(access, HttpPool(dialer, limits), service=service, wall_clock=wall_clock)

    async def call(self, method: str, path: str, body: bytes = b"") -> Answer:
        """One request, one answer; nothing is followed or tried again.

        Raises ``CallLost``, and ``SendError`` where the keys cannot be had.
        """
        keys = await self._access.keys()
        full_path = self._base_path + path
        headers = self._signer.sign(
            keys, method=method, path=full_path, headers=self._headers, body=body, at=self._wall_clock()
        )
        lines = [f"{method} {full_path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        lines += (f"User-Agent: {_USER_AGENT}", f"Content-Length: {len(body)}", "", "")
        return await self._pool.call("\r\n".join(lines).encode("ascii"), body)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


def _host(url: SplitResult) -> str:
    """The Host header: without the port where it is the scheme's own, as botocore signs it."""
    place = Place.of(url)
    return str(place).removesuffix(f":{DEFAULT_PORTS[url.scheme]}")


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    """Blocking: botocore's own list of authorities too, because a bare container has none."""
    from botocore.httpsession import get_cert_path

    return trust(ca_bundle, also=get_cert_path(True))
