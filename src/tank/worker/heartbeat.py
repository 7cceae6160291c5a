"""The heartbeat: says that the worker lives, renews its leases, and hears that a run is to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from tank.domain.errors import LogsDbUnavailable
from tank.domain.job import JobState
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import SENDING_STOPPED, LogsDb
from tank.domain.shard import ShardLease
from tank.domain.worker import WorkerState
from tank.services.held import LEASE_SECONDS, HeldShard
from tank.services.high_water import HighWater
from tank.services.pools import DaemonPool

log = structlog.get_logger()

#: How often states are read (pause, cancel, the global stop), and how often leases are renewed.
WATCH_SECONDS = 0.5
RENEW_SECONDS = 3.0


@dataclass(slots=True)
class InHand:
    """What a worker holds at the moment."""

    shards: list[HeldShard] = field(default_factory=list)
    #: Jobs held for their snapshot, with the fence.
    jobs: dict[UUID, int] = field(default_factory=dict)
    doing: str = ""
    draining: bool = False

    @property
    def in_words(self) -> str:
        if self.doing:
            return self.doing
        return f"delivering {len(self.shards)} shards" if self.shards else "waiting"


class Heartbeat:
    """Beats in its own thread, so that a busy loop does not silence it; writes to what is in hand."""

    def __init__(self, worker_id: UUID, in_hand: InHand, *, db: LogsDb, clock: Clock, high_water: HighWater) -> None:
        self._worker_id = worker_id
        self._in_hand = in_hand
        self._db = db
        self._clock = clock
        self._high_water = high_water
        self._pool = DaemonPool("heartbeat", 1)
        #: The scheduler has given this worker up, or it cannot beat any more: it is to end.
        self.given_up = asyncio.Event()

    async def run(self) -> None:
        """Beat until cancelled. Whatever nobody foresaw ends the worker: without a beat it would go on half alive."""
        try:
            await self._beat()
        except Exception:
            log.exception("heartbeat_failed", worker=str(self._worker_id))
            self.given_up.set()

    async def _beat(self) -> None:
        renewed_at = float("-inf")
        while True:
            try:
                await self._watch()
                if self._clock.boot_seconds() - renewed_at >= RENEW_SECONDS:
                    renewed_at = self._clock.boot_seconds()
                    await self._renew()
            except LogsDbUnavailable as error:
                # Nothing can be sent meanwhile: intents need the Logs DB, and leases end by the holder's own clock.
                log.warning("logs_db_away", error=error.message)
            await asyncio.sleep(WATCH_SECONDS)

    async def _watch(self) -> None:
        held = [shard for shard in self._in_hand.shards if shard.goes_on()]
        if not held:
            return
        jobs = {shard.job_id for shard in held}
        states, stopped = await self._pool.run(self._read_states, jobs)
        for shard in held:
            if stopped or states[shard.job_id] is not JobState.RUNNING:
                shard.stopping = True

    def _read_states(self, jobs: set[UUID]) -> tuple[Mapping[UUID, JobState], bool]:
        with self._db.read() as tables:
            states = {job_id: tables.jobs.get(job_id).state for job_id in jobs}
            return states, tables.settings.get(SENDING_STOPPED) is not None

    async def _renew(self) -> None:
        held = [shard for shard in self._in_hand.shards if not shard.lost]
        kept = await self._pool.run(self._write_beat, held)
        if kept is None:
            self.given_up.set()
            return
        for shard in held:
            key = (shard.lease.shard.run_id, shard.lease.shard.no, shard.lease.fence)
            if key in kept:
                shard.lease = kept[key]
            elif shard in self._in_hand.shards:
                shard.lose()

    def _write_beat(self, held: list[HeldShard]) -> dict[tuple[UUID, int, int], ShardLease] | None:
        state = WorkerState.DRAINING if self._in_hand.draining else WorkerState.ALIVE
        if held:
            self._high_water.advance()
        with self._db.write() as tables:
            alive = tables.workers.beat(
                self._worker_id, at=self._clock.now(), state=state, doing=self._in_hand.in_words
            )
            if not alive:
                return None
            for job_id, fence in list(self._in_hand.jobs.items()):
                tables.jobs.renew(job_id, fence, lease_seconds=LEASE_SECONDS)
            kept = tables.shards.renew([shard.lease for shard in held], lease_seconds=LEASE_SECONDS)
        return {(lease.shard.run_id, lease.shard.no, lease.fence): lease for lease in kept}
