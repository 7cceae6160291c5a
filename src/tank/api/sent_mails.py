"""The mail as it was sent: made again from the evidence, for whoever asks what a customer was told."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from tank.api.auth import Actor
from tank.api.problems import problem_responses
from tank.api.schemas_common import View
from tank.api.services import Services
from tank.domain.delivery import DeliveryStatus
from tank.services.sent_mails import SentMail

router = APIRouter(tags=["deliveries"])


class MailboxView(View):
    """An address with the name that is shown."""

    email: str
    name: str


class SentFileView(View):
    """A file that was attached."""

    name: str
    size: int | None
    sha256: str = Field(description="Of the file as it was attached.")
    unchanged: bool | None = Field(
        description="Whether the storage still holds the same bytes; null where it is silent."
    )
    detail: str = Field(description="Why it is not unchanged, in plain words.")


class SentMailView(View):
    """A delivery's mail, as far as it can be made again."""

    delivery_id: UUID
    status: DeliveryStatus
    from_: MailboxView = Field(serialization_alias="from")
    to: MailboxView
    subject: str | None = Field(description="Null, like html and text, where the mail cannot be made again.")
    html: str | None = Field(description="Whatever an operator wrote and data filled in: show it in a sandboxed frame.")
    text: str | None
    attachments: list[SentFileView]
    identical: bool | None = Field(
        description="Whether the message made again has the very SHA-256 that was noted before the mail left; null "
        "where that cannot be told."
    )
    reason: str = Field(description="Why it is not identical or cannot be told, in plain words.")
    mime_sha256: str = Field(description="The digest that was noted before the mail left; empty where none was made.")
    mime_size: int | None


def _view(mail: SentMail) -> SentMailView:
    delivery, rendered = mail.delivery, mail.rendered
    return SentMailView(
        delivery_id=delivery.id,
        status=delivery.status,
        from_=MailboxView.model_validate(mail.sender),
        to=MailboxView.model_validate(mail.recipient),
        subject=rendered.subject if rendered else None,
        html=rendered.html if rendered else None,
        text=rendered.text if rendered else None,
        attachments=[SentFileView.model_validate(file) for file in mail.files],
        identical=mail.identical,
        reason=mail.reason,
        mime_sha256=delivery.mime_sha256,
        mime_size=delivery.mime_size,
    )


@router.get("/delivery/{delivery_id}/mail", summary="The mail as it was sent", responses=problem_responses(404))
def read_sent_mail(delivery_id: UUID, services: Services, actor: Actor) -> SentMailView:
    """Made again from the recipient's rows, the revision and the files, and compared with the digest in the ledger.

    Nothing is sent. It shows personal data: the audit trail says who looked.
    """
    mail = services.sent_mails.of(delivery_id)
    services.deliveries.note_reveal(by=actor, subject=f"delivery {delivery_id}")
    return _view(mail)


@router.get(
    "/delivery/{delivery_id}/mail.eml",
    summary="The message as it was sent, byte for byte",
    response_class=Response,
    responses={
        200: {"content": {"message/rfc822": {"schema": {"type": "string"}}}, "description": "The whole message."},
        **problem_responses(404, 409),
    },
)
def download_sent_mail(delivery_id: UUID, services: Services, actor: Actor) -> Response:
    """As a file that mail programs open; 409 with the reason unless it is exactly what was sent. Audited."""
    message = services.sent_mails.message(delivery_id)
    services.deliveries.note_reveal(by=actor, subject=f"delivery {delivery_id}")
    disposition = f'attachment; filename="{delivery_id}.eml"'
    return Response(message, media_type="message/rfc822", headers={"Content-Disposition": disposition})
