"""The stream of a run's progress while the run goes on."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import Any

from tank.api.events import events_of
from tank.api.runs import RunView
from tank.domain.errors import LogsDbUnavailable
from tank.domain.run import RunCounts

RUN: dict[str, Any] = {
    "id": "0198c0de-0000-7000-8000-000000000001",
    "job_id": "0198c0de-0000-7000-8000-000000000002",
    "automation_id": "0198c0de-0000-7000-8000-000000000003",
    "automation_name": "명세서",
    "revision_id": "0198c0de-0000-7000-8000-000000000004",
    "state": "RUNNING",
    "reason_code": "",
    "reason": "",
    "phase": "DELIVER",
    "files_checked": 0,
    "rate_per_second": 1.0,
    "eta_seconds": 2.0,
    "sealed_at": "2026-11-22T03:00:00Z",
    "started_at": "2026-11-22T03:00:00Z",
    "finished_at": None,
}
COUNTS = dict.fromkeys((field.name for field in fields(RunCounts)), 0)


def a_run(*, sent: int, **changes: Any) -> RunView:
    counts = COUNTS | {"sent": sent, "target": 2, "adds_up": True}
    return RunView.model_validate(RUN | {"counts": counts} | changes)


class Looks:
    """What each look at the run sees, in turn."""

    def __init__(self, *seen: RunView | Exception) -> None:
        self._seen = list(seen)

    def __call__(self) -> RunView:
        found = self._seen.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


def stream(first: RunView, *later: RunView | Exception) -> list[str]:
    async def collect() -> list[str]:
        return [event async for event in events_of(first, Looks(*later), period_seconds=0)]

    return asyncio.run(collect())


def kinds(events: list[str]) -> list[str]:
    return [event.split("\n", 1)[0] for event in events]


def test_news_are_told_and_the_end_is_the_last() -> None:
    end = a_run(sent=2, state="SUCCESS", finished_at="2026-11-22T03:01:00Z")
    events = stream(a_run(sent=0), a_run(sent=1), end)
    assert kinds(events) == ["event: progress", "event: progress", "event: end"]
    assert [event.split("\n")[1] for event in events] == ["id: 1", "id: 2", "id: end"]
    assert '"sent":2' in events[-1]


def test_without_news_the_connection_is_kept() -> None:
    end = a_run(sent=0, finished_at="2026-11-22T03:01:00Z")
    events = stream(a_run(sent=0), a_run(sent=0, eta_seconds=1.0), end)
    assert kinds(events) == ["event: progress", ": still there", "event: end"]


def test_a_logs_db_that_is_away_for_a_while_ends_nothing() -> None:
    end = a_run(sent=2, finished_at="2026-11-22T03:01:00Z")
    events = stream(a_run(sent=0), LogsDbUnavailable("away"), end)
    assert kinds(events) == [
        "event: progress",
        ": the Logs DB does not answer at the moment",
        ": still there",
        "event: end",
    ]
