"""What is known after each way in which SES, or the network before it, can fail."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tank.domain.mail import Quota, Receipt, SendError, SendErrorKind
from tank.domain.ports.senders import Sender
from tests.fakes.faulty_http import (
    Behaviour,
    FaultyHttp,
    accepts,
    accepts_and_closes,
    accepts_slowly,
    answers,
    answers_raw,
    close_after_body,
    endless,
    garbage,
    half_answer,
    hang,
    reset_after_body,
    reset_before_body,
)
from tests.fakes.ses_sink import running_sink
from tests.support.certificates import write_certificate
from tests.support.mails import a_mail
from tests.support.sender_peers import ses_sender

AMBIGUOUS, REJECTED, STOPPED = SendErrorKind.AMBIGUOUS, SendErrorKind.REJECTED, SendErrorKind.STOPPED
THROTTLED, TRANSIENT, UNREACHABLE = SendErrorKind.THROTTLED, SendErrorKind.TRANSIENT, SendErrorKind.UNREACHABLE
FAST = {"read_seconds": 0.2, "connect_seconds": 0.2}


async def _failure(sender: Sender, call: Callable[[], Awaitable[object]]) -> SendError:
    try:
        with pytest.raises(SendError) as caught:
            await call()
    finally:
        await sender.close()
    return caught.value


def _send_to(behaviour: Behaviour) -> tuple[SendError, FaultyHttp]:
    """Send one mail to a server with this behaviour."""

    async def scenario() -> tuple[SendError, FaultyHttp]:
        async with FaultyHttp(behaviour) as server:
            sender = ses_sender(server.url, **FAST)
            return await _failure(sender, lambda: sender.send(a_mail())), server

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        (answers(429, "TooManyRequestsException"), THROTTLED, "TooManyRequestsException"),
        (answers(400, "ThrottlingException", "Maximum sending rate exceeded."), THROTTLED, "ThrottlingException"),
        (answers(429), THROTTLED, "HTTP 429"),
        (answers(400, "BadRequestException", "Missing '@'"), REJECTED, "BadRequestException"),
        (answers(400, "MessageRejected", "Virus found"), REJECTED, "MessageRejected"),
        (answers(400, "NeverHeardOfIt"), REJECTED, "NeverHeardOfIt"),
        (answers(400, "MessageRejected", "Email address is not verified. a@b.co"), STOPPED, "MessageRejected"),
        (answers(400, "SendingPausedException"), STOPPED, "SendingPausedException"),
        (answers(400, "AccountSuspendedException"), STOPPED, "AccountSuspendedException"),
        (answers(400, "LimitExceededException"), STOPPED, "LimitExceededException"),
        (answers(400, "MailFromDomainNotVerifiedException"), STOPPED, "MailFromDomainNotVerifiedException"),
        (answers(404, "NotFoundException"), STOPPED, "NotFoundException"),
        (
            answers(429, "TooManyRequestsException", "Daily message quota exceeded."),
            STOPPED,
            "TooManyRequestsException",
        ),
        (answers(400, "Throttling", "Daily message quota exceeded."), STOPPED, "Throttling"),
        (answers(401), STOPPED, "HTTP 401"),
        (answers(403, "ExpiredTokenException"), STOPPED, "ExpiredTokenException"),
        (answers(403, "TooManyRequestsException"), STOPPED, "TooManyRequestsException"),
        (answers(400, "UnrecognizedClientException"), STOPPED, "UnrecognizedClientException"),
        (answers(302), STOPPED, "HTTP 302"),
        (answers(307), STOPPED, "HTTP 307"),
        (answers(404), STOPPED, "HTTP 404"),
        (answers(408), AMBIGUOUS, "HTTP 408"),
        (answers(500, "InternalServiceErrorException"), AMBIGUOUS, "InternalServiceErrorException"),
        (answers(503, "ThrottlingException"), AMBIGUOUS, "ThrottlingException"),
        (answers_raw(400, b'{"__type":"com.aws#MessageRejected","Message":"no"}'), REJECTED, "MessageRejected"),
        (answers_raw(200, b"<html>"), AMBIGUOUS, "UnreadableAnswer"),
        (answers_raw(200, b"{}"), AMBIGUOUS, "UnreadableAnswer"),
        (answers_raw(200, b'{"MessageId":""}'), AMBIGUOUS, "UnreadableAnswer"),
        (answers_raw(200, b'{"MessageId":7}'), AMBIGUOUS, "UnreadableAnswer"),
        (answers_raw(200, b'["MessageId"]'), AMBIGUOUS, "UnreadableAnswer"),
        (endless, AMBIGUOUS, "UnreadableAnswer"),
        (half_answer(200, b'{"MessageId":"m-1"}'), AMBIGUOUS, "UnreadableAnswer"),
        (half_answer(400, b'{"mess', code="MessageRejected"), TRANSIENT, "MessageRejected"),
        (half_answer(429, b"", code=""), THROTTLED, "HTTP 429"),
        (half_answer(403, b"", code="AccessDeniedException"), STOPPED, "AccessDeniedException"),
        (garbage, AMBIGUOUS, "UnreadableAnswer"),
        (hang, AMBIGUOUS, "NoAnswer"),
        (reset_after_body, AMBIGUOUS, "ConnectionResetError"),
        (close_after_body, AMBIGUOUS, "ConnectionClosed"),
    ],
)
def test_each_answer_ends_as_the_table_says(behaviour: Behaviour, kind: SendErrorKind, code: str) -> None:
    error, server = _send_to(behaviour)
    assert (error.kind, error.provider_code) == (kind, code)
    assert error.remedy
    assert server.met == 1, "one call, one request"


def test_a_reset_inside_the_request_is_ambiguous_and_not_tried_again() -> None:
    async def scenario() -> None:
        async with FaultyHttp(reset_before_body) as server:
            sender = ses_sender(server.url, **FAST)
            error = await _failure(sender, lambda: sender.send(a_mail(size=2_000_000)))
            assert error.kind is AMBIGUOUS
            assert server.met == 1

    asyncio.run(scenario())


def test_a_kept_connection_that_the_server_drops_on_the_next_mail_is_in_doubt_and_not_tried_again() -> None:
    """General HTTP clients repeat requests on such connections by themselves; a mail must never be one of them."""

    async def scenario() -> None:
        async with FaultyHttp(accepts("first"), close_after_body, accepts("third")) as server:
            sender = ses_sender(server.url)
            assert await sender.send(a_mail()) == Receipt("first")
            with pytest.raises(SendError) as caught:
                await sender.send(a_mail())
            assert caught.value.kind is AMBIGUOUS
            assert (server.met, server.connections) == (2, 1)
            assert await sender.send(a_mail()) == Receipt("third")
            await sender.close()

    asyncio.run(scenario())


def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    async def scenario() -> None:
        async with FaultyHttp(accepts_and_closes("first"), accepts("second")) as server:
            sender = ses_sender(server.url)
            assert await sender.send(a_mail()) == Receipt("first")
            await asyncio.sleep(0.02)
            assert await sender.send(a_mail()) == Receipt("second")
            assert server.connections == 2
            await sender.close()

    asyncio.run(scenario())


def test_a_connection_that_rested_longer_than_allowed_is_not_used_again() -> None:
    async def scenario() -> None:
        async with FaultyHttp(accepts()) as server:
            sender = ses_sender(server.url, keepalive_seconds=0.02)
            await sender.send(a_mail())
            await asyncio.sleep(0.05)
            await sender.send(a_mail())
            assert server.connections == 2
            await sender.close()

    asyncio.run(scenario())


def test_a_slow_answer_is_waited_for() -> None:
    async def scenario() -> None:
        async with FaultyHttp(accepts_slowly(0.3)) as server:
            sender = ses_sender(server.url, read_seconds=0.5)
            assert await sender.send(a_mail()) == Receipt("slow")
            await sender.close()

    asyncio.run(scenario())


def test_the_total_time_bounds_an_answer_that_never_ends() -> None:
    async def scenario() -> None:
        async with FaultyHttp(accepts_slowly(60)) as server:
            sender = ses_sender(server.url, total_seconds=0.3)
            assert (await _failure(sender, lambda: sender.send(a_mail()))).kind is AMBIGUOUS

    asyncio.run(scenario())


@pytest.mark.parametrize("host", ["127.0.0.1", "nowhere.invalid"])
def test_no_connection_means_that_nothing_was_sent(host: str) -> None:
    async def scenario() -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            sender = ses_sender(f"http://{host}:{closed.getsockname()[1]}")
            assert (await _failure(sender, lambda: sender.send(a_mail()))).kind is UNREACHABLE

    asyncio.run(scenario())


def test_a_connection_that_is_never_completed_means_that_nothing_was_sent() -> None:
    async def scenario() -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(1)
            # It accepts TCP, but no TLS handshake ever ends.
            sender = ses_sender(f"https://127.0.0.1:{silent.getsockname()[1]}", **FAST)
            assert (await _failure(sender, lambda: sender.send(a_mail()))).kind is UNREACHABLE

    asyncio.run(scenario())


def test_a_connection_dropped_inside_the_tls_handshake_means_that_nothing_was_sent() -> None:
    async def scenario() -> None:
        async with FaultyHttp(garbage) as plain:
            sender = ses_sender(plain.url.replace("http:", "https:"), **FAST)
            assert (await _failure(sender, lambda: sender.send(a_mail()))).kind is UNREACHABLE

    asyncio.run(scenario())


def test_certificates_are_verified_and_a_bundle_can_vouch_for_one(tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path / "server.pem")

    async def scenario(url: str) -> None:
        stranger = ses_sender(url)
        assert (await _failure(stranger, lambda: stranger.send(a_mail()))).kind is UNREACHABLE
        friend = ses_sender(url, ca_bundle=str(certificate))
        assert (await friend.send(a_mail())).message_id
        await friend.close()
        confused = ses_sender(url, ca_bundle=str(tmp_path / "missing.pem"))
        error = await _failure(confused, lambda: confused.send(a_mail()))
        assert (error.kind, error.provider_code) == (STOPPED, "CaBundle")

    with running_sink(None, "--certificate", str(certificate)) as url:
        asyncio.run(scenario(url))


def test_the_quota_is_kept_for_a_while_and_never_in_doubt() -> None:
    async def scenario() -> None:
        account = b'{"SendQuota":{"Max24HourSend":200,"MaxSendRate":1,"SentLast24Hours":3},'
        account += b'"SendingEnabled":false,"ProductionAccessEnabled":false,"EnforcementStatus":"PROBATION"}'
        async with FaultyHttp(answers(500), garbage, answers_raw(200, account)) as server:
            sender = ses_sender(server.url)
            for _ in range(2):
                with pytest.raises(SendError) as caught:
                    await sender.quota()
                assert caught.value.kind is TRANSIENT
            expected = Quota(
                per_second=1,
                per_day=200,
                sent_last_day=3,
                sending_enabled=False,
                production=False,
                notes=("enforcement status PROBATION",),
            )
            assert await asyncio.gather(*(sender.quota() for _ in range(5))) == [expected] * 5
            assert server.met == 3
            assert "NOT enabled" in await sender.check()
            await sender.close()

    asyncio.run(scenario())


def test_an_account_that_may_only_send_has_an_unknown_quota() -> None:
    async def scenario() -> None:
        async with FaultyHttp(answers(403, "AccessDeniedException")) as server:
            sender = ses_sender(server.url)
            quota = await sender.quota()
            assert (quota.is_known, quota.per_second, quota.per_day) == (False, None, None)
            assert "max_rate" in quota.notes[0]
            await sender.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [404, 405, 501])
def test_an_endpoint_that_stands_in_for_ses_need_not_tell_a_quota(status: int) -> None:
    async def scenario() -> None:
        async with FaultyHttp(answers(status, "")) as server:
            sender = ses_sender(server.url)
            quota = await sender.quota()
            assert (quota.is_known, quota.per_second) == (True, None)
            await sender.close()

    asyncio.run(scenario())


def test_the_request_says_what_ses_must_know() -> None:
    async def scenario() -> None:
        async with FaultyHttp(accepts()) as server:
            sender = ses_sender(server.url, configuration_set="events")
            mail = a_mail("kim@example.com")
            await sender.send(mail)
            await sender.close()
            (request,) = server.requests
            assert (request.method, request.path) == ("POST", "/v2/email/outbound-emails")
            assert request.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
            assert "accept-encoding" not in request.headers
            assert b'"ConfigurationSetName":"events"' in request.body
            assert b'"ToAddresses":["kim@example.com"]' in request.body
            assert str(mail.delivery_id).encode() in request.body

    asyncio.run(scenario())
