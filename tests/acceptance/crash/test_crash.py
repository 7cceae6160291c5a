"""Kill -9 at random moments; then the endpoint's own log is compared with the ledger.

More of it: ``CRASH_RECIPIENTS=20000 CRASH_BLOWS=40 CRASH_SEED=7 pytest tests/acceptance/crash``. A seed repeats the
blows, but not the moments at which they find the processes.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tank.bootstrap import Installation, installation
from tank.config import Settings
from tank.services.held import LEASE_SECONDS
from tests.acceptance.crash.company import make_source, register, times_updated
from tests.acceptance.crash.reckoning import Reckoning, all_deliveries
from tests.acceptance.crash.serving import Serving, kill_worker
from tests.fakes.ses_sink import accepted, running_sink

RECIPIENTS = int(os.environ.get("CRASH_RECIPIENTS", "1000"))
BLOWS = int(os.environ.get("CRASH_BLOWS", "4"))
SEED = int(os.environ.get("CRASH_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
_ENDED = {"SUCCESS", "PARTIAL", "FAIL", "CANCELLED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A company that is about to mail, and the endpoint that counts."""

    tank: Installation
    automation_id: UUID
    source: Path
    sink_log: Path
    settings: Settings
    folder: Path

    def serving(self) -> Serving:
        return Serving(self.settings.environment(), self.folder / "serve.log")

    def accepted(self) -> int:
        return len(accepted(self.sink_log))

    def reckoning(self, job_id: UUID) -> Reckoning:
        with self.tank.database.read() as tables:
            run = tables.runs.of_job(job_id)
            assert run is not None
            run = tables.runs.get(run.id)
        return Reckoning(
            run=run,
            deliveries=all_deliveries(self.tank.database, run.id),
            accepted=accepted(self.sink_log),
            times_updated=times_updated(self.source),
        )


@contextmanager
def a_scene(folder: Path, *, rate: float, faults: tuple[str, ...] = ()) -> Iterator[Scene]:
    settings = Settings(data_dir=folder / "tank", workers=2, host="127.0.0.1", log_level="info")
    source, sink_log = folder / "crm.db", folder / "sink.jsonl"
    with ExitStack() as stack:
        sink_url = stack.enter_context(running_sink(sink_log, "--latency-ms", "40", *faults))
        tank = stack.enter_context(installation(settings))
        tank.upgrade_schema()
        automation_id = register(tank, source, make_source(source, RECIPIENTS), sink_url, max_rate=rate)
        yield Scene(
            tank=tank,
            automation_id=automation_id,
            source=source,
            sink_log=sink_log,
            settings=settings,
            folder=folder,
        )


def asked_to_run(serving: Serving, scene: Scene) -> UUID:
    return UUID(serving.post(f"/automation/{scene.automation_id}/run")["id"])


def wait_until_ended(serving: Serving, job_id: UUID, *, seconds: float) -> dict[str, Any]:
    """The job's end; a run that paused because its shards met too many crashes is resumed, as by an operator."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job: dict[str, Any] = serving.get(f"/job/{job_id}")
        if job["state"] in _ENDED:
            return job
        if job["state"] == "PAUSED":
            assert job["reason_code"] == "shard_crashes", job
            serving.post(f"/job/{job_id}/resume")
        time.sleep(0.3)
    raise AssertionError(f"the job has not ended: {serving.get(f'/job/{job_id}')}\n{serving.output()}")


def wait_for_mails(scene: Scene, more_than: int, *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while scene.accepted() <= more_than and time.monotonic() < deadline:
        time.sleep(0.05)


def strike(serving: Serving, dice: random.Random) -> str:
    """One of the ways to die."""
    blow = dice.choice(["worker", "worker", "all", "server"])
    if blow == "worker" and (pids := serving.worker_pids()):
        kill_worker(dice.choice(pids))
    elif blow == "server":
        serving.kill_server()
        serving.start()
    else:
        serving.kill_all()
        serving.start()
    return blow


@pytest.mark.timeout(900)
def test_kill_9_at_random_moments(tmp_path: Path) -> None:
    print(f"CRASH_SEED={SEED}")  # noqa: T201 - shown where it fails
    dice = random.Random(SEED)
    with a_scene(tmp_path, rate=RECIPIENTS / 20, faults=("--lose", "0.003")) as scene, scene.serving() as serving:
        job_id = asked_to_run(serving, scene)
        for _ in range(BLOWS):
            wait_for_mails(scene, scene.accepted(), seconds=25)
            time.sleep(dice.uniform(0, 1.5))
            strike(serving, dice)
        job = wait_until_ended(serving, job_id, seconds=300)
        assert job["state"] in {"SUCCESS", "PARTIAL"}
        assert serving.terminate() == 0
        reckoning = scene.reckoning(job_id)
    reckoning.check(RECIPIENTS)
    # What cannot be known is what was on its way when a process died, and no more.
    assert reckoning.run.counts.unknown <= RECIPIENTS * 0.02 + BLOWS * RECIPIENTS / 20


@pytest.mark.timeout(300)
def test_sigterm_loses_nothing_and_leaves_nothing_unknown(tmp_path: Path) -> None:
    with a_scene(tmp_path, rate=RECIPIENTS / 8) as scene, scene.serving() as serving:
        job_id = asked_to_run(serving, scene)
        for _ in range(2):
            wait_for_mails(scene, scene.accepted() + 20)
            assert serving.terminate() == 0
            serving.start()
        job = wait_until_ended(serving, job_id, seconds=120)
        assert (job["state"], serving.terminate()) == ("SUCCESS", 0)
        reckoning = scene.reckoning(job_id)
    reckoning.check(RECIPIENTS)
    assert reckoning.run.counts.sent == RECIPIENTS


@pytest.mark.timeout(300)
def test_a_worker_that_wakes_after_its_lease_sends_nothing_more_of_it(tmp_path: Path) -> None:
    """Frozen with mails on their way: somebody else goes on, and what the sleeper then learns is evidence only."""
    with a_scene(tmp_path, rate=RECIPIENTS / 40) as scene, scene.serving() as serving:
        job_id = asked_to_run(serving, scene)
        wait_for_mails(scene, 20)
        frozen = serving.worker_pids()[0]
        os.kill(frozen, signal.SIGSTOP)
        time.sleep(LEASE_SECONDS + 5)
        os.kill(frozen, signal.SIGCONT)
        job = wait_until_ended(serving, job_id, seconds=150)
        assert job["state"] in {"SUCCESS", "PARTIAL"}
        reckoning = scene.reckoning(job_id)
    reckoning.check(RECIPIENTS)


@pytest.mark.timeout(300)
def test_a_slot_that_came_while_everything_was_dead_fires_once_afterwards(tmp_path: Path) -> None:
    with a_scene(tmp_path, rate=RECIPIENTS) as scene, scene.serving() as serving:
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4)
        body = {"automation_id": str(scene.automation_id), "at": due.isoformat()}
        schedule = serving.post("/scheduler", body)
        serving.kill_all()
        time.sleep((due - datetime.now(UTC)).total_seconds() + 1)
        serving.start()
        (slot,) = wait_for_slots(serving, schedule["id"])
        assert slot["outcome"] == "fired"
        wait_until_ended(serving, UUID(slot["job_id"]), seconds=120)
        serving.kill_all()
        serving.start()
        assert [job["id"] for job in serving.get("/job")["items"]] == [slot["job_id"]]
        reckoning = scene.reckoning(UUID(slot["job_id"]))
    reckoning.check(RECIPIENTS)
    assert reckoning.run.counts.sent == RECIPIENTS


def wait_for_slots(serving: Serving, schedule_id: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 30
    while not (slots := serving.get(f"/scheduler/{schedule_id}/slots")) and time.monotonic() < deadline:
        time.sleep(0.1)
    found: list[dict[str, Any]] = slots
    return found
