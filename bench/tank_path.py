"""Tank's own way: the pieces that a worker delivers with, put together as it does.

Rows come from the ledger; template, message and digest are made in a thread; intents and results are committed in
groups; mails leave through the SES sender in a sliding window. The mapping query and the file storage are left out:
the other peers have neither.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import uvloop

from bench.mails import FILE_NAME, FROM_EMAIL, FROM_NAME, ROW_COLUMNS, TEMPLATE, customer, file_of
from bench.peers import CONNECTIONS, KEYS, REGION, Spent
from bench.runs import TARGET_COLUMNS, sealed_run
from bench.sink import Sink
from tank.clock import SystemClock
from tank.db.database import Database
from tank.domain.attachment import AttachmentRecord, AttachmentStatus
from tank.domain.delivery import DeliveryStatus, Intent, PendingDelivery, Result
from tank.domain.mail import Address, MailContent, MailFile, OutgoingMail
from tank.domain.ports.rendering import TemplateContext, TemplateSettings
from tank.domain.shard import ShardLease
from tank.domain.values import row_of
from tank.rendering.mime import MimeComposer
from tank.rendering.templates import MinijinjaTemplates
from tank.senders.ses import SesOptions, SesSender
from tank.services.group_commit import GroupCommit
from tank.services.pools import DaemonPool
from tank.services.window import Window

_BATCH = 32
_BATCH_BYTES = 8 << 20
_WINDOW_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class _Ready:
    """A composed mail and what its intent will say."""

    mail: OutgoingMail
    intent: Intent


class Tank:
    """Tank's send path with its ledger on SQLite, synchronous=FULL."""

    name = "Tank"

    def __init__(self, database: Database, sink: Sink, size: int) -> None:
        self._database = database
        self._sink = sink
        self._size = size
        self._composer = MimeComposer()
        self._template = MinijinjaTemplates().compile(
            TEMPLATE, TemplateSettings(zone="Asia/Seoul", language="ko", due_at=datetime.now(UTC))
        )

    def run(self, *, warm: int, mails: int) -> Spent:
        return uvloop.run(self._run(warm, mails))

    async def _run(self, warm: int, mails: int) -> Spent:
        leases = [sealed_run(self._database, warm), sealed_run(self._database, mails)]
        sender = SesSender(
            SesOptions(
                region=REGION,
                access_key_id=KEYS.access_key,
                secret_access_key=KEYS.secret_key,
                endpoint_url=self._sink.url,
                ca_bundle=str(self._sink.certificate),
                max_concurrency=CONNECTIONS,
            )
        )
        pool = DaemonPool("bench", 3)
        commit = GroupCommit(self._database, pool, SystemClock())
        writing = asyncio.create_task(commit.run())
        line = _Line(pool, commit, sender)
        await line.deliver(self, leases[0])
        seconds, cpu_seconds = time.perf_counter(), time.process_time()
        await line.deliver(self, leases[1])
        spent = Spent(mails, time.perf_counter() - seconds, time.process_time() - cpu_seconds)
        commit.close()
        await writing
        await sender.close()
        self._check_ledger(leases[1], mails)
        return spent

    def _check_ledger(self, lease: ShardLease, mails: int) -> None:
        with self._database.read() as tables:
            counts = tables.runs.get(lease.shard.run_id).counts
        if counts.sent != mails:
            raise ValueError(f"the ledger does not add up: {counts}")

    # In threads

    def pending(self, lease: ShardLease, after_seq: int) -> Sequence[PendingDelivery]:
        with self._database.read() as tables:
            return tables.ledger.pending(lease, after_seq=after_seq, limit=500)

    def prepare(self, rows: Sequence[PendingDelivery]) -> list[_Ready]:
        return [self._one(row) for row in rows]

    def _one(self, row: PendingDelivery) -> _Ready:
        target = row_of(TARGET_COLUMNS, row.values)
        number, now = row.seq - 1, int(time.time())
        mapping = customer(number).rows
        rendered = self._template.render(
            TemplateContext(target=target, rows=[row_of(ROW_COLUMNS, values) for values in mapping])
        )
        content = file_of(number, self._size) if self._size else b""
        message = self._composer.compose(
            MailContent(
                sender=Address(FROM_EMAIL, FROM_NAME),
                recipient=Address(row.email, row.name),
                rendered=rendered,
                delivery_id=row.id,
                date=now,
                files=(MailFile(name=FILE_NAME, content=content, media_type="application/pdf"),) if content else (),
            )
        )
        token = uuid4()
        return _Ready(
            OutgoingMail(
                delivery_id=row.id, attempt_token=token, mail_from=FROM_EMAIL, rcpt_to=row.email, message=message
            ),
            Intent(
                delivery_id=row.id, seq=row.seq, attempt_token=token, mime_sha256=sha256(message).digest(),
                mime_size=len(message), mime_date=now, mapping_columns=ROW_COLUMNS, mapping_rows=mapping,
                attachments=(_record(number, content),) if content else (),
            ),
        )  # fmt: skip


class _Line:
    """Moves a shard's rows through the window."""

    def __init__(self, pool: DaemonPool, commit: GroupCommit, sender: SesSender) -> None:
        self._pool = pool
        self._commit = commit
        self._sender = sender
        self._window = Window(connections=CONNECTIONS, per_second=None, byte_limit=_WINDOW_BYTES)

    async def deliver(self, tank: Tank, lease: ShardLease) -> None:
        async with asyncio.TaskGroup() as group:
            async for ready in self._prepared(tank, lease):
                await self._window.slots.acquire()
                await self._window.budget.acquire(len(ready.mail.message))
                group.create_task(self._send(lease, ready))

    async def _prepared(self, tank: Tank, lease: ShardLease) -> AsyncIterator[_Ready]:
        """One batch ahead of the window."""
        batches = self._batches(tank, lease)
        coming = asyncio.ensure_future(anext(batches, None))
        while (batch := await coming) is not None:
            coming = asyncio.ensure_future(anext(batches, None))
            for ready in batch:
                yield ready

    async def _batches(self, tank: Tank, lease: ShardLease) -> AsyncIterator[list[_Ready]]:
        after = 0
        size = max(1, min(_BATCH, _BATCH_BYTES // (tank._size * 2 or 1)))
        while rows := await self._pool.run(tank.pending, lease, after):
            for first in range(0, len(rows), size):
                yield await self._pool.run(tank.prepare, rows[first : first + size])
            after = rows[-1].seq

    async def _send(self, lease: ShardLease, ready: _Ready) -> None:
        try:
            await self._commit.intend(lease, ready.intent)
            receipt = await self._sender.send(ready.mail)
            await self._commit.settle(
                Result(
                    delivery_id=ready.mail.delivery_id, seq=ready.intent.seq, attempt_token=ready.mail.attempt_token,
                    status=DeliveryStatus.SENT, message_id=receipt.message_id, at=datetime.now(UTC),
                )
            )  # fmt: skip
        finally:
            self._window.slots.release()
            self._window.budget.release(len(ready.mail.message))


def _record(number: int, content: bytes) -> AttachmentRecord:
    path = f"statement/202611/{number}.pdf"
    return AttachmentRecord(
        rule_no=0, status=AttachmentStatus.FOUND, path=path, size=len(content), sha256=sha256(content).hexdigest(),
        claim=sha256(path.encode()).digest()[:16],
    )  # fmt: skip
