"""Methods that a path does not answer: 405 with an ``Allow`` that names all those it does (RFC 9110 section 15.5.6).

Starlette's router names only the methods of the first route that matches, and lets ``DELETE /scheduler/preview``
reach ``/scheduler/{schedule_id}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from tank.api.problems import problem_response

_REMEDY: Final = "/openapi.json says what each path answers."


class MethodGuard:
    """Refuses methods that no route of the path has; a path written out wins over one with a variable."""

    def __init__(self, app: ASGIApp, *, routes: Iterable[APIRoute]) -> None:
        self._app = app
        self._paths = _methods_by_path(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods = self._methods_of(scope["path"]) if scope["type"] == "http" else None
        if methods is None or scope["method"] in methods:
            await self._app(scope, receive, send)
            return
        response = problem_response(
            405,
            "method_not_allowed",
            f"This path does not answer {scope['method']}; it answers {', '.join(methods)}.",
            remedy=_REMEDY,
            instance=scope["path"],
            headers={"Allow": ", ".join(methods)},
        )
        await response(scope, receive, send)

    def _methods_of(self, path: str) -> Sequence[str] | None:
        """None for a path that no route has: the router says so itself."""
        return next((methods for pattern, methods in self._paths if pattern.match(path)), None)


def _methods_by_path(routes: Iterable[APIRoute]) -> list[tuple[re.Pattern[str], list[str]]]:
    """Each path's pattern with its methods; those with the fewest variables first."""
    by_path = groupby(sorted(routes, key=_rank), key=_rank)
    return [
        (group[0].path_regex, sorted({method for route in group for method in route.methods or ()}))
        for _, members in by_path
        if (group := list(members))
    ]


def _rank(route: APIRoute) -> tuple[int, str]:
    return len(route.param_convertors), route.path
