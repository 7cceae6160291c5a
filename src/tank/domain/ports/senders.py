"""A sender: what takes composed mails, one recipient each."""

from __future__ import annotations

from typing import Protocol

from tank.domain.connection import SenderProfile
from tank.domain.mail import OutgoingMail, Quota, Receipt


class Sender(Protocol):
    """Asynchronous; safe to call many times at once; makes exactly one attempt a call."""

    @property
    def max_message_bytes(self) -> int:
        """The largest message that the other side takes, as composed (base64 included)."""

    @property
    def max_concurrency(self) -> int:
        """How many sends may usefully be under way at once."""

    async def send(self, mail: OutgoingMail) -> Receipt:
        """Hand one mail over. Raises ``SendError``, whose kind says what is known afterwards.

        Cancelling it after the first byte leaves the outcome ambiguous: callers wait instead.
        """

    async def quota(self) -> Quota:
        """What the account may send. Raises ``SendError``."""

    async def check(self) -> str:
        """Connect without sending and say what answers. Raises ``SendError``."""

    async def close(self) -> None:
        """Close every connection."""


class Senders(Protocol):
    """Makes senders out of profiles."""

    def open(self, profile: SenderProfile) -> Sender:
        """A sender for this event loop. Raises ``Misconfigured`` where the options make no sense."""
