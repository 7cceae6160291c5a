"""Tank's own way: what a worker does with a shard, from the ledger's PENDING rows to SENT.

All of it is the product's: rows are read from the ledger, template, message and digests made in threads, the shared
rate asked, intents and results committed in groups (SQLite, synchronous=FULL), mails signed and sent through the SES
sender in the sliding window. The data source and the file storage alone are in memory: the other peers have neither.
"""

from __future__ import annotations

import random
import time
from asyncio import create_task
from collections.abc import Sequence
from datetime import UTC, datetime

import uvloop
from tests.fakes.sources import FakeSource, FakeSources
from tests.fakes.storage import MemoryStorage

from bench.mails import FILE_NAME, FROM_EMAIL, FROM_NAME, ROW_COLUMNS, TEMPLATE, customer, file_of
from bench.peers import CONNECTIONS, KEYS, REGION, Spent
from bench.runs import sealed_run
from bench.sink import Sink
from tank.clock import SystemClock
from tank.db.database import Database
from tank.domain.attachment import AttachmentRule, StoredFile
from tank.domain.automation import Dbio, Definition, Envelope
from tank.domain.connection import Connection, ConnectionKind, SenderKind, SenderProfile
from tank.domain.globs import PathGlob
from tank.domain.ids import new_id
from tank.domain.ports.sources import RowSet
from tank.domain.query import QueryKind, QueryShape, SourceError
from tank.domain.values import Row
from tank.engines.local import LocalEngine
from tank.rendering.mime import MimeComposer
from tank.rendering.templates import MinijinjaTemplates
from tank.senders.ses import SesOptions, SesSender
from tank.services.deliver import ShardDelivery, Workbench
from tank.services.group_commit import GroupCommit
from tank.services.held import HeldShard
from tank.services.pools import DaemonPool
from tank.services.run_kits import RunKits

_NAME = "bench"
_WINDOW_BYTES = 64 << 20


class Tank:
    """A worker's delivery of whole shards."""

    name = "Tank"

    def __init__(self, database: Database, sink: Sink, size: int) -> None:
        self._database = database
        self._sink = sink
        self._size = size
        self._clock = SystemClock()

    def run(self, *, warm: int, mails: int) -> Spent:
        add_connection_and_sender(self._database)
        return uvloop.run(self._run(warm, mails))

    async def _run(self, warm: int, mails: int) -> Spent:
        definition = definition_of(self._size)
        held = [sealed_run(self._database, count, definition) for count in (warm, mails)]
        work_pool = DaemonPool("work", 4)
        commit = GroupCommit(self._database, DaemonPool("commit", 1), self._clock)
        bench = Workbench(
            db=self._database,
            engine=LocalEngine(self._database),
            clock=self._clock,
            commit=commit,
            db_pool=DaemonPool("logs-db", 2),
            work_pool=work_pool,
            random=random.Random(),
        )
        kits = RunKits(
            db=self._database,
            pool=work_pool,
            clock=self._clock,
            sources=FakeSources(**{_NAME: CustomerSource()}),
            senders=SinkSenders(self._sink),
            storage=CustomerFiles(self._size),
            templates=MinijinjaTemplates(),
            composer=MimeComposer(),
            byte_limit=_WINDOW_BYTES,
        )
        writer = create_task(commit.run())
        await self._deliver(kits, held[0], bench)
        kit = await kits.of(held[1].lease.shard.run_id)
        seconds, cpu_seconds = time.perf_counter(), time.process_time()
        await ShardDelivery(kit, held[1], bench).run()
        spent = Spent(mails, time.perf_counter() - seconds, time.process_time() - cpu_seconds)
        commit.close()
        await writer
        await kits.close()
        self._check_ledger(held[1], mails)
        return spent

    async def _deliver(self, kits: RunKits, held: HeldShard, bench: Workbench) -> None:
        kit = await kits.of(held.lease.shard.run_id)
        await ShardDelivery(kit, held, bench).run()

    def _check_ledger(self, held: HeldShard, mails: int) -> None:
        with self._database.read() as tables:
            counts = tables.runs.get(held.lease.shard.run_id).counts
        if counts.sent != mails:
            raise ValueError(f"the ledger does not add up: {counts}")


def definition_of(size: int) -> Definition:
    """An automation that sends each customer's statement, with a file of ``size`` bytes where it is not 0."""
    rule = AttachmentRule(pattern="/statement/{{ CUST_ID }}.pdf", file_name=FILE_NAME)
    return Definition(
        dbio=Dbio(connection=_NAME, mapping_query="SELECT … WHERE CUST_ID = :CUST_ID"),
        template=TEMPLATE,
        attachments=(rule,) if size else (),
        envelope=Envelope(sender=_NAME, from_email=FROM_EMAIL, from_name=FROM_NAME),
    )


def add_connection_and_sender(database: Database) -> None:
    """What the definition names, once."""
    now = datetime.now(UTC)
    with database.write() as tables:
        if tables.senders.named(_NAME) is None:
            tables.connections.add(
                Connection(id=new_id(), name=_NAME, kind=ConnectionKind.SQL, created_at=now, updated_at=now)
            )
            tables.senders.add(
                SenderProfile(id=new_id(), name=_NAME, kind=SenderKind.SES, created_at=now, updated_at=now)
            )


class SinkSenders:
    """Opens the SES sender on the sink."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def open(self, profile: SenderProfile) -> SesSender:
        return SesSender(
            SesOptions(
                region=REGION,
                access_key_id=KEYS.access_key,
                secret_access_key=KEYS.secret_key,
                endpoint_url=self._sink.url,
                ca_bundle=str(self._sink.certificate),
                max_concurrency=CONNECTIONS,
            )
        )


class CustomerSource(FakeSource):
    """A source that knows each customer's rows by heart."""

    def describe(self, kind: QueryKind, sql: str) -> QueryShape:
        return QueryShape(columns=(), binds=("CUST_ID",))

    def map_rows(self, sql: str, binds: Sequence[Row]) -> list[RowSet | SourceError]:
        return [RowSet(ROW_COLUMNS, customer(int(str(row["CUST_ID"]))).rows) for row in binds]


class CustomerFiles(MemoryStorage):
    """Every customer's file, made when it is read."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size = size

    def find(self, glob: PathGlob, *, limit: int = 2) -> Sequence[StoredFile]:
        return [StoredFile(path=str(glob), size=self._size)]

    def read(self, path: str, *, max_bytes: int) -> bytes:
        return file_of(int(path.rpartition("/")[2].removesuffix(".pdf")), self._size)
