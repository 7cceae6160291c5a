"""Any SMTP server: a pool of connections, each of them used for many mails."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from tank.domain.errors import Misconfigured
from tank.domain.mail import OutgoingMail, Quota, Receipt
from tank.senders.options import flag, seconds, text, whole
from tank.senders.smtp_connection import SmtpConnection, SmtpServer
from tank.senders.threads import in_daemon_thread
from tank.senders.tls import trust

_PORTS = {"none": 25, "starttls": 587, "tls": 465}
#: A connection that rested longer is asked whether it still lives before a mail is trusted to it.
_ASK_AFTER_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOptions:
    """The options of an SMTP sender."""

    host: str | None = text("The server's name or address (required).")
    port: int | None = whole("Its port; else 25, 587 or 465 as tls says.", None, least=1, most=65535)
    tls: str = text(
        "none: plain text; starttls: upgraded, or nothing is sent; tls: from the first byte.",
        "starttls",
        choices=tuple(_PORTS),
    )
    username: str | None = text("The user to log in as; else no login.")
    password: str | None = text("The user's password.", secret=True)
    allow_plain_login: bool = flag("Whether the password may travel unencrypted (tls: none).", False)
    ca_bundle: str | None = text("File of certificate authorities to trust instead of this machine's.")
    local_hostname: str | None = text("The name to greet with; else this machine's.")
    max_concurrency: int = whole("Connections, and so mails under way at once.", 10, least=1, most=500)
    mails_per_connection: int = whole("Mails after which a connection is renewed.", 100, least=1, most=100_000)
    idle_seconds: float = seconds("How long an unused connection is kept.", 20.0, least=0.0, most=600.0)
    connect_seconds: float = seconds(
        "How long connecting and each step of the greeting may take.", 15.0, least=0.1, most=300.0
    )
    reply_seconds: float = seconds("How long the server may think about one command.", 120.0, least=0.1, most=1800.0)
    max_message_bytes: int = whole(
        "The largest message; less where the server says so.", 25_000_000, least=1000, most=200_000_000
    )


class SmtpSender:
    """The port ``Sender`` for an SMTP server. Connects when first used."""

    def __init__(self, options: SmtpOptions, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        check_options(options)
        self._options = options
        self._monotonic = monotonic
        self._slots = asyncio.Semaphore(options.max_concurrency)
        self._idle: list[SmtpConnection] = []
        self._preparing = asyncio.Lock()
        self._server: SmtpServer | None = None
        self._max_message_bytes = options.max_message_bytes

    @property
    def max_message_bytes(self) -> int:
        return self._max_message_bytes

    @property
    def max_concurrency(self) -> int:
        return self._options.max_concurrency

    async def send(self, mail: OutgoingMail) -> Receipt:
        """One SMTP transaction. Raises ``SendError`` as ``smtp_errors`` and ``smtp_connection`` have it."""
        async with self._slots:
            connection = await self._take()
            try:
                return await connection.send(mail)
            except asyncio.CancelledError:
                connection.drop()
                raise
            finally:
                await self._give_back(connection)

    async def quota(self) -> Quota:
        """SMTP knows no quota; the sender's ``max_rate`` is what limits it."""
        return Quota()

    async def check(self) -> str:
        async with self._slots:
            connection = await self._take()
            await self._give_back(connection)
        login = f", logged in as {self._options.username}" if self._options.username else ""
        return f"The SMTP server {self._options.host} answers (tls: {self._options.tls}{login})."

    async def close(self) -> None:
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.quit() for connection in idle))

    async def _take(self) -> SmtpConnection:
        """A connection that works: the one used last if it is fresh, else a new one."""
        while self._idle:
            connection = self._idle.pop()
            rested = self._monotonic() - connection.last_used
            if connection.is_open and rested <= self._options.idle_seconds:
                if (connection.is_clean and rested <= _ASK_AFTER_S) or await connection.is_alive():
                    return connection
                connection.drop()
            else:
                await connection.quit()
        connection = await SmtpConnection.open(self._server or await self._prepare())
        if connection.size_limit is not None:
            self._max_message_bytes = min(self._options.max_message_bytes, connection.size_limit)
        return connection

    async def _give_back(self, connection: SmtpConnection) -> None:
        connection.last_used = self._monotonic()
        if not connection.is_open:
            return
        if connection.sent >= self._options.mails_per_connection:
            await connection.quit()
        else:
            self._idle.append(connection)

    async def _prepare(self) -> SmtpServer:
        options = self._options
        async with self._preparing:
            if self._server is None:
                context = None
                if options.tls != "none":
                    context = await in_daemon_thread(lambda: trust(options.ca_bundle), "tank-smtp-tls")
                assert options.host is not None
                self._server = SmtpServer(
                    host=options.host,
                    port=options.port or _PORTS[options.tls],
                    tls=options.tls,
                    username=options.username,
                    password=options.password,
                    local_hostname=options.local_hostname or await in_daemon_thread(socket.getfqdn, "tank-smtp-name"),
                    connect_seconds=options.connect_seconds,
                    reply_seconds=options.reply_seconds,
                    context=context,
                )
            return self._server


def check_options(options: SmtpOptions) -> None:
    """What single options cannot tell. Raises ``Misconfigured``."""
    if options.host is None:
        raise Misconfigured("The SMTP sender has no host.", remedy="Set its option host.", code="sender_options")
    if options.username and options.tls == "none" and not options.allow_plain_login:
        raise Misconfigured(
            "The SMTP sender would send its password unencrypted.",
            remedy="Set tls to starttls or tls, or allow it on purpose with allow_plain_login.",
            code="sender_options",
        )
    if options.password and not options.username:
        raise Misconfigured(
            "The SMTP sender has a password but no username.", remedy="Set its option username.", code="sender_options"
        )
