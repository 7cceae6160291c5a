"""Errors as RFC 9457 problem documents: one table from the domain's errors to HTTP statuses.

A 4xx says that the request, or something that it names, must be mended; 424 that another system (a database, a
mail provider, the file storage) did not do its part; 5xx that Tank itself cannot go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tank.domain.account import NotAllowed, SignInRefused, TooManyTries
from tank.domain.attachment import FileRefused, StorageError
from tank.domain.errors import (
    Conflict,
    FieldProblem,
    Invalid,
    LogsDbUnavailable,
    Misconfigured,
    NotFound,
    TankError,
)
from tank.domain.mail import SendError
from tank.domain.ports.rendering import ComposeError, RenderError
from tank.domain.query import SourceError, SourceErrorKind, UnsafeSql
from tank.domain.shard import LeaseLost, NotRunning

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = "5"
#: Nobody reads more; a body of nothing but defects would make an answer larger than itself.
MOST_PROBLEMS: Final = 100

_log = structlog.get_logger(__name__)


class ProblemField(BaseModel):
    """One thing that is wrong in what was sent."""

    field: str = Field(description="Dotted path into the request, for example `template.subject`.")
    message: str
    code: str
    line: int | None = Field(default=None, description="1-based line in the text of that field.")
    position: int | None = Field(default=None, description="1-based character in the text of that field.")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="`urn:tank:problem:` and the code.")
    title: str = Field(description="The HTTP status in words.")
    status: int
    detail: str = Field(description="What went wrong, in plain words.")
    code: str = Field(description="Stable, for programs.")
    remedy: str | None = Field(default=None, description="What to do about it.")
    problems: list[ProblemField] = Field(default_factory=list)
    instance: str = Field(description="The path asked for; for a 500 the id under which the log tells more.")


#: The first entry that an error is an instance of decides.
_STATUSES: Final[tuple[tuple[type[TankError], int], ...]] = (
    (SignInRefused, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (NotRunning, 409),
    (LeaseLost, 409),
    (Invalid, 422),
    (UnsafeSql, 422),
    (RenderError, 422),
    (ComposeError, 422),
    (FileRefused, 422),
    (TooManyTries, 429),
    (SourceError, 424),
    (SendError, 424),
    (StorageError, 424),
    (Misconfigured, 424),
    (LogsDbUnavailable, 503),
)
_QUERY_AT_FAULT: Final = frozenset({SourceErrorKind.INVALID_SQL, SourceErrorKind.CONSTRAINT})


def status_of(error: TankError) -> int:
    """The HTTP status of a domain error; 500 for one that nobody expected to get here."""
    if isinstance(error, SourceError) and error.kind in _QUERY_AT_FAULT:
        return 422
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    instance: str,
    remedy: str | None = None,
    problems: Sequence[ProblemField] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as a response; of very many defects it lists the first."""
    if len(problems) > MOST_PROBLEMS:
        detail = f"{detail} It has {len(problems):,} defects, of which the first {MOST_PROBLEMS} are listed."
    problem = Problem(
        type=f"urn:tank:problem:{code}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=_printable(detail),
        code=code,
        remedy=remedy,
        problems=list(problems[:MOST_PROBLEMS]),
        instance=_printable(instance),
    )
    return JSONResponse(problem.model_dump(mode="json"), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _printable(text: str) -> str:
    """Text that may hold anything a database or a client wrote, fit for UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def install_handlers(app: FastAPI) -> None:
    """Answer the errors that routes raise with problem documents; ``CrashGuard`` answers the rest."""
    app.add_exception_handler(TankError, _on_tank_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_tank_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TankError)
    return error_response(error, request.url.path)


def error_response(error: TankError, path: str) -> Response:
    """A domain error as a response to a request for ``path``."""
    status = status_of(error)
    if status == 500:
        return _unexpected(path, error)
    return problem_response(
        status,
        error.code,
        error.message,
        remedy=error.remedy,
        problems=_problems_of(error),
        instance=path,
        headers=_retry_after(status, error),
    )


def _retry_after(status: int, error: TankError) -> Mapping[str, str] | None:
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.seconds)}
    return {"Retry-After": RETRY_AFTER_SECONDS} if status == 503 else None


def _problems_of(error: TankError) -> list[ProblemField]:
    if isinstance(error, Invalid):
        return [_problem_field(problem) for problem in error.problems]
    if isinstance(error, SourceError) and (error.position or error.database_code):
        code = error.database_code or error.code
        return [ProblemField(field="sql", message=_printable(error.message), code=code, position=error.position)]
    return []


def _problem_field(problem: FieldProblem) -> ProblemField:
    return ProblemField(
        field=_printable(problem.field),
        message=_printable(problem.message),
        code=problem.code,
        line=problem.line,
        position=problem.position,
    )


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        ProblemField(
            field=_printable(".".join(str(part) for part in _field_path(defect["loc"]))),
            message=_printable(str(defect["msg"])),
            code=str(defect["type"]),
        )
        for defect in error.errors()
    ]
    return problem_response(
        422,
        "invalid_request",
        "The request is not as the API describes it.",
        remedy="Mend the fields listed under `problems`; /openapi.json describes each of them.",
        problems=problems,
        instance=request.url.path,
    )


def _field_path(location: Sequence[int | str]) -> Sequence[int | str]:
    """Where a defect is, without the part that says whether it was in the path, the query or the body."""
    return location[1:] if len(location) > 1 else location


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, detail = _HTTP_ERRORS.get(error.status_code, (f"http_{error.status_code}", str(error.detail)))
    return problem_response(error.status_code, code, detail, instance=request.url.path, headers=error.headers)


_HTTP_ERRORS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("unreadable_request", "The request cannot be read: its body is not what its Content-Type says."),
    404: ("no_such_path", "The API has no such path; /openapi.json lists those that it has."),
    405: ("method_not_allowed", "This path does not answer that method; the header Allow lists those it answers."),
}


class CrashGuard:
    """Answers 500 where something failed that nobody expected to.

    Starlette's own handler of ``Exception`` sits outside all middleware (its answer would lack the security
    headers) and raises the error again for the server to log a second time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            await _unexpected(scope["path"], error)(scope, receive, send)


def _unexpected(path: str, error: Exception) -> Response:
    """Say nothing of what went wrong inside; the log has it, under an id that the reader can quote."""
    error_id = uuid4()
    _log.error("request failed", error_id=str(error_id), path=path, exc_info=error)
    return problem_response(
        500,
        "internal_error",
        "Tank failed to answer; nothing is known to be wrong with the request.",
        remedy=f"Look for {error_id} in the log of `tank serve` (or `tank api`), and report it with what is there.",
        instance=error_id.urn,
    )


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route that may answer with these problems, besides those of every route."""
    return {
        status: {
            "description": _DESCRIPTIONS[status],
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "example": _example(status),
                }
            },
        }
        for status in statuses
    }


#: What any route may answer, whatever it does.
COMMON_STATUSES: Final = (400, 401, 403, 413, 421, 422, 500, 503)

_DESCRIPTIONS: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "Nobody is signed in, or the API token is wrong.",
    403: "The role is too low for this, the CSRF token is missing, or another site made this request.",
    404: "There is no such thing.",
    409: "Not in the present state of things.",
    413: "The request is too large.",
    421: "The Host header names a host that this server does not answer for.",
    422: "What was sent cannot be accepted; `problems` lists each defect.",
    429: "Too many tries have failed; `Retry-After` tells how long to wait.",
    424: "Another system (a database, a mail provider, the file storage) did not do its part.",
    500: "Tank failed; the log has the reason.",
    503: "The Logs DB cannot be reached at the moment.",
}


def _example(status: int) -> dict[str, Any]:
    return {
        "type": "urn:tank:problem:example",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _DESCRIPTIONS[status],
        "code": "example",
        "remedy": None,
        "problems": [],
        "instance": "/path",
    }
