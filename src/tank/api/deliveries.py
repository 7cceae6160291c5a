"""Deliveries: the recipients of a run, and what happened to one of them."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.jobs import JobView, job_view
from tank.api.personal import PersonalEmail, PersonalName, PersonalText, Reveal, showing
from tank.api.problems import problem_responses
from tank.api.schemas_common import After, Limit, PageView, Schema, View, page_view
from tank.api.services import Services
from tank.domain.attachment import AttachmentStatus
from tank.domain.delivery import Delivery, DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.job import ResendRow
from tank.domain.log import AuditRecord
from tank.domain.masking import mask_text
from tank.domain.values import Row, Value
from tank.services.deliveries import MOST_LOOKS, DeliveryFilter

#: A text column may hold a gigabyte; a browser that is sent it shows nothing any more.
LONGEST_SHOWN = 100_000

router = APIRouter(tags=["deliveries"])

#: A value of a row as JSON: numbers that JSON would round, and everything that it does not know, become text.
JsonValue: TypeAlias = bool | int | float | str | None


class DeliveryView(View):
    """One recipient in one run: a row of EMAIL_SEND_LOG."""

    id: UUID
    run_id: UUID
    automation_id: UUID
    seq: int
    recipient_key: PersonalText
    email: PersonalEmail
    name: PersonalName
    status: DeliveryStatus
    attempts: int = Field(description="Attempts that were refused and made again: 3 at most.")
    error_kind: ErrorKind | None
    error_code: str
    error_text: PersonalText
    message_id: str
    mime_sha256: str
    mime_size: int | None
    update_query_ok: UpdateStatus
    update_error: PersonalText
    retry_of: UUID | None
    created_at: AwareDatetime
    intent_at: AwareDatetime | None
    sent_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class AttachmentView(View):
    """A row of ATTACHMENT_LOG."""

    rule_no: int
    status: AttachmentStatus
    path: PersonalText
    size: int | None
    sha256: str | None
    detail: PersonalText


class LookView(BaseModel):
    """Who was shown this delivery."""

    at: AwareDatetime
    actor: str
    action: str = Field(description="`delivery.reveal`, or `delivery.download` of its run's whole list.")
    reason: PersonalText = Field(description="Empty where none was asked for: a mail that was read in the outbox.")
    address: str


class StoryView(BaseModel):
    """Everything that is known of one delivery."""

    delivery: DeliveryView
    target: dict[str, JsonValue] | None = Field(description="The target row; null once retention has purged it.")
    mapping: list[dict[str, JsonValue]]
    attachments: list[AttachmentView]
    repeats: list[DeliveryView] = Field(description="Earlier deliveries that this one repeats, newest first.")
    repeated_by: list[DeliveryView] = Field(description="Later deliveries that repeat this one.")
    revealed: bool
    looks: list[LookView] = Field(
        description=f"Who was shown it unmasked, newest first, {MOST_LOOKS} at most; the audit log has looks at lists."
    )


class ResendOne(Schema):
    """Why to send it again, and where to."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The customer corrected the address.", "email": "kim@example.com"}]}
    )

    reason: str = Field(min_length=1, max_length=500)
    email: str | None = Field(default=None, max_length=320, description="A corrected address.")


def _viewer(reveal: bool) -> Callable[[Delivery], DeliveryView]:
    return lambda delivery: DeliveryView.model_validate(delivery, context=showing(reveal))


@router.get(
    "/run/{run_id}/delivery",
    summary="List a run's recipients, in the order of the target query",
    responses=problem_responses(404),
)
def list_deliveries(
    run_id: UUID,
    services: Services,
    actor: Actor,
    *,
    status: Annotated[list[DeliveryStatus], Query()] = [],  # noqa: B006  (FastAPI copies it)
    error_kind: Annotated[list[ErrorKind], Query()] = [],  # noqa: B006
    update: Annotated[list[UpdateStatus], Query(description="UPDATE_QUERY_OK.")] = [],  # noqa: B006
    search: Annotated[str, Query(max_length=320, description="The beginning of an address, or a whole key.")] = "",
    reveal: Reveal,
    after: After = None,
    limit: Limit = 50,
) -> PageView[DeliveryView]:
    """Filters add up; repeat one to allow several values."""
    wanted = DeliveryFilter(statuses=status, error_kinds=error_kind, updates=update, search=search)
    page = services.deliveries.of_run(run_id, wanted, after=after, limit=limit)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=f"run {run_id}", reason=reveal.reason)
    return page_view(page, _viewer(reveal.on))


@router.get("/delivery", summary="Find a recipient in all runs")
def search_deliveries(
    services: Services,
    actor: Actor,
    search: Annotated[str, Query(min_length=1, max_length=320, description="A whole address or a whole key.")],
    reveal: Reveal,
    limit: Limit = 50,
) -> list[DeliveryView]:
    """Newest first."""
    found = services.deliveries.search(search, limit=limit)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject="search", reason=reveal.reason)
    return [_viewer(reveal.on)(delivery) for delivery in found]


@router.get("/delivery/{delivery_id}", summary="What happened to one recipient", responses=problem_responses(404))
def read_delivery(delivery_id: UUID, services: Services, actor: Actor, reveal: Reveal) -> StoryView:
    """The row, the data that it was made from, its files, what it repeats or what repeats it, and who looked at it."""
    story = services.deliveries.story(delivery_id)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=f"delivery {delivery_id}", reason=reveal.reason)
    view, shown = _viewer(reveal.on), _json_row if reveal.on else _masked_row
    return StoryView(
        delivery=view(story.delivery),
        target=None if story.target is None else shown(story.target),
        mapping=[shown(row) for row in story.mapping],
        attachments=[AttachmentView.model_validate(record, context=showing(reveal.on)) for record in story.attachments],
        repeats=[view(delivery) for delivery in story.repeats],
        repeated_by=[view(delivery) for delivery in story.repeated_by],
        revealed=reveal.on,
        looks=[_look(record, reveal.on) for record in services.deliveries.looks_at(story.delivery)],
    )


@router.post(
    "/delivery/{delivery_id}/resend",
    status_code=202,
    summary="Send one delivery again",
    responses=problem_responses(404, 409, 424),
)
def resend_delivery(delivery_id: UUID, body: ResendOne, services: Services, actor: Actor) -> JobView:
    """To its own address or to a corrected one. Whoever was SENT or UNKNOWN may get it twice."""
    row = ResendRow(delivery_id=delivery_id, email=body.email)
    return job_view(services.jobs.resend([row], by=actor, reason=body.reason))


def _look(record: AuditRecord, reveal: bool) -> LookView:
    looked = {
        "at": record.at,
        "actor": record.actor,
        "action": record.action,
        "reason": str(record.detail.get("reason", "")),
        "address": record.address,
    }
    return LookView.model_validate(looked, context=showing(reveal))


def json_value(value: Value) -> JsonValue:
    """A row's value as JSON can say it without loss; what nobody can read on a screen is cut, and says so."""
    if isinstance(value, str):
        return _shown(value, len(value), "characters")
    if isinstance(value, bytes):
        return _shown(b64encode(value[:LONGEST_SHOWN]).decode("ascii"), len(value), "bytes")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    too_long = isinstance(value, int) and abs(value) > 2**53
    if too_long or isinstance(value, Decimal) or (isinstance(value, float) and not math.isfinite(value)):
        return str(value)
    return value


def _shown(text: str, length: int, unit: str) -> str:
    return text if length <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}… ({length:,} {unit})"


def _json_row(row: Row) -> dict[str, JsonValue]:
    return {name: json_value(value) for name, value in row.items()}


def _masked_row(row: Row) -> dict[str, JsonValue]:
    return {name: None if value is None else mask_text(str(json_value(value))) for name, value in row.items()}
