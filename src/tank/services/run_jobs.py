"""What a worker does for a job: take its snapshot, look for its files, seal it, hand out its shards.

Any task may come twice or late; each step first looks at what the ledger says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from tank.domain.attachment import AttachmentRecord, FileOfTwo, MissingFilePolicy, StorageError
from tank.domain.automation import Definition
from tank.domain.delivery import ErrorKind
from tank.domain.errors import Invalid, LogsDbUnavailable, Misconfigured, TankError
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState
from tank.domain.log import SystemErrorRecord
from tank.domain.mail import SendError
from tank.domain.ports.clock import Clock
from tank.domain.ports.engines import Engine
from tank.domain.ports.sources import Source, Sources, bind_values
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.query import QueryKind, SourceError
from tank.domain.run import Run, RunCounts, RunPhase
from tank.domain.shard import LeaseLost, Shard
from tank.domain.values import row_of
from tank.domain.worker import Task, TaskKind
from tank.services.drift import drift_of_run
from tank.services.finishing import fail_job, finish_run, pause_job, system_error
from tank.services.held import LEASE_SECONDS
from tank.services.preparing import find_files, map_rows
from tank.services.run_kits import RunKit, open_read_source
from tank.services.snapshots import Snapshots

#: A snapshot that failed so often fails its job, where its surroundings fail once more.
_MOST_STARTS = 3
#: Workers that failed or died over a snapshot before the job fails whatever the reason.
_MOST_CRASHES = 10
_FILES_CHUNK = 500
#: Shards are small enough to spread a small run over all workers, and to bound what one lease covers.
_SHARD_ROWS = (50, 2000)
_SHARDS_WANTED = 16


class TryAgain(TankError):
    """The surroundings failed before anyone was mailed: the task is to come again later."""

    code = "try_again"


class RunJobs:
    """Handles RUN_JOB tasks; synchronous, in a thread."""

    def __init__(
        self,
        *,
        db: LogsDb,
        engine: Engine,
        clock: Clock,
        sources: Sources,
        make_kit: Callable[[UUID], RunKit],
    ) -> None:
        self._db = db
        self._engine = engine
        self._clock = clock
        self._sources = sources
        self._make_kit = make_kit

    def handle(
        self,
        job_id: UUID,
        worker_id: UUID,
        *,
        holding: Callable[[int], None],
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Bring a job on as far as its state allows. ``holding`` hears of the fence once the job is held.

        Raises ``TryAgain`` where the task should come again.
        """
        with self._db.read() as tables:
            job = tables.jobs.get(job_id)
            run = tables.runs.of_job(job_id)
        if run is not None and run.sealed_at is not None:
            self._hand_out(run)
        elif job.state in (JobState.WAITING, JobState.RUNNING):
            self._snapshot(job, worker_id, holding=holding, told=told)
        elif job.state is not JobState.PAUSED:
            self._end_unsealed(job, run)

    def _hand_out(self, run: Run) -> None:
        """Wake workers for the shards of a sealed run that nobody holds; end it where none is left."""
        with self._db.write() as tables:
            if tables.shards.all_done(run.id):
                finish_run(tables, run.id, at=self._clock.now())
                return
            for unheld in tables.shards.unheld(run_id=run.id):
                self._engine.defer(tables, unheld.task)

    def _end_unsealed(self, job: Job, run: Run | None) -> None:
        """A job that ended before its seal mailed nobody: its recipients are not accounted for, there were none."""
        if run is not None:
            try:
                self._discard(run, fence=None)
            except LeaseLost:
                return  # sealed at the last moment: the next look finds its shards
        with self._db.write() as tables:
            if run is not None:
                tables.runs.finish(run.id, at=self._clock.now())
            tables.jobs.close(job.id)

    def _discard(self, run: Run, fence: int | None) -> None:
        while True:
            with self._db.write() as tables:
                if not tables.runs.discard_snapshot(run.id, fence=fence):
                    return

    # Snapshot

    def _snapshot(
        self, job: Job, worker_id: UUID, *, holding: Callable[[int], None], told: Callable[[str], None]
    ) -> None:
        with self._db.write() as tables:
            fence = tables.jobs.claim(job.id, worker_id, lease_seconds=LEASE_SECONDS, at=self._clock.now())
            if fence is None:
                return
            job = tables.jobs.get(job.id)
            run = tables.runs.of_job(job.id) or self._new_run(tables, job)
        holding(fence)
        in_vain = True
        try:
            _check_starts(job)
            self._discard(run, fence)
            self._take(job, run, fence, told)
        except LeaseLost:
            in_vain = False  # paused, cancelled or taken over: whoever comes next looks at the state
        except (Invalid, Misconfigured) as error:
            self._failed(job, run, fence, error, may_retry=False)
        except (SourceError, StorageError, SendError) as error:
            self._failed(job, run, fence, error, may_retry=True)
        finally:
            self._let_go(job, fence, in_vain=in_vain)

    def _new_run(self, tables: Tables, job: Job) -> Run:
        definition = tables.automations.revision(job.revision_id).definition
        run = Run(
            id=new_id(),
            job_id=job.id,
            automation_id=job.automation_id,
            revision_id=job.revision_id,
            phase=RunPhase.SNAPSHOT,
            counts=RunCounts(),
            started_at=self._clock.now(),
        )
        tables.runs.add(run, has_update=bool(definition.dbio.update_query))
        return run

    def _take(self, job: Job, run: Run, fence: int, told: Callable[[str], None]) -> None:
        with self._db.read() as tables:
            definition = tables.automations.revision(job.revision_id).definition
            source = open_read_source(tables, definition, self._sources)
        snapshots = Snapshots(self._db, self._clock)
        total = snapshots.take(
            job, run, definition, source, fence=fence, told=lambda rows: told(f"snapshot: {rows:,} recipients")
        )
        self._check_binds(run, definition, source)
        policies = definition.policies
        trouble = None
        if definition.attachments and (
            policies.check_files_first or policies.missing_file is MissingFilePolicy.ABORT_RUN
        ):
            trouble = self._check_files(job, run, fence, told)
        self._seal(job, run, total, fence, trouble)

    def _check_binds(self, run: Run, definition: Definition, source: Source) -> None:
        """Raise ``Invalid`` where a mapping query binds what the recipients' rows lack: before anyone is mailed.

        A view may have lost a column since the queries were saved; a retry has the rows of an earlier run.
        """
        if not (query := definition.dbio.mapping_query):
            return
        try:
            binds = source.describe(QueryKind.MAPPING, query).binds
        except SourceError:
            return  # whoever opens the run meets it too, and waits or pauses
        with self._db.read() as tables:
            bind_values(binds, dict.fromkeys(tables.runs.get(run.id).columns))

    def _seal(self, job: Job, run: Run, total: int, fence: int, trouble: TankError | None) -> None:
        """Seal the snapshot. With trouble the job fails in the same breath: everyone is accounted for as SKIPPED.

        A job that ended before is not sealed: another worker may be throwing its snapshot away already. A target that
        drifted pauses the job in the same breath too: nobody is mailed until a person resumes it.
        """
        least, most = _SHARD_ROWS
        size = min(most, max(least, -(-total // _SHARDS_WANTED)))
        with self._db.write() as tables:
            _check_holds(tables, job, fence)
            if not tables.jobs.get(job.id).state.is_active:
                raise LeaseLost("The job has ended.")
            shards = tables.runs.seal(run.id, target=total, shard_size=size, at=self._clock.now())
            if trouble is not None:
                fail_job(tables, self._engine, job, self._record("storage", job, run, trouble))
            elif (drifted := drift_of_run(tables, job, total)) is not None:
                if not pause_job(tables, job, self._record("source", job, run, drifted)):
                    raise LeaseLost("The job was paused: whoever resumes that has not seen how the target drifted.")
                return  # who resumes it wakes the workers
            for shard in shards:
                self._engine.defer(tables, _task(job, shard))
            if not shards:
                finish_run(tables, run.id, at=self._clock.now())

    def _failed(self, job: Job, run: Run, fence: int, error: TankError, *, may_retry: bool) -> None:
        """Nobody was mailed. Worth another try where the surroundings failed, else the job fails, and says why."""
        about_the_connection = not isinstance(error, SourceError) or error.kind.is_about_the_connection
        if may_retry and about_the_connection and job.starts < _MOST_STARTS:
            raise TryAgain(error.message) from error
        component = {StorageError: "storage", SendError: "sender"}
        name = next((name for kind, name in component.items() if isinstance(error, kind)), "source")
        with self._db.write() as tables:
            # Whoever took the job over may be mailing people by now: then it is not for us to end it.
            if tables.jobs.renew(job.id, fence, lease_seconds=LEASE_SECONDS):
                fail_job(tables, self._engine, job, self._record(name, job, run, error))

    def _record(self, component: str, job: Job, run: Run, error: TankError) -> SystemErrorRecord:
        return system_error(
            component,
            error.code,
            error.message,
            at=self._clock.now(),
            job=job,
            run_id=run.id,
            remedy=error.remedy or "",
        )

    def _let_go(self, job: Job, fence: int, *, in_vain: bool) -> None:
        try:
            with self._db.write() as tables:
                tables.jobs.release(job.id, fence, in_vain=in_vain)
        except LogsDbUnavailable:
            return  # the lease runs out by itself

    # Files, before the first mail

    def _check_files(self, job: Job, run: Run, fence: int, told: Callable[[str], None]) -> TankError | None:
        """Look for everyone's files; why the job is to fail before anyone is mailed, if it is."""
        with self._db.write() as tables:
            _check_is_running(tables, job, fence)
            tables.runs.set_phase(run.id, RunPhase.CHECK_FILES)
        kit = self._make_kit(run.id)
        aborts = kit.definition.policies.missing_file is MissingFilePolicy.ABORT_RUN
        checked, after, missing = 0, 0, ""
        while True:
            with self._db.read() as tables:
                rows = tables.ledger.payloads(run.id, after_seq=after, limit=_FILES_CHUNK)
            if not rows:
                break
            after = rows[-1].seq
            found = []
            for row, mapping in zip(rows, map_rows(kit, rows), strict=True):
                first = None
                if not isinstance(mapping, SourceError) and mapping.rows:
                    first = row_of(mapping.columns, mapping.rows[0])
                files = find_files(kit, row_of(kit.run.columns, row.values), first, read=False)
                found.append((row.id, files.records))
                if files.error_kind is ErrorKind.ATTACHMENT_NOT_FOUND:
                    missing = missing or f"Recipient {row.seq}: {files.error_text}"
            checked += len(rows)
            try:
                self._log_files(job, run, fence, found, checked)
            except FileOfTwo as error:
                return error
            told(f"files: {checked:,} recipients")
        if not (missing and aborts):
            return None
        remedy = "Nobody was mailed. Add the missing files, then start the run again."
        return TankError(missing, remedy=remedy, code="missing_file")

    def _log_files(
        self, job: Job, run: Run, fence: int, found: Sequence[tuple[UUID, Sequence[AttachmentRecord]]], checked: int
    ) -> None:
        with self._db.write() as tables:
            _check_is_running(tables, job, fence)
            tables.ledger.log_attachments(run.id, found, at=self._clock.now())
            tables.runs.set_files_checked(run.id, checked)


def _check_holds(tables: Tables, job: Job, fence: int) -> None:
    if not tables.jobs.renew(job.id, fence, lease_seconds=LEASE_SECONDS):
        raise LeaseLost("Another worker has taken this run over.")


def _check_is_running(tables: Tables, job: Job, fence: int) -> None:
    _check_holds(tables, job, fence)
    if tables.jobs.get(job.id).state is not JobState.RUNNING:
        raise LeaseLost("The job was paused or cancelled.")


def _check_starts(job: Job) -> None:
    if job.starts > _MOST_CRASHES:
        raise Misconfigured(f"The snapshot was begun {job.starts - 1} times and never came to its end.")


def _task(job: Job, shard: Shard) -> Task:
    return Task(kind=TaskKind.SEND_SHARD, job_id=job.id, run_id=shard.run_id, shard_no=shard.no)
