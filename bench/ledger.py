"""How the Logs DB bears a large ledger: reports, lists, a snapshot and a download with a million rows in it."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.support.big_ledger import BigLedger, fill_ledger

from bench.runs import begin_run, new_deliveries, throwaway_logs_db
from tank.clock import SystemClock
from tank.db.database import Database
from tank.domain.delivery import DeliveryStatus, ErrorKind
from tank.domain.ports.store import Tables
from tank.services.report_csv import deliveries_csv
from tank.services.reports import Reports

_REPEATS = 7
_RUN_SIZE = 100_000
_SNAPSHOT_ROWS = 50_000
_SNAPSHOT_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """One figure."""

    what: str
    value: float
    unit: str


def measure_ledger(*, rows: int) -> list[dict[str, object]]:
    """Fill a SQLite ledger with ``rows`` and ask it what people ask."""
    with throwaway_logs_db() as database:
        print(f"\rfilling a ledger with {rows:,} rows…", end="", file=sys.stderr)
        until = datetime.now(UTC)
        begun = time.perf_counter()
        ledger = fill_ledger(database, rows, until=until, run_size=_RUN_SIZE)
        print(f" took {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        lines = [*_questions(database, ledger), _snapshot(database), *_download(database, ledger.run_ids[0])]
    return [asdict(line) for line in lines]


def _questions(database: Database, ledger: BigLedger) -> list[Line]:
    run_id = ledger.run_ids[len(ledger.run_ids) // 2]
    since, until = ledger.since - timedelta(days=1), ledger.until + timedelta(days=1)
    with database.read() as tables:
        middle = tables.ledger.page(run_id, limit=500).items[250]
    questions: dict[str, Callable[[Tables], object]] = {
        "report summary, all rows": lambda t: t.reports.summary(since=since, until=until, zone="Asia/Seoul"),
        "report summary, one automation": lambda t: t.reports.summary(
            since=since, until=until, zone="Asia/Seoul", automation_id=ledger.automation_ids[0]
        ),
        "a run with its counts": lambda t: t.runs.get(run_id),
        "page of 50 deliveries": lambda t: t.ledger.page(run_id),
        "page of 50, status FAIL": lambda t: t.ledger.page(run_id, statuses=[DeliveryStatus.FAIL]),
        "page of 50, by cause": lambda t: t.ledger.page(run_id, error_kinds=[ErrorKind.NO_CLEAR_ANSWER]),
        "page of 50, address begins with": lambda t: t.ledger.page(run_id, search=middle.email[:12]),
        "one recipient in all runs": lambda t: t.ledger.search(middle.email),
    }
    return [Line(what, _milliseconds(database, question), "ms") for what, question in questions.items()]


def _milliseconds(database: Database, question: Callable[[Tables], object]) -> float:
    """The median of several askings, each in a transaction of its own."""
    times = []
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        with database.read() as tables:
            question(tables)
        times.append(time.perf_counter() - begun)
    return round(1000 * median(times), 2)


def _snapshot(database: Database) -> Line:
    run_id, automation_id, fence = begin_run(database)
    rows = new_deliveries(0, _SNAPSHOT_ROWS)
    begun = time.perf_counter()
    for first in range(0, _SNAPSHOT_ROWS, _SNAPSHOT_CHUNK):
        with database.write() as tables:
            tables.ledger.add_snapshot(
                run_id, automation_id, rows[first : first + _SNAPSHOT_CHUNK], fence=fence, at=datetime.now(UTC)
            )
    return Line("snapshot, recipients a second", round(_SNAPSHOT_ROWS / (time.perf_counter() - begun)), "1/s")


def _download(database: Database, run_id: UUID) -> list[Line]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun, size = time.perf_counter(), 0
    chunks = Reports(database, SystemClock()).deliveries(run_id)
    for piece in deliveries_csv(chunks, language="ko", zone=ZoneInfo("Asia/Seoul")):
        size += len(piece)
    seconds = time.perf_counter() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return [
        Line("deliveries.csv, rows a second", round(_RUN_SIZE / seconds), "1/s"),
        Line("deliveries.csv, growth of memory", round(grown / 1024, 1), "MB"),
    ]
