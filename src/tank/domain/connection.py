"""Named data sources and senders: where an automation reads, and through what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ConnectionKind(StrEnum):
    """What speaks on the other side of a connection."""

    SQL = "sql"  # any database that SQLAlchemy speaks, by URL
    ORACLE = "oracle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A named data source."""

    id: UUID
    name: str
    kind: ConnectionKind
    #: What the adapter needs except secrets, for example ``{"url": "sqlite:////srv/demo.db"}``.
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Secrets by name, in the clear in memory and encrypted at rest; the API never returns them.
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    created_at: datetime
    updated_at: datetime


class SenderKind(StrEnum):
    """What takes the mails."""

    OUTBOX = "outbox"
    SMTP = "smtp"
    SES = "ses"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderProfile:
    """A named way to send, shared by automations; its rate is shared by all workers."""

    id: UUID
    name: str
    kind: SenderKind
    options: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Mails a second at most, over all workers; None takes the account's own rate.
    max_rate: float | None = None
    created_at: datetime
    updated_at: datetime
