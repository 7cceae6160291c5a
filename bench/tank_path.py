"""Tank's own way: a worker that is handed the shards of a sealed run, until the run is finished.

All of it is the product's: shards are claimed, rows read from the ledger, template, message and digests made in
threads, the shared rate asked, intents and results committed in groups (SQLite, synchronous=FULL), mails signed and
sent through the SES sender in the sliding window. The data source and the file storage alone are in memory: the
other peers have neither.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import uvloop
from tests.fakes.high_water import MemoryHighWater
from tests.fakes.sources import FakeSource, FakeSources
from tests.fakes.storage import MemoryStorage

from bench.mails import FILE_NAME, FROM_EMAIL, FROM_NAME, ROW_COLUMNS, TEMPLATE, customer, file_of
from bench.peers import CONNECTIONS, KEYS, REGION, Spent
from bench.runs import SealedRun, sealed_run
from bench.sink import Sink
from tank.clock import SystemClock
from tank.db.database import Database
from tank.domain.attachment import AttachmentRule, StoredFile
from tank.domain.automation import Dbio, Definition, Envelope
from tank.domain.connection import Connection, ConnectionKind, SenderKind, SenderProfile
from tank.domain.globs import PathGlob
from tank.domain.ids import new_id
from tank.domain.job import Job
from tank.domain.ports.sources import RowSet
from tank.domain.query import QueryKind, QueryShape, SourceError
from tank.domain.values import Row
from tank.domain.worker import Task, TaskKind
from tank.engines.local import LocalEngine
from tank.rendering.mime import MimeComposer
from tank.rendering.templates import MinijinjaTemplates
from tank.senders.ses import SesOptions, SesSender
from tank.services.high_water import HighWater
from tank.services.run_kits import RunKits
from tank.worker.worker import WorkerProcess

_NAME = "bench"
_WINDOW_BYTES = 64 << 20
_LOOK_SECONDS = 0.01


class Tank:
    """One worker process's worth of delivering."""

    name = "Tank"

    def __init__(self, database: Database, sink: Sink, size: int) -> None:
        self._database = database
        self._sink = sink
        self._size = size
        self._clock = SystemClock()
        self._engine = LocalEngine(database)

    def run(self, *, warm: int, mails: int) -> Spent:
        add_connection_and_sender(self._database)
        return uvloop.run(self._run(warm, mails))

    async def _run(self, warm: int, mails: int) -> Spent:
        runs = [sealed_run(self._database, count, definition_of(self._size)) for count in (warm, mails)]
        sources = FakeSources(**{_NAME: CustomerSource()})
        worker = WorkerProcess(
            db=self._database,
            engine=self._engine,
            clock=self._clock,
            sources=sources,
            high_water=HighWater(self._database, MemoryHighWater(), self._clock),
            make_kits=lambda pool: RunKits(
                db=self._database,
                pool=pool,
                clock=self._clock,
                sources=sources,
                senders=SinkSenders(self._sink),
                storage=CustomerFiles(self._size),
                templates=MinijinjaTemplates(),
                composer=MimeComposer(),
                byte_limit=_WINDOW_BYTES,
            ),
        )
        stop = asyncio.Event()
        working = asyncio.create_task(worker.run(stop))
        await self._finish(runs[0])
        seconds, cpu_seconds = time.perf_counter(), time.process_time()
        await self._finish(runs[1])
        spent = Spent(mails, time.perf_counter() - seconds, time.process_time() - cpu_seconds)
        stop.set()
        await working
        self._check_ledger(runs[1], mails)
        return spent

    async def _finish(self, run: SealedRun) -> None:
        """Hand the shards out, and wait for the job's end."""
        await asyncio.to_thread(self._hand_out, run)
        while (await asyncio.to_thread(self._job, run)).state.is_active:  # noqa: ASYNC110 (the Logs DB alone knows)
            await asyncio.sleep(_LOOK_SECONDS)

    def _hand_out(self, run: SealedRun) -> None:
        with self._database.write() as tables:
            for shard in run.shards:
                task = Task(kind=TaskKind.SEND_SHARD, job_id=run.job_id, run_id=shard.run_id, shard_no=shard.no)
                self._engine.defer(tables, task)

    def _job(self, run: SealedRun) -> Job:
        with self._database.read() as tables:
            return tables.jobs.get(run.job_id)

    def _check_ledger(self, run: SealedRun, mails: int) -> None:
        with self._database.read() as tables:
            counts = tables.runs.get(run.shards[0].run_id).counts
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
