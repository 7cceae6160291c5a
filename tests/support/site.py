"""A whole installation on fakes of its surroundings: a source, a storage and a sender in memory, a real Logs DB.

::

    site = Site(db, clock)
    site.automation(template=Template(subject="…", html="…"))
    job = site.start()
    site.work()              # until the job has ended or paused
    assert site.counts(job).sent == 3
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from tank.db.database import Database
from tank.domain.attachment import AttachmentRule
from tank.domain.automation import (
    Automation,
    Dbio,
    Definition,
    Envelope,
    Policies,
    Revision,
    TargetColumns,
    Template,
)
from tank.domain.connection import Connection, ConnectionKind, SenderKind, SenderProfile
from tank.domain.delivery import Delivery, DeliveryStatus
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState, Trigger
from tank.domain.ports.senders import Sender
from tank.domain.run import Run, RunCounts
from tank.domain.values import RowValues
from tank.engines.local import LocalEngine
from tank.rendering.mime import MimeComposer
from tank.rendering.templates import MinijinjaTemplates
from tank.services.high_water import HighWater
from tank.services.jobs import Jobs
from tank.services.lanes import RATE_GOOD_FOR_SECONDS
from tank.services.patience import Waits
from tank.services.pools import DaemonPool
from tank.services.run_kits import RunKits
from tank.services.supervision import Supervision
from tank.worker.worker import WorkerProcess
from tests.fakes.clock import FakeClock
from tests.fakes.high_water import MemoryHighWater
from tests.fakes.logs_db import FlakyLogsDb
from tests.fakes.senders import FakeSenders, ScriptedSender
from tests.fakes.sources import FakeSource, FakeSources
from tests.fakes.storage import MemoryStorage
from tests.support.published import AlwaysPublished

TARGET = "SELECT CUST_ID, EMAIL, 고객명 FROM CUSTOMER"
MAPPING = "SELECT AMOUNT FROM TX WHERE CUST_ID = :CUST_ID"
UPDATE = "UPDATE CUSTOMER SET SENT_AT = :tank_sent_at WHERE CUST_ID = :CUST_ID"
FILE_RULE = AttachmentRule(pattern="/s/{{ CUST_ID }}.pdf")

#: A job that is not in one of these has ended, or waits for a person.
_GOING_ON = (JobState.WAITING, JobState.RUNNING)


def customers(count: int) -> list[RowValues]:
    return [(f"C{number:04}", f"c{number}@example.com", f"고객{number}") for number in range(1, count + 1)]


class Site:
    """See the module's text. ``sender`` may be any sender, ``ScriptedSender`` by default."""

    def __init__(self, db: Database, clock: FakeClock, *, rows: Sequence[RowValues] | None = None) -> None:
        self.db = db
        #: What workers see of the Logs DB; a test makes it go away and come back.
        self.flaky_db = FlakyLogsDb(db)
        self.clock = clock
        self.source = FakeSource()
        self.storage = MemoryStorage()
        self.high_water = MemoryHighWater()
        self.sender = ScriptedSender()
        self.waits = Waits(surroundings=(0.01, 0.01), retry=0.01)
        #: Seconds until a worker reads the account's rate again in the middle of a run.
        self.rate_good_for = RATE_GOOD_FOR_SECONDS
        self.engine = LocalEngine(db, rest_seconds=0.05)
        self.jobs = Jobs(db, self.engine, AlwaysPublished(), clock)
        self.supervision = Supervision(db, self.engine, clock)
        self.automation_id = new_id()
        self.definition = Definition(
            dbio=Dbio(connection="erp", target_query=TARGET),
            columns=TargetColumns(email="EMAIL", key=("CUST_ID",), name="고객명"),
            template=Template(subject="{{ 고객명 }} 님", html="<p>{{ CUST_ID }}</p>", text="{{ CUST_ID }}"),
            envelope=Envelope(sender="out", from_email="bank@example.com", from_name="은행"),
        )
        self.customers(customers(3) if rows is None else rows)
        self.source.answer(MAPPING, ("AMOUNT",), [(10,), (20,)])
        self.source.accept(UPDATE)
        self._register()

    def customers(self, rows: Sequence[RowValues]) -> None:
        """What the target query returns."""
        self.source.answer(TARGET, ("CUST_ID", "EMAIL", "고객명"), rows)

    def _register(self) -> None:
        now = self.clock.now()
        stamps: dict[str, Any] = {"created_at": now, "updated_at": now}
        with self.db.write() as tables:
            tables.connections.add(Connection(id=new_id(), name="erp", kind=ConnectionKind.SQL, **stamps))
            tables.senders.add(SenderProfile(id=new_id(), name="out", kind=SenderKind.OUTBOX, **stamps))
            tables.automations.add(
                Automation(id=self.automation_id, name="명세서", draft=self.definition, draft_version=1, **stamps)
            )
        self.publish()

    def publish(
        self, *, dbio: dict[str, Any] | None = None, policies: dict[str, Any] | None = None, **parts: Any
    ) -> None:
        """Publish the definition with some parts changed."""
        if dbio:
            parts["dbio"] = replace(self.definition.dbio, **dbio)
        if policies:
            parts["policies"] = replace(Policies(), **policies)
        self.definition = replace(self.definition, **parts)
        with self.db.write() as tables:
            number = len(tables.automations.revisions(self.automation_id)) + 1
            tables.automations.publish(
                Revision(
                    id=new_id(),
                    automation_id=self.automation_id,
                    number=number,
                    definition=self.definition,
                    sha256=f"{number:064}",
                    published_by="kim",
                    published_at=self.clock.now(),
                )
            )

    # Running

    def start(self) -> Job:
        return self.jobs.request(self.automation_id, trigger=Trigger.MANUAL, by="kim")

    def worker(self, sender: Sender | None = None) -> WorkerProcess:
        """A new worker, not yet running."""
        chosen = sender or self.sender
        return WorkerProcess(
            db=self.flaky_db,
            engine=LocalEngine(self.flaky_db, rest_seconds=0.05),
            clock=self.clock,
            sources=FakeSources(erp=self.source),
            high_water=HighWater(self.flaky_db, self.high_water, self.clock),
            make_kits=lambda pool: self.kits(pool, chosen),
            waits=self.waits,
        )

    def kits(self, pool: DaemonPool, sender: Sender) -> RunKits:
        return RunKits(
            db=self.flaky_db,
            pool=pool,
            clock=self.clock,
            sources=FakeSources(erp=self.source),
            senders=FakeSenders({"out": sender}),
            storage=self.storage,
            templates=MinijinjaTemplates(),
            composer=MimeComposer(),
            byte_limit=1 << 20,
            rate_good_for=self.rate_good_for,
        )

    def work(self, job: Job, *, until: Callable[[], bool] | None = None, seconds: float = 20, workers: int = 1) -> Job:
        """Let workers work until the job has ended or paused (or ``until``), then stop them; the job as it is then."""
        asyncio.run(self._work(job, until, seconds, workers))
        return self.jobs.get(job.id)

    async def _work(self, job: Job, until: Callable[[], bool] | None, seconds: float, workers: int) -> None:
        stop = asyncio.Event()
        working = [asyncio.create_task(self.worker().run(stop)) for _ in range(workers)]
        deadline = time.monotonic() + seconds
        try:
            while not (until() if until else self._is_over(job)):
                assert time.monotonic() < deadline, f"still going on: {self.jobs.get(job.id)}, {self.counts(job)}"
                for one in working:
                    assert not one.done() or one.result() is None
                self.supervision.sweep()
                await asyncio.sleep(0.02)
        finally:
            stop.set()
            await asyncio.gather(*working)

    def _is_over(self, job: Job) -> bool:
        state = self.jobs.get(job.id).state
        run = self.run(job)
        return state is JobState.PAUSED or (state not in _GOING_ON and run is not None and run.finished_at is not None)

    # Looking

    def run(self, job: Job) -> Run | None:
        with self.db.read() as tables:
            return tables.runs.of_job(job.id)

    def counts(self, job: Job) -> RunCounts:
        run = self.run(job)
        return RunCounts() if run is None else run.counts

    def deliveries(self, job: Job, *statuses: DeliveryStatus) -> Sequence[Delivery]:
        run = self.run(job)
        assert run is not None
        with self.db.read() as tables:
            return tables.ledger.page(run.id, statuses=statuses, limit=1000).items

    def errors(self) -> list[str]:
        """Codes of SYSTEM_ERROR_LOG, newest first."""
        with self.db.read() as tables:
            return [error.code for error in tables.system_errors.page().items]

    def mailed(self) -> list[str]:
        """Who would find a mail in the inbox."""
        return sorted(mail.rcpt_to for mail in self.sender.accepted)

    def delivery(self, delivery_id: UUID) -> Delivery:
        with self.db.read() as tables:
            return tables.ledger.get(delivery_id)
