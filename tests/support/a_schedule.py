"""Schedules for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tank.domain.schedule import Schedule


def utc(text: str) -> datetime:
    """A UTC moment, for example ``2026-11-22 09:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_schedule(cron: str | None = None, *, since: datetime | str = "2026-11-22 00:00", **fields: Any) -> Schedule:
    """An enabled schedule whose slots up to ``since`` (UTC) are done with."""
    since = utc(since) if isinstance(since, str) else since
    values = {"id": UUID(int=1), "automation_id": UUID(int=2), "cron": cron, "done_until": since}
    return Schedule(**(values | {"created_at": since, "updated_at": since} | fields))
