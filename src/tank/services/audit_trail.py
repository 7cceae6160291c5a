"""Writing to the audit trail, in the transaction of what is done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from tank.domain.ids import new_id
from tank.domain.log import AuditEntry
from tank.domain.ports.store import Tables


def note(
    tables: Tables,
    action: str,
    subject: UUID | str,
    *,
    by: str,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Record that ``by`` did ``action`` (for example ``automation.publish``) to ``subject``."""
    entry = AuditEntry(id=new_id(), at=at, actor=by, action=action, subject=str(subject), detail=detail or {})
    tables.audit.add(entry)
