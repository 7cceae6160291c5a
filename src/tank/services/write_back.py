"""The update query for SENT rows: batched, begun only after a note in the ledger, each row's outcome recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID

from tank.domain.delivery import PendingUpdate, UpdateResult, UpdateStatus
from tank.domain.errors import Invalid, TankError
from tank.domain.ports.sources import WriteBack, WriteBackOutcome, bind_values
from tank.domain.query import SourceError
from tank.domain.shard import LeaseLost
from tank.domain.values import Row, row_of
from tank.services.held import HeldShard
from tank.services.patience import Patience
from tank.services.run_kits import RunKit
from tank.services.run_trouble import Workbench

#: Rows in one transaction of the source, and how long the first one waits for others.
_BATCH = 100
_GATHER_SECONDS = 0.03
_IN_DOUBT = "Whether the update was applied is not known: the worker or the connection was lost while it ran."


class WriteBacks:
    """One shard's updates, applied one batch after the other while the shard is delivered."""

    def __init__(
        self,
        kit: RunKit,
        held: HeldShard,
        bench: Workbench,
        *,
        cannot_go_on: Callable[[TankError], Awaitable[None]],
    ) -> None:
        self._kit = kit
        self._held = held
        self._bench = bench
        self._cannot_go_on = cannot_go_on
        self._waiting: list[PendingUpdate] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._given_up = False
        self._task: asyncio.Task[None] | None = None

    @property
    def wanted(self) -> bool:
        """Whether this run writes back at all."""
        return self._kit.write_source is not None

    async def start(self) -> None:
        """First whatever a former holder left undone, then the rows that are added."""
        if not self.wanted:
            return
        while left := await self._bench.db_pool.run(self._leftovers):
            await self._apply(left)
            if self._given_up or self._held.lost:
                return
        self._task = asyncio.create_task(self._run())

    def add(self, update: PendingUpdate) -> None:
        self._waiting.append(update)
        self._wake.set()

    async def finish(self) -> None:
        """Apply what waits, then end."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task

    def _leftovers(self) -> Sequence[PendingUpdate]:
        with self._bench.db.read() as tables:
            return tables.ledger.pending_updates(self._held.lease, limit=_BATCH)

    async def _run(self) -> None:
        while not self._given_up and not self._held.lost:
            await self._wake.wait()
            if not self._closing and len(self._waiting) < _BATCH:
                await asyncio.sleep(_GATHER_SECONDS)
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            if batch:
                await self._apply(batch)
            if not self._waiting:
                if self._closing:
                    return
                self._wake.clear()

    async def _apply(self, batch: Sequence[PendingUpdate]) -> None:
        policies = self._kit.definition.policies
        may_repeat = policies.update_marker or policies.update_repeatable
        doubtful = [update for update in batch if update.in_doubt and not may_repeat]
        await self._settle(doubtful, [WriteBackOutcome(ok=False, in_doubt=True)] * len(doubtful))
        sure = [update for update in batch if not update.in_doubt or may_repeat]
        patience = Patience(self._held, self._bench.waits)
        while sure:
            try:
                write_backs = [self._write_back(update) for update in sure]
                await self._bench.commit.begin_updates(self._held.lease, [update.delivery_id for update in sure])
                outcomes = await self._bench.work_pool.run(self._write, write_backs)
            except LeaseLost:
                self._held.lose()
                return
            except Invalid as error:
                self._given_up = True
                await self._cannot_go_on(error)
                return
            except SourceError as error:
                # Raised only where nothing was committed, so the rows may begin anew without doubt.
                await self._settle(sure, [None] * len(sure))
                if not await patience.wait():
                    self._given_up = True
                    await self._cannot_go_on(error)
                    return
            else:
                sure = await self._settled(sure, outcomes, may_repeat=may_repeat)

    def _write(self, write_backs: Sequence[WriteBack]) -> list[WriteBackOutcome]:
        assert self._kit.write_source is not None
        return self._kit.write_source.write_back(
            self._kit.definition.dbio.update_query, write_backs, marker=self._kit.definition.policies.update_marker
        )

    def _write_back(self, update: PendingUpdate) -> WriteBack:
        """Raises ``Invalid`` where the row has nothing for a bind."""
        tank: Row = {
            "tank_message_id": update.message_id,
            "tank_sent_at": update.sent_at,
            "tank_run_id": str(self._kit.run.id),
            "tank_delivery_id": str(update.delivery_id),
        }
        target = row_of(self._kit.run.columns, update.values)
        first = row_of(update.mapping_columns, update.mapping_rows[0]) if update.mapping_rows else {}
        missing = dict.fromkeys(update.mapping_columns)
        binds = bind_values(self._kit.update_binds, tank, target, first, missing, field="dbio.update_query")
        return WriteBack(delivery_id=update.delivery_id, binds=binds)

    async def _settled(
        self, updates: Sequence[PendingUpdate], outcomes: Sequence[WriteBackOutcome], *, may_repeat: bool
    ) -> list[PendingUpdate]:
        """Record outcomes; the updates to apply again, because a lost commit may be repeated."""
        pairs = list(zip(updates, outcomes, strict=True))
        known = [(update, outcome) for update, outcome in pairs if not (outcome.in_doubt and may_repeat)]
        await self._settle([update for update, _ in known], [outcome for _, outcome in known])
        return [replace(update, in_doubt=True) for update, outcome in pairs if outcome.in_doubt and may_repeat]

    async def _settle(self, updates: Sequence[PendingUpdate], outcomes: Sequence[WriteBackOutcome | None]) -> None:
        results = [_result(u.delivery_id, u.seq, o) for u, o in zip(updates, outcomes, strict=True)]
        await asyncio.gather(*(self._bench.commit.settle_update(self._held.lease, result) for result in results))


def _result(delivery_id: UUID, seq: int, outcome: WriteBackOutcome | None) -> UpdateResult:
    """No outcome means: known not to have been applied."""
    if outcome is None:
        return UpdateResult(delivery_id=delivery_id, seq=seq, status=UpdateStatus.PENDING)
    if outcome.in_doubt:
        return UpdateResult(
            delivery_id=delivery_id, seq=seq, status=UpdateStatus.IN_DOUBT, error_text=outcome.error or _IN_DOUBT
        )
    status = UpdateStatus.Y if outcome.ok else UpdateStatus.N
    return UpdateResult(delivery_id=delivery_id, seq=seq, status=status, error_text=outcome.error)
