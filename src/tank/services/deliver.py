"""Delivering a shard: a sliding window of mails, each with its intent committed before the first byte leaves.

A slow answer holds its own place in the window and nobody else's. What is known of a mail decides what may happen
next: definitely refused rows may be released and tried again, ambiguous ones are UNKNOWN and left to evidence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from tank.domain.attachment import FileOfTwo, StorageError
from tank.domain.delivery import (
    DeliveryStatus,
    ErrorKind,
    Intent,
    PendingDelivery,
    PendingUpdate,
    Refusal,
    Result,
    UpdateStatus,
)
from tank.domain.errors import LogsDbUnavailable, TankError
from tank.domain.ids import new_token
from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tank.domain.ports.clock import Clock
from tank.domain.ports.engines import Engine
from tank.domain.ports.store import LogsDb
from tank.domain.query import SourceError
from tank.domain.shard import LeaseLost, NotRunning
from tank.services.finishing import close_shard, fail_job, pause_job, system_error
from tank.services.group_commit import GroupCommit
from tank.services.held import HeldShard
from tank.services.patience import Patience, Waits
from tank.services.pools import DaemonPool
from tank.services.preparing import Batch, MissingFileAborts, ReadyMail, prepare
from tank.services.run_kits import RunKit
from tank.services.write_back import WriteBacks

T = TypeVar("T")

#: Original document, section 10.
MAX_RETRIES = 3
#: Rows read from the ledger, and rows prepared by one thread, at a time.
_READ_ROWS = 200
_PREPARE_ROWS = 25
#: Batches that are prepared side by side.
_PREPARERS = 3
_RETRYABLE = frozenset({SendErrorKind.THROTTLED, SendErrorKind.TRANSIENT, SendErrorKind.UNREACHABLE})


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


class ShardDelivery:
    """One shard, from its first PENDING row to its last write-back."""

    def __init__(self, kit: RunKit, held: HeldShard, bench: Workbench) -> None:
        self._kit = kit
        self._held = held
        self._bench = bench
        self._lane = kit.lane
        self._preparers = asyncio.Semaphore(_PREPARERS)
        # Mails that are waiting, on their way or backing off: twice the window keeps the window full.
        self._hands = asyncio.Semaphore(2 * kit.lane.window.size)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._updates = WriteBacks(
            kit,
            held,
            db=bench.db,
            commit=bench.commit,
            pool=bench.db_pool,
            source_pool=bench.work_pool,
            waits=bench.waits,
            source_failed=self._source_failed,
        )

    async def run(self) -> None:
        """Deliver until the shard is done or to be stopped, then give it back. Raises whatever nobody foresaw."""
        try:
            await self._updates.start()
            await self._feed()
        finally:
            while self._tasks:
                await asyncio.wait(self._tasks)
            await self._updates.finish()
            await self._steadily(self._close)
        if self._failure is not None:
            raise self._failure

    def _close(self) -> None:
        lease = self._held.lease
        with self._bench.db.write() as tables:
            if self._held.lost:
                # Late evidence may have made rows SENT whose write-back nobody waits for any more.
                tables.shards.reopen(lease.shard.run_id, nos=[lease.shard.no])
            else:
                close_shard(tables, lease, self._held.job_id, at=self._bench.clock.now())

    async def _steadily(self, function: Callable[[], T]) -> T:
        """Something with the Logs DB; while it is away, wait as long as the lease lasts."""
        while True:
            try:
                return await self._bench.db_pool.run(function)
            except LogsDbUnavailable:
                if not self._lease_lasts():
                    self._held.lose()
                    raise
                await asyncio.sleep(0.5)

    # Rows in

    async def _feed(self) -> None:
        after = 0
        while self._held.goes_on():
            rows = await self._steadily(partial(self._read, after))
            if not rows:
                break
            after = rows[-1].seq
            for start in range(0, len(rows), _PREPARE_ROWS):
                await self._preparers.acquire()
                if not self._held.goes_on():
                    self._preparers.release()
                    break
                self._spawn(self._prepare_rows(rows[start : start + _PREPARE_ROWS]))
        while self._tasks:
            await asyncio.wait(self._tasks)

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
                return await self._bench.work_pool.run(prepare, self._kit, rows, self._bench.clock.now())
            except (SourceError, StorageError) as error:
                if not await patience.wait():
                    if self._held.goes_on():
                        await self._source_failed(error)
                    return None
            except MissingFileAborts as missing:
                await self._refuse(missing.refusal)
                await self._abort("missing_file", missing.refusal.error_text)
                return None

    async def _take_in_hand(self, mail: ReadyMail) -> None:
        if not self._held.goes_on():
            return
        await self._lane.window.budget.acquire(len(mail.message))
        await self._hands.acquire()
        if not self._held.goes_on():
            self._put_down(mail)
        else:
            self._spawn(self._deliver(mail))

    def _put_down(self, mail: ReadyMail) -> None:
        self._hands.release()
        self._lane.window.budget.release(len(mail.message))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A bug or an unforeseen failure: stop this shard, keep what was recorded, tell whoever called run().
            self._failure = self._failure or error
            self._held.stopping = True

    # Mails out

    async def _deliver(self, mail: ReadyMail) -> None:
        try:
            while self._held.goes_on():
                wait = await self._attempt(mail)
                if wait is None:
                    return
                mail.attempts += 1
                await asyncio.sleep(wait)
        finally:
            self._put_down(mail)

    async def _attempt(self, mail: ReadyMail) -> float | None:
        """One attempt; seconds to wait before the next one, None when there is to be none."""
        async with self._lane.window.slots:
            await self._lane.rate.take()
            if not self._held.may_send(self._bench.clock.boot_seconds()):
                return None
            intent = _intent(mail)
            if not await self._intends(intent):
                return None
            outcome = await self._send(mail, intent)
        result, wait = self._judge(mail, intent, outcome)
        await self._bench.commit.settle(result)
        if isinstance(outcome, Receipt):
            self._kit.breaker.succeeded()
            if self._updates.wanted:
                self._updates.add(_update(mail, result))
        elif outcome is not None:
            await self._react(outcome, mail)
        return wait

    async def _intends(self, intent: Intent) -> bool:
        try:
            return await self._bench.commit.intend(self._held.lease, intent)
        except NotRunning:
            self._held.stopping = True
        except LeaseLost:
            self._held.lose()
        except FileOfTwo as error:
            await self._abort(error.code, error.message, error.remedy)
        return False

    async def _send(self, mail: ReadyMail, intent: Intent) -> Receipt | SendError | None:
        """What the sender says; None where the lease ran out before the first byte."""
        if not self._lease_lasts():
            return None
        outgoing = OutgoingMail(
            delivery_id=mail.row.id,
            attempt_token=intent.attempt_token,
            mail_from=self._kit.from_address.email,
            rcpt_to=mail.row.email,
            message=mail.message,
            tags=(("tank_delivery", mail.row.id.hex), ("tank_run", self._kit.run.id.hex)),
        )
        try:
            return await self._lane.sender.send(outgoing)
        except SendError as error:
            return error

    def _lease_lasts(self) -> bool:
        return not self._held.lost and self._bench.clock.boot_seconds() < self._held.lease.deadline

    def _judge(
        self, mail: ReadyMail, intent: Intent, outcome: Receipt | SendError | None
    ) -> tuple[Result, float | None]:
        """What the ledger is told, and how long to wait before another attempt."""
        if outcome is None:
            return self._result(intent, DeliveryStatus.PENDING, burns_attempt=False), None
        if isinstance(outcome, Receipt):
            update = UpdateStatus.PENDING if self._updates.wanted else UpdateStatus.NONE
            return self._result(intent, DeliveryStatus.SENT, message_id=outcome.message_id, update_status=update), None
        error = outcome
        if error.kind is SendErrorKind.AMBIGUOUS:
            return self._error_result(intent, DeliveryStatus.UNKNOWN, ErrorKind.NO_CLEAR_ANSWER, error), None
        if error.kind in _RETRYABLE and mail.attempts < MAX_RETRIES:
            wait = self._bench.waits.before_retry(mail.attempts)
            return self._error_result(intent, DeliveryStatus.PENDING, None, error), wait
        if error.kind in (SendErrorKind.STOPPED, SendErrorKind.UNREACHABLE):
            return self._error_result(intent, DeliveryStatus.PENDING, None, error, burns_attempt=False), None
        return self._error_result(intent, DeliveryStatus.FAIL, ErrorKind.SES_ERROR, error), None

    async def _react(self, error: SendError, mail: ReadyMail) -> None:
        """What an error means for the run, beyond its row."""
        if error.kind is SendErrorKind.THROTTLED:
            await self._lane.rate.slow_down()
        out_of_retries = mail.attempts >= MAX_RETRIES
        if error.kind is SendErrorKind.STOPPED or (error.kind is SendErrorKind.UNREACHABLE and out_of_retries):
            await self._pause("sender", error.code, error.message, error.remedy)
        elif error.kind in (SendErrorKind.AMBIGUOUS, SendErrorKind.REJECTED) or out_of_retries:
            await self._count_failure(str(error.kind), error.provider_code, error.message)

    def _error_result(
        self,
        intent: Intent,
        status: DeliveryStatus,
        kind: ErrorKind | None,
        error: SendError,
        *,
        burns_attempt: bool = True,
    ) -> Result:
        return self._result(
            intent,
            status,
            error_kind=kind,
            error_code=error.provider_code,
            error_text=error.message,
            burns_attempt=burns_attempt,
        )

    def _result(
        self,
        intent: Intent,
        status: DeliveryStatus,
        *,
        message_id: str = "",
        error_kind: ErrorKind | None = None,
        error_code: str = "",
        error_text: str = "",
        burns_attempt: bool = True,
        update_status: UpdateStatus = UpdateStatus.NONE,
    ) -> Result:
        return Result(
            delivery_id=intent.delivery_id,
            seq=intent.seq,
            attempt_token=intent.attempt_token,
            status=status,
            at=self._bench.clock.now(),
            message_id=message_id,
            error_kind=error_kind,
            error_code=error_code,
            error_text=error_text,
            burns_attempt=burns_attempt,
            update_status=update_status,
        )

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
            await self._count_failure(str(refusal.error_kind), refusal.error_code, refusal.error_text)

    async def _count_failure(self, kind: str, code: str, text: str) -> None:
        if self._kit.breaker.failed(kind, code):
            count = self._kit.definition.policies.breaker_threshold
            message = f"{count} mails in a row failed in the same way: {text}"
            remedy = "Mend the cause, then resume the run; what failed can be retried."
            await self._pause("sender", "too_many_failures", message, remedy)

    async def _source_failed(self, error: TankError) -> None:
        component = "storage" if isinstance(error, StorageError) else "source"
        await self._pause(component, error.code, error.message, error.remedy)

    async def _pause(self, component: str, code: str, message: str, remedy: str | None) -> None:
        self._held.stopping = True
        job = self._kit.job

        def pause() -> None:
            record = system_error(
                component,
                code,
                message,
                at=self._bench.clock.now(),
                job=job,
                run_id=self._kit.run.id,
                remedy=remedy or "",
            )
            with self._bench.db.write() as tables:
                pause_job(tables, job, record)

        await self._steadily(pause)

    async def _abort(self, code: str, message: str, remedy: str | None = None) -> None:
        self._held.stopping = True
        job = self._kit.job

        def abort() -> None:
            record = system_error(
                "storage",
                code,
                message,
                at=self._bench.clock.now(),
                job=job,
                run_id=self._kit.run.id,
                remedy=remedy or "Add the file, then start the run again; nobody who was mailed is mailed twice.",
            )
            with self._bench.db.write() as tables:
                fail_job(tables, self._bench.engine, job, record)

        await self._steadily(abort)


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
