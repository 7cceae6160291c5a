"""Runs in a throwaway Logs DB, ready to be delivered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from bench.mails import customer
from tank.clock import SystemClock
from tank.db.database import Database
from tank.db.upgrade import upgrade
from tank.db.vault import AesVault
from tank.domain.automation import Automation, Definition, Revision
from tank.domain.delivery import NewDelivery
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState, Trigger
from tank.domain.run import Run, RunCounts, RunPhase
from tank.domain.shard import Shard

#: As large as a worker's shards get.
SHARD_ROWS = 2_000
_LEASE_SECONDS = 3_600.0
TARGET_COLUMNS = ("CUST_ID", "NAME", "EMAIL", "TOTAL")
_CHUNK = 5_000
_numbers = count(1)


@contextmanager
def throwaway_logs_db() -> Iterator[Database]:
    """A migrated SQLite Logs DB (WAL, synchronous=FULL, payloads encrypted) in a temporary folder."""
    with TemporaryDirectory(prefix="tank-bench-") as folder:
        database = Database(
            f"sqlite:///{Path(folder) / 'tank.db'}", vault=AesVault([bytes(range(32))]), clock=SystemClock()
        )
        try:
            upgrade(database)
            yield database
        finally:
            database.close()


def begin_run(database: Database, definition: Definition | None = None) -> tuple[UUID, UUID, int]:
    """A RUNNING job with an unsealed run: the run's id, the automation's, and the job's fence."""
    now = datetime.now(UTC)
    definition = definition or Definition()
    automation_id, revision_id, job_id, run_id = new_id(), new_id(), new_id(), new_id()
    with database.write() as tables:
        tables.automations.add(
            Automation(
                id=automation_id, name=f"bench {next(_numbers)}", draft=definition, draft_version=1,
                created_at=now, updated_at=now,
            )
        )  # fmt: skip
        tables.automations.publish(
            Revision(
                id=revision_id, automation_id=automation_id, number=1, definition=definition, sha256="0" * 64,
                published_by="bench", published_at=now,
            )
        )  # fmt: skip
        tables.jobs.add(
            Job(
                id=job_id, automation_id=automation_id, revision_id=revision_id, state=JobState.WAITING,
                trigger=Trigger.MANUAL, due_at=now, requested_by="bench", created_at=now,
            )
        )  # fmt: skip
        fence = tables.jobs.claim(job_id, new_id(), lease_seconds=_LEASE_SECONDS, at=now)
        assert fence is not None
        tables.runs.add(
            Run(
                id=run_id, job_id=job_id, automation_id=automation_id, revision_id=revision_id,
                phase=RunPhase.SNAPSHOT, columns=TARGET_COLUMNS, counts=RunCounts(), started_at=now,
            ),
            has_update=False,
        )  # fmt: skip
    return run_id, automation_id, fence


def new_deliveries(first: int, last: int) -> list[NewDelivery]:
    """Recipients ``first`` up to and without ``last``, as a snapshot has them; the first has seq 1."""
    people = (customer(number) for number in range(first, last))
    return [
        NewDelivery(
            id=new_id(), seq=who.number + 1, recipient_key=str(who.number), email=who.email, name=who.name,
            values=(who.number, who.name, who.email, who.total),
        )
        for who in people
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SealedRun:
    """A run whose shards wait for a worker."""

    job_id: UUID
    shards: Sequence[Shard]


def sealed_run(database: Database, recipients: int, definition: Definition) -> SealedRun:
    """A run with its recipients, sealed."""
    run_id, automation_id, fence = begin_run(database, definition)
    now = datetime.now(UTC)
    for first in range(0, recipients, _CHUNK):
        rows = new_deliveries(first, min(first + _CHUNK, recipients))
        with database.write() as tables:
            tables.ledger.add_snapshot(run_id, automation_id, rows, fence=fence, at=now)
    with database.write() as tables:
        shards = tables.runs.seal(run_id, target=recipients, shard_size=SHARD_ROWS, at=now)
        return SealedRun(tables.runs.get(run_id).job_id, shards)
