"""One worker's life: hello, tasks, drain, goodbye."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from functools import partial
from uuid import UUID

import structlog

from tank.domain.attachment import StorageError
from tank.domain.errors import LogsDbUnavailable, TankError
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState
from tank.domain.log import SystemErrorRecord
from tank.domain.mail import SendError
from tank.domain.ports.clock import Clock
from tank.domain.ports.engines import Engine
from tank.domain.ports.sources import Sources
from tank.domain.ports.store import LogsDb
from tank.domain.query import SourceError
from tank.domain.shard import LeaseLost
from tank.domain.worker import Task, TaskKind, Worker, WorkerState
from tank.services.deliver import ShardDelivery
from tank.services.finishing import close_shard, pause_job, system_error
from tank.services.group_commit import GroupCommit
from tank.services.held import LEASE_SECONDS, HeldShard
from tank.services.high_water import HighWater
from tank.services.patience import Patience, Waits, may_pass
from tank.services.pools import Abandoned, DaemonPool
from tank.services.run_jobs import RunJobs
from tank.services.run_kits import RunKit, RunKits
from tank.services.run_trouble import LOGS_DB_WAIT, Workbench
from tank.services.supervision import MOST_CRASHES
from tank.services.unforeseen import UnforeseenFailures
from tank.worker.heartbeat import Heartbeat, InHand

log = structlog.get_logger()

#: Two at a time: one fills the window while the other's last answers come in.
TASKS_AT_ONCE = 2
#: How long a drain may take before the process ends with rows in doubt.
DRAIN_SECONDS = 20.0

MakeKits = Callable[[DaemonPool], RunKits]


class WorkerProcess:
    """Everything of a worker on one event loop."""

    def __init__(
        self,
        *,
        db: LogsDb,
        engine: Engine,
        clock: Clock,
        sources: Sources,
        high_water: HighWater,
        make_kits: MakeKits,
        work_threads: int = 4,
        waits: Waits | None = None,
    ) -> None:
        self.id = new_id()
        self._db = db
        self._engine = engine
        self._clock = clock
        self._sources = sources
        self._high_water = high_water
        self._waits = waits or Waits()
        self._in_hand = InHand()
        # A thread of its own for commits; the others read, claim and give back.
        self._db_pool = DaemonPool("logs-db", 2)
        self._work_pool = DaemonPool("work", work_threads)
        self._snapshot_pool = DaemonPool("snapshot", TASKS_AT_ONCE)
        self._kits = make_kits(self._work_pool)
        self._unforeseen = UnforeseenFailures(db, clock)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, drain, and say goodbye."""
        await self._hello(stop)
        commit = GroupCommit(self._db, DaemonPool("commit", 1), self._clock)
        self._bench = Workbench(
            db=self._db,
            engine=self._engine,
            clock=self._clock,
            commit=commit,
            db_pool=self._db_pool,
            work_pool=self._work_pool,
            waits=self._waits,
        )
        heartbeat = Heartbeat(self.id, self._in_hand, db=self._db, clock=self._clock, high_water=self._high_water)
        writer = asyncio.create_task(commit.run())
        beating = asyncio.create_task(heartbeat.run())
        giving_up = asyncio.create_task(self._give_up(heartbeat, stop))
        draining = asyncio.create_task(self._drain(stop))
        try:
            await self._engine.work(self.id, self._handle, concurrency=TASKS_AT_ONCE, stop=stop, threads=self._db_pool)
            commit.close()
            await writer
        finally:
            for task in (beating, giving_up, draining, writer):
                task.cancel()
            await self._kits.close()
            await self._goodbye()

    async def _hello(self, stop: asyncio.Event) -> None:
        now = self._clock.now()
        worker = Worker(
            id=self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            state=WorkerState.ALIVE,
            started_at=now,
            beat_at=now,
        )

        def add() -> None:
            self._high_water.check()
            with self._db.write() as tables:
                tables.workers.add(worker)

        while not stop.is_set():
            try:
                await self._db_pool.run(add)
            except LogsDbUnavailable as error:
                log.warning("logs_db_away", error=error.message)
                await asyncio.sleep(1)
            else:
                log.info("worker_started", worker=str(self.id), pid=worker.pid)
                return

    async def _goodbye(self) -> None:
        def say() -> None:
            with self._db.write() as tables:
                tables.workers.beat(self.id, at=self._clock.now(), state=WorkerState.STOPPED, doing="")

        try:
            await self._db_pool.run(say)
        except LogsDbUnavailable:
            log.warning("worker_stopped_without_goodbye", worker=str(self.id))
        else:
            log.info("worker_stopped", worker=str(self.id))

    async def _give_up(self, heartbeat: Heartbeat, stop: asyncio.Event) -> None:
        await heartbeat.given_up.wait()
        log.error("worker_given_up", worker=str(self.id))
        for held in self._in_hand.shards:
            held.lose()
        stop.set()

    async def _drain(self, stop: asyncio.Event) -> None:
        """Make no further intents, let what is on its way end; after 20 s, end as a crash would."""
        await stop.wait()
        self._in_hand.draining = True
        for held in self._in_hand.shards:
            held.stopping = True
        await asyncio.sleep(DRAIN_SECONDS)
        log.error("drain_took_too_long", worker=str(self.id), shards=len(self._in_hand.shards))
        os._exit(1)

    # Tasks

    async def _handle(self, task: Task) -> None:
        try:
            await (self._run_job(task.job_id) if task.kind is TaskKind.RUN_JOB else self._send_shard(task))
        except Exception as error:
            await self._db_pool.run(self._unforeseen.note, task, error)
            raise
        self._unforeseen.went_well(task)

    async def _run_job(self, job_id: UUID) -> None:
        loop = asyncio.get_running_loop()

        def make_kit(run_id: UUID) -> RunKit:
            return asyncio.run_coroutine_threadsafe(self._kits.of(run_id), loop).result()

        def told(words: str) -> None:
            self._in_hand.doing = words
            if self._in_hand.draining:
                raise LeaseLost("This worker ends; the job goes on elsewhere.")

        def holding(fence: int) -> None:
            self._in_hand.jobs[job_id] = fence

        run_jobs = RunJobs(
            db=self._db, engine=self._engine, clock=self._clock, sources=self._sources, make_kit=make_kit
        )
        try:
            await self._snapshot_pool.run_unless(
                lambda: self._in_hand.draining, run_jobs.handle, job_id, self.id, holding=holding, told=told
            )
        except Abandoned:
            await self._db_pool.run(self._leave, job_id)
        finally:
            self._in_hand.jobs.pop(job_id, None)
            self._in_hand.doing = ""

    def _leave(self, job_id: UUID) -> None:
        """Its source does not answer, and this worker ends: whatever the thread still writes, the fence refuses."""
        fence = self._in_hand.jobs.get(job_id)
        if fence is not None:
            with self._db.write() as tables:
                tables.jobs.release(job_id, fence, in_vain=False)

    async def _send_shard(self, task: Task) -> None:
        held = await self._db_pool.run(self._claim, task)
        if held is None:
            return
        self._in_hand.shards.append(held)
        try:
            await self._deliver(held)
        finally:
            self._in_hand.shards.remove(held)

    def _claim(self, task: Task) -> HeldShard | None:
        assert task.run_id is not None
        # Before the claim: a shard that is claimed and then not worked on would count as a crash.
        self._high_water.advance()
        with self._db.write() as tables:
            state = tables.jobs.get(task.job_id).state
            if state is JobState.PAUSED:
                return None
            if state is JobState.RUNNING and tables.shards.crashes(task.run_id, task.shard_no) >= MOST_CRASHES:
                return None  # the scheduler pauses its run
            lease = tables.shards.claim(
                task.run_id, task.shard_no, self.id, lease_seconds=LEASE_SECONDS, at=self._clock.now()
            )
        return None if lease is None else HeldShard(lease=lease, job_id=task.job_id)

    async def _deliver(self, held: HeldShard) -> None:
        run_id = held.lease.shard.run_id
        try:
            kit = await self._kit(held, run_id)
        except LogsDbUnavailable:
            held.lose()
            raise
        except TankError as error:
            await self._bench.steadily(held, partial(self._cannot_begin, held, error))
            return
        if self._in_hand.draining:
            held.stopping = True
        await ShardDelivery(kit, held, self._bench).run()
        if held.stopping:
            self._kits.forget(run_id)  # whatever stopped it may be mended before it goes on

    async def _kit(self, held: HeldShard, run_id: UUID) -> RunKit:
        """What the run needs. While the Logs DB is away, wait as long as the lease lasts; for the others, a while."""
        patience = Patience(held, self._waits)
        while True:
            try:
                return await self._kits.of(run_id)
            except LogsDbUnavailable:
                if not held.lasts(self._clock.boot_seconds()):
                    raise
                await asyncio.sleep(LOGS_DB_WAIT)
            except (SourceError, StorageError, SendError) as error:
                if not (may_pass(error) and await patience.wait()):
                    raise

    def _cannot_begin(self, held: HeldShard, error: TankError) -> None:
        """What the run needs cannot be opened: pause it with the reason, and give the shard back untouched."""
        with self._db.write() as tables:
            job = tables.jobs.get(held.job_id)
            if job.state.is_active:
                pause_job(tables, job, self._record(job, held, error))
                tables.shards.release(held.lease)
            else:
                # Cancelled or aborted: its rows can be skipped without opening anything.
                close_shard(tables, held.lease, job.id, at=self._clock.now())

    def _record(self, job: Job, held: HeldShard, error: TankError) -> SystemErrorRecord:
        return system_error(
            "sender" if isinstance(error, SendError) else "source",
            error.code,
            error.message,
            at=self._clock.now(),
            job=job,
            run_id=held.lease.shard.run_id,
            remedy=error.remedy or "",
        )
