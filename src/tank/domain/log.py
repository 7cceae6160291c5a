"""What Tank writes down for people: system errors and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemErrorRecord:
    """A row of SYSTEM_ERROR_LOG: a failure of Tank's surroundings that an operator should see."""

    id: UUID
    at: datetime
    #: Which part failed: ``source``, ``sender``, ``storage``, ``worker``, ``scheduler``, ``logs_db``.
    component: str
    code: str
    message: str
    remedy: str = ""
    automation_id: UUID | None = None
    run_id: UUID | None = None
    worker_id: UUID | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A row of AUDIT_LOG: who did what."""

    id: UUID
    at: datetime
    actor: str
    #: A verb with its noun, for example ``automation.publish``.
    action: str
    #: What it was done to, for example an automation's id.
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    #: The network address that the request came from; empty where none did.
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord(AuditEntry):
    """An entry in its place in the chain of AUDIT_LOG: see ``domain/audit_chain.py``."""

    #: 1, 2, 3…, without a gap.
    no: int
    #: 32 bytes.
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries of AUDIT_LOG; everything that is given must fit."""

    #: Any of these; all, where empty.
    subjects: Sequence[str] = ()
    actor: str | None = None
    #: How the action begins: ``automation.`` for all that is done to automations.
    action: str = ""
    since: datetime | None = None
    #: The first moment that no longer counts.
    until: datetime | None = None
