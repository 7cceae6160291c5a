"""Trying an automation out: a real mail to chosen addresses, and a dry run over all recipients."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from tank.api.auth import Actor
from tank.api.personal import PersonalEmail, PersonalText, Reveal, showing
from tank.api.problems import problem_responses
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.attachment import AttachmentStatus
from tank.domain.delivery import ErrorKind
from tank.services.sample_sends import MOST_ADDRESSES

router = APIRouter(tags=["trials"])


class TestSendRequest(Schema):
    """Whose mail to send, and where to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"addresses": ["me@example.com"]}, {"addresses": ["me@example.com"], "key": ["C000042"]}]
        }
    )

    addresses: list[Annotated[str, Field(json_schema_extra={"format": "email"})]] = Field(
        min_length=1, max_length=MOST_ADDRESSES
    )
    row_number: int = Field(default=1, ge=1, le=10_000, description="Which row of the target query.")
    key: list[str] = Field(
        default_factory=list, max_length=20, description="The recipient with this key instead; a text for each column."
    )


class SampleSendView(View):
    """A test mail that the sender accepted."""

    email: str
    message_id: str
    size: int


class DefectView(View):
    """A recipient that would not be mailed."""

    row_number: int
    recipient_key: PersonalText
    email: PersonalEmail
    error_kind: ErrorKind
    message: PersonalText


class DryRunView(View):
    """What a run would do now."""

    target: int
    would_send: int
    stops: list[PersonalText] = Field(description="Whatever would stop the whole run.")
    defects: list[DefectView] = Field(description="The first thousand; the counts are of all.")
    defect_counts: dict[ErrorKind, int]
    attachment_counts: dict[AttachmentStatus, int]
    total_bytes: int
    largest_bytes: int


@router.post(
    "/automation/{automation_id}/test-send",
    summary="Send one recipient's mail to test addresses",
    responses=problem_responses(404, 424),
)
def test_send(automation_id: UUID, body: TestSendRequest, services: Services, actor: Actor) -> list[SampleSendView]:
    """The draft's mail of a real row, with its files, marked `X-Tank-Test`. Neither the ledger nor the database that
    the row came from hears of it.
    """
    accepted = services.sample_sends.send(
        automation_id, body.addresses, by=actor, row_number=body.row_number, key=body.key
    )
    return [SampleSendView.model_validate(one) for one in accepted]


@router.post(
    "/automation/{automation_id}/dry-run",
    summary="Do everything but send and write back",
    responses=problem_responses(404, 424),
)
def dry_run(automation_id: UUID, services: Services, actor: Actor, reveal: Reveal) -> DryRunView:
    """Goes through all recipients that the active revision (or else the draft) finds, and lists each defect by row."""
    found = services.dry_runs.run(automation_id)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=f"dry run of {automation_id}", reason=reveal.reason)
    return DryRunView.model_validate(found, context=showing(reveal.on))
