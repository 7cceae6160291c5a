"""What an SMTP server's refusal means for the mail and for the run.

Sources: RFC 5321 sections 3.8 and 4.2 (a 4yz or 5yz reply to the final dot means "not accepted"), RFC 3463
(enhanced codes), RFC 4954 (authentication), the SES SMTP interface's 454 replies.
"""

from __future__ import annotations

import re
from enum import StrEnum

from tank.domain.mail import SendError, SendErrorKind


class Stage(StrEnum):
    """Where in the conversation a reply came."""

    CONNECT = "on connecting"
    LOGIN = "at login"
    SENDER = "to MAIL FROM"
    RECIPIENT = "to RCPT TO"
    DATA = "to the message"


_AUTHENTICATION = frozenset({530, 534, 535, 538})
_TOO_LARGE = 552
_DAILY_QUOTA = "daily message quota exceeded"
_RATE = re.compile(
    r"throttl|rate limit|sending rate|rate exceeded|too many|too fast|slow down|\b4\.7\.28\b", re.IGNORECASE
)
_RELAY = re.compile(r"\brelay(ing)?\b", re.IGNORECASE)
_REMEDIES = {
    SendErrorKind.THROTTLED: "Nothing to do: the rate is lowered and the mail tried again.",
    SendErrorKind.TRANSIENT: "Nothing to do: it is tried again a few times.",
    SendErrorKind.REJECTED: "Look at the recipient's address and the message: the server will not take this one.",
    SendErrorKind.STOPPED: "Check the sender's user, password and address with the mail server's administrator.",
    SendErrorKind.AMBIGUOUS: "See in the server's log whether it took the mail before it is sent again.",
    SendErrorKind.UNREACHABLE: "Check host, port, tls, the network between, and the server's certificate.",
}


def refusal(stage: Stage, code: int, text: str) -> SendError:
    """The error for a reply with ``code`` to ``stage``."""
    return failure(_kind(stage, code, text), str(code), f"The SMTP server answered {stage}: {code} {text}")


def failure(kind: SendErrorKind, code: str, message: str) -> SendError:
    """An error with the usual remedy of its kind."""
    return SendError(kind, code, message, remedy=_REMEDIES[kind])


def _kind(stage: Stage, code: int, text: str) -> SendErrorKind:
    if _DAILY_QUOTA in text.lower() or code in _AUTHENTICATION:
        return SendErrorKind.STOPPED
    if 400 <= code < 500:
        return SendErrorKind.THROTTLED if _RATE.search(text) else SendErrorKind.TRANSIENT
    if not 500 <= code < 600:
        # A reply that SMTP does not know: after the final dot it may mean anything.
        return SendErrorKind.AMBIGUOUS if stage is Stage.DATA else SendErrorKind.TRANSIENT
    return SendErrorKind.STOPPED if _concerns_every_row(stage, code, text) else SendErrorKind.REJECTED


def _concerns_every_row(stage: Stage, code: int, text: str) -> bool:
    match stage:
        case Stage.CONNECT | Stage.LOGIN:
            return True
        case Stage.SENDER:
            # The sender is the same in the whole run; the size is not.
            return code != _TOO_LARGE
        case Stage.RECIPIENT:
            # "Relay access denied": this client may not send to the outside at all.
            return _RELAY.search(text) is not None
        case Stage.DATA:
            return False
