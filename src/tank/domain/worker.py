"""Workers and the tasks that wake them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class WorkerState(StrEnum):
    """How a worker is (original document, section 14)."""

    ALIVE = "ALIVE"
    DRAINING = "DRAINING"
    STOPPED = "STOPPED"
    #: It stopped beating without saying goodbye.
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that delivers."""

    id: UUID
    host: str
    pid: int
    state: WorkerState
    started_at: datetime
    beat_at: datetime
    #: What it is doing, in a few words.
    doing: str = ""


class TaskKind(StrEnum):
    """What a worker is woken for."""

    RUN_JOB = "run_job"
    SEND_SHARD = "send_shard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A wake-up. It may come twice or late; the ledger decides what is to be done."""

    kind: TaskKind
    job_id: UUID
    #: For ``SEND_SHARD``.
    run_id: UUID | None = None
    shard_no: int = 0
