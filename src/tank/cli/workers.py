"""Worker processes of ``tank serve``: started, restarted when they die, drained and ended."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

#: A worker empties its window within 20 s of SIGTERM; whatever takes longer is killed.
DRAIN_SECONDS: Final = 22.0
_FIRST_DELAY: Final = 0.5
_LONGEST_DELAY: Final = 30.0
#: A worker that lived so long was healthy: its next death is a first one again.
_HEALTHY_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2


@dataclass
class _Slot:
    """The place of one worker."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    #: When the next process may start.
    due: float = field(default=0.0)


class WorkerProcesses:
    """Keeps ``count`` processes of ``command`` running until it is stopped."""

    def __init__(
        self,
        count: int,
        *,
        command: Sequence[str],
        environment: Mapping[str, str],
        say: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._say = say
        self._monotonic = monotonic
        self._slots = [_Slot(number) for number in range(1, count + 1)]

    def start(self) -> None:
        self.look()

    def keep_running(self, stop: threading.Event) -> None:
        """Look after them until ``stop`` is set."""
        while not stop.wait(_LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Start what should run and does not."""
        for slot in self._slots:
            if slot.process is not None and slot.process.poll() is not None:
                self._bury(slot, slot.process.returncode)
            if slot.process is None and self._monotonic() >= slot.due:
                self._spawn(slot)

    def stop(self, *, at_once: threading.Event) -> bool:
        """Let each finish what is on its way; says whether all did, within the time and before ``at_once`` is set."""
        for process in self._living():
            process.terminate()
        deadline = self._monotonic() + DRAIN_SECONDS
        while self._living() and self._monotonic() < deadline and not at_once.wait(0.05):
            pass
        late = self._living()
        for process in late:
            process.kill()
        for slot in self._slots:
            if slot.process is not None:
                slot.process.wait()
                _close(slot.process)
        return not late

    def pids(self) -> list[int]:
        return [process.pid for process in self._living()]

    def _living(self) -> list[subprocess.Popen[bytes]]:
        return [slot.process for slot in self._slots if slot.process is not None and slot.process.poll() is None]

    def _spawn(self, slot: _Slot) -> None:
        # A session of its own: Ctrl-C in the terminal is for us, and we tell the workers. They read the pipe:
        # its end tells them that we are gone, however that came about.
        slot.process = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.PIPE, start_new_session=True
        )
        slot.started = self._monotonic()

    def _bury(self, slot: _Slot, code: int) -> None:
        assert slot.process is not None
        _close(slot.process)
        slot.process = None
        now = self._monotonic()
        slot.deaths = 1 if now - slot.started >= _HEALTHY_SECONDS else slot.deaths + 1
        delay = min(_FIRST_DELAY * 2 ** (slot.deaths - 1), _LONGEST_DELAY)
        slot.due = now + delay
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        self._say(f"Worker {slot.number} {how}; a new one starts in {delay:g} s.")


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def worker_command() -> list[str]:
    """How this very installation starts a worker that lives as long as we do."""
    return [sys.executable, "-m", "tank", "worker", "--supervised"]
