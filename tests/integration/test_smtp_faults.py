"""What is known after each way in which an SMTP server can fail; TLS and login."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tank.domain.connection import SenderKind
from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tank.domain.ports.senders import Sender
from tank.senders.registry import SenderRegistry
from tests.fakes.faulty_smtp import Fault, FaultySmtp
from tests.support.certificates import server_context, write_certificate
from tests.support.loopback import serving
from tests.support.mails import a_mail
from tests.support.profiles import a_profile

AMBIGUOUS, REJECTED, STOPPED = SendErrorKind.AMBIGUOUS, SendErrorKind.REJECTED, SendErrorKind.STOPPED
THROTTLED, TRANSIENT, UNREACHABLE = SendErrorKind.THROTTLED, SendErrorKind.TRANSIENT, SendErrorKind.UNREACHABLE


def _sender(port: int, *, password: str | None = None, **options: Any) -> Sender:
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "local_hostname": "tank.example", **options}
    secrets = {} if password is None else {"password": password}
    return SenderRegistry(outbox_folder=Path("unused")).open(a_profile(SenderKind.SMTP, given, secrets))


async def _failure(sender: Sender, mail: OutgoingMail | None = None) -> SendError:
    try:
        with pytest.raises(SendError) as caught:
            await sender.send(mail or a_mail())
    finally:
        await sender.close()
    return caught.value


LOGIN = {"username": "shop", "allow_plain_login": True}


@pytest.mark.parametrize(
    ("place", "fault", "kind", "code"),
    [
        ("GREETING", "421 4.3.2 too many connections from you", THROTTLED, "421"),
        ("GREETING", "421 4.3.2 shutting down", TRANSIENT, "421"),
        ("GREETING", "554 5.7.1 your address is blocked", STOPPED, "554"),
        ("GREETING", Fault.CLOSE, UNREACHABLE, "SMTPConnectError"),
        ("GREETING", Fault.HANG, UNREACHABLE, "SMTPConnectTimeoutError"),
        ("EHLO", Fault.CLOSE, UNREACHABLE, "SMTPServerDisconnected"),
        ("AUTH", "535 5.7.8 wrong password", STOPPED, "535"),
        ("AUTH", "454 4.7.0 try later", TRANSIENT, "454"),
        ("MAIL", "530 5.7.0 authentication required", STOPPED, "530"),
        ("MAIL", "553 5.7.1 not your address", STOPPED, "553"),
        ("MAIL", "552 5.3.4 too large", REJECTED, "552"),
        ("MAIL", "451 4.3.0 local error", TRANSIENT, "451"),
        ("MAIL", "421 4.7.0 rate limit, slow down", THROTTLED, "421"),
        ("MAIL", Fault.CLOSE, TRANSIENT, "SMTPServerDisconnected"),
        ("RCPT", "550 5.1.1 no such user", REJECTED, "550"),
        ("RCPT", "554 5.7.1 relay access denied", STOPPED, "554"),
        ("RCPT", "450 4.2.0 greylisted, try again later", TRANSIENT, "450"),
        ("RCPT", "452 4.5.3 too many recipients", THROTTLED, "452"),
        ("RCPT", Fault.CLOSE, TRANSIENT, "SMTPServerDisconnected"),
        ("RCPT", Fault.HANG, TRANSIENT, "SMTPReadTimeoutError"),
        ("DATA", "554 5.5.1 no valid recipients", REJECTED, "554"),
        ("DATA", "451 4.3.0 not now", TRANSIENT, "451"),
        ("DATA", Fault.CLOSE, TRANSIENT, "SMTPServerDisconnected"),
        ("DOT", "550 5.7.1 looks like spam", REJECTED, "550"),
        ("DOT", "452 4.3.1 no space", TRANSIENT, "452"),
        ("DOT", "454 Throttling failure: Maximum sending rate exceeded.", THROTTLED, "454"),
        ("DOT", "454 Throttling failure: Daily message quota exceeded.", STOPPED, "454"),
        ("DOT", "354 what now", AMBIGUOUS, "354"),
        ("DOT", "this is no reply", AMBIGUOUS, "SMTPResponseException"),
        ("DOT", Fault.CLOSE, AMBIGUOUS, "SMTPServerDisconnected"),
        ("DOT", Fault.HANG, AMBIGUOUS, "SMTPReadTimeoutError"),
    ],
)
def test_each_reply_ends_as_the_table_says(place: str, fault: str | Fault, kind: SendErrorKind, code: str) -> None:
    async def scenario() -> None:
        async with FaultySmtp({place: fault}) as server:
            login = LOGIN if place == "AUTH" else {}
            sender = _sender(
                server.port, password="pw" if login else None, connect_seconds=0.2, reply_seconds=0.2, **login
            )
            error = await _failure(sender)
            assert (error.kind, error.provider_code) == (kind, code)
            assert error.remedy

    asyncio.run(scenario())


def test_a_server_lost_inside_the_message_cannot_have_taken_it() -> None:
    async def scenario() -> None:
        async with FaultySmtp({"BODY": Fault.CLOSE}) as server:
            # Larger than the buffers between the two, so that the loss is seen while bytes still wait here.
            error = await _failure(_sender(server.port, reply_seconds=5.0), a_mail(size=20_000_000))
            assert error.kind is TRANSIENT

    asyncio.run(scenario())


def test_nobody_there_means_that_nothing_was_sent() -> None:
    async def scenario() -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            assert (await _failure(_sender(closed.getsockname()[1]))).kind is UNREACHABLE

    asyncio.run(scenario())


def test_the_queue_reply_is_the_message_id_and_the_connection_is_kept() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            sender = _sender(server.port)
            for _ in range(3):
                assert await sender.send(a_mail()) == Receipt("2.0.0 queued as 4F2A")
            await sender.close()
            assert server.connections == 1
            assert server.commands.count("EHLO tank.example") == 1
            assert server.commands[-1] == "QUIT"

    asyncio.run(scenario())


def test_a_connection_is_renewed_after_enough_mails() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            sender = _sender(server.port, mails_per_connection=2)
            for _ in range(5):
                await sender.send(a_mail())
            await sender.close()
            assert server.connections == 3

    asyncio.run(scenario())


def test_no_more_connections_than_allowed() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            sender = _sender(server.port, max_concurrency=3)
            await asyncio.gather(*(sender.send(a_mail()) for _ in range(30)))
            await sender.close()
            assert server.connections <= 3
            assert len(server.messages) == 30

    asyncio.run(scenario())


def test_a_refused_mail_is_forgotten_before_the_next_one() -> None:
    async def scenario() -> None:
        async with FaultySmtp({"RCPT": "550 5.1.1 no such user"}) as server:
            sender = _sender(server.port)
            with pytest.raises(SendError):
                await sender.send(a_mail())
            server.heal()
            await sender.send(a_mail())
            await sender.close()
            assert server.connections == 1
            assert [line.split(" ")[0] for line in server.commands[1:]] == [
                *("MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "QUIT")
            ]

    asyncio.run(scenario())


def test_a_connection_that_the_server_gave_up_costs_no_attempt() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            sender = _sender(server.port)
            await sender.send(a_mail())
            server.hang_up()
            await asyncio.sleep(0.02)
            await sender.send(a_mail())
            await sender.close()
            assert server.connections == 2

    asyncio.run(scenario())


def test_dots_are_doubled_and_bare_line_ends_cannot_hide_a_second_mail() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            sender = _sender(server.port)
            smuggled = b".first\r\n\n.\nMAIL FROM:<evil@example.com>\r.\r\nlast"
            await sender.send(a_mail(body=smuggled))
            await sender.close()
            (message,) = server.messages
            assert message.endswith(b"\r\n\r\n..first\r\n\r\n..\r\nMAIL FROM:<evil@example.com>\r\n..\r\nlast\r\n")
            assert b"\n" not in message.replace(b"\r\n", b"")

    asyncio.run(scenario())


@pytest.mark.parametrize("address", ["a@b.example>\r\nRCPT TO:<c@d.example", "한글@example.com", "a b@c.example", "x"])
def test_an_address_that_no_envelope_can_hold_is_rejected_unsent(address: str) -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            good = a_mail()
            mail = OutgoingMail(
                delivery_id=good.delivery_id,
                attempt_token=good.attempt_token,
                mail_from=good.mail_from,
                rcpt_to=address,
                message=good.message,
            )
            assert (await _failure(_sender(server.port), mail)).kind is REJECTED
            assert server.messages == []

    asyncio.run(scenario())


def test_the_servers_size_limit_becomes_the_senders() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            sender = _sender(server.port)
            assert sender.max_message_bytes == 25_000_000
            assert "answers" in await sender.check()
            assert sender.max_message_bytes == 1_000_000
            await sender.close()

    asyncio.run(scenario())


class _Mailbox:
    """An aiosmtpd handler that counts."""

    def __init__(self) -> None:
        self.logins: list[bytes] = []
        self.mails = 0

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self.mails += 1
        return "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append(data.login)
        return AuthResult(success=data.password == b"right", handled=False)


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_tls_is_verified_and_login_works_inside_it(tmp_path: Path, tls: str) -> None:
    certificate = write_certificate(tmp_path / "server.pem")
    mailbox = _Mailbox()

    def serve() -> SMTP:
        return SMTP(
            mailbox,
            authenticator=mailbox.authenticate,
            auth_require_tls=tls == "starttls",
            tls_context=server_context(certificate) if tls == "starttls" else None,
        )

    async def scenario() -> None:
        direct = server_context(certificate) if tls == "tls" else None
        trusted = {"tls": tls, "username": "shop", "ca_bundle": str(certificate)}
        async with serving(serve, tls=direct) as port:
            good = _sender(port, password="right", **trusted)
            await good.send(a_mail())
            await good.close()
            assert (mailbox.logins, mailbox.mails) == ([b"shop"], 1)

            wrong = await _failure(_sender(port, password="wrong", **trusted))
            assert (wrong.kind, wrong.provider_code) == (STOPPED, "535")
            stranger = await _failure(_sender(port, password="right", tls=tls, username="shop"))
            assert stranger.kind is UNREACHABLE
            assert mailbox.mails == 1

    asyncio.run(scenario())


def test_without_starttls_on_offer_nothing_is_sent_in_the_clear() -> None:
    async def scenario() -> None:
        async with FaultySmtp() as server:
            error = await _failure(_sender(server.port, tls="starttls"))
            assert (error.kind, error.provider_code) == (STOPPED, "NoStartTls")
            assert server.messages == []

    asyncio.run(scenario())
