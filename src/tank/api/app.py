"""Putting the API together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from tank import __version__
from tank.api import (
    accounts,
    audit,
    automations,
    calendar,
    connections,
    deliveries,
    drafts,
    events,
    health,
    jobs,
    metrics,
    outbox,
    pre_flights,
    report_workbooks,
    reports,
    revisions,
    runs,
    schedules,
    senders,
    sending,
    sent_mails,
    sessions,
    single_sign_on,
    system,
    trials,
)
from tank.api.access import OPEN, authorize, check_complete
from tank.api.auth import COOKIE, AccessGuard
from tank.api.client_address import ClientAddress
from tank.api.hosts import MAX_BODY_BYTES, BodyGuard, HostGuard, SecurityHeaders
from tank.api.methods import MethodGuard
from tank.api.problems import COMMON_STATUSES, CrashGuard, Problem, ProblemField, install_handlers, problem_responses
from tank.api.services import ApiServices
from tank.api.ui import ui_router

#: Every module of routes; a new one is added here and nowhere else.
ROUTERS: Final[tuple[APIRouter, ...]] = (
    automations.router,
    drafts.router,
    revisions.router,
    connections.router,
    senders.router,
    schedules.router,
    calendar.router,
    trials.router,
    pre_flights.router,
    jobs.router,
    runs.router,
    events.router,
    deliveries.router,
    sent_mails.router,
    sending.router,
    outbox.router,
    reports.router,
    report_workbooks.router,
    system.router,
    audit.router,
    sessions.router,
    single_sign_on.router,
    accounts.router,
    health.router,
    metrics.router,
)

_DESCRIPTION = """\
Tank sends personal, data-driven mail and accounts for every recipient.

Errors are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problem documents with a stable `code`. Lists are keyset
pages: pass `next` back as `after`. Addresses and names are masked unless `reveal=true`, which
needs a `reason` and is audited.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """What the API needs to know of its surroundings."""

    #: A bearer token that may do everything, where set.
    token: str | None = None
    #: Host names besides loopback and IP addresses that this server answers for; ``*`` for any.
    allowed_hosts: Sequence[str] = ()
    max_body_bytes: int = MAX_BODY_BYTES
    #: Addresses and networks whose X-Forwarded-For and X-Forwarded-Proto are believed.
    trusted_proxies: Sequence[str] = ()
    #: Where the built user interface is; a plain status page is shown without it.
    ui_folder: Path | None = None


def create_app(services: ApiServices, settings: ApiSettings | None = None) -> FastAPI:
    """The API as an ASGI application."""
    settings = settings or ApiSettings()
    app = FastAPI(
        title="Tank",
        version=__version__,
        description=_DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        docs_url=None,  # Swagger UI and ReDoc load scripts from a CDN
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.services = services
    for router in ROUTERS:
        app.include_router(router, responses=problem_responses(*COMMON_STATUSES), dependencies=[Depends(authorize)])
    app.include_router(ui_router(settings.ui_folder))
    install_handlers(app)
    # Added from the inside out: headers are on every answer, and no body is read for a stranger.
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    check_complete(routes)
    app.add_middleware(MethodGuard, routes=routes)
    app.add_middleware(CrashGuard)
    app.add_middleware(BodyGuard, max_bytes=settings.max_body_bytes)
    app.add_middleware(AccessGuard, sign_ins=services.sign_ins, tokens=services.api_tokens, master_token=settings.token)
    app.add_middleware(HostGuard, allowed_hosts=settings.allowed_hosts)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(ClientAddress, trusted_proxies=settings.trusted_proxies)
    _complete_openapi(app)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name


def _complete_openapi(app: FastAPI) -> None:
    """Describe the problem documents, and how to sign in, once for all routes."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = make()
            components = schema.setdefault("components", {})
            for model in (Problem, ProblemField):
                described = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
                described.pop("$defs", None)
                components.setdefault("schemas", {})[model.__name__] = described
            components["securitySchemes"] = {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            }
            schema["security"] = [{"token": []}, {"session": []}]
            for operation in (one for path in schema["paths"].values() for one in path.values()):
                if operation["operationId"] in OPEN:
                    operation["security"] = []
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
