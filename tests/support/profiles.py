"""Sender profiles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tank.domain.connection import SenderKind, SenderProfile
from tank.domain.ids import new_id

_MADE_AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def a_profile(
    kind: SenderKind, options: Mapping[str, Any] | None = None, secrets: Mapping[str, str] | None = None
) -> SenderProfile:
    """A profile named after its kind."""
    return SenderProfile(
        id=new_id(),
        name=f"my {kind}",
        kind=kind,
        options=options or {},
        secrets=secrets or {},
        created_at=_MADE_AT,
        updated_at=_MADE_AT,
    )
