"""Who may call: whoever holds the API token, where one is set."""

from __future__ import annotations

import hmac
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tank.api.problems import problem_response

#: What load balancers may ask without the token; it tells nothing but that the process lives.
OPEN_PATHS: Final = frozenset({"/healthz"})


class TokenGuard:
    """Demands ``Authorization: Bearer <token>`` (RFC 6750) on everything but the health check."""

    def __init__(self, app: ASGIApp, *, token: str | None) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode() if token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._expected is None or scope["type"] != "http" or scope["path"] in OPEN_PATHS or self._is_right(scope):
            await self._app(scope, receive, send)
            return
        response = problem_response(
            401,
            "token_required",
            "This server asks for its API token.",
            remedy="Send the header `Authorization: Bearer …` with the value of TANK_API_TOKEN.",
            instance=scope["path"],
            headers={"WWW-Authenticate": "Bearer"},
        )
        await response(scope, receive, send)

    def _is_right(self, scope: Scope) -> bool:
        given = Headers(scope=scope).get("authorization", "").encode("latin-1")
        scheme, _, credentials = given.partition(b" ")
        return self._expected is not None and hmac.compare_digest(
            scheme.capitalize() + b" " + credentials.strip(), self._expected
        )


def get_actor(request: Request) -> str:
    """Who did it, for the audit trail: until there are accounts, how they got in."""
    return "api" if request.app.state.has_token else "local"


#: The type of a route's ``actor`` parameter.
Actor = Annotated[str, Depends(get_actor)]
