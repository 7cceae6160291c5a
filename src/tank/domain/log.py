"""What Tank writes down for people: system errors and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
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
    address: str = ""
