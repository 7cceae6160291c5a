"""A mail on its way out: its parts, and the ways in which sending can end."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from tank.domain.errors import TankError


@dataclass(frozen=True, slots=True)
class Address:
    """One mail address with the name to show; the address is validated, the name is any text."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFile:
    """A file to attach, or (with a ``content_id``) an image to show inside the HTML body."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"
    #: Without angle brackets; the HTML refers to it as ``cid:…``.
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """What a template makes of one recipient's variables."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailContent:
    """Everything that one message is composed of."""

    sender: Address
    recipient: Address
    rendered: RenderedMail
    #: The delivery: names the Message-ID and the MIME boundaries, so that a message can be rebuilt byte for byte.
    delivery_id: UUID
    #: Epoch seconds for the Date header.
    date: float
    reply_to: Address | None = None
    files: tuple[MailFile, ...] = ()
    #: RFC 8058: the one-click address, and the older mailto form; both optional.
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
    #: Extra headers, for example ``X-Campaign``; names and values are checked when composed.
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMail:
    """A composed message with its envelope: exactly one recipient."""

    delivery_id: UUID
    #: Names this very attempt to send it; a retry has another one.
    attempt_token: UUID
    mail_from: str
    rcpt_to: str
    message: bytes
    #: Names and values for the provider's event stream; ASCII letters, digits, ``_`` and ``-``.
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the mail. That means accepted, not delivered."""

    #: The provider's own id: SES's MessageId, the SMTP server's queue reply, the outbox file's name.
    message_id: str


class SendErrorKind(StrEnum):
    """The ways in which sending fails, told apart by what may be done next (``docs/senders.md``)."""

    #: Refused for now because of the rate: slow the shared rate down, try again.
    THROTTLED = "throttled"
    #: Definitely not accepted, and likely to work later (SMTP 4xx, refused before the first byte).
    TRANSIENT = "transient"
    #: This recipient or message will never be accepted.
    REJECTED = "rejected"
    #: The account, credentials or configuration forbid sending at all: every other row would fail too.
    STOPPED = "stopped"
    #: No connection could be made and no byte was sent.
    UNREACHABLE = "unreachable"
    #: The provider may or may not have accepted it. Never sent again without a person or evidence.
    AMBIGUOUS = "ambiguous"


class SendError(TankError):
    """A mail was not, or not certainly, accepted."""

    code = "send_error"

    def __init__(self, kind: SendErrorKind, provider_code: str, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy, code=f"send_{kind}")
        self.kind = kind
        #: The provider's code, for example ``MessageRejected`` or ``550``.
        self.provider_code = provider_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the account may send. ``None`` means that nothing limits it or nobody knows."""

    per_second: float | None = None
    per_day: float | None = None
    sent_last_day: float | None = None
    #: False where the account has limits that may not be read.
    is_known: bool = True
    sending_enabled: bool = True
    #: False while the account is in the provider's sandbox.
    production: bool = True
    #: Facts for people, for example the enforcement status.
    notes: tuple[str, ...] = field(default=())
