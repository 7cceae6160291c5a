"""Group commit: intents, results and write-backs of all mails in flight, committed together.

One commit a mail would cost an fsync each. Here whatever gathers within a few milliseconds shares one transaction;
each caller waits for its own commit. A transaction whose outcome is unknown is repeated until the Logs DB answers:
every ledger write is safe to repeat, since it is conditional on the status or the attempt token it expects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar
from uuid import UUID

from tank.domain.delivery import Intent, Refusal, Result, UpdateResult
from tank.domain.errors import LogsDbUnavailable, TankError
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.shard import ShardLease
from tank.services.pools import DaemonPool

T = TypeVar("T")

#: Run, shard number, fence, and what is to be done under that lease.
_Key: TypeAlias = tuple[UUID, int, int, str]

#: A group is committed when it is so large, or its first member so old.
GROUP_SIZE = 250
GROUP_SECONDS = 0.004
#: Seconds between tries while the Logs DB is away.
_RETRY_SECONDS = (0.1, 0.3, 1.0, 2.0)


@dataclass(slots=True)
class _LeaseGroup:
    """What is to be written under one lease."""

    lease: ShardLease
    intents: list[tuple[Intent, asyncio.Future[bool]]] = field(default_factory=list)
    refusals: list[tuple[Refusal, asyncio.Future[bool]]] = field(default_factory=list)
    begun: list[tuple[list[UUID], asyncio.Future[bool]]] = field(default_factory=list)

    def fail(self, error: Exception) -> None:
        futures = [f for _, f in self.intents] + [f for _, f in self.refusals] + [f for _, f in self.begun]
        for future in futures:
            if not future.done():
                future.set_exception(error)


@dataclass(slots=True)
class _Group:
    """What the next transaction will write."""

    under_lease: dict[_Key, _LeaseGroup] = field(default_factory=dict)
    results: list[tuple[Result, asyncio.Future[bool]]] = field(default_factory=list)
    updates: list[tuple[UpdateResult, asyncio.Future[bool]]] = field(default_factory=list)
    size: int = 0

    def of(self, lease: ShardLease, purpose: str) -> _LeaseGroup:
        # A pause refuses intents, never the write-backs of mails that have left: they do not share a fate.
        key = (lease.shard.run_id, lease.shard.no, lease.fence, purpose)
        if key not in self.under_lease:
            self.under_lease[key] = _LeaseGroup(lease)
        return self.under_lease[key]


class GroupCommit:
    """The one writer of a worker's deliveries. Start ``run`` as a task; ``close`` ends it after the last commit."""

    def __init__(self, db: LogsDb, pool: DaemonPool, clock: Clock) -> None:
        self._db = db
        self._pool = pool
        self._clock = clock
        self._next = _Group()
        self._wake = asyncio.Event()
        self._full = asyncio.Event()
        self._closing = False
        #: When the Logs DB was last found away and not yet back, in boot seconds.
        self.away_since: float | None = None

    async def intend(self, lease: ShardLease, intent: Intent) -> bool:
        """Whether the intent stands. Raises ``LeaseLost``, ``NotRunning``, ``FileOfTwo``."""
        return await self._add(self._next.of(lease, "send").intents, intent)

    async def refuse(self, lease: ShardLease, refusal: Refusal) -> None:
        """Raises ``LeaseLost``, ``NotRunning``."""
        await self._add(self._next.of(lease, "send").refusals, refusal)

    async def begin_updates(self, lease: ShardLease, delivery_ids: list[UUID]) -> None:
        """Raises ``LeaseLost``."""
        await self._add(self._next.of(lease, "update").begun, delivery_ids)

    async def settle(self, result: Result) -> None:
        await self._add(self._next.results, result)

    async def settle_update(self, result: UpdateResult) -> None:
        await self._add(self._next.updates, result)

    def _add(self, items: list[tuple[T, asyncio.Future[bool]]], item: T) -> Awaitable[bool]:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        items.append((item, future))
        self._next.size += 1
        self._wake.set()
        if self._next.size >= GROUP_SIZE:
            self._full.set()
        return future

    async def run(self) -> None:
        """Commit groups until closed."""
        while not (self._closing and not self._next.size):
            await self._wake.wait()
            await self._gather()
            group, self._next = self._next, _Group()
            self._wake.clear()
            self._full.clear()
            if group.size:
                await self._commit_until_it_stands(group)

    async def _gather(self) -> None:
        try:
            async with asyncio.timeout(GROUP_SECONDS):
                await self._full.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Let ``run`` end once nothing waits to be written."""
        self._closing = True
        self._wake.set()

    async def _commit_until_it_stands(self, group: _Group) -> None:
        tries = 0
        while True:
            try:
                standing = await self._pool.run(self._commit, group)
            except _Refused as refused:
                refused.group.fail(refused.error)
                del group.under_lease[refused.key]
            except LogsDbUnavailable:
                self.away_since = self.away_since or self._clock.boot_seconds()
                await asyncio.sleep(_RETRY_SECONDS[min(tries, len(_RETRY_SECONDS) - 1)])
                tries += 1
            except Exception as error:  # each waiter hears of it; the writer lives on
                _fail_all(group, error)
                return
            else:
                self.away_since = None
                _tell_all(group, standing)
                return

    def _commit(self, group: _Group) -> set[UUID]:
        """One transaction, in a thread. Raises ``_Refused`` for the first lease that may not write."""
        standing: set[UUID] = set()
        with self._db.write() as tables:
            # Results first: they are evidence, and no lease can refuse them.
            if group.results:
                tables.ledger.settle([result for result, _ in group.results])
            if group.updates:
                tables.ledger.settle_updates([update for update, _ in group.updates])
            for key, part in group.under_lease.items():
                try:
                    standing |= self._record(tables, part)
                except LogsDbUnavailable:
                    raise
                except TankError as error:
                    raise _Refused(key, part, error) from error
        return standing

    def _record(self, tables: Tables, part: _LeaseGroup) -> set[UUID]:
        at = self._clock.now()
        begun = [delivery_id for ids, _ in part.begun for delivery_id in ids]
        if begun:
            tables.ledger.begin_updates(part.lease, begun, at=at)
        if not (part.intents or part.refusals):
            return set()
        return tables.ledger.record(
            part.lease,
            intents=[intent for intent, _ in part.intents],
            refusals=[refusal for refusal, _ in part.refusals],
            at=at,
        )


class _Refused(Exception):
    """A lease may not write; the transaction is rolled back and repeated without it."""

    def __init__(self, key: _Key, group: _LeaseGroup, error: TankError) -> None:
        super().__init__(str(error))
        self.key = key
        self.group = group
        self.error = error


def _tell_all(group: _Group, standing: set[UUID]) -> None:
    for part in group.under_lease.values():
        for intent, future in part.intents:
            _tell(future, intent.attempt_token in standing)
        for _, future in part.refusals:
            _tell(future, True)
        for _, future in part.begun:
            _tell(future, True)
    for _, future in group.results:
        _tell(future, True)
    for _, future in group.updates:
        _tell(future, True)


def _tell(future: asyncio.Future[bool], answer: bool) -> None:
    if not future.done():
        future.set_result(answer)


def _fail_all(group: _Group, error: Exception) -> None:
    for part in group.under_lease.values():
        part.fail(error)
    for future in [f for _, f in group.results] + [f for _, f in group.updates]:
        if not future.done():
            future.set_exception(error)
