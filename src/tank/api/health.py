"""Whether Tank lives, and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tank.api.schemas_common import View
from tank.api.services import Services

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


class CheckView(View):
    """One thing that Tank needs."""

    name: str
    ok: bool
    detail: str
    remedy: str


class ReadinessView(BaseModel):
    """Whether everything that Tank needs is there."""

    ready: bool
    checks: list[CheckView]


@router.get("/healthz", summary="Is the process alive?")
def healthz() -> Alive:
    """Answers as long as the process does; asks nothing of the database."""
    return Alive()


@router.get(
    "/readyz",
    summary="Can Tank do its work?",
    responses={503: {"model": ReadinessView, "description": "Something that Tank needs is missing."}},
)
def readyz(services: Services, response: Response) -> ReadinessView:
    """Checks the Logs DB, its migrations, the scheduler's last round and the workers."""
    checks = services.readiness.checks()
    ready = all(check.ok for check in checks)
    response.status_code = 200 if ready else 503
    return ReadinessView(ready=ready, checks=[CheckView.model_validate(check) for check in checks])
