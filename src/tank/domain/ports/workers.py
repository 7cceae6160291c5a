"""Ports of the Logs DB for workers, what wakes them, and the rates that they share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tank.domain.worker import Task, Worker, WorkerState


class WorkerTable(Protocol):
    """Workers and their heartbeats, timed by a clock that does not jump."""

    def add(self, worker: Worker) -> None: ...

    def beat(self, worker_id: UUID, *, at: datetime, state: WorkerState, doing: str) -> bool:
        """False where the scheduler has given this worker up."""

    def fail_silent(self, *, silent_seconds: float) -> Sequence[Worker]:
        """Mark as FAIL the workers that stopped beating; those that were marked now."""

    def all(self, *, include_gone: bool = False) -> Sequence[Worker]: ...


class TaskTable(Protocol):
    """The queue of the ``local`` engine."""

    def put(self, task: Task) -> None:
        """An equal task that waits is kept once."""

    def take(self, worker_id: UUID, *, lease_seconds: float) -> tuple[int, Task] | None:
        """A task that nobody has, with its number; it comes again when the lease runs out. Runs take turns."""

    def extend(self, worker_id: UUID, *, lease_seconds: float) -> None: ...

    def any_free(self) -> bool:
        """A cheap look, in a read, before ``take`` needs a write."""

    def done(self, number: int, worker_id: UUID) -> None: ...

    def give_back(self, number: int, worker_id: UUID, *, delay_seconds: float) -> None: ...


class RateTable(Protocol):
    """One token bucket a sender, shared by all workers."""

    def take(self, sender_id: UUID, *, wanted: int, per_second: float) -> int:
        """How many of ``wanted`` sends may begin now, at the shared rate (at most ``per_second``)."""

    def throttled(self, sender_id: UUID, *, per_second: float) -> float:
        """Halve the shared rate; the rate now. It creeps back by itself."""

    def current(self, sender_id: UUID) -> float | None: ...
