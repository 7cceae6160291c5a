"""Shards: ranges of a run's deliveries, each handled by one worker at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tank.domain.errors import TankError
from tank.domain.worker import Task


class ShardState(StrEnum):
    """Whether somebody works on a shard."""

    OPEN = "OPEN"
    HELD = "HELD"
    DONE = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Deliveries ``first_seq`` to ``last_seq`` of a run."""

    run_id: UUID
    no: int
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardLease:
    """The right to send a shard's rows, until ``deadline`` by the holder's own boot-time clock.

    The fence grows with each claim: what a former holder still wants to write as an intent is refused.
    """

    shard: Shard
    worker_id: UUID
    fence: int
    #: Seconds of the holder's boot-time clock; after it no intent may be made and no send begun.
    deadline: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnheldShard:
    """A shard of a live run that nobody holds, as the task that wakes somebody for it."""

    task: Task
    automation_id: UUID
    #: How often a worker was lost with it, the last time included.
    crashes: int


class LeaseLost(TankError):
    """Somebody else holds the shard now, or the lease ran out: send nothing more of it."""

    code = "lease_lost"


class NotRunning(TankError):
    """The job is paused, cancelled or finished, or all sending is stopped: make no further intents."""

    code = "not_running"
