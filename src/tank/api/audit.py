"""The audit trail: who did what, and who looked at whom."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field

from tank.api.auth import Actor
from tank.api.csv_files import CSV_ANSWER, HeaderLanguage, Zone, csv_response
from tank.api.personal import PersonalDetail, PersonalText, Reveal, showing
from tank.api.schemas_common import After, Limit, Moment, PageView, View, page_view
from tank.api.services import Services
from tank.domain.log import AuditFilter
from tank.domain.masking import mask_addresses
from tank.services.audit_export import audit_csv
from tank.services.definition_texts import checked_text
from tank.services.report_period import DEFAULT_ZONE
from tank.services.zones import zone_named

router = APIRouter(tags=["audit"])

_SUBJECT = "audit trail"


class AuditView(View):
    """Who did what."""

    no: int = Field(description="1, 2, 3…, without a gap.")
    id: UUID
    at: AwareDatetime
    actor: str
    action: str
    subject: PersonalText
    detail: PersonalDetail
    address: str = Field(
        description="Network address of whoever asked; empty for the command line and for Tank itself."
    )
    hash: Annotated[str, BeforeValidator(bytes.hex)] = Field(
        description="SHA-256 over the entry and the hash before it, in hexadecimal digits."
    )


class AuditVerdictView(BaseModel):
    """Whether the chain of entries is whole."""

    entries: int
    intact: bool
    broken_at: int | None = Field(
        description="The number at which the chain breaks: the entry there was changed, is missing, or was put there."
    )
    last: str = Field(
        description="Number and hash of the last entry that fits. Noted elsewhere, it shows later that nothing up to "
        "it was cut off or written anew."
    )


async def audit_filter(
    *,
    subject: Annotated[
        str | None, Query(max_length=500, description="What it was done to, for example an automation's id.")
    ] = None,
    actor: Annotated[str | None, Query(max_length=200, description="Who did it.", examples=["kim"])] = None,
    action: Annotated[
        str, Query(max_length=200, description="How the action begins.", examples=["automation.", "delivery.reveal"])
    ] = "",
    since: Annotated[
        Moment | None, Query(description="The first moment that counts.", examples=["2026-11-01T00:00:00+09:00"])
    ] = None,
    until: Annotated[
        Moment | None,
        Query(description="The first moment that no longer counts.", examples=["2026-12-01T00:00:00+09:00"]),
    ] = None,
) -> AuditFilter:
    """The filters of the audit trail. Raises ``Invalid``."""
    return AuditFilter(
        subjects=() if subject is None else (checked_text(subject, field="subject"),),
        actor=None if actor is None else checked_text(actor, field="actor"),
        action=checked_text(action, field="action"),
        since=since,
        until=until,
    )


Wanted = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("/audit", summary="List what was done, newest first")
def list_audit(
    services: Services, actor: Actor, wanted: Wanted, reveal: Reveal, *, after: After = None, limit: Limit = 50
) -> PageView[AuditView]:
    """Every change of an automation, connection, sender, schedule, account or setting, and every look at personal
    data. Filters add up."""
    page = services.audit_log.page(wanted, after=after, limit=limit)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=_SUBJECT, reason=reveal.reason)
    return page_view(page, lambda record: AuditView.model_validate(record, context=showing(reveal.on)))


@router.get("/audit/verify", summary="Was the audit trail tampered with?")
def verify_audit(services: Services) -> AuditVerdictView:
    """Computes every entry's hash anew. Entries that were cut off at the end cannot be missed by this: for that, note
    `last` outside Tank and use `tank audit verify --expect-last`."""
    verdict = services.audit_log.verify()
    return AuditVerdictView(
        entries=verdict.entries, intact=verdict.intact, broken_at=verdict.broken_at, last=str(verdict.last)
    )


@router.get(
    "/audit.csv",
    summary="The audit trail for a spreadsheet",
    response_class=StreamingResponse,
    responses=CSV_ANSWER,
)
def download_audit(
    services: Services,
    actor: Actor,
    wanted: Wanted,
    reveal: Reveal,
    *,
    zone: Zone = DEFAULT_ZONE,
    language: HeaderLanguage = "ko",
) -> StreamingResponse:
    """Oldest first, with each entry's hash. Mail addresses in it are masked unless revealed."""
    place = zone_named(zone)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=_SUBJECT, reason=reveal.reason)
    chunks = services.audit_log.chunks(wanted)
    shown = str if reveal.on else mask_addresses
    return csv_response(audit_csv(chunks, language=language, zone=place, shown=shown), "audit.csv")
