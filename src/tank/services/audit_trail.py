"""Writing to the audit trail, in the transaction of what is done: every entry is made here."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ids import new_id
from tank.domain.log import AuditEntry
from tank.domain.ports.store import Tables
from tank.services.definition_texts import checked_text

#: The network address of whoever makes the request that is being answered. The API sets it for the length of a
#: request; elsewhere (scheduler, workers, command line) it is empty. Threads that FastAPI runs routes in, and those
#: that stream answers, get a copy of the context.
client_address: ContextVar[str] = ContextVar("client_address", default="")

LONGEST_REASON: Final = 200


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
    tables.audit.add(
        AuditEntry(
            id=new_id(),
            at=at,
            actor=by,
            action=action,
            subject=str(subject),
            detail=detail or {},
            address=client_address.get(),
        )
    )


def checked_reason(reason: str) -> str:
    """Why somebody wants to see personal data, without surrounding space. Raises ``Invalid``.

    개인정보의 안전성 확보조치 기준: the access log names account, time, address, subject and action, and a download of
    personal data needs a stated reason. Looking at it needs one here too.
    """
    reason = checked_text(reason.strip(), field="reason", longest=LONGEST_REASON)
    if not reason:
        problem = FieldProblem(field="reason", message="Say what the data is needed for.", code="reason_required")
        raise Invalid(
            "Personal data is shown for a reason, which is kept in the audit log.",
            problems=[problem],
            remedy=f"Add `reason`, 1 to {LONGEST_REASON} characters, or leave `reveal` out for masked data.",
            code="reason_required",
        )
    return reason
