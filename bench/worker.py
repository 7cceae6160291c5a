"""One worker process on one core, as ``tank serve`` runs it: its speed and its memory over a long run.

Everything is real but the mail provider: a SQLite source with the customers, the Logs DB, and the SES sender over
HTTPS into the sink. The memory is what the operating system counts for the worker
(``VmRSS``), looked at as the run goes on: it must not grow with the number of recipients.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from tests.acceptance.crash.serving import Serving

from bench.certificate import make_certificate
from bench.mails import FROM_EMAIL, FROM_NAME, TEMPLATE, customer
from bench.peers import KEYS, REGION
from bench.sink import Sink, running_sink
from tank.bootstrap import installation
from tank.config import Settings
from tank.domain.automation import Dbio, Definition, Envelope, TargetColumns, Template
from tank.domain.connection import ConnectionKind, SenderKind

_NAME = "bench"
_LOOK_SECONDS = 0.5
_CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Look:
    """The worker at one moment of its run."""

    mails: int
    mails_per_second: float
    cpu_ms_per_mail: float
    memory_mb: float


#: A mail of a few lines, for which the target query says it all.
_NOTICE = Template(subject="{{ NAME }}님의 이용대금 안내", text="{{ NAME }}님, 이번 달 이용대금은 {{ TOTAL }}원입니다.")


def measure_worker(*, recipients: int, notice: bool = False) -> list[dict[str, object]]:
    """Send to so many recipients; ten looks at the worker on the way.

    Each gets a statement with the ten rows of a mapping query, or a ``notice`` without one.
    """
    with (
        TemporaryDirectory(prefix="tank-bench-") as name,
        running_sink(*make_certificate(Path(name))) as sink,
    ):
        folder = Path(name)
        _make_source(folder / "source.db", recipients)
        automation_id = _register(Settings(data_dir=folder), folder, sink, notice=notice)
        sink.set()
        with Serving({"TANK_DATA_DIR": name, "TANK_WORKERS": "1"}, folder / "serve.log") as serving:
            return [asdict(look) for look in _watch(serving, automation_id, recipients)]


def _make_source(file: Path, recipients: int) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE customer (CUST_ID INTEGER PRIMARY KEY, NAME TEXT, EMAIL TEXT, TOTAL INTEGER)")
        connection.execute("CREATE TABLE usage (CUST_ID INTEGER, USED_ON TEXT, SHOP TEXT, AMOUNT INTEGER)")
        for start in range(0, recipients, _CHUNK):
            some = [customer(number) for number in range(start, min(start + _CHUNK, recipients))]
            people = ((one.number, one.name, one.email, one.total) for one in some)
            connection.executemany("INSERT INTO customer VALUES (?, ?, ?, ?)", people)
            rows = ((one.number, *row) for one in some for row in one.rows)
            connection.executemany("INSERT INTO usage VALUES (?, ?, ?, ?)", rows)
        connection.execute("CREATE INDEX usage_of ON usage (CUST_ID)")
        connection.commit()


def _register(settings: Settings, folder: Path, sink: Sink, *, notice: bool) -> UUID:
    definition = Definition(
        dbio=Dbio(
            connection=_NAME,
            target_query="SELECT CUST_ID, NAME, EMAIL, TOTAL FROM customer",
            mapping_query="" if notice else "SELECT USED_ON, SHOP, AMOUNT FROM usage WHERE CUST_ID = :CUST_ID",
        ),
        columns=TargetColumns(email="EMAIL", key=("CUST_ID",), name="NAME"),
        template=_NOTICE if notice else TEMPLATE,
        envelope=Envelope(sender=_NAME, from_email=FROM_EMAIL, from_name=FROM_NAME),
    )
    with installation(settings) as tank:
        tank.upgrade_schema()
        url = f"sqlite:///{folder / 'source.db'}"
        tank.connections.add(_NAME, ConnectionKind.SQL, options={"url": url}, secrets={}, by=_NAME)
        options = {
            "endpoint_url": sink.url,
            "region": REGION,
            "access_key_id": KEYS.access_key,
            "ca_bundle": str(sink.certificate),
        }
        secrets = {"secret_access_key": KEYS.secret_key}
        tank.sender_profiles.add(_NAME, SenderKind.SES, options=options, secrets=secrets, max_rate=None, by=_NAME)
        return tank.automations.create(_NAME, definition=definition, by=_NAME).id


def _watch(serving: Serving, automation_id: UUID, recipients: int) -> list[Look]:
    job = serving.post(f"/automation/{automation_id}/run")
    (worker,) = serving.worker_pids()
    os.sched_setaffinity(worker, {max(os.sched_getaffinity(0))})
    looks: list[Look] = []
    before = (0, time.monotonic(), _cpu_seconds(worker))
    while True:
        time.sleep(_LOOK_SECONDS)
        runs = serving.get(f"/run?automation_id={automation_id}")["items"]
        done = runs[0]["counts"]["sent"] if runs else 0
        if not done:
            before = (0, time.monotonic(), _cpu_seconds(worker))
        elif done >= recipients * (len(looks) + 1) // 10:
            now = (done, time.monotonic(), _cpu_seconds(worker))
            looks.append(_look(before, now, worker))
            before = now
            print(f"\r{done:,} of {recipients:,}", end="", file=sys.stderr, flush=True)
        state = serving.get(f"/job/{job['id']}")["state"]
        if state not in ("WAITING", "RUNNING"):
            print("\r", end="", file=sys.stderr)
            if state != "SUCCESS":
                raise ValueError(f"the job is {state}")
            return looks


def _look(before: tuple[int, float, float], now: tuple[int, float, float], worker: int) -> Look:
    mails = now[0] - before[0]
    return Look(
        mails=now[0],
        mails_per_second=round(mails / (now[1] - before[1]), 1),
        cpu_ms_per_mail=round(1000 * (now[2] - before[2]) / mails, 3),
        memory_mb=_memory_mb(worker),
    )


def _cpu_seconds(pid: int) -> float:
    """Time on the CPU, user and system (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise ValueError("the worker has ended")
