"""Deliveries: one recipient in one run, a row of EMAIL_SEND_LOG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tank.domain.attachment import AttachmentRecord
from tank.domain.values import RowValues


class DeliveryStatus(StrEnum):
    """Where a recipient stands. The last four are final, except that evidence may settle UNKNOWN."""

    PENDING = "PENDING"
    SENDING = "SENDING"
    SENT = "SENT"
    FAIL = "FAIL"
    SKIPPED = "SKIPPED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        return self not in (DeliveryStatus.PENDING, DeliveryStatus.SENDING)


#: From → to, and who may: see DESIGN section 5. SENDING → PENDING is a release by the lease holder, who knows that
#: the provider did not accept. UNKNOWN → SENT, FAIL is evidence by attempt token. Nothing leaves SENT.
DELIVERY_TRANSITIONS: dict[DeliveryStatus, frozenset[DeliveryStatus]] = {
    DeliveryStatus.PENDING: frozenset({DeliveryStatus.SENDING, DeliveryStatus.FAIL, DeliveryStatus.SKIPPED}),
    DeliveryStatus.SENDING: frozenset(
        {
            DeliveryStatus.PENDING,
            DeliveryStatus.SENT,
            DeliveryStatus.FAIL,
            DeliveryStatus.UNKNOWN,
        }
    ),
    DeliveryStatus.UNKNOWN: frozenset({DeliveryStatus.SENT, DeliveryStatus.FAIL}),
    DeliveryStatus.SENT: frozenset(),
    DeliveryStatus.FAIL: frozenset(),
    DeliveryStatus.SKIPPED: frozenset(),
}


class UpdateStatus(StrEnum):
    """UPDATE_QUERY_OK: what became of the write-back for a SENT row."""

    NONE = "NONE"
    PENDING = "PENDING"
    Y = "Y"
    N = "N"
    IN_DOUBT = "IN_DOUBT"


class ErrorKind(StrEnum):
    """Why a delivery is not SENT, as the ledger and the reports name it."""

    INVALID_ADDRESS = "INVALID_ADDRESS"
    DUPLICATE_ADDRESS = "DUPLICATE_ADDRESS"
    ALREADY_MAILED = "ALREADY_MAILED"
    MAPPING_ERROR = "MAPPING_ERROR"
    ATTACHMENT_NOT_FOUND = "ATTACHMENT_NOT_FOUND"
    ATTACHMENT_AMBIGUOUS = "ATTACHMENT_AMBIGUOUS"
    ATTACHMENT_REFUSED = "ATTACHMENT_REFUSED"
    RENDER_ERROR = "RENDER_ERROR"
    COMPOSE_ERROR = "COMPOSE_ERROR"
    #: The provider refused it; the code beside it is the provider's. Kept under the original's name for SES,
    #: SMTP and the outbox alike.
    SES_ERROR = "SES_ERROR"
    NO_CLEAR_ANSWER = "NO_CLEAR_ANSWER"
    WORKER_LOST = "WORKER_LOST"
    CANCELLED = "CANCELLED"
    ABORTED = "ABORTED"


#: A recipient SKIPPED for one of these was left out on purpose; any other skip is a defect of the row.
DELIBERATE_SKIPS = frozenset({ErrorKind.DUPLICATE_ADDRESS, ErrorKind.ALREADY_MAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A recipient as the snapshot writes it."""

    id: UUID
    #: 1, 2, 3… in the order of the target query.
    seq: int
    recipient_key: str
    email: str
    name: str = ""
    values: RowValues
    status: DeliveryStatus = DeliveryStatus.PENDING
    error_kind: ErrorKind | None = None
    error_text: str = ""
    retry_of: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDelivery:
    """What a worker needs to deliver a row."""

    id: UUID
    seq: int
    email: str
    name: str
    values: RowValues
    #: Sends that the provider definitely refused so far.
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """PENDING → SENDING: this mail is about to leave, under this token. Committed before the first byte."""

    delivery_id: UUID
    seq: int
    attempt_token: UUID
    mime_sha256: bytes
    mime_size: int
    #: Epoch seconds of the message's Date header: with it the message can be rebuilt byte for byte.
    mime_date: int
    #: Evidence: column names and rows of the mapping query, kept until retention purges them.
    mapping_columns: tuple[str, ...] = ()
    mapping_rows: tuple[RowValues, ...] = ()
    attachments: tuple[AttachmentRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an attempt: evidence, accepted by its token even after the lease is lost."""

    delivery_id: UUID
    seq: int
    attempt_token: UUID
    #: SENT, FAIL, UNKNOWN, or PENDING for a release.
    status: DeliveryStatus
    #: When the answer came.
    at: datetime
    message_id: str = ""
    error_kind: ErrorKind | None = None
    error_code: str = ""
    error_text: str = ""
    #: Whether the release counts against the retries (an account stop does not).
    burns_attempt: bool = True
    #: What the write-back of a SENT row begins as.
    update_status: UpdateStatus = UpdateStatus.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """PENDING → FAIL or SKIPPED before any attempt: the row itself is not fit to be sent."""

    delivery_id: UUID
    seq: int
    status: DeliveryStatus
    error_kind: ErrorKind
    error_code: str = ""
    error_text: str = ""
    attachments: tuple[AttachmentRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingUpdate:
    """A SENT row whose write-back is still to be done."""

    delivery_id: UUID
    seq: int
    values: RowValues
    mapping_columns: tuple[str, ...]
    mapping_rows: tuple[RowValues, ...]
    message_id: str
    sent_at: datetime
    #: The update was begun before and nobody knows whether it was committed.
    in_doubt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateResult:
    """What became of one row's write-back."""

    delivery_id: UUID
    seq: int
    status: UpdateStatus
    error_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of EMAIL_SEND_LOG as people see it."""

    id: UUID
    run_id: UUID
    automation_id: UUID
    seq: int
    recipient_key: str
    email: str
    name: str
    status: DeliveryStatus
    attempts: int
    error_kind: ErrorKind | None
    error_code: str
    error_text: str
    message_id: str
    mime_sha256: str
    mime_size: int | None
    mime_date: int | None
    update_query_ok: UpdateStatus
    update_error: str
    retry_of: UUID | None
    created_at: datetime
    #: When the last attempt was about to leave.
    intent_at: datetime | None
    #: When the provider accepted it.
    sent_at: datetime | None
    finished_at: datetime | None
