"""What the installation is told and what it tells: settings, and system errors."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.personal import PersonalText, Reveal, showing
from tank.api.problems import problem_responses
from tank.api.schemas_common import After, Limit, PageView, Schema, View, page_view
from tank.api.services import Services
from tank.services.system_settings import MOST_RETENTION_DAYS

router = APIRouter(tags=["system"])


class SettingsView(View):
    """Settings that can be changed while Tank runs."""

    payload_retention_days: int = Field(description="For how long the rows that mails were made of are kept.")


class SettingsChange(Schema):
    """What to change; fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"payload_retention_days": 90}]})

    payload_retention_days: Annotated[int, Field(ge=1, le=MOST_RETENTION_DAYS)] | None = None


class SystemErrorView(View):
    """A failure of Tank's surroundings."""

    id: UUID
    at: AwareDatetime
    component: str
    code: str
    message: PersonalText
    remedy: str
    automation_id: UUID | None
    run_id: UUID | None
    worker_id: UUID | None
    acknowledged_at: AwareDatetime | None
    acknowledged_by: str | None


@router.get("/setting", summary="Read the settings")
def read_settings(services: Services) -> SettingsView:
    """The company calendar and the global stop have paths of their own."""
    return SettingsView(payload_retention_days=services.system_settings.payload_retention_days())


@router.patch("/setting", summary="Change settings")
def change_settings(body: SettingsChange, services: Services, actor: Actor) -> SettingsView:
    """Takes effect at once."""
    if body.payload_retention_days is not None:
        services.system_settings.set_payload_retention_days(body.payload_retention_days, by=actor)
    return read_settings(services)


@router.get("/system-error", summary="List system errors, newest first")
def list_system_errors(
    services: Services,
    actor: Actor,
    *,
    unacknowledged: Annotated[bool, Query(description="Only those that nobody has seen yet.")] = False,
    reveal: Reveal,
    after: After = None,
    limit: Limit = 50,
) -> PageView[SystemErrorView]:
    """Failures of databases, providers, the file storage and workers that an operator should see."""
    with services.logs_db.read() as tables:
        page = tables.system_errors.page(unacknowledged=unacknowledged, after=after, limit=limit)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject="system errors", reason=reveal.reason)
    return page_view(page, lambda error: SystemErrorView.model_validate(error, context=showing(reveal.on)))


@router.post(
    "/system-error/{error_id}/acknowledge",
    status_code=204,
    summary="Somebody has seen it",
    responses=problem_responses(404),
)
def acknowledge_system_error(error_id: UUID, services: Services, actor: Actor) -> Response:
    """The first to acknowledge stays recorded."""
    services.system_settings.acknowledge(error_id, by=actor)
    return Response(status_code=204)
