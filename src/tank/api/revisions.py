"""Publishing a draft, and its revisions: read, compared, restored."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from tank.api.auth import Actor
from tank.api.problems import problem_responses
from tank.api.schemas_automation import (
    Description,
    DraftEdit,
    RevisionDetail,
    RevisionView,
    SavedView,
    revision_view,
    saved_view,
)
from tank.api.schemas_common import View
from tank.api.services import Services
from tank.domain.automation import Definition
from tank.domain.ports.store import Tables
from tank.services.definition_diff import diff_definitions

router = APIRouter(tags=["revisions"])

_LARGEST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=_LARGEST, description="1, 2, 3… within the automation.")]
Side = Annotated[int | None, Query(ge=1, le=_LARGEST, description="A revision's number; the draft, where left out.")]


class PublishIn(DraftEdit):
    """What to say about the new revision."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"note": "새 로고"}, {}]})

    note: Description = ""


class RestoreIn(DraftEdit):
    """Which draft to replace."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"draft_version": 7}, {}]})


class FieldChangeView(View):
    """One field that differs."""

    field: str
    before: str
    after: str
    diff: str = Field(description="A unified diff of the two texts.")


@router.post(
    "/automation/{automation_id}/publish",
    status_code=201,
    summary="Publish the draft",
    responses=problem_responses(404, 409),
)
def publish_automation(
    automation_id: UUID, services: Services, actor: Actor, body: PublishIn | None = None
) -> RevisionView:
    """Later jobs run the new revision; jobs that exist keep theirs. 422 lists everything that is not right yet."""
    body = body or PublishIn()
    return revision_view(
        services.automations.publish(automation_id, by=actor, message=body.note, expected_version=body.draft_version)
    )


@router.get("/automation/{automation_id}/revision", summary="List revisions", responses=problem_responses(404))
def list_revisions(automation_id: UUID, services: Services) -> list[RevisionView]:
    """Newest first."""
    with services.logs_db.read() as tables:
        tables.automations.get(automation_id)
        return [revision_view(revision) for revision in tables.automations.revisions(automation_id)]


@router.get(
    "/automation/{automation_id}/revision/{number}", summary="Read a revision", responses=problem_responses(404)
)
def read_revision(automation_id: UUID, number: Number, services: Services) -> RevisionDetail:
    """With its whole definition."""
    with services.logs_db.read() as tables:
        return RevisionDetail.model_validate(tables.automations.revision_numbered(automation_id, number))


@router.post(
    "/automation/{automation_id}/revision/{number}/restore",
    summary="Make the draft what a revision is",
    responses=problem_responses(404, 409),
)
def restore_revision(
    automation_id: UUID, number: Number, services: Services, actor: Actor, body: RestoreIn | None = None
) -> SavedView:
    """Jobs go on with the active revision until the draft is published."""
    version = body.draft_version if body else None
    return saved_view(services.drafts.restore(automation_id, number, by=actor, expected_version=version))


@router.get(
    "/automation/{automation_id}/diff",
    summary="What differs between two revisions, or a revision and the draft",
    responses=problem_responses(404),
)
def diff_revisions(
    automation_id: UUID, services: Services, before: Side = None, after: Side = None
) -> list[FieldChangeView]:
    """`before=1&after=2` compares revisions 1 and 2; `before=1` compares revision 1 with the draft."""
    with services.logs_db.read() as tables:
        old, new = (_definition(tables, automation_id, number) for number in (before, after))
    return [FieldChangeView.model_validate(change) for change in diff_definitions(old, new)]


def _definition(tables: Tables, automation_id: UUID, number: int | None) -> Definition:
    if number is None:
        return tables.automations.get(automation_id).draft
    return tables.automations.revision_numbered(automation_id, number).definition
