"""Delivering a shard: a sliding window of mails, each with its intent committed before the first byte leaves.

A slow answer holds its own place in the window and nobody else's. What is known of a mail decides what may happen
next: definitely refused rows may be released and tried again, ambiguous ones are UNKNOWN and left to evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from tank.domain.attachment import FileOfTwo, StorageError
from tank.domain.delivery import (
    DeliveryStatus,
    Intent,
    PendingDelivery,
    PendingUpdate,
    Refusal,
    Result,
)
from tank.domain.errors import Invalid
from tank.domain.ids import new_token
from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tank.domain.ports.store import Tables
from tank.domain.query import SourceError
from tank.domain.shard import LeaseLost, NotRunning
from tank.services.finishing import close_shard
from tank.services.held import HeldShard
from tank.services.patience import Patience, rest
from tank.services.pools import Abandoned
from tank.services.preparing import Batch, MissingFileAborts, ReadyMail, prepare
from tank.services.run_kits import RunKit
from tank.services.run_trouble import RunTrouble, Workbench
from tank.services.verdicts import Verdict, judge
from tank.services.window import Slots
from tank.services.write_back import WriteBacks

#: Rows read from the ledger, and rows prepared by one thread, at a time.
_READ_ROWS = 200
_PREPARE_ROWS = 25
#: Batches that are prepared side by side.
_PREPARERS = 3


class ShardDelivery:
    """One shard, from its first PENDING row to its last write-back."""

    def __init__(self, kit: RunKit, held: HeldShard, bench: Workbench) -> None:
        self._kit = kit
        self._held = held
        self._bench = bench
        self._lane = kit.lane
        self._preparers = asyncio.Semaphore(_PREPARERS)
        # Mails that are waiting, on their way or backing off: twice the window keeps the window full.
        self._hands = Slots(2 * kit.lane.window.size)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._trouble = RunTrouble(kit, held, bench)
        self._updates = WriteBacks(kit, held, bench, cannot_go_on=self._trouble.surroundings_failed)

    async def run(self) -> None:
        """Deliver until the shard is done or to be stopped, then give it back. Raises whatever nobody foresaw."""
        for step in (self._updates.start, self._feed, self._empty, self._updates.finish):
            try:
                await step()
            except Exception as error:  # whatever it is, what is known of mails that left is still to be recorded
                self._fail(error)
        await self._bench.steadily(self._held, self._close)
        if self._failure is not None:
            raise self._failure

    async def _empty(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error
        self._held.stopping = True

    def _close(self) -> None:
        lease = self._held.lease
        with self._bench.db.write() as tables:
            if not self._held.lost and not close_shard(tables, lease, self._held.job_id, at=self._bench.clock.now()):
                self._hand_on(tables)

    def _hand_on(self, tables: Tables) -> None:
        """Wake somebody for the rest: who resumed the run before its shard was given back found nothing to wake."""
        lease = self._held.lease
        if self._failure is None:
            for unheld in tables.shards.unheld(run_id=lease.shard.run_id):
                if unheld.task.shard_no == lease.shard.no:
                    self._bench.engine.defer(tables, unheld.task)

    # Rows in

    async def _feed(self) -> None:
        after = 0
        while self._held.goes_on():
            rows = await self._bench.steadily(self._held, partial(self._read, after))
            if not rows:
                break
            after = rows[-1].seq
            await self._keep_up()
            for start in range(0, len(rows), _PREPARE_ROWS):
                await self._preparers.acquire()
                if not self._held.goes_on():
                    self._preparers.release()
                    break
                self._spawn(self._prepare_rows(rows[start : start + _PREPARE_ROWS]))
        await self._empty()

    async def _keep_up(self) -> None:
        await self._lane.keep_up()
        self._hands.resize(2 * self._lane.window.size)

    def _read(self, after: int) -> Sequence[PendingDelivery]:
        with self._bench.db.read() as tables:
            return tables.ledger.pending(self._held.lease, after_seq=after, limit=_READ_ROWS)

    async def _prepare_rows(self, rows: Sequence[PendingDelivery]) -> None:
        try:
            while rows and self._held.goes_on():
                batch = await self._prepared(rows)
                if batch is None:
                    return
                rows = batch.rest
                for refusal in batch.refusals:
                    await self._refuse(refusal)
                for mail in batch.ready:
                    await self._take_in_hand(mail)
        finally:
            self._preparers.release()

    async def _prepared(self, rows: Sequence[PendingDelivery]) -> Batch | None:
        """The batch; None where the run was paused or aborted instead."""
        patience = Patience(self._held, self._bench.waits)
        while True:
            try:
                now = self._bench.clock.now()
                return await self._bench.work_pool.run_unless(self._is_stopping, prepare, self._kit, rows, now)
            except Abandoned:
                return None
            except (SourceError, StorageError) as error:
                if not await patience.wait():
                    if self._held.goes_on():
                        await self._trouble.surroundings_failed(error)
                    return None
            except MissingFileAborts as missing:
                await self._refuse(missing.refusal)
                await self._trouble.abort(missing.error)
                return None
            except Invalid as error:
                await self._trouble.pause("source", error)
                return None

    def _is_stopping(self) -> bool:
        return not self._held.goes_on()

    async def _take_in_hand(self, mail: ReadyMail) -> None:
        if not self._held.goes_on():
            return
        await self._lane.window.budget.acquire(len(mail.message))
        await self._hands.acquire(1)
        if not self._held.goes_on():
            self._put_down(mail)
        else:
            self._spawn(self._deliver(mail))

    def _put_down(self, mail: ReadyMail) -> None:
        self._hands.release(1)
        self._lane.window.budget.release(len(mail.message))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    # Mails out

    async def _deliver(self, mail: ReadyMail) -> None:
        try:
            while self._held.goes_on():
                wait = await self._attempt(mail)
                if wait is None:
                    return
                mail.attempts += 1
                await rest(self._held, wait)
        finally:
            self._put_down(mail)

    async def _attempt(self, mail: ReadyMail) -> float | None:
        """One attempt; seconds to wait before the next one, None when there is to be none."""
        async with self._lane.window.slots:
            if not await self._lane.rate.take(self._held.goes_on):
                return None
            if not self._held.may_send(self._bench.clock.boot_seconds()):
                return None
            intent = _intent(mail)
            if not await self._intends(intent):
                return None
            outcome = await self._send(mail, intent)
        verdict = judge(
            intent,
            outcome,
            attempts=mail.attempts,
            at=self._bench.clock.now(),
            wants_update=self._updates.wanted,
        )
        await self._bench.commit.settle(self._held.lease, verdict.result)
        if isinstance(outcome, Receipt):
            self._kit.breaker.succeeded()
            self._lane.rate.accepted()
            if self._updates.wanted:
                self._updates.add(_update(mail, verdict.result))
        elif outcome is not None:
            await self._react(verdict, outcome)
        return self._bench.waits.before_retry(mail.attempts) if verdict.retry else None

    async def _react(self, verdict: Verdict, error: SendError) -> None:
        """What an error means for the run, beyond its row."""
        if error.kind is SendErrorKind.THROTTLED:
            await self._lane.rate.slow_down()
        if verdict.pause:
            await self._trouble.pause("sender", error)
        elif verdict.failure:
            await self._trouble.count(str(error.kind), error.provider_code, error.message)

    async def _intends(self, intent: Intent) -> bool:
        try:
            return await self._bench.commit.intend(self._held.lease, intent)
        except NotRunning:
            self._held.stopping = True
        except LeaseLost:
            self._held.lose()
        except FileOfTwo as error:
            await self._trouble.abort(error)
        return False

    async def _send(self, mail: ReadyMail, intent: Intent) -> Receipt | SendError | None:
        """What the sender says; None where the lease ran out before the first byte."""
        if not self._held.lasts(self._bench.clock.boot_seconds()):
            return None
        outgoing = OutgoingMail(
            delivery_id=mail.row.id,
            attempt_token=intent.attempt_token,
            mail_from=self._kit.from_address.email,
            rcpt_to=mail.row.email,
            message=mail.message,
            tags=(("tank_run", self._kit.run.id.hex),),
        )
        try:
            return await self._lane.sender.send(outgoing)
        except SendError as error:
            return error
        except Exception as error:  # a sender that breaks may have sent: only evidence can tell
            return SendError(SendErrorKind.AMBIGUOUS, type(error).__name__, f"The sender failed: {error}")

    # When things go wrong

    async def _refuse(self, refusal: Refusal) -> None:
        try:
            await self._bench.commit.refuse(self._held.lease, refusal)
        except NotRunning:
            self._held.stopping = True
            return
        except LeaseLost:
            self._held.lose()
            return
        if refusal.status is DeliveryStatus.FAIL:
            await self._trouble.count(str(refusal.error_kind), refusal.error_code, refusal.error_text)


def _intent(mail: ReadyMail) -> Intent:
    return Intent(
        delivery_id=mail.row.id,
        seq=mail.row.seq,
        attempt_token=new_token(),
        mime_sha256=mail.mime_sha256,
        mime_size=len(mail.message),
        mime_date=mail.mime_date,
        mapping_columns=mail.mapping.columns,
        mapping_rows=mail.mapping.rows,
        attachments=mail.attachments,
    )


def _update(mail: ReadyMail, result: Result) -> PendingUpdate:
    return PendingUpdate(
        delivery_id=mail.row.id,
        seq=mail.row.seq,
        values=mail.row.values,
        mapping_columns=mail.mapping.columns,
        mapping_rows=mail.mapping.rows,
        message_id=result.message_id,
        sent_at=result.at,
        in_doubt=False,
    )
