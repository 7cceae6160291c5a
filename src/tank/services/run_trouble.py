"""What a shard does when the trouble is not one row's: it pauses or aborts the whole run, and tells people why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tank.domain.attachment import StorageError
from tank.domain.errors import LogsDbUnavailable, TankError
from tank.domain.log import SystemErrorRecord
from tank.domain.ports.clock import Clock
from tank.domain.ports.engines import Engine
from tank.domain.ports.store import LogsDb, Tables
from tank.services.finishing import fail_job, pause_job, system_error
from tank.services.group_commit import GroupCommit
from tank.services.held import LEASE_SECONDS, HeldShard
from tank.services.patience import Waits
from tank.services.pools import DaemonPool
from tank.services.run_kits import RunKit

T = TypeVar("T")

#: Seconds between tries while the Logs DB is away.
LOGS_DB_WAIT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What all shards of a worker share."""

    db: LogsDb
    engine: Engine
    clock: Clock
    commit: GroupCommit
    #: Threads for the Logs DB, and for sources, storage and rendering: a hung source never stops a commit.
    db_pool: DaemonPool
    work_pool: DaemonPool
    waits: Waits

    async def steadily(self, held: HeldShard, function: Callable[[], T]) -> T:
        """Something with the Logs DB; while it is away, wait as long as the lease lasts."""
        while True:
            try:
                return await self.db_pool.run(function)
            except LogsDbUnavailable:
                if not held.lasts(self.clock.boot_seconds()):
                    held.lose()
                    raise
                await asyncio.sleep(LOGS_DB_WAIT)


class RunTrouble:
    """Ends or interrupts the run of a shard."""

    def __init__(self, kit: RunKit, held: HeldShard, bench: Workbench) -> None:
        self._kit = kit
        self._held = held
        self._bench = bench

    async def surroundings_failed(self, error: TankError) -> None:
        """The source or the storage stays away: pause."""
        await self.pause("storage" if isinstance(error, StorageError) else "source", error)

    async def count(self, kind: str, code: str, text: str) -> None:
        """Count a failed mail; one too many of the same in a row pauses the run."""
        if not self._kit.breaker.failed(kind, code):
            return
        count = self._kit.definition.policies.breaker_threshold
        error = TankError(
            f"{count} mails in a row failed in the same way: {text}",
            remedy="Mend the cause, then resume the run; what failed can be retried.",
            code="too_many_failures",
        )
        await self.pause("sender", error)

    async def pause(self, component: str, error: TankError) -> None:
        """Make no further intents; what was not sent stays PENDING until somebody resumes."""
        self._held.stopping = True

        def pause() -> None:
            with self._bench.db.write() as tables:
                if self._still_holds(tables):
                    pause_job(tables, self._kit.job, self._record(component, error))

        await self._bench.steadily(self._held, pause)

    async def abort(self, error: TankError) -> None:
        """End the run as FAIL; what was sent stays sent and recorded, the rest is SKIPPED."""
        self._held.stopping = True

        def abort() -> None:
            with self._bench.db.write() as tables:
                if self._still_holds(tables):
                    fail_job(tables, self._bench.engine, self._kit.job, self._record("storage", error))

        await self._bench.steadily(self._held, abort)

    def _still_holds(self, tables: Tables) -> bool:
        """Whoever lost the shard judges the run no more: its successor may find nothing wrong."""
        return bool(tables.shards.renew([self._held.lease], lease_seconds=LEASE_SECONDS))

    def _record(self, component: str, error: TankError) -> SystemErrorRecord:
        return system_error(
            component,
            error.code,
            error.message,
            at=self._bench.clock.now(),
            job=self._kit.job,
            run_id=self._kit.run.id,
            remedy=error.remedy or "",
        )
