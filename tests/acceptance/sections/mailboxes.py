"""The other side of a sender, out of reach of Tank: an endpoint like SES, and an SMTP server.

Both take mails by the recipient's address: ``refused…`` is refused for good, ``busy…`` always told to slow down,
``once…`` the first time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.acceptance.crash.serving import free_port
from tests.fakes.ses_sink import running_sink

REFUSED, BUSY, ONCE = "refused@example.com", "busy@example.com", "once@example.com"


@dataclass(frozen=True, kw_only=True)
class Mailboxes:
    """Where mails arrive, and how a sender reaches it."""

    profile: Mapping[str, Any]
    #: What the provider's code for a refusal is.
    refusal: str
    folder: Path

    def mails(self, recipient: str) -> list[EmailMessage]:
        """Everything that arrived for an address."""
        read = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in self.folder.glob("*.eml")]
        return [mail for mail in read if mail["To"].addresses[0].addr_spec == recipient]


@contextmanager
def ses_mailboxes(folder: Path) -> Iterator[Mailboxes]:
    with running_sink(None, "--by-address", "--mails", str(folder)) as url:
        options = {"endpoint_url": url, "region": "ap-northeast-2", "access_key_id": "AKIDEXAMPLE"}
        profile = {"kind": "ses", "options": options, "secrets": {"secret_access_key": "secret"}, "max_rate": 200}
        yield Mailboxes(profile=profile, refusal="MessageRejected", folder=folder)


@contextmanager
def smtp_mailboxes(folder: Path) -> Iterator[Mailboxes]:
    port = free_port()
    controller = Controller(_Server(folder), hostname="127.0.0.1", port=port, server_hostname="peer.example")
    controller.start()
    try:
        profile = {"kind": "smtp", "options": {"host": "127.0.0.1", "port": port, "tls": "none"}, "max_rate": 200}
        yield Mailboxes(profile=profile, refusal="550", folder=folder)
    finally:
        controller.stop()


class _Server:
    """An aiosmtpd handler."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: set[str] = set()
        self._count = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        is_new = address not in self._seen
        self._seen.add(address)
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("busy") or (is_new and address.startswith("once")):
            return "451 4.7.0 too many mails, slow down"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self._count += 1
        (self._folder / f"{self._count:06}.eml").write_bytes(envelope.content)
        return f"250 2.0.0 queued as {self._count:06}"
