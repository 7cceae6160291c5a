"""The outbox, read back: what a sender that mails nobody has taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol


class OutboxMail(Protocol):
    """One mail of an outbox."""

    @property
    def message_id(self) -> str:
        """Its name in the outbox: what the receipt said."""

    @property
    def at(self) -> datetime: ...

    @property
    def mail_from(self) -> str: ...

    @property
    def rcpt_to(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def size(self) -> int:
        """Bytes of the message."""

    @property
    def delivery_id(self) -> str: ...


class OutboxMails(Protocol):
    """Some mails, newest first."""

    @property
    def entries(self) -> Sequence[OutboxMail]: ...

    @property
    def after(self) -> str | None:
        """Where the next page begins; None at the end."""


class Outbox(Protocol):
    """Lists and reads mails. Blocking."""

    def page(self, *, after: str | None = None, limit: int = 50, search: str = "") -> OutboxMails:
        """``search`` is a part of address or subject, in any case. Raises ``Invalid`` for a foreign ``after``."""

    def read(self, message_id: str) -> bytes:
        """The message as it was taken. Raises ``NotFound``."""
