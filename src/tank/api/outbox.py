"""The outbox: mails that were kept in a folder instead of leaving."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime

from tank.api.auth import Actor
from tank.api.personal import Reveal
from tank.api.problems import problem_responses
from tank.api.schemas_common import After, Limit, PageView, View
from tank.api.services import Services
from tank.domain.masking import mask_email, mask_text
from tank.services.audit_trail import LONGEST_REASON
from tank.services.definition_texts import checked_text

router = APIRouter(tags=["outbox"])

_Part = Annotated[str, Path(max_length=100)]


class OutboxMailView(View):
    """A mail in the outbox."""

    message_id: str
    at: AwareDatetime
    mail_from: str
    rcpt_to: str
    subject: str
    size: int
    delivery_id: str


@router.get("/outbox", summary="List the mails in the outbox, newest first")
def list_outbox(
    services: Services,
    actor: Actor,
    *,
    search: Annotated[str, Query(max_length=320, description="A part of an address or a subject.")] = "",
    reveal: Reveal,
    after: After = None,
    limit: Limit = 50,
) -> PageView[OutboxMailView]:
    """Mails that senders of kind `outbox` took; nothing of them has left."""
    page = services.outbox.page(after=after, limit=limit, search=search)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject="outbox", reason=reveal.reason)
    items = [OutboxMailView.model_validate(mail) for mail in page.entries]
    if not reveal.on:
        items = [
            mail.model_copy(update={"rcpt_to": mask_email(mail.rcpt_to), "subject": mask_text(mail.subject)})
            for mail in items
        ]
    return PageView(items=items, next=page.after)


@router.get(
    "/outbox/{day}/{folder}/{name}",
    summary="Read a mail of the outbox",
    response_class=Response,
    responses={
        200: {"content": {"message/rfc822": {"schema": {"type": "string"}}}, "description": "The whole message."},
        **problem_responses(404),
    },
)
def read_outbox_mail(
    day: _Part,
    folder: _Part,
    name: _Part,
    services: Services,
    actor: Actor,
    *,
    reason: Annotated[
        str, Query(max_length=LONGEST_REASON, description="What it is read for; kept in the audit log.")
    ] = "",
) -> Response:
    """The message byte for byte, as a file that mail programs open. The audit trail says who read it, and what for."""
    message_id = f"{day}/{folder}/{name}"
    message = services.outbox.read(message_id)
    services.deliveries.note_reveal(
        by=actor, subject=f"outbox {message_id}", reason=checked_text(reason, field="reason")
    )
    return Response(
        message, media_type="message/rfc822", headers={"Content-Disposition": 'attachment; filename="mail.eml"'}
    )
