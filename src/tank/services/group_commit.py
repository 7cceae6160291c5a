"""Group commit: intents, results and write-backs of all mails in flight, committed together.

One commit a mail would cost an fsync each. Here whatever gathers within a few milliseconds shares one transaction;
each caller waits for its own commit. A transaction whose outcome is unknown is repeated until the Logs DB answers:
every ledger write is safe to repeat, since it is conditional on the status or the attempt token it expects.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeAlias
from uuid import UUID

from tank.domain.delivery import DeliveryStatus, Intent, Refusal, Result, UpdateResult
from tank.domain.errors import LogsDbUnavailable, TankError
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.shard import ShardLease
from tank.services.pools import DaemonPool

#: A group is committed when it is so large, or its first member so old.
GROUP_SIZE = 250
GROUP_SECONDS = 0.004
#: Seconds between tries while the Logs DB is away.
_RETRY_SECONDS = (0.1, 0.3, 1.0, 2.0)


class _Purpose(Enum):
    """What is written, in this order: results are evidence, and no lease can refuse them."""

    RESULT = auto()
    UPDATE_RESULT = auto()
    BEGIN_UPDATE = auto()
    REFUSAL = auto()
    INTENT = auto()


#: What shares its fate. A pause refuses intents, never the write-backs of mails that have left; a file that belongs to
#: two refuses intents, never the refusal of another row.
_Key: TypeAlias = tuple[_Purpose, UUID, int, int]


@dataclass(slots=True)
class _Member:
    """Something to be written, and the future of whoever waits for it."""

    purpose: _Purpose
    lease: ShardLease
    item: Any
    future: asyncio.Future[bool]

    @property
    def key(self) -> _Key:
        return (self.purpose, self.lease.shard.run_id, self.lease.shard.no, self.lease.fence)

    def tell(self, answer: bool) -> None:
        if not self.future.done():
            self.future.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class GroupCommit:
    """The one writer of a worker's deliveries. Start ``run`` as a task; ``close`` ends it after the last commit."""

    def __init__(self, db: LogsDb, pool: DaemonPool, clock: Clock) -> None:
        self._db = db
        self._pool = pool
        self._clock = clock
        self._next: list[_Member] = []
        self._wake = asyncio.Event()
        self._full = asyncio.Event()
        self._closing = False
        #: When the Logs DB was last found away and not yet back, in boot seconds.
        self.away_since: float | None = None

    async def intend(self, lease: ShardLease, intent: Intent) -> bool:
        """Whether the intent stands. Raises ``LeaseLost``, ``NotRunning``, ``FileOfTwo``."""
        return await self._add(_Purpose.INTENT, lease, intent)

    async def refuse(self, lease: ShardLease, refusal: Refusal) -> None:
        """Raises ``LeaseLost``, ``NotRunning``."""
        await self._add(_Purpose.REFUSAL, lease, refusal)

    async def begin_updates(self, lease: ShardLease, delivery_ids: list[UUID]) -> None:
        """Raises ``LeaseLost``."""
        await self._add(_Purpose.BEGIN_UPDATE, lease, delivery_ids)

    async def settle(self, lease: ShardLease, result: Result) -> None:
        """Written whoever holds the lease by now."""
        await self._add(_Purpose.RESULT, lease, result)

    async def settle_update(self, lease: ShardLease, result: UpdateResult) -> None:
        """Written as far as the ledger accepts it: see ``Ledger.settle_updates``."""
        await self._add(_Purpose.UPDATE_RESULT, lease, result)

    def _add(self, purpose: _Purpose, lease: ShardLease, item: Any) -> asyncio.Future[bool]:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._next.append(_Member(purpose, lease, item, future))
        self._wake.set()
        if len(self._next) >= GROUP_SIZE:
            self._full.set()
        return future

    async def run(self) -> None:
        """Commit groups until closed."""
        while not (self._closing and not self._next):
            await self._wake.wait()
            await self._gather()
            members, self._next = self._next, []
            self._wake.clear()
            self._full.clear()
            await self._commit_until_it_stands(members)

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

    async def _commit_until_it_stands(self, members: list[_Member]) -> None:
        tries = 0
        while members:
            try:
                standing = await self._pool.run(self._commit, members)
            except _Refused as refused:
                members = self._without(refused, members, may_stand=tries > 0)
            except LogsDbUnavailable:
                self.away_since = self.away_since or self._clock.boot_seconds()
                await asyncio.sleep(_RETRY_SECONDS[min(tries, len(_RETRY_SECONDS) - 1)])
                tries += 1
            except Exception as error:  # its waiter hears of it; the writer lives on
                await self._commit_halves(members, error)
                return
            else:
                self.away_since = None
                for member in members:
                    member.tell(member.purpose is not _Purpose.INTENT or member.item.attempt_token in standing)
                return

    async def _commit_halves(self, members: list[_Member], error: Exception) -> None:
        """One of them cannot be written at all: the others, which may be the only news of mails that left, can."""
        if len(members) == 1:
            members[0].fail(error)
            return
        middle = len(members) // 2
        await self._commit_until_it_stands(members[:middle])
        await self._commit_until_it_stands(members[middle:])

    def _without(self, refused: _Refused, members: list[_Member], *, may_stand: bool) -> list[_Member]:
        """The others. An intent that a lost reply may have let stand is taken back: nothing was sent for it."""
        kept = []
        for member in members:
            if member.key != refused.key:
                kept.append(member)
                continue
            member.fail(refused.error)
            if may_stand and member.purpose is _Purpose.INTENT:
                release = _release_of(member.item, self._clock)
                kept.append(_Member(_Purpose.RESULT, member.lease, release, member.future))
        return kept

    def _commit(self, members: Sequence[_Member]) -> set[UUID]:
        """One transaction, in a thread; the tokens of the intents that stand. Raises ``_Refused``."""
        parts: dict[_Key, list[_Member]] = {}
        for member in sorted(members, key=_by_purpose):
            parts.setdefault(member.key, []).append(member)
        standing: set[UUID] = set()
        with self._db.write() as tables:
            for key, part in parts.items():
                try:
                    standing |= self._write(tables, key[0], part[0].lease, [member.item for member in part])
                except LogsDbUnavailable:
                    raise
                except TankError as error:
                    raise _Refused(key, error) from error
        return standing

    def _write(self, tables: Tables, purpose: _Purpose, lease: ShardLease, items: list[Any]) -> set[UUID]:
        ledger, at = tables.ledger, self._clock.now()
        match purpose:
            case _Purpose.RESULT:
                ledger.settle(items)
            case _Purpose.UPDATE_RESULT:
                ledger.settle_updates(lease, items)
            case _Purpose.BEGIN_UPDATE:
                ledger.begin_updates(lease, [delivery_id for ids in items for delivery_id in ids], at=at)
            case _Purpose.REFUSAL:
                ledger.record(lease, refusals=items, at=at)
            case _Purpose.INTENT:
                return ledger.record(lease, intents=items, at=at)
        return set()


class _Refused(Exception):
    """A lease may not write this; the transaction is rolled back and repeated without it."""

    def __init__(self, key: _Key, error: TankError) -> None:
        super().__init__(str(error))
        self.key = key
        self.error = error


def _by_purpose(member: _Member) -> int:
    return member.purpose.value


def _release_of(intent: Intent, clock: Clock) -> Result:
    return Result(
        delivery_id=intent.delivery_id,
        seq=intent.seq,
        attempt_token=intent.attempt_token,
        status=DeliveryStatus.PENDING,
        at=clock.now(),
        burns_attempt=False,
    )
