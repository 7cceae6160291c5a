"""Fills a Logs DB with what a company has after a month of sending: many runs, many recipients, some failures.

Rows go in as plain text, past SQLAlchemy: a million take well under a minute.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, update

from tank.db.database import Database
from tank.db.email_send_log import email_send_log
from tank.db.job_tables import job, run
from tank.db.quarters import SECONDS
from tank.db.tables import DbTables
from tank.domain.automation import Automation, Definition, Revision
from tank.domain.ids import new_id
from tank.domain.job import Job, JobState, Trigger
from tank.domain.run import Run, RunCounts, RunPhase

_COLUMNS = (
    "id", "run_id", "automation_id", "seq", "recipient_key", "email", "name", "status", "attempts", "attempt_token",
    "error_kind", "error_code", "error_text", "message_id", "mime_sha256", "mime_size", "update_query_ok",
    "created_at", "intent_at", "sent_at", "finished_at", "quarter",
)  # fmt: skip
#: Status, error kind, provider's code, UPDATE_QUERY_OK, and how many of a thousand end so.
_ENDS = (
    ("SENT", None, "", "Y", 955),
    ("SENT", None, "", "N", 5),
    ("FAIL", "SES_ERROR", "MessageRejected", "NONE", 12),
    ("FAIL", "RENDER_ERROR", "", "NONE", 3),
    ("SKIPPED", "ATTACHMENT_NOT_FOUND", "", "NONE", 14),
    ("SKIPPED", "INVALID_ADDRESS", "", "NONE", 8),
    ("UNKNOWN", "NO_CLEAR_ANSWER", "ReadTimeout", "NONE", 3),
)
_MAILS_PER_SECOND = 14
_CHUNK = 20_000
_SURNAMES = "김이박최정강조윤장임"


@dataclass(frozen=True, slots=True)
class BigLedger:
    """What was filled in."""

    automation_ids: Sequence[UUID]
    run_ids: Sequence[UUID]
    rows: int
    since: datetime
    until: datetime


def fill_ledger(
    logs_db: Database, rows: int, *, until: datetime, days: int = 30, automations: int = 20, run_size: int = 5_000
) -> BigLedger:
    """Add ``rows`` finished deliveries whose ends lie in the ``days`` before ``until``; the tables must exist."""
    rng = random.Random(20261122)
    since = until - timedelta(days=days)
    sizes = [run_size] * (rows // run_size) + ([rows % run_size] if rows % run_size else [])
    slack = timedelta(seconds=run_size / _MAILS_PER_SECOND + 60)
    starts = sorted(since + rng.random() * (timedelta(days=days) - slack) for _ in sizes)
    with logs_db.write() as tables:
        revisions = [_add_automation(tables, number, since) for number in range(automations)]
        runs = [
            _add_run(tables, revisions[number % automations], start, size)
            for number, (start, size) in enumerate(zip(starts, sizes, strict=True))
        ]
    lines = (
        line
        for run_id, (automation_id, _), start, size in zip(
            runs, _cycled(revisions, len(runs)), starts, sizes, strict=True
        )
        for line in _deliveries(rng, run_id, automation_id, start, size)
    )
    while chunk := list(islice(lines, _CHUNK)):
        _write(logs_db.engine, chunk)
    _analyze(logs_db.engine)
    return BigLedger([id_ for id_, _ in revisions], runs, rows, since, until)


def _cycled(items: Sequence[Any], length: int) -> list[Any]:
    return [items[number % len(items)] for number in range(length)]


def _add_automation(tables: DbTables, number: int, at: datetime) -> tuple[UUID, UUID]:
    """The ids of the automation and of its revision."""
    id_, revision_id, definition = new_id(), new_id(), Definition()
    tables.automations.add(
        Automation(id=id_, name=f"명세서 {number:02}", draft=definition, draft_version=1, created_at=at, updated_at=at)
    )
    tables.automations.publish(
        Revision(
            id=revision_id, automation_id=id_, number=1, definition=definition, sha256="0" * 64, published_by="test",
            published_at=at,
        )
    )  # fmt: skip
    return id_, revision_id


def _add_run(tables: DbTables, of: tuple[UUID, UUID], start: datetime, size: int) -> UUID:
    """A finished run with its job."""
    job_id, run_id = new_id(), new_id()
    tables.jobs.add(
        Job(
            id=job_id, automation_id=of[0], revision_id=of[1], state=JobState.PARTIAL, trigger=Trigger.MANUAL,
            due_at=start, requested_by="test", created_at=start,
        )
    )  # fmt: skip
    tables.runs.add(
        Run(
            id=run_id, job_id=job_id, automation_id=of[0], revision_id=of[1], phase=RunPhase.FINISH,
            counts=RunCounts(), started_at=start,
        ),
        has_update=True,
    )  # fmt: skip
    end = start + timedelta(seconds=size / _MAILS_PER_SECOND)
    is_job, is_run = job.c.id == job_id, run.c.id == run_id
    tables.connection.execute(update(job).where(is_job).values(closed=True, started_at=start, finished_at=end))
    tables.connection.execute(update(run).where(is_run).values(target=size, sealed_at=start, finished_at=end))
    return run_id


def _deliveries(
    rng: random.Random, run_id: UUID, automation_id: UUID, start: datetime, size: int
) -> Iterator[tuple[Any, ...]]:
    ends = rng.choices(_ENDS, weights=[end[4] for end in _ENDS], k=size)
    begin = start.timestamp()
    created = _text(begin)
    for seq, (status, kind, code, updated, _) in enumerate(ends, 1):
        finished = begin + seq / _MAILS_PER_SECOND
        ended, sent = _text(finished), status == "SENT"
        customer = rng.randrange(10_000_000)
        yield (
            f"{int(begin * 1000):012x}7{rng.getrandbits(12):03x}8{rng.getrandbits(60):015x}",
            run_id.hex, automation_id.hex, seq, f"C{customer:08}-{seq}", f"customer{customer}@example.com",
            f"{_SURNAMES[customer % 10]}고객{customer % 97}", status, int(sent),
            f"{rng.getrandbits(128):032x}" if sent else None, kind, code, f"The provider said: {code}" if code else "",
            f"0100019{rng.getrandbits(96):024x}-000000" if sent else "", rng.randbytes(32) if sent else None,
            12_000 + customer % 4_000 if sent else None, updated, created, ended if sent else None,
            ended if sent else None, ended, int(finished) // SECONDS,
        )  # fmt: skip


def _text(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S.%f}"


def _write(engine: Engine, rows: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(_COLUMNS)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            places = ", ".join("?" * len(_COLUMNS))
            connection.exec_driver_sql(f"INSERT INTO {email_send_log.name} ({names}) VALUES ({places})", list(rows))
            return
        driver: Any = connection.connection.dbapi_connection
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        with driver.cursor().copy(f"COPY {email_send_log.name} ({names}) FROM STDIN") as copy:
            copy.write("".join("\t".join(map(_copied, row)) + "\n" for row in rows))


def _copied(value: Any) -> str:
    """PostgreSQL's text form of COPY; no value here has a character to escape."""
    if value is None:
        return r"\N"
    return rf"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


def _analyze(engine: Engine) -> None:
    """What autovacuum does by itself within minutes; index-only scans need its visibility map."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"VACUUM ANALYZE {email_send_log.name}")
