"""Each sender with the peer that takes its mails, in one shape, so that one suite can run on all of them."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tank.domain.connection import SenderKind
from tank.domain.mail import OutgoingMail, SendErrorKind
from tank.domain.ports.senders import Sender
from tank.senders.outbox_reader import OutboxReader
from tank.senders.registry import SenderRegistry
from tests.fakes.senders import ScriptedSender
from tests.support.loopback import serving
from tests.support.mails import SENDER, a_mail
from tests.support.profiles import a_profile

REFUSED = "refused@example.com"
AWS_OPTIONS = {"region": "us-east-1", "access_key_id": "AKIDEXAMPLE"}
AWS_SECRETS = {"secret_access_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A sender, and what is on its other side."""

    sender: Sender
    #: Recipients and messages that the other side took.
    accepted: Callable[[], list[tuple[str, bytes]]]
    #: A mail that the other side refuses for good.
    refused: OutgoingMail


@asynccontextmanager
async def fake_peer() -> AsyncIterator[Peer]:
    """The in-memory sender."""
    sender = ScriptedSender()
    sender.fail(SendErrorKind.REJECTED, to=REFUSED)
    yield Peer(sender, lambda: [(mail.rcpt_to, mail.message) for mail in sender.accepted], a_mail(REFUSED))


@asynccontextmanager
async def outbox_peer(folder: Path) -> AsyncIterator[Peer]:
    """The outbox; it refuses only what is too large."""
    registry = SenderRegistry(outbox_folder=folder)
    profile = a_profile(SenderKind.OUTBOX, {"max_message_bytes": 5_000_000})
    reader = OutboxReader(folder)

    def accepted() -> list[tuple[str, bytes]]:
        page = reader.page(limit=10_000)
        return [(entry.rcpt_to, reader.read(entry.message_id)) for entry in reversed(page.entries)]

    yield Peer(registry.open(profile), accepted, a_mail(size=6_000_000))


class _Mailbox:
    """An aiosmtpd handler that keeps mails and refuses one recipient."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, bytes]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address == REFUSED:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        (recipient,) = envelope.rcpt_tos
        self.mails.append((recipient, envelope.content))
        return f"250 2.0.0 queued as {len(self.mails):06d}"


@asynccontextmanager
async def smtp_peer() -> AsyncIterator[Peer]:
    """aiosmtpd on loopback."""
    mailbox = _Mailbox()
    async with serving(lambda: SMTP(mailbox, data_size_limit=10_000_000, hostname="peer.example")) as port:
        profile = a_profile(SenderKind.SMTP, {"host": "127.0.0.1", "port": port, "tls": "none"})
        sender = SenderRegistry(outbox_folder=Path("unused")).open(profile)
        yield Peer(sender, lambda: list(mailbox.mails), a_mail(REFUSED))


def ses_sender(url: str, **options: Any) -> Sender:
    """An SES sender for an endpoint of ours."""
    profile = a_profile(SenderKind.SES, {**AWS_OPTIONS, "endpoint_url": url, **options}, AWS_SECRETS)
    return SenderRegistry(outbox_folder=Path("unused")).open(profile)


@asynccontextmanager
async def moto_peer(url: str) -> AsyncIterator[Peer]:
    """moto's server, with the sender's domain verified. It knows no GetAccount."""
    await asyncio.to_thread(_post, f"{url}/moto-api/reset", b"")
    identity = json.dumps({"EmailIdentity": SENDER.partition("@")[2]}).encode()
    await asyncio.to_thread(_post, f"{url}/v2/email/identities", identity)

    def accepted() -> list[tuple[str, bytes]]:
        with urllib.request.urlopen(f"{url}/moto-api/data.json") as answer:
            mails = json.load(answer)["ses"]["RawMessage"]
        return [(mail["destinations"][0], mail["raw_data"].encode()) for mail in mails]

    yield Peer(ses_sender(url), accepted, a_mail("no-domain"))


def _post(url: str, body: bytes) -> None:
    # moto tells the service by the credential scope.
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKID/20261102/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0"
    )
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        answer.read()


@contextmanager
def running_moto() -> Iterator[str]:
    """moto's server in a process of its own; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = subprocess.DEVNULL
    command = [sys.executable, "-m", "moto.server", "-p", str(port)]
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("moto's server did not start within 30 s")
