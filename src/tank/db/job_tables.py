"""The tables of jobs, their runs and the shards of these; what reads and writes them is named for each."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Index, Integer, String, Table, Uuid, not_

from tank.db.metadata import FreeText, Json, UtcDateTime, metadata
from tank.domain.job import ACTIVE_STATES
from tank.domain.shard import ShardState

job = Table(
    "job",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("automation_id", Uuid, ForeignKey("automation.id"), nullable=False),
    Column("revision_id", Uuid, ForeignKey("revision.id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_since", UtcDateTime, nullable=False),
    Column("trigger", String(16), nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    # No foreign key: deleting a schedule leaves its jobs accounted for.
    Column("schedule_id", Uuid),
    Column("requested_by", FreeText, nullable=False),
    Column("source_run_id", Uuid),
    Column("resend_rows", Json, nullable=False),
    Column("retry_kinds", Json, nullable=False),
    Column("reason_code", String(64), nullable=False, server_default=""),
    Column("reason", FreeText, nullable=False, server_default=""),
    Column("starts", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    # Set when nothing is left to do, after the state is final: skipped rows are written, the summary is made.
    Column("closed", Boolean, nullable=False),
    Column("holder", Uuid),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", Double),
    Column("lease_boot", String(64)),
)
IS_ACTIVE = job.c.state.in_(sorted(ACTIVE_STATES))
Index("uq_job_active_automation", job.c.automation_id, unique=True, sqlite_where=IS_ACTIVE, postgresql_where=IS_ACTIVE)
Index("ix_job_automation", job.c.automation_id, job.c.id)
Index("ix_job_open", job.c.id, sqlite_where=not_(job.c.closed), postgresql_where=not_(job.c.closed))

run = Table(
    "run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("job_id", Uuid, ForeignKey("job.id"), nullable=False, unique=True),
    Column("automation_id", Uuid, ForeignKey("automation.id"), nullable=False),
    Column("revision_id", Uuid, ForeignKey("revision.id"), nullable=False),
    Column("phase", String(16), nullable=False),
    Column("columns", Json, nullable=False),
    Column("has_update", Boolean, nullable=False),
    Column("sealed_at", UtcDateTime),
    Column("target", Integer, nullable=False, server_default="0"),
    # The summary, written once when the run is finished (original document, section 8).
    Column("summary", Json),
    Column("files_checked", Integer, nullable=False, server_default="0"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
)
Index("ix_run_automation", run.c.automation_id, run.c.id)

shard = Table(
    "shard",
    metadata,
    Column("run_id", Uuid, ForeignKey("run.id"), primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("first_seq", Integer, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("holder", Uuid),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("lease_until", Double),
    Column("lease_boot", String(64)),
    # How often a lease of it ran out: a shard that kills its workers pauses the run.
    Column("crashes", Integer, nullable=False, server_default="0"),
)
NOT_DONE = shard.c.state != ShardState.DONE
Index("ix_shard_not_done", shard.c.run_id, shard.c.no, sqlite_where=NOT_DONE, postgresql_where=NOT_DONE)
