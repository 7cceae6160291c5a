"""``tank worker`` as a process of its own: how it drains, and what it does while the disk takes nothing.

Kill -9 and frozen processes are in ``tests/acceptance/crash``.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tank.bootstrap import Installation, installation
from tank.config import Settings
from tank.domain.job import Job, JobState, Trigger
from tank.domain.run import RunCounts
from tests.acceptance.crash.company import TARGET, make_source, register, times_updated
from tests.acceptance.crash.reckoning import Reckoning, all_deliveries
from tests.fakes.ses_sink import accepted, running_sink

_RECIPIENTS = 200
_RATE = 150.0


class Scene:
    """A company that mails through the sink, and its one worker."""

    def __init__(
        self,
        tank: Installation,
        folder: Path,
        sink_url: str,
        *,
        recipients: int = _RECIPIENTS,
        target_query: str = TARGET,
    ) -> None:
        self.tank = tank
        self.supervision = tank.supervision()
        self._source, self._log = folder / "crm.db", folder / "sink.jsonl"
        source_url = make_source(self._source, recipients)
        self.recipients = recipients
        automation_id = register(tank, self._source, source_url, sink_url, max_rate=_RATE, target_query=target_query)
        tank.automations.publish(automation_id, by="test")
        self.job_id = tank.jobs.request(automation_id, trigger=Trigger.MANUAL, by="test").id

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        environment = {**os.environ, **self.tank.settings.environment()}
        with subprocess.Popen(
            [sys.executable, "-m", "tank", "worker"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def accepted(self) -> int:
        return len(accepted(self._log))

    def job(self) -> Job:
        return self.tank.jobs.get(self.job_id)

    def counts(self) -> RunCounts:
        with self.tank.database.read() as tables:
            run = tables.runs.of_job(self.job_id)
        return RunCounts() if run is None else run.counts

    def check(self) -> None:
        with self.tank.database.read() as tables:
            run = tables.runs.of_job(self.job_id)
        assert run is not None
        Reckoning(
            run=run,
            deliveries=all_deliveries(self.tank.database, run.id),
            accepted=accepted(self._log),
            times_updated=times_updated(self._source),
        ).check(self.recipients)


@contextmanager
def _a_scene(folder: Path, **more: Any) -> Iterator[Scene]:
    with ExitStack() as stack:
        sink_url = stack.enter_context(running_sink(folder / "sink.jsonl", "--latency-ms", "30"))
        tank = stack.enter_context(installation(Settings(data_dir=folder / "tank", log_level="warning")))
        tank.upgrade_schema()
        yield Scene(tank, folder, sink_url, **more)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with _a_scene(tmp_path) as scene:
        yield scene


def _wait_until(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _has_ended(scene: Scene) -> bool:
    scene.supervision.sweep()  # as the scheduler does
    assert scene.job().state is not JobState.PAUSED, scene.job().reason
    return not scene.job().state.is_active


def test_sigterm_empties_the_window_and_the_next_worker_goes_on(scene: Scene) -> None:
    with scene.worker() as worker:
        _wait_until(lambda: scene.accepted() > 30)
        worker.terminate()
        assert worker.wait(timeout=20) == 0
    counts = scene.counts()
    assert (counts.sending, counts.unknown, counts.update_pending) == (0, 0, 0)
    assert 30 < counts.sent == scene.accepted() < _RECIPIENTS
    with scene.worker():
        _wait_until(lambda: _has_ended(scene))
    assert scene.counts().sent == _RECIPIENTS
    scene.check()


#: Some tens of milliseconds a row, all within one array: the driver's call does not come back for seconds.
_SLOW_TARGET = (
    f"{TARGET} WHERE (WITH RECURSIVE n(i) AS (SELECT length(CUST_ID) UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
    "SELECT count(*) FROM n) > 0"
)


def test_sigterm_in_a_snapshot_leaves_the_job_to_the_next_worker(tmp_path: Path) -> None:
    with _a_scene(tmp_path, recipients=100, target_query=_SLOW_TARGET) as scene:
        with scene.worker() as worker:
            _wait_until(lambda: scene.job().state is JobState.RUNNING)
            time.sleep(0.5)
            worker.terminate()
            assert worker.wait(timeout=15) == 0
        assert (scene.job().state, scene.counts().target) == (JobState.RUNNING, 0)
        with scene.tank.database.read() as tables:
            assert [job.id for job in tables.jobs.unheld()] == [scene.job_id], "given back, not left to its lease"
        with scene.worker():
            _wait_until(lambda: _has_ended(scene), seconds=60)
        scene.check()


def test_while_the_disk_takes_nothing_nothing_is_sent_and_then_it_goes_on(scene: Scene) -> None:
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with scene.worker() as worker:
        _wait_until(lambda: scene.accepted() > 30)
        # No file of the worker's may be written at all: Logs DB, high-water mark and the rest.
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        time.sleep(0.5)
        sent = scene.accepted()
        assert scene.counts().sent + scene.counts().sending >= sent
        time.sleep(1.5)
        assert scene.accepted() == sent < _RECIPIENTS
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, unlimited)
        _wait_until(lambda: _has_ended(scene))
        worker.terminate()
        assert worker.wait(timeout=20) == 0
    assert scene.counts().sent == _RECIPIENTS
    scene.check()
