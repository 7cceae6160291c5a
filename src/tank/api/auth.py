"""Who calls: whoever holds a session's cookie or a token. Nobody else gets past this, save to the few open paths."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tank.api.problems import error_response, problem_response
from tank.domain.account import Caller, NotAllowed, Role
from tank.domain.errors import TankError
from tank.services.api_tokens import ApiTokens
from tank.services.sign_ins import Session, SignIns

#: Whoever has not signed in may ask these: that the process lives, the user interface, and how to sign in.
OPEN_PATHS: Final = frozenset({
    "/", "/app", "/healthz", "/session/hints", "/session/link", "/session/single-sign-on",
    "/session/single-sign-on/callback",
})  # fmt: skip
_OPEN_BELOW: Final = "/app/"
_SESSION_PATH: Final = "/session"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

#: With the prefix, browsers take the cookie only over HTTPS and for this host alone (RFC 6265bis section 4.1.3.2).
#: Without HTTPS they would not keep it at all, so on this machine's own address it has a plain name.
COOKIE: Final = "__Host-tank"
LOCAL_COOKIE: Final = "tank"
CSRF_HEADER: Final = "x-tank-csrf"


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    code: str
    detail: str
    remedy: str
    headers: Mapping[str, str]


_SIGN_IN = _Refusal(
    401,
    "sign_in_required",
    "Nobody is signed in, or the session has ended.",
    "Sign in at /app; a program sends `Authorization: Bearer …` with an API token.",
    {"WWW-Authenticate": "Bearer"},
)
_BAD_TOKEN = _Refusal(
    401,
    "bad_token",
    "This token is unknown or has ended.",
    "Make a new one (People, API tokens), or send the value of TANK_API_TOKEN.",
    {"WWW-Authenticate": 'Bearer error="invalid_token"'},
)
_CSRF = _Refusal(
    403,
    "csrf",
    "The request lacks its session's CSRF token.",
    "Send `csrf` of GET /session in the header X-Tank-CSRF; a program uses an API token instead.",
    {},
)


class AccessGuard:
    """Finds out who calls, and lets only those in. What they may do is ``access.py``'s."""

    def __init__(self, app: ASGIApp, *, sign_ins: SignIns, tokens: ApiTokens, master_token: str | None) -> None:
        self._app = app
        self._sign_ins = sign_ins
        self._tokens = tokens
        self._master = master_token.encode() if master_token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            refusal = await run_in_threadpool(self._identify, scope)
        except TankError as error:  # the Logs DB is away
            await error_response(error, scope["path"])(scope, receive, send)
            return
        if refusal is None or _is_open(scope):
            await self._app(scope, receive, send)
            return
        response = problem_response(
            refusal.status,
            refusal.code,
            refusal.detail,
            remedy=refusal.remedy,
            instance=scope["path"],
            headers=refusal.headers,
        )
        await response(scope, receive, send)

    def _identify(self, scope: Scope) -> _Refusal | None:
        """Note in the request's state who calls; why not, where nobody is known."""
        state = scope.setdefault("state", {})
        if _needs_nobody(scope):
            return None
        headers = Headers(scope=scope)
        if (authorization := headers.get("authorization")) is not None:
            state["caller"] = self._program(authorization)
            return None if state["caller"] else _BAD_TOKEN
        session = self._session(headers.get("cookie", ""))
        if session is None:
            return _SIGN_IN
        if scope["method"] not in _SAFE_METHODS and not _matches(headers.get(CSRF_HEADER, ""), session.csrf):
            return _CSRF
        account = session.account
        state["session"] = session
        state["caller"] = Caller(name=account.name, role=account.role, account_id=account.id)
        return None

    def _program(self, authorization: str) -> Caller | None:
        scheme, _, credentials = authorization.partition(" ")
        given = credentials.strip()
        if scheme.lower() != "bearer" or not given:
            return None
        if self._master is not None and hmac.compare_digest(given.encode("utf-8", "replace"), self._master):
            return Caller(name="api", role=Role.ADMIN)
        token = self._tokens.good(given)
        return None if token is None else Caller(name=f"token {token.name}", role=token.role)

    def _session(self, header: str) -> Session | None:
        try:
            cookies = SimpleCookie(header)
        except CookieError:
            return None
        for name in (COOKIE, LOCAL_COOKIE):
            if name in cookies and (session := self._sign_ins.session(cookies[name].value)) is not None:
                return session
        return None


def _needs_nobody(scope: Scope) -> bool:
    """The user interface's files and the health check: not worth a look into the Logs DB, which may be away."""
    path: str = scope["path"]
    return path in ("/", "/app", "/healthz") or path.startswith(_OPEN_BELOW)


def _is_open(scope: Scope) -> bool:
    return scope["path"] in OPEN_PATHS or (scope["path"] == _SESSION_PATH and scope["method"] == "POST")


def _matches(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def get_caller(request: Request) -> Caller:
    """Who makes this request; the guard has let nobody else in."""
    caller = request.scope["state"]["caller"]
    assert isinstance(caller, Caller)
    return caller


def get_actor(request: Request) -> str:
    """Who did it, for the audit trail."""
    return get_caller(request).name


def get_session(request: Request) -> Session:
    """The session of the browser that asks. Raises ``NotAllowed`` for a program."""
    session = request.scope["state"].get("session")
    if not isinstance(session, Session):
        raise NotAllowed(
            "This is about a person's own session; a token has none.",
            remedy="Sign in with an account.",
            code="no_session",
        )
    return session


#: The types of a route's parameters.
TheCaller = Annotated[Caller, Depends(get_caller)]
Actor = Annotated[str, Depends(get_actor)]
TheSession = Annotated[Session, Depends(get_session)]
