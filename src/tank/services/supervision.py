"""What the scheduler looks after: workers that fell silent, work that nobody holds, and old personal data."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tank.domain.ids import new_id
from tank.domain.job import PAUSED_BY_PERSON, JobState
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.clock import Clock
from tank.domain.ports.engines import Engine
from tank.domain.ports.store import DEFAULT_PAYLOAD_RETENTION, PAYLOAD_RETENTION_DAYS, LogsDb, Tables
from tank.domain.worker import Task, TaskKind, Worker, WorkerState
from tank.services.finishing import fail_job, system_error
from tank.services.readiness import SCHEDULER_TICK

#: A worker that has not beaten for so long is given up.
SILENT_SECONDS = 30.0
#: A shard whose lease ran out so often kills its workers.
MOST_CRASHES = 3
#: A job that waits so long while no worker is alive is worth a word.
_PATIENCE = timedelta(seconds=60)
#: The shortest pause that a policy may end.
_LEAST_PAUSE = timedelta(hours=1)
_WAKE_EVERY = 5.0
_TICK_EVERY = 15.0
_PURGE_EVERY = 3_600.0
_PURGE_CHUNK = 5_000
_DELETE_CHUNK = 500
_WAKE_CHUNK = 500
#: Tasks in one transaction: mails in flight wait for it.
_DEFER_CHUNK = 50


class Supervision:
    """Sweeps. Each part is idempotent, and harmless when several schedulers do it at once."""

    def __init__(self, db: LogsDb, engine: Engine, clock: Clock) -> None:
        self._db = db
        self._engine = engine
        self._clock = clock
        #: Boot-clock seconds at which each part is due again.
        self._next_tick = self._next_wake = self._next_purge = 0.0
        #: The delivery at which a purge goes on.
        self._purged: UUID | None = None

    def sweep(self) -> None:
        """Look after everything that is due. Raises ``LogsDbUnavailable``."""
        seconds = self._clock.boot_seconds()
        if seconds >= self._next_wake:
            self._fail_silent_workers()
            self._wake_unheld()
            self._miss_workers()
            self._fail_long_paused()
            self._next_wake = seconds + _WAKE_EVERY
        if seconds >= self._next_purge and not self._purge():
            self._next_purge = seconds + _PURGE_EVERY
        if seconds >= self._next_tick:
            with self._db.write() as tables:
                tables.settings.put(SCHEDULER_TICK, self._clock.now().isoformat())
            self._next_tick = seconds + _TICK_EVERY

    def report(self, *, component: str, code: str, message: str, remedy: str) -> None:
        """A row of SYSTEM_ERROR_LOG about the scheduler's own surroundings."""
        with self._db.write() as tables:
            self._log(tables, component=component, code=code, message=message, remedy=remedy)

    def _fail_silent_workers(self) -> None:
        with self._db.write() as tables:
            for worker in tables.workers.fail_silent(silent_seconds=SILENT_SECONDS):
                self._log_lost(tables, worker)

    def _log_lost(self, tables: Tables, worker: Worker) -> None:
        doing = f" It was busy with: {worker.doing}." if worker.doing else ""
        self._log(
            tables,
            component="worker",
            code="worker_lost",
            message=f"The worker on {worker.host} (process {worker.pid}) stopped beating "
            f"after {worker.beat_at:%Y-%m-%d %H:%M:%S} UTC.{doing}",
            remedy="Its work goes on elsewhere by itself; mails that were on their way are UNKNOWN. "
            "See why the process or its machine stopped.",
            worker_id=worker.id,
        )

    def _wake_unheld(self) -> None:
        """Work that no worker holds gets a task anew: its wake-up may have died with a process or a restart."""
        with self._db.read() as tables:
            jobs = tables.jobs.unheld()
            shards = tables.shards.unheld(limit=_WAKE_CHUNK)
        deadly = {shard.task.run_id: shard for shard in shards if shard.crashes >= MOST_CRASHES}
        paused = {run_id for run_id, shard in deadly.items() if self._pause(shard.task, shard.automation_id)}
        tasks = [Task(kind=TaskKind.RUN_JOB, job_id=job.id) for job in jobs]
        tasks += [shard.task for shard in shards if shard.task.run_id not in paused]
        for first in range(0, len(tasks), _DEFER_CHUNK):
            with self._db.write() as tables:
                for task in tasks[first : first + _DEFER_CHUNK]:
                    self._engine.defer(tables, task)

    def _pause(self, task: Task, automation_id: UUID) -> bool:
        """Stop a run whose shard takes down its workers again and again; False where it does not run any more."""
        reason = f"Part {task.shard_no} of this run stopped its worker {MOST_CRASHES} times."
        with self._db.write() as tables:
            paused = tables.jobs.move(
                task.job_id,
                before=(JobState.RUNNING,),
                after=JobState.PAUSED,
                at=self._clock.now(),
                reason_code="shard_crashes",
                reason=reason,
            )
            if paused:
                self._log(
                    tables,
                    component="worker",
                    code="shard_crashes",
                    message=f"{reason} The run is paused.",
                    remedy="Look for what its recipients have in common (a huge file, a huge mapping result) and for "
                    "memory limits of the worker; then resume the run.",
                    automation_id=automation_id,
                    run_id=task.run_id,
                )
            elif task.run_id is not None:
                # Cancelled or aborted: its rows are only to be skipped, and no worker takes a shard with such a past.
                tables.shards.forgive(task.run_id)
        return paused

    def _fail_long_paused(self) -> None:
        """Runs that their surroundings paused wait for a person only as long as their policy says."""
        now = self._clock.now()
        with self._db.read() as tables:
            paused = tables.jobs.paused_since(now - _LEAST_PAUSE, but_for=PAUSED_BY_PERSON)
            hours = {
                job.id: tables.automations.revision(job.revision_id).definition.policies.fail_paused_after_hours
                for job in paused
            }
        for job in paused:
            limit = hours[job.id]
            if limit is None or job.state_since is None or now - job.state_since < timedelta(hours=limit):
                continue
            message = f"The run was paused for {limit} hours and nobody resumed it. It was paused because: {job.reason}"
            remedy = "Whoever was not mailed is SKIPPED. Mend the cause, then run the automation again."
            error = system_error("scheduler", "paused_too_long", message, at=now, job=job, remedy=remedy)
            with self._db.write() as tables:
                fail_job(tables, self._engine, job, error)

    def _miss_workers(self) -> None:
        """Tell once, until somebody acknowledges it, that jobs wait and there is nobody to take them."""
        now = self._clock.now()
        with self._db.read() as tables:
            if any(worker.state is WorkerState.ALIVE for worker in tables.workers.all()):
                return
            waiting = tables.jobs.page(states=(JobState.WAITING,), limit=500).items
            is_told = any(error.code == "no_worker" for error in tables.system_errors.page(unacknowledged=True).items)
        late = [job for job in waiting if now - job.created_at > _PATIENCE]
        if late and not is_told:
            self.report(
                component="worker",
                code="no_worker",
                message=f"{len(late)} waiting jobs and no worker alive: nothing is sent.",
                remedy="Start `tank serve` or `tank worker`.",
            )

    def _purge(self) -> bool:
        """Delete some payloads that are older than the retention period; whether there may be more."""
        with self._db.read() as tables:
            before = self._clock.now() - _retention(tables)
            old = tables.ledger.old_payloads(before, after=self._purged, limit=_PURGE_CHUNK)
        for first in range(0, len(old), _DELETE_CHUNK):
            with self._db.write() as tables:
                tables.ledger.purge_payloads(old[first : first + _DELETE_CHUNK])
        self._purged = old[-1] if len(old) == _PURGE_CHUNK else None
        return self._purged is not None

    def _log(
        self,
        tables: Tables,
        *,
        component: str,
        code: str,
        message: str,
        remedy: str,
        automation_id: UUID | None = None,
        run_id: UUID | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        tables.system_errors.add(
            SystemErrorRecord(
                id=new_id(),
                at=self._clock.now(),
                component=component,
                code=code,
                message=message,
                remedy=remedy,
                automation_id=automation_id,
                run_id=run_id,
                worker_id=worker_id,
            )
        )


def _retention(tables: Tables) -> timedelta:
    days = tables.settings.get(PAYLOAD_RETENTION_DAYS)
    return DEFAULT_PAYLOAD_RETENTION if days is None else timedelta(days=max(1, days))
