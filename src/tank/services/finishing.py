"""How runs end: by their last shard, or early."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tank.domain.delivery import ErrorKind
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.engines import Engine
from tank.domain.ports.store import Tables
from tank.domain.run import RunCounts, final_state
from tank.domain.shard import ShardLease
from tank.domain.worker import Task, TaskKind


def close_shard(tables: Tables, lease: ShardLease, job_id: UUID, *, at: datetime) -> bool:
    """Give a shard back: DONE where nothing is left, else OPEN. Ends the run with its last shard.

    A cancelled or aborted job's PENDING rows become SKIPPED here. Says whether the shard is done.
    """
    job = tables.jobs.get(job_id)
    if not job.state.is_active:
        kind = ErrorKind.CANCELLED if job.state is JobState.CANCELLED else ErrorKind.ABORTED
        tables.ledger.skip_pending(lease, error_kind=kind, error_text=_why(job), at=at)
    if not tables.shards.complete(lease):
        tables.shards.release(lease)
        return False
    if tables.shards.all_done(lease.shard.run_id):
        finish_run(tables, lease.shard.run_id, at=at)
    return True


def _why(job: Job) -> str:
    return job.reason or f"The job is {job.state}."


def finish_run(tables: Tables, run_id: UUID, *, at: datetime) -> None:
    """Write the run's summary and the job's last state. Harmless when repeated; a paused job stays paused.

    Raises ``RuntimeError`` where a recipient is not accounted for: such a run must never look finished.
    """
    run = tables.runs.get(run_id)
    job = tables.jobs.get(run.job_id)
    if job.state is JobState.PAUSED:
        return
    if left := tables.runs.waiting(run_id):
        raise RuntimeError(f"Run {run_id} has no open shard, yet {left:,} of its recipients wait.")
    if job.state is JobState.RUNNING:
        state = final_state(run.counts, defects=tables.runs.defects(run_id))
        why = ("nobody_sent", _nobody_sent(run.counts)) if state is JobState.FAIL else ("", "")
        moved = tables.jobs.move(
            job.id, before=(JobState.RUNNING,), after=state, at=at, reason_code=why[0], reason=why[1]
        )
        if not moved and tables.jobs.get(job.id).state.is_active:
            return  # on PostgreSQL a pause may come between: whoever resumes it ends the run
    tables.runs.finish(run_id, at=at)
    tables.jobs.close(job.id)


def _nobody_sent(counts: RunCounts) -> str:
    ends = {"FAIL": counts.fail, "SKIPPED": counts.skipped, "UNKNOWN": counts.unknown}
    return f"No recipient is SENT: {', '.join(f'{count:,} {end}' for end, count in ends.items() if count)}."


def pause_job(tables: Tables, job: Job, error: SystemErrorRecord) -> bool:
    """Pause a running job because of its surroundings, and tell people why; False where it was not running."""
    moved = tables.jobs.move(
        job.id,
        before=(JobState.RUNNING,),
        after=JobState.PAUSED,
        at=error.at,
        reason_code=error.code,
        reason=error.message,
    )
    if moved:
        tables.system_errors.add(error)
    return moved


def fail_job(tables: Tables, engine: Engine, job: Job, error: SystemErrorRecord) -> bool:
    """End a job as FAIL: abort. What was sent stays sent and recorded; a worker skips the rest."""
    moved = tables.jobs.move(
        job.id,
        before=(JobState.WAITING, JobState.RUNNING, JobState.PAUSED),
        after=JobState.FAIL,
        at=error.at,
        reason_code=error.code,
        reason=error.message,
    )
    if moved:
        tables.system_errors.add(error)
        engine.defer(tables, Task(kind=TaskKind.RUN_JOB, job_id=job.id))
    return moved


def system_error(
    component: str, code: str, message: str, *, at: datetime, job: Job, run_id: UUID | None = None, remedy: str = ""
) -> SystemErrorRecord:
    """A SYSTEM_ERROR_LOG row about a job."""
    return SystemErrorRecord(
        id=new_id(),
        at=at,
        component=component,
        code=code,
        message=message,
        remedy=remedy,
        automation_id=job.automation_id,
        run_id=run_id,
    )
