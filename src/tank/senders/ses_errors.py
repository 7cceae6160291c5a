"""What an answer of SES means for the mail and for the run: one table, read from top to bottom.

Sources: the SES API v2 reference (SendEmail, Common Errors) and botocore's model of it. SES has no idempotency
token and no Retry-After header, so what is not a definite refusal is ambiguous.
"""

from __future__ import annotations

from dataclasses import dataclass

from tank.domain.mail import SendError, SendErrorKind

_MEND_CREDENTIALS = "Check the access key, its IAM policy (ses:SendEmail, ses:SendRawEmail) and this machine's clock."
_MEND_ACCOUNT = "Look at the SES console: the account must be allowed to send before the run can go on."


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One row of the table: the first rule that fits decides."""

    kind: SendErrorKind
    remedy: str
    #: Any of these HTTP statuses (empty: any)…
    statuses: tuple[int, ...] = ()
    #: … and any of these codes (empty: any)…
    codes: tuple[str, ...] = ()
    #: … and this in the message, in lower case.
    words: str = ""

    def fits(self, status: int, code: str, message: str) -> bool:
        """Whether this rule speaks about such an answer; ``message`` in lower case."""
        return (
            (not self.statuses or status in self.statuses)
            and (not self.codes or code in self.codes)
            and self.words in message
        )


RULES: tuple[ErrorRule, ...] = (
    ErrorRule(SendErrorKind.STOPPED, _MEND_CREDENTIALS, statuses=(401, 403)),
    ErrorRule(
        SendErrorKind.STOPPED,
        "The account's 24-hour quota is used up. Resume the run when it has room, or ask AWS for a higher quota.",
        words="daily message quota exceeded",
    ),
    ErrorRule(
        SendErrorKind.STOPPED,
        "Verify the sender's address or domain in SES in this region; in the sandbox recipients must be verified too.",
        words="email address is not verified",
    ),
    ErrorRule(
        SendErrorKind.THROTTLED,
        "Nothing to do: the rate is lowered and the mail tried again.",
        codes=("TooManyRequestsException", "ThrottlingException", "Throttling"),
    ),
    ErrorRule(SendErrorKind.STOPPED, _MEND_ACCOUNT, codes=("SendingPausedException", "AccountSuspendedException")),
    ErrorRule(
        SendErrorKind.STOPPED,
        "An SES limit of the account is reached; see Service Quotas in the AWS console.",
        codes=("LimitExceededException",),
    ),
    ErrorRule(
        SendErrorKind.STOPPED,
        "Finish the MAIL FROM domain's DNS records in SES, or take the MAIL FROM domain off the identity.",
        codes=("MailFromDomainNotVerifiedException",),
    ),
    ErrorRule(
        SendErrorKind.STOPPED,
        "Check the sender's configuration_set, region and endpoint_url: what they name does not exist there.",
        codes=("NotFoundException",),
    ),
    ErrorRule(
        SendErrorKind.STOPPED,
        _MEND_CREDENTIALS,
        # Some of AWS's front doors answer these with 400 instead of 403.
        codes=(
            "AccessDeniedException",
            "ExpiredTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "NotAuthorized",
            "OptInRequired",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
    ),
    ErrorRule(
        SendErrorKind.REJECTED,
        "Look at the recipient's address and the message: SES will not take this one.",
        codes=("BadRequestException", "MessageRejected"),
    ),
    ErrorRule(SendErrorKind.THROTTLED, "Nothing to do: the rate is lowered and the mail tried again.", statuses=(429,)),
    ErrorRule(
        SendErrorKind.STOPPED,
        "Check the sender's endpoint_url: what answers there is not SES.",
        # A redirect or an unknown path without a code of SES's own.
        statuses=(*range(300, 400), 404, 405, 407),
    ),
    # A server that gave up waiting may all the same have read everything.
    ErrorRule(SendErrorKind.AMBIGUOUS, "See whether the mail arrived before it is sent again.", statuses=(408,)),
)
_UNKNOWN_REFUSAL = "Look at the code and message; SES refused this mail for a reason that Tank does not know."
_IN_DOUBT = "See whether the mail arrived (SES events carry its delivery id) before it is sent again."


def refusal(status: int, code: str, message: str) -> SendError:
    """The error for an answer with a status that is not 2xx, its ``code`` and its ``message``."""
    shown = f"SES answered {status}{f' {code}' if code else ''}{f': {message}' if message else '.'}"
    provider_code = code or f"HTTP {status}"
    if not 300 <= status < 500:
        return SendError(SendErrorKind.AMBIGUOUS, provider_code, shown, remedy=_IN_DOUBT)
    lowered = message.lower()
    for rule in RULES:
        if rule.fits(status, code, lowered):
            return SendError(rule.kind, provider_code, shown, remedy=rule.remedy)
    return SendError(SendErrorKind.REJECTED, provider_code, shown, remedy=_UNKNOWN_REFUSAL)


def torn_refusal(status: int, code: str) -> SendError:
    """The error for a refusal whose body was cut off: the status is definite, its reason is not.

    Trying again is safe where the status says that nothing was accepted, and brings the reason.
    """
    whole = refusal(status, code, "")
    if whole.kind is SendErrorKind.REJECTED:
        message = f"{whole.message} The rest of the answer was lost."
        return SendError(SendErrorKind.TRANSIENT, whole.provider_code, message, remedy="Nothing to do: it is retried.")
    return whole


def in_doubt(code: str, message: str) -> SendError:
    """Nobody knows whether SES took the mail."""
    return SendError(SendErrorKind.AMBIGUOUS, code, message, remedy=_IN_DOUBT)


def unreachable(code: str, message: str) -> SendError:
    """No byte of the request left."""
    return SendError(
        SendErrorKind.UNREACHABLE,
        code,
        message,
        remedy="Check the network, DNS, proxy and firewall between this machine and the endpoint, and its certificate.",
    )
