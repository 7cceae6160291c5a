"""``tank serve`` as its own process, with the ways in which it can die."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx2 as httpx

_UP_SECONDS = 60.0
_TOKEN = "a-token-for-tests-alone"


class Serving:
    """Starts, kills and stops one server; its output goes to a file."""

    def __init__(self, environment: Mapping[str, str], output: Path) -> None:
        self._port = free_port()
        self._environment = {
            **os.environ,
            **environment,
            "TANK_PORT": str(self._port),
            "TANK_API_TOKEN": _TOKEN,
        }
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        # One for all requests: each would load the authorities' certificates anew. No connection is kept, for the
        # server is killed now and then.
        limits = httpx.Limits(max_keepalive_connections=0)
        url = f"http://127.0.0.1:{self._port}"
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False, limits=limits)
        #: All that were ever seen, so that none outlives the test.
        self._workers: set[int] = set()

    def __enter__(self) -> Serving:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kill_all()
        self._client.close()

    def start(self) -> None:
        """Start, and wait until it answers."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tank", "serve"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _UP_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"tank serve ended: {self.output()}"
            try:
                self.get("/healthz")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"tank serve does not answer: {self.output()}")

    @property
    def port(self) -> int:
        return self._port

    def worker_pids(self) -> list[int]:
        """The server's living children."""
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        found = [int(pid) for file in children for pid in file.read_text(encoding="ascii").split()]
        workers = [pid for pid in found if b"worker" in _command_of(pid)]
        self._workers.update(workers)
        return workers

    def kill_all(self) -> None:
        """The power goes: server and workers at once."""
        assert self._process is not None
        workers = self.worker_pids() if self._process.poll() is None else []
        self._process.kill()
        for pid in {*workers, *self._workers}:
            kill_worker(pid)
        self._process.wait()

    def kill_server(self) -> None:
        """The server alone; its workers notice, and end by themselves."""
        assert self._process is not None
        self.worker_pids()
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process is not None
        self.worker_pids()
        self._process.terminate()
        return self._process.wait(timeout=40)

    def get(self, path: str) -> Any:
        return self._ask("GET", path)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask("POST", path, body)

    def output(self) -> str:
        """The end of what it said."""
        return self._output.read_text(encoding="utf-8", errors="replace")[-4000:]

    def answer(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Whatever it answers, refusals too."""
        return self._client.request(method, path, json=body)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self.answer(method, path, body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


def kill_worker(pid: int) -> None:
    """SIGKILL, if it is (still) one of Tank's workers: numbers of processes are used again."""
    if b"tank\x00worker" in _command_of(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
