"""Automations: made, named, switched, copied, carried as files, published, deleted."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field

from tank.api.auth import Actor
from tank.api.problems import ProblemField, problem_responses
from tank.api.schemas_automation import (
    AutomationDetail,
    AutomationView,
    Description,
    Name,
    SavedView,
    automation_detail,
    automation_view,
    problem_fields,
    saved_view,
)
from tank.api.schemas_common import After, Limit, PageView, Schema, View, page_view
from tank.api.services import Services
from tank.services.automation_files import MAX_FILE
from tank.services.definition_texts import checked_text

router = APIRouter(tags=["automations"])

YAML = "application/yaml"


class AutomationIn(Schema):
    """A new automation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "월 카드 명세서", "description": "매월 5일, 전 고객"}]}
    )

    name: Name
    description: Description = ""


class AutomationChange(Schema):
    """What to change; fields left out stay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "월 카드 명세서 (신용)"}]})

    name: Name | None = None
    description: Description | None = None


class CopyIn(Schema):
    """What the copy is called; left out, it gets the name of the original and a number."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "월 카드 명세서 (체크)"}, {}]})

    name: Name | None = None


class FileIn(Schema):
    """An automation as a YAML file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "tank: 1\nname: 월 카드 명세서\n"}]})

    text: str = Field(max_length=MAX_FILE)
    name: Name | None = Field(default=None, description="Instead of the name in the file.")
    replace: bool = Field(default=False, description="Replace the draft of the automation of that name.")


class ReadinessView(View):
    """Whether the draft can be published."""

    complete: bool
    problems: list[ProblemField]


@router.post("/automation", status_code=201, summary="Make an automation", responses=problem_responses(409))
def create_automation(body: AutomationIn, services: Services, actor: Actor) -> AutomationDetail:
    """Its draft is empty: fill it part by part, then publish it, run it or give it a schedule."""
    made = services.automations.create(body.name, description=body.description, by=actor)
    return automation_detail(made)


@router.get("/automation", summary="List automations by name")
def list_automations(
    services: Services,
    search: Annotated[str, Query(max_length=200, description="Part of the name or description.")] = "",
    after: After = None,
    limit: Limit = 50,
) -> PageView[AutomationView]:
    """All, or those whose name or description contains a text."""
    search = checked_text(search, field="search", longest=200)
    with services.logs_db.read() as tables:
        return page_view(tables.automations.page(search=search, after=after, limit=limit), automation_view)


@router.post(
    "/automation/import",
    status_code=201,
    summary="Take in an automation from a YAML file",
    responses=problem_responses(409),
)
def import_automation(body: FileIn, services: Services, actor: Actor) -> SavedView:
    """Makes a new automation, or with `replace` the draft of the one of that name. Defects come with their line."""
    saved = services.automation_files.take_in(body.text, by=actor, name=body.name, replace_existing=body.replace)
    return saved_view(saved)


@router.get("/automation/{automation_id}", summary="Read an automation", responses=problem_responses(404))
def read_automation(automation_id: UUID, services: Services) -> AutomationDetail:
    """With its whole draft."""
    return automation_detail(services.automations.get(automation_id))


@router.patch(
    "/automation/{automation_id}", summary="Rename or describe an automation", responses=problem_responses(404, 409)
)
def change_automation(
    automation_id: UUID, body: AutomationChange, services: Services, actor: Actor
) -> AutomationDetail:
    """Neither its draft nor its revisions change."""
    return automation_detail(
        services.automations.describe(automation_id, name=body.name, description=body.description, by=actor)
    )


@router.delete(
    "/automation/{automation_id}",
    status_code=204,
    summary="Delete an automation that never ran",
    responses=problem_responses(404, 409),
)
def delete_automation(automation_id: UUID, services: Services, actor: Actor) -> Response:
    """With its revisions and schedules. One that has run can only be disabled: what it sent stays accounted for."""
    services.automations.delete(automation_id, by=actor)
    return Response(status_code=204)


@router.post("/automation/{automation_id}/enable", summary="Enable an automation", responses=problem_responses(404))
def enable_automation(automation_id: UUID, services: Services, actor: Actor) -> AutomationView:
    """Schedules and people can start it again."""
    return automation_view(services.automations.set_enabled(automation_id, True, by=actor))


@router.post("/automation/{automation_id}/disable", summary="Disable an automation", responses=problem_responses(404))
def disable_automation(automation_id: UUID, services: Services, actor: Actor) -> AutomationView:
    """Nothing starts it any more. A job that runs goes on: cancel it if it should not."""
    return automation_view(services.automations.set_enabled(automation_id, False, by=actor))


@router.post(
    "/automation/{automation_id}/duplicate",
    status_code=201,
    summary="Copy an automation",
    responses=problem_responses(404, 409),
)
def duplicate_automation(
    automation_id: UUID, services: Services, actor: Actor, body: CopyIn | None = None
) -> AutomationDetail:
    """A new automation with the same draft, unpublished and without schedules."""
    name = body.name if body else None
    return automation_detail(services.automations.duplicate(automation_id, name=name, by=actor))


@router.get(
    "/automation/{automation_id}/check",
    summary="What keeps the draft from being published?",
    responses=problem_responses(404),
)
def check_automation(automation_id: UUID, services: Services) -> ReadinessView:
    """Asks the databases about each query, and looks whether the parts fit together."""
    problems = services.automations.problems(automation_id)
    return ReadinessView(complete=not problems, problems=problem_fields(problems))


@router.get(
    "/automation/{automation_id}/export",
    summary="The automation as a YAML file",
    response_class=Response,
    responses={
        200: {"content": {YAML: {"schema": {"type": "object"}}}, "description": "The draft, or a revision."},
        **problem_responses(404),
    },
)
def export_automation(
    automation_id: UUID,
    services: Services,
    revision: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="A revision instead of the draft.")] = None,
) -> Response:
    """To keep in version control or to take in elsewhere. It holds no secrets; connections and senders are named."""
    text = services.automation_files.export(automation_id, revision=revision)
    headers = {"Content-Disposition": f'attachment; filename="automation-{automation_id}.yaml"'}
    return Response(text, media_type=YAML, headers=headers)
