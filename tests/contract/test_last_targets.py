"""How many recipients the last runs had, on both databases."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import update

from tank.db.database import Database
from tank.db.job_tables import job as job_table
from tank.domain.job import JobState, Trigger
from tests.fakes.clock import START
from tests.support.a_run import a_sealed_run
from tests.support.published import a_published_automation


@pytest.fixture
def automation_id(logs_db: Database) -> UUID:
    return a_published_automation(logs_db)


def ended(
    logs_db: Database,
    automation_id: UUID,
    count: int,
    *,
    state: JobState = JobState.SUCCESS,
    trigger: Trigger = Trigger.MANUAL,
) -> UUID:
    """A run of ``count`` recipients that ended."""
    run = a_sealed_run(logs_db, count=count, automation_id=automation_id)
    with logs_db.write() as tables:
        tables.connection.execute(
            update(job_table).where(job_table.c.id == run.job_id).values(state=state, trigger=trigger)
        )
        tables.runs.finish(run.run_id, at=START)
    return run.run_id


def targets(logs_db: Database, automation_id: UUID, limit: int = 5) -> list[int]:
    with logs_db.read() as tables:
        return [one.target for one in tables.runs.last_targets(automation_id, limit=limit)]


def test_the_newest_come_first(logs_db: Database, automation_id: UUID) -> None:
    ids = [ended(logs_db, automation_id, count) for count in (4, 0, 6)]
    with logs_db.read() as tables:
        found = tables.runs.last_targets(automation_id, limit=5)
    assert [(one.run_id, one.target, one.finished_at) for one in found] == [
        (run_id, count, START) for run_id, count in zip(reversed(ids), (6, 0, 4), strict=True)
    ]
    assert targets(logs_db, automation_id, limit=2) == [6, 0]


def test_only_runs_that_say_what_is_usual_count(logs_db: Database, automation_id: UUID) -> None:
    ended(logs_db, automation_id, 3, state=JobState.PARTIAL, trigger=Trigger.SCHEDULE)
    for state in (JobState.CANCELLED, JobState.FAIL):
        ended(logs_db, automation_id, 900, state=state)
    for trigger in (Trigger.RETRY, Trigger.RESEND):
        ended(logs_db, automation_id, 1, trigger=trigger)
    ended(logs_db, a_published_automation(logs_db, name="another"), 50)
    a_sealed_run(logs_db, count=7, automation_id=automation_id)  # still going on
    assert targets(logs_db, automation_id) == [3]
