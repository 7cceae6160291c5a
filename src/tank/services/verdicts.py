"""What an attempt's outcome means for its row: the table behind every result in the ledger (``docs/senders.md``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tank.domain.delivery import DeliveryStatus, ErrorKind, Intent, Result, UpdateStatus
from tank.domain.mail import Receipt, SendError, SendErrorKind

#: Original document, section 10.
MAX_RETRIES = 3

#: Definitely not accepted, and worth another try.
_RETRYABLE = frozenset({SendErrorKind.THROTTLED, SendErrorKind.TRANSIENT, SendErrorKind.UNREACHABLE})
#: Not about the recipient: the row stays PENDING, and its run pauses.
_ABOUT_THE_ACCOUNT = frozenset({SendErrorKind.STOPPED, SendErrorKind.UNREACHABLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the ledger is told of an attempt, and what follows from it."""

    result: Result
    #: Whether the mail is to be tried again after a while.
    retry: bool = False
    #: Whether every other mail would fare the same: the run pauses.
    pause: bool = False
    #: Whether the breaker counts it.
    failure: bool = False


def judge(
    intent: Intent, outcome: Receipt | SendError | None, *, attempts: int, at: datetime, wants_update: bool
) -> Verdict:
    """The verdict on an attempt after ``attempts`` refused ones.

    No outcome means that the lease ran out before the first byte, so that nothing was sent.
    """
    if outcome is None:
        return Verdict(result=_result(intent, DeliveryStatus.PENDING, at, burns_attempt=False))
    if isinstance(outcome, Receipt):
        update = UpdateStatus.PENDING if wants_update else UpdateStatus.NONE
        return Verdict(result=_sent(intent, outcome, at, update))
    if outcome.kind is SendErrorKind.AMBIGUOUS:
        result = _result(intent, DeliveryStatus.UNKNOWN, at, outcome, ErrorKind.NO_CLEAR_ANSWER)
        return Verdict(result=result, failure=True)
    if outcome.kind in _RETRYABLE and attempts < MAX_RETRIES:
        return Verdict(result=_result(intent, DeliveryStatus.PENDING, at, outcome), retry=True)
    if outcome.kind in _ABOUT_THE_ACCOUNT:
        result = _result(intent, DeliveryStatus.PENDING, at, outcome, burns_attempt=False)
        return Verdict(result=result, pause=True)
    return Verdict(result=_result(intent, DeliveryStatus.FAIL, at, outcome, ErrorKind.SES_ERROR), failure=True)


def _sent(intent: Intent, receipt: Receipt, at: datetime, update: UpdateStatus) -> Result:
    return Result(
        delivery_id=intent.delivery_id,
        seq=intent.seq,
        attempt_token=intent.attempt_token,
        status=DeliveryStatus.SENT,
        at=at,
        message_id=receipt.message_id,
        update_status=update,
    )


def _result(
    intent: Intent,
    status: DeliveryStatus,
    at: datetime,
    error: SendError | None = None,
    kind: ErrorKind | None = None,
    *,
    burns_attempt: bool = True,
) -> Result:
    return Result(
        delivery_id=intent.delivery_id,
        seq=intent.seq,
        attempt_token=intent.attempt_token,
        status=status,
        at=at,
        error_kind=kind,
        error_code="" if error is None else error.provider_code,
        error_text="" if error is None else error.message,
        burns_attempt=burns_attempt,
    )
