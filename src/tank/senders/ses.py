"""AWS SES, API version 2: ``SendEmail`` with a raw message, one recipient a call, one attempt a call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pybase64

from tank.domain.mail import OutgoingMail, Quota, Receipt, SendError, SendErrorKind
from tank.senders import ses_errors
from tank.senders.aws_http import AwsHttp
from tank.senders.credentials import AwsAccess, AwsQuestion
from tank.senders.http_connection import Answer, CallLost
from tank.senders.http_pool import HttpLimits
from tank.senders.options import seconds, text, whole

_SEND = "/v2/email/outbound-emails"
_ACCOUNT = "/v2/email/account"
#: SES API v2 takes 40 MB after base64 ("Service quotas in Amazon SES").
_MAX_MESSAGE_BYTES = 40_000_000
#: Calls that do not send are limited to about one a second, over all workers.
_QUOTA_GOOD_FOR_S = 15.0
#: The event tag that leads from an SES event back to the delivery, whatever other tags a mail has.
DELIVERY_TAG = "tank_delivery_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class SesOptions:
    """The options of an SES sender."""

    region: str | None = text("AWS region; else the environment's or the profile's.")
    profile: str | None = text("Name of a profile in ~/.aws.")
    access_key_id: str | None = text("Access key; else botocore finds credentials as usual.")
    secret_access_key: str | None = text("The access key's secret.", secret=True)
    session_token: str | None = text("Session token of temporary keys.", secret=True)
    configuration_set: str | None = text("Configuration set whose events tell what became of the mails.")
    endpoint_url: str | None = text("Another endpoint; else AWS_ENDPOINT_URL_SESV2, AWS_ENDPOINT_URL, else AWS's own.")
    ca_bundle: str | None = text("File of certificate authorities to trust instead of the usual ones.")
    max_concurrency: int = whole("Connections, and so mails under way at once.", 300, least=1, most=5000)
    keepalive_seconds: float = seconds("How long an unused connection is kept.", 2.0, least=0.0, most=60.0)
    connect_seconds: float = seconds("How long making a connection may take.", 10.0, least=0.1, most=120.0)
    read_seconds: float = seconds("How long SES may be silent.", 60.0, least=0.1, most=600.0)
    total_seconds: float = seconds("How long one mail may take in all.", 120.0, least=0.1, most=1800.0)


class SesSender:
    """The port ``Sender`` for SES. Connects when first used."""

    def __init__(
        self,
        options: SesOptions,
        *,
        wall_clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._options = options
        self._wall_clock = wall_clock
        self._monotonic = monotonic
        self._tail = b"}" if options.configuration_set is None else _configuration_set(options.configuration_set)
        self._opening = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._http: AwsHttp | None = None
        self._region = ""
        self._known_quota: tuple[float, Quota] | None = None

    @property
    def max_message_bytes(self) -> int:
        return _MAX_MESSAGE_BYTES

    @property
    def max_concurrency(self) -> int:
        return self._options.max_concurrency

    async def send(self, mail: OutgoingMail) -> Receipt:
        """One ``SendEmail``. Raises ``SendError`` as ``ses_errors`` has it."""
        http = self._http or await self._open()
        try:
            answer = await http.call("POST", _SEND, self._body(mail))
        except CallLost as lost:
            raise _lost(lost) from lost
        if not 200 <= answer.status < 300:
            raise _refused(answer)
        message_id = _text(_json(answer.body), "MessageId") if answer.whole else ""
        if not message_id:
            raise ses_errors.in_doubt(
                "UnreadableAnswer", f"SES answered {answer.status}, but without a MessageId that can be read."
            )
        return Receipt(message_id)

    async def quota(self) -> Quota:
        """The account's rates, at most 15 s old."""
        async with self._asking:
            known = self._known_quota
            if known is None or self._monotonic() - known[0] > _QUOTA_GOOD_FOR_S:
                known = self._known_quota = (self._monotonic(), await self._ask_quota())
            return known[1]

    async def check(self) -> str:
        quota = await self._ask_quota()
        facts = [
            "sending is enabled" if quota.sending_enabled else "sending is NOT enabled",
            "production" if quota.production else "in the sandbox: verified recipients only",
            *([f"{quota.per_second:g} mails a second"] if quota.per_second is not None else []),
            *([f"{quota.sent_last_day or 0:g} sent in 24 h"] if quota.sent_last_day is not None else []),
            f"{quota.per_day:g} a day" if quota.per_day is not None else "no daily limit known",
            *quota.notes,
        ]
        return f"SES in {self._region} answers: {', '.join(facts)}."

    async def close(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _open(self) -> AwsHttp:
        options = self._options
        async with self._opening:
            if self._http is None:
                access = await AwsAccess.find(
                    AwsQuestion(
                        service="sesv2",
                        region=options.region,
                        profile=options.profile,
                        endpoint_url=options.endpoint_url,
                        ca_bundle=options.ca_bundle,
                        access_key_id=options.access_key_id,
                        secret_access_key=options.secret_access_key,
                        session_token=options.session_token,
                    )
                )
                self._region = access.place.region
                limits = HttpLimits(
                    keepalive_seconds=options.keepalive_seconds,
                    connect_seconds=options.connect_seconds,
                    read_seconds=options.read_seconds,
                    total_seconds=options.total_seconds,
                )
                self._http = await AwsHttp.open(access, limits, service="ses", wall_clock=self._wall_clock)
            return self._http

    def _body(self, mail: OutgoingMail) -> bytes:
        """The request's JSON, put together by hand: the message is most of it and needs no escaping."""
        tags = mail.tags
        if all(name != DELIVERY_TAG for name, _ in tags):
            tags = (*tags, (DELIVERY_TAG, str(mail.delivery_id)))
        return b"".join((
            b'{"Content":{"Raw":{"Data":"',
            pybase64.b64encode(mail.message),
            b'"}},"FromEmailAddress":',
            orjson.dumps(mail.mail_from),
            b',"Destination":{"ToAddresses":[',
            orjson.dumps(mail.rcpt_to),
            b']},"EmailTags":',
            orjson.dumps([{"Name": name, "Value": value} for name, value in tags]),
            self._tail,
        ))  # fmt: skip

    async def _ask_quota(self) -> Quota:
        http = self._http or await self._open()
        try:
            answer = await http.call("GET", _ACCOUNT)
        except CallLost as lost:
            raise _without_mail(_lost(lost)) from lost
        if answer.status in (404, 405, 501) and not _error_code(answer):
            # SES itself always names its errors: something that stands in for it (a test server, a relay).
            return Quota(notes=("the endpoint tells no quota, so only the sender's max_rate limits the rate",))
        if not 200 <= answer.status < 300:
            refused = _refused(answer)
            if refused.provider_code == "AccessDeniedException":
                # An IAM policy for sending alone is common and good practice: the rate is then ours to set.
                note = "IAM does not allow ses:GetAccount: set the sender's max_rate yourself"
                return Quota(is_known=False, notes=(note,))
            raise _without_mail(refused)
        account = _json(answer.body) if answer.whole else {}
        if not isinstance(account.get("SendQuota"), dict):
            raise SendError(SendErrorKind.TRANSIENT, "UnreadableAnswer", "SES answered GetAccount with no quota.")
        return _quota(account)


def _lost(lost: CallLost) -> SendError:
    if lost.begun:
        return ses_errors.in_doubt(lost.cause_name, f"The connection to SES was lost while a request was out: {lost}")
    return ses_errors.unreachable(lost.cause_name, f"No connection to SES could be made: {lost}")


def _error_code(answer: Answer) -> str:
    """The name that SES gives an error; "com.amazonaws.ses#BadRequestException:http://…" is a way to write one."""
    details = _json(answer.body)
    code = answer.headers.get("x-amzn-errortype") or _text(details, "__type") or _text(details, "code")
    return code.partition(":")[0].rpartition("#")[2]


def _refused(answer: Answer) -> SendError:
    details = _json(answer.body)
    code = _error_code(answer)
    if not answer.whole:
        return ses_errors.torn_refusal(answer.status, code)
    return ses_errors.refusal(answer.status, code, _text(details, "message") or _text(details, "Message"))


def _without_mail(error: SendError) -> SendError:
    """The same for a call that sent no mail: nothing about it can be in doubt."""
    if error.kind is not SendErrorKind.AMBIGUOUS:
        return error
    return SendError(SendErrorKind.TRANSIENT, error.provider_code, error.message, remedy="Try again in a moment.")


def _json(body: bytes) -> dict[str, Any]:
    """The object in an answer; empty where there is none."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _number(values: dict[str, Any], name: str) -> float | None:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and value >= 0 else None


def _quota(account: dict[str, Any]) -> Quota:
    """``GetAccount`` in our words. A negative ``Max24HourSend`` means that no daily limit holds."""
    quota: dict[str, Any] = account["SendQuota"]
    status = _text(account, "EnforcementStatus")
    return Quota(
        per_second=_number(quota, "MaxSendRate"),
        per_day=_number(quota, "Max24HourSend"),
        sent_last_day=_number(quota, "SentLast24Hours"),
        sending_enabled=account.get("SendingEnabled") is not False,
        production=account.get("ProductionAccessEnabled") is not False,
        notes=(f"enforcement status {status}",) if status else (),
    )


def _configuration_set(name: str) -> bytes:
    return b',"ConfigurationSetName":' + orjson.dumps(name) + b"}"
