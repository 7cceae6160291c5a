"""One connection to an SMTP server: it opens, sends mail after mail, and knows what is known when it breaks."""

from __future__ import annotations

import asyncio
import re
import ssl
from dataclasses import dataclass
from typing import cast

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol, normalize_message_line_endings

from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tank.senders.smtp_errors import Stage, failure, refusal

_TEXT_LIMIT = 250
_START_INPUT = 354
_FINAL_DOT = b".\r\n"
#: What may stand between the angle brackets of an envelope: no space, control character or bracket.
_ENVELOPE = re.compile(r"[!-;=?-~]+@[!-;=?-~]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Whom to talk to, and how long to wait; seconds."""

    host: str
    port: int
    #: "none", "starttls" or "tls".
    tls: str
    username: str | None
    password: str | None
    local_hostname: str | None
    connect_seconds: float
    reply_seconds: float
    context: ssl.SSLContext | None


class SmtpConnection:
    """A connection, used by one mail at a time."""

    def __init__(self, client: aiosmtplib.SMTP, server: SmtpServer) -> None:
        self._client = client
        self._server = server
        self.sent = 0
        #: False while a mail is under way, and after one that was refused.
        self.is_clean = True
        self.last_used = 0.0

    @classmethod
    async def open(cls, server: SmtpServer) -> SmtpConnection:
        """Connect, start TLS and log in. Raises ``SendError``: no mail is concerned yet."""
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=False,
            tls_context=server.context,
            local_hostname=server.local_hostname,
            timeout=server.connect_seconds,
        )
        connection = cls(client, server)
        try:
            await connection._greet()
        except BaseException:
            connection.drop()
            raise
        return connection

    @property
    def is_open(self) -> bool:
        return self._client.is_connected

    @property
    def size_limit(self) -> int | None:
        """The largest message the server says it takes (RFC 1870); None where it says nothing."""
        size = self._client.esmtp_extensions.get("size", "")
        return int(size) if size.isdigit() and int(size) > 0 else None

    async def is_alive(self) -> bool:
        """Whether the server still answers; RSET also clears what an earlier mail left behind."""
        try:
            await self._client.rset(timeout=self._server.reply_seconds)
        except (aiosmtplib.SMTPException, OSError):
            return False
        self.is_clean = self.is_open
        return self.is_open

    async def send(self, mail: OutgoingMail) -> Receipt:
        """Hand one mail over. Raises ``SendError``; before the final dot has left, nothing is in doubt."""
        message = _lines(mail.message)
        self.is_clean = False
        try:
            await self._envelope(mail, message)
            protocol = await self._message(message)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.drop()
            text = f"The SMTP server was lost before it had the whole message: {error}"
            raise failure(SendErrorKind.TRANSIENT, type(error).__name__, text) from error
        return await self._final_reply(protocol)

    async def quit(self) -> None:
        """Say goodbye, or hang up where nobody listens."""
        try:
            await self._client.quit(timeout=2)
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        """Hang up at once; what is still in the buffer never leaves."""
        if self._client.transport is not None:
            cast(asyncio.WriteTransport, self._client.transport).abort()
        self._client.close()

    async def _greet(self) -> None:
        try:
            await self._client.connect()
        except aiosmtplib.SMTPConnectResponseError as error:
            raise refusal(Stage.CONNECT, error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            where = f"{self._server.host}:{self._server.port}"
            text = f"No connection to the SMTP server {where} could be made: {error}"
            raise failure(SendErrorKind.UNREACHABLE, type(error).__name__, text) from error
        try:
            await self._secure()
            await self._login()
        except aiosmtplib.SMTPResponseException as error:
            raise refusal(Stage.LOGIN, error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            text = f"The SMTP server was lost while greeting it: {error}"
            raise failure(SendErrorKind.UNREACHABLE, type(error).__name__, text) from error

    async def _secure(self) -> None:
        await self._client.ehlo()
        if self._server.tls != "starttls":
            return
        if not self._client.supports_extension("starttls"):
            raise failure(SendErrorKind.STOPPED, "NoStartTls", "The SMTP server does not offer STARTTLS.")
        await self._client.starttls()
        await self._client.ehlo()

    async def _login(self) -> None:
        if self._server.username is None:
            return
        try:
            await self._client.login(self._server.username, self._server.password or "")
        except aiosmtplib.SMTPNotSupported as error:
            text = "The SMTP server offers no way to log in on this connection (many offer it only with tls)."
            raise failure(SendErrorKind.STOPPED, "NoLogin", text) from error

    async def _envelope(self, mail: OutgoingMail, message: bytes) -> None:
        options = []
        if self._client.supports_extension("size"):
            options.append(f"SIZE={len(message)}".encode())
        if self._client.supports_extension("8bitmime") and not message.isascii():
            options.append(b"BODY=8BITMIME")
        sender = _envelope_address(mail.mail_from, SendErrorKind.STOPPED)
        recipient = _envelope_address(mail.rcpt_to, SendErrorKind.REJECTED)
        await self._command(Stage.SENDER, b"MAIL", b"FROM:<" + sender + b">", *options)
        await self._command(Stage.RECIPIENT, b"RCPT", b"TO:<" + recipient + b">")

    async def _command(self, stage: Stage, *words: bytes) -> None:
        reply = await self._client.execute_command(*words, timeout=self._server.reply_seconds)
        if not 200 <= reply.code < 300:
            raise refusal(stage, reply.code, reply.message)

    async def _message(self, message: bytes) -> SMTPProtocol:
        """DATA and the message, and last its final dot, which leaves only once all the rest has."""
        reply = await self._client.execute_command(b"DATA", timeout=self._server.reply_seconds)
        if reply.code != _START_INPUT:
            raise refusal(Stage.DATA, reply.code, reply.message)
        protocol = self._client.protocol
        if protocol is None or protocol.transport is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        transport = cast(asyncio.WriteTransport, protocol.transport)
        protocol.write(_stuffed(message))
        async with asyncio.timeout(self._server.reply_seconds):
            await asyncio.sleep(0)
            # A transport's own notice that it is empty goes to aiosmtplib's protocol, which does not pass it on.
            while transport.get_write_buffer_size():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        protocol.write(_FINAL_DOT)
        return protocol

    async def _final_reply(self, protocol: SMTPProtocol) -> Receipt:
        try:
            reply = await protocol.read_response(timeout=self._server.reply_seconds)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.drop()
            text = f"The SMTP server was lost after it had the whole message: {error}"
            raise failure(SendErrorKind.AMBIGUOUS, type(error).__name__, text) from error
        if not 200 <= reply.code < 300:
            raise refusal(Stage.DATA, reply.code, reply.message)
        self.sent += 1
        self.is_clean = True
        text = " ".join(reply.message.split())
        return Receipt(text[:_TEXT_LIMIT] or str(reply.code))


def _lines(message: bytes) -> bytes:
    """The message with CRLF alone: a bare CR or LF could hide a second mail from one server and not from the next."""
    ends = message.count(b"\r\n")
    if message.count(b"\n") == ends == message.count(b"\r") and message.endswith(b"\r\n"):
        return message
    return normalize_message_line_endings(message)


def _stuffed(message: bytes) -> bytes:
    """A dot more before each line that begins with one (RFC 5321 section 4.5.2)."""
    stuffed = message.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _envelope_address(address: str, kind: SendErrorKind) -> bytes:
    if not _ENVELOPE.fullmatch(address):
        text = f"{address!r} cannot stand in an SMTP envelope: ASCII without spaces and brackets is needed."
        raise SendError(kind, "BadAddress", text, remedy="Correct the address; international ones are not supported.")
    return address.encode("ascii")
