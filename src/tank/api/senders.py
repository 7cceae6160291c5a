"""Senders: named ways to send."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat

from tank.api.auth import Actor
from tank.api.connections import Options, Secrets
from tank.api.problems import problem_responses
from tank.api.schemas_automation import Name
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.connection import SenderKind, SenderProfile

router = APIRouter(tags=["senders"])

MaxRate = Annotated[
    FiniteFloat | None,
    Field(gt=0, le=100_000, description="Mails a second at most, over all workers; null takes the account's own rate."),
]


class SenderIn(Schema):
    """A new sender."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "ses", "kind": "ses", "options": {"region": "ap-northeast-2"}, "max_rate": 14},
                {"name": "outbox", "kind": "outbox"},
            ]
        }
    )

    name: Name
    kind: SenderKind
    options: Options = Field(default_factory=dict)
    secrets: Secrets = Field(default_factory=dict)
    max_rate: MaxRate = None


class SenderChange(Schema):
    """What to change; fields left out stay, and so do secrets that are not named."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_rate": 50}, {"max_rate": None}]})

    name: Name | None = None
    options: Options | None = None
    secrets: Secrets | None = None
    max_rate: MaxRate = None


class SenderView(View):
    """A named way to send."""

    id: UUID
    name: str
    kind: SenderKind
    options: dict[str, Any]
    secrets: list[str] = Field(description="Names of the secrets that are set.")
    max_rate: float | None
    created_at: AwareDatetime
    updated_at: AwareDatetime


class SenderTestView(View):
    """What answered, and what the account may send."""

    answer: str
    per_second: float | None
    per_day: float | None
    sent_last_day: float | None
    sending_enabled: bool
    production: bool
    notes: list[str]


class QuotaView(BaseModel):
    """What the account behind a sender may send."""

    per_second: float | None = Field(description="Mails a second; null where nothing limits it or nobody knows.")
    per_day: float | None = Field(description="Mails in any 24 hours; null where nothing limits it or nobody knows.")
    sent_last_day: float | None = Field(description="Of those, sent in the last 24 hours, by others too.")
    sending_enabled: bool
    production: bool = Field(description="False in a provider's sandbox: it takes verified recipients only.")
    notes: list[str]
    asked_at: AwareDatetime = Field(description="When the account was asked: a moment ago.")


def _view(sender: SenderProfile) -> SenderView:
    return SenderView(
        id=sender.id,
        name=sender.name,
        kind=sender.kind,
        options=dict(sender.options),
        secrets=sorted(sender.secrets),
        max_rate=sender.max_rate,
        created_at=sender.created_at,
        updated_at=sender.updated_at,
    )


@router.get("/sender", summary="List senders by name")
def list_senders(services: Services) -> list[SenderView]:
    """Without their secrets."""
    with services.logs_db.read() as tables:
        return [_view(sender) for sender in tables.senders.all()]


@router.post("/sender", status_code=201, summary="Add a sender", responses=problem_responses(409))
def add_sender(body: SenderIn, services: Services, actor: Actor) -> SenderView:
    """Nothing is sent, and it is not tried: see `/sender/{id}/test`."""
    made = services.sender_profiles.add(
        body.name, body.kind, options=body.options, secrets=body.secrets, max_rate=body.max_rate, by=actor
    )
    return _view(made)


@router.get("/sender/{sender_id}", summary="Read a sender", responses=problem_responses(404))
def read_sender(sender_id: UUID, services: Services) -> SenderView:
    """Without its secrets."""
    with services.logs_db.read() as tables:
        return _view(tables.senders.get(sender_id))


@router.patch("/sender/{sender_id}", summary="Change a sender", responses=problem_responses(404, 409))
def change_sender(sender_id: UUID, body: SenderChange, services: Services, actor: Actor) -> SenderView:
    """It cannot be renamed while an automation uses it."""
    changed = services.sender_profiles.change(
        sender_id,
        name=body.name,
        options=body.options,
        secrets=body.secrets,
        max_rate=body.max_rate,
        clear_max_rate="max_rate" in body.model_fields_set and body.max_rate is None,
        by=actor,
    )
    return _view(changed)


@router.delete("/sender/{sender_id}", status_code=204, summary="Delete a sender", responses=problem_responses(404, 409))
def delete_sender(sender_id: UUID, services: Services, actor: Actor) -> Response:
    """Refused while an automation uses it."""
    services.sender_profiles.delete(sender_id, by=actor)
    return Response(status_code=204)


@router.post("/sender/{sender_id}/test", summary="Connect without sending", responses=problem_responses(404, 424))
def try_sender(sender_id: UUID, services: Services) -> SenderTestView:
    """Says what answers and what the account may send; 424 with the provider's own words where it refuses."""
    # In a thread and a loop of its own: the Logs DB is asked too, and must not hold up other requests.
    answer, quota = asyncio.run(services.sender_profiles.test(sender_id))
    return SenderTestView(
        answer=answer,
        per_second=quota.per_second,
        per_day=quota.per_day,
        sent_last_day=quota.sent_last_day,
        sending_enabled=quota.sending_enabled,
        production=quota.production,
        notes=list(quota.notes),
    )


@router.get(
    "/sender/{sender_id}/quota",
    summary="What may this account send?",
    responses=problem_responses(404, 424),
)
def read_quota(sender_id: UUID, services: Services) -> QuotaView:
    """As the account itself says, at most 15 seconds ago; 424 with the sender's own words where it says nothing."""
    known = services.quotas.of(sender_id)
    return QuotaView(
        per_second=known.quota.per_second,
        per_day=known.quota.per_day,
        sent_last_day=known.quota.sent_last_day,
        sending_enabled=known.quota.sending_enabled,
        production=known.quota.production,
        notes=list(known.quota.notes),
        asked_at=known.asked_at,
    )
