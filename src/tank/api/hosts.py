"""What a request must be before any route sees it: for this host, from no other site, of bearable size, sound text.

A page on the internet can make a browser send requests to a server on loopback; with DNS rebinding it can even
read the answers. So the Host header must name a host that this server answers for (an IP address cannot be
rebound), and a request that a browser marks as another site's is refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tank.api.problems import problem_response

MAX_BODY_BYTES: Final = 5_000_000
_LOOPBACK_NAMES: Final = frozenset({"localhost", "localhost.localdomain"})

_SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class HostGuard:
    """Refuses requests for other hosts (421) and from other sites (403)."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._allowed = _LOOPBACK_NAMES | {host.casefold() for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        status, code, detail, remedy = refusal
        response = problem_response(status, code, detail, remedy=remedy, instance=scope["path"])
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str, str, str] | None:
        headers = Headers(scope=scope)
        host = _host_name(headers.get("host", ""))
        if not self._answers_for(host):
            return (
                421,
                "wrong_host",
                f"This server does not answer for the host {host!r}.",
                "Use its IP address or localhost, or add the host name to TANK_ALLOWED_HOSTS.",
            )
        origin = headers.get("origin")
        from_elsewhere = headers.get("sec-fetch-site") == "cross-site" and scope["method"] not in ("GET", "HEAD")
        if from_elsewhere or (origin is not None and not self._trusts(_host_name_of(origin), host)):
            return (
                403,
                "other_site",
                "A page of another site made this request.",
                "Call the API from its own pages or from a program; add a trusted site to TANK_ALLOWED_HOSTS.",
            )
        return None

    def _trusts(self, origin: str, host: str) -> bool:
        """Whether a page of the host ``origin`` may call: this server's own, this machine's, or one that is listed.

        Any IP address would not do: a stranger's page may have one for a name.
        """
        own = origin.casefold() == host.casefold() or "*" in self._allowed or origin.casefold() in self._allowed
        return bool(origin) and (own or _is_loopback(origin))

    def _answers_for(self, host: str) -> bool:
        return "*" in self._allowed or host.casefold() in self._allowed or _is_ip_address(host)


def _host_name(header: str) -> str:
    """The host of a Host header, without its port; empty where it is no host at all."""
    return _host_name_of(f"//{header}")


def _host_name_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    return _is_ip_address(host) and ipaddress.ip_address(host).is_loopback


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class BodyGuard:
    """Reads the body whole, refuses it when too large (413), and text that no database can store (422).

    JSON may spell NUL and lone surrogates; PostgreSQL takes neither, and UTF-8 has no place for the latter.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(Headers(scope=scope), receive)
        if body is None:
            response = problem_response(
                413,
                "too_large",
                f"The request is larger than {self._max_bytes:,} bytes.",
                remedy="Put large files on the file storage and refer to them.",
                instance=scope["path"],
            )
        elif _has_unstorable_text(scope, body):
            response = problem_response(
                422,
                "unstorable_text",
                "The request holds a NUL character or half of a surrogate pair; no database stores those.",
                remedy="Take the character out and send it again.",
                instance=scope["path"],
            )
        else:
            await self._app(scope, _replay(body, receive), send)
            return
        await response(scope, receive, send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """The body, or None where it is too large or the client left."""
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > self._max_bytes:
            return None
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b""
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._max_bytes:
                return None
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that hands out the body once, and then whatever comes (the client's leaving)."""
    handed_out = False

    async def replayed() -> Message:
        nonlocal handed_out
        if handed_out:
            return await receive()
        handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


def _has_unstorable_text(scope: Scope, body: bytes) -> bool:
    query: bytes = scope.get("query_string", b"")
    if "\0" in scope["path"] or b"%00" in query or b"\0" in body:
        return True
    # Both can only be spelled with an escape: most bodies are done here.
    lowered = body.lower()
    if b"\\u0000" not in lowered and b"\\ud" not in lowered:
        return False
    try:
        # Lone surrogates are an error to orjson, as is whatever is not JSON: the route says what is wrong then.
        return _holds_nul(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        return "surrogate" in str(error)


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_holds_nul(part) for part in value)


class SecurityHeaders:
    """Adds the headers that keep browsers careful, where a route has not set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
