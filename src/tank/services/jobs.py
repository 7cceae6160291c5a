"""Asking for runs, and steering them: start, pause, resume, cancel, retry, re-send, the global stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from tank.domain.delivery import DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.errors import Conflict, FieldProblem, Invalid
from tank.domain.ids import new_id
from tank.domain.job import ACTIVE_STATES, PAUSED_BY_DRIFT, PAUSED_BY_PERSON, Job, JobState, ResendRow, Trigger
from tank.domain.ports.clock import Clock
from tank.domain.ports.engines import Engine
from tank.domain.ports.store import HIGH_WATER, SENDING_STOPPED, LogsDb, Tables
from tank.domain.run import Run
from tank.domain.worker import Task, TaskKind
from tank.services.addresses import BadAddress, normalise_address
from tank.services.audit_trail import note
from tank.services.high_water import held

#: A person may choose so many deliveries to re-send at once; more is a run of its own.
MOST_RESENDS = 1000


class Publisher(Protocol):
    """Makes sure that an automation has a revision to run."""

    def ensure_published(self, automation_id: UUID, *, by: str) -> UUID:
        """The active revision; a complete draft is published the first time. Raises ``Invalid``."""


class Jobs:
    """Requests to run."""

    def __init__(self, db: LogsDb, engine: Engine, publisher: Publisher, clock: Clock) -> None:
        self._db = db
        self._engine = engine
        self._publisher = publisher
        self._clock = clock

    def request(
        self,
        automation_id: UUID,
        *,
        trigger: Trigger,
        by: str,
        due_at: datetime | None = None,
        schedule_id: UUID | None = None,
        tables: Tables | None = None,
    ) -> Job:
        """Make a job, WAITING, and wake a worker.

        With ``tables`` it becomes part of the caller's transaction; the automation must then be published.
        Raises ``Conflict`` (``job_active``, ``automation_disabled``) and ``Invalid``.
        """
        if tables is not None:
            return self._request(tables, automation_id, trigger=trigger, by=by, due_at=due_at, schedule_id=schedule_id)
        self._publisher.ensure_published(automation_id, by=by)
        with self._db.write() as own:
            return self._request(own, automation_id, trigger=trigger, by=by, due_at=due_at, schedule_id=schedule_id)

    def _request(
        self,
        tables: Tables,
        automation_id: UUID,
        *,
        trigger: Trigger,
        by: str,
        due_at: datetime | None = None,
        schedule_id: UUID | None = None,
        **more: Any,
    ) -> Job:
        automation = tables.automations.get(automation_id)
        if not automation.enabled:
            raise Conflict(
                f"The automation {automation.name} is disabled.",
                remedy="Enable it first.",
                code="automation_disabled",
            )
        if automation.active_revision_id is None:
            raise Invalid(f"The automation {automation.name} is not published.", remedy="Publish it first.")
        now = self._clock.now()
        job = Job(
            id=new_id(),
            automation_id=automation_id,
            revision_id=automation.active_revision_id,
            state=JobState.WAITING,
            trigger=trigger,
            due_at=due_at or now,
            schedule_id=schedule_id,
            requested_by=by,
            created_at=now,
            **more,
        )
        tables.jobs.add(job)
        self._engine.defer(tables, Task(kind=TaskKind.RUN_JOB, job_id=job.id))
        self._audit(tables, by, "job.request", job.id, {"automation": str(automation_id), "trigger": str(trigger)})
        return job

    def get(self, job_id: UUID) -> Job:
        with self._db.read() as tables:
            return tables.jobs.get(job_id)

    # Steering

    def pause(self, job_id: UUID, *, by: str, reason: str = "") -> Job:
        """Make no further intents; what is on its way ends by itself. Raises ``Conflict``."""
        before = (JobState.WAITING, JobState.RUNNING)
        return self._move(job_id, before, JobState.PAUSED, by=by, code=PAUSED_BY_PERSON, reason=reason)

    def resume(self, job_id: UUID, *, by: str) -> Job:
        """Go on exactly where a pause stopped; the recipients of a run that paused by drift are meant then.

        Raises ``Conflict``.
        """
        with self._db.write() as tables:
            before = tables.jobs.get(job_id)
            confirmed = {"confirmed": before.reason} if before.reason_code == PAUSED_BY_DRIFT else {}
            job = self._moved(tables, job_id, (JobState.PAUSED,), JobState.RUNNING, by=by, detail=confirmed)
            if (run := tables.runs.of_job(job_id)) is not None:
                tables.shards.forgive(run.id)
            return job

    def cancel(self, job_id: UUID, *, by: str, reason: str = "") -> Job:
        """Mail nobody further: PENDING rows become SKIPPED. Raises ``Conflict`` where it has ended."""
        before = tuple(ACTIVE_STATES)
        return self._move(job_id, before, JobState.CANCELLED, by=by, code="cancelled_by_person", reason=reason)

    def _move(
        self, job_id: UUID, before: Sequence[JobState], after: JobState, *, by: str, code: str, reason: str
    ) -> Job:
        with self._db.write() as tables:
            return self._moved(tables, job_id, before, after, by=by, code=code, reason=reason)

    def _moved(
        self,
        tables: Tables,
        job_id: UUID,
        before: Sequence[JobState],
        after: JobState,
        *,
        by: str,
        code: str = "",
        reason: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> Job:
        now = self._clock.now()
        if not tables.jobs.move(job_id, before=before, after=after, at=now, reason_code=code, reason=reason):
            state = tables.jobs.get(job_id).state
            raise Conflict(f"The job is {state}: it cannot become {after}.", code="job_state_conflict")
        if after is not JobState.PAUSED:
            self._engine.defer(tables, Task(kind=TaskKind.RUN_JOB, job_id=job_id))
        self._audit(tables, by, f"job.{after.lower()}", job_id, {"reason": reason, **(detail or {})})
        return tables.jobs.get(job_id)

    def stop_sending(self, *, by: str, reason: str) -> None:
        """The global stop: no intent is made anywhere until ``resume_sending``."""
        with self._db.write() as tables:
            before = tables.settings.get(SENDING_STOPPED) or {}
            stop = {"by": by, "reason": reason, "at": self._clock.now().isoformat()}
            if "high_water" in before:
                stop = held(stop, before["high_water"])
            tables.settings.put(SENDING_STOPPED, stop)
            self._audit(tables, by, "sending.stop", "all", {"reason": reason})

    def resume_sending(self, *, by: str) -> None:
        """Lift the global stop; every run goes on where it was."""
        with self._db.write() as tables:
            stop = tables.settings.get(SENDING_STOPPED)
            if stop is not None and "high_water" in stop:
                tables.settings.put(HIGH_WATER, max(stop["high_water"], tables.settings.get(HIGH_WATER) or 0))
            tables.settings.put(SENDING_STOPPED, None)
            for unheld in tables.shards.unheld():
                self._engine.defer(tables, unheld.task)
            self._audit(tables, by, "sending.resume", "all", {})

    def sending_stop(self) -> Mapping[str, Any] | None:
        """Who stopped all sending, why and when; None while mails may leave."""
        with self._db.read() as tables:
            stop: Mapping[str, Any] | None = tables.settings.get(SENDING_STOPPED)
            return stop

    # Again

    def retry_failed(self, run_id: UUID, *, by: str, error_kinds: Sequence[ErrorKind] = ()) -> Job:
        """A new job for the run's FAIL rows that nobody has retried yet. Raises ``Conflict`` where there is none.

        With causes named, it takes rows that failed or were SKIPPED for one of them: whom an aborted run left out,
        or whose file has come meanwhile. Raises ``Invalid`` for a cause by which nobody lacks a mail.
        """
        if ErrorKind.DUPLICATE_ADDRESS in error_kinds:
            raise Invalid(
                "Whoever was left out for an equal address shares it with one who was to be mailed.",
                remedy="Choose them one by one and send them again, with a reason.",
                code="not_to_be_retried",
            )
        with self._db.write() as tables:
            run, first = self._ended(tables, run_id)
            if not tables.ledger.failed(run_id, error_kinds=error_kinds, limit=1):
                raise Conflict("This run has no failed rows that are not retried already.", code="nothing_to_retry")
            return self._request(
                tables,
                run.automation_id,
                trigger=Trigger.RETRY,
                by=by,
                due_at=first.due_at,
                source_run_id=run_id,
                retry_kinds=tuple(error_kinds),
            )

    def resend(self, rows: Sequence[ResendRow], *, by: str, reason: str, run_id: UUID | None = None) -> Job:
        """A new job for chosen deliveries of one run, SENT and UNKNOWN ones included, because a person says so.

        Raises ``Invalid`` without a reason, for deliveries of several runs or of another than ``run_id``, for too many,
        and for bad addresses.
        """
        self._check_resend(rows, reason)
        with self._db.write() as tables:
            deliveries = [tables.ledger.get(row.delivery_id) for row in rows]
            if len({delivery.run_id for delivery in deliveries}) > 1:
                raise Invalid("Deliveries of several runs cannot be re-sent at once.", code="several_runs")
            if run_id is not None and deliveries[0].run_id != run_id:
                raise Invalid(
                    "These deliveries are of another run.",
                    remedy=f"Look at them, then re-send them from their own run, {deliveries[0].run_id}.",
                    code="other_run",
                )
            if on_its_way := [d for d in deliveries if not d.status.is_final]:
                raise Conflict(
                    f"Delivery {on_its_way[0].id} is {on_its_way[0].status}.",
                    remedy="Wait until it has ended.",
                    code="delivery_not_final",
                )
            run = tables.runs.get(deliveries[0].run_id)
            job = self._request(
                tables,
                run.automation_id,
                trigger=Trigger.RESEND,
                by=by,
                due_at=tables.jobs.get(run.job_id).due_at,
                source_run_id=run.id,
                resend_rows=tuple(rows),
            )
            sent = sum(d.status in (DeliveryStatus.SENT, DeliveryStatus.UNKNOWN) for d in deliveries)
            detail = {"reason": reason, "deliveries": [str(row.delivery_id) for row in rows], "perhaps_twice": sent}
            self._audit(tables, by, "delivery.resend", job.id, detail)
            return job

    @staticmethod
    def _check_resend(rows: Sequence[ResendRow], reason: str) -> None:
        if not reason.strip():
            raise Invalid("Say why these mails are sent again.", code="reason_missing")
        if not rows or len(rows) > MOST_RESENDS:
            raise Invalid(f"Choose between 1 and {MOST_RESENDS} deliveries.", code="too_many_deliveries")
        if len({row.delivery_id for row in rows}) < len(rows):
            raise Invalid("A delivery is named twice.", code="repeated_delivery")
        if problems := list(_address_problems(rows)):
            raise Invalid("A corrected address cannot be mailed.", problems=problems, code="bad_address")

    def replay_updates(self, run_id: UUID, *, by: str, statuses: Sequence[UpdateStatus] = (UpdateStatus.N,)) -> int:
        """Do failed write-backs of a run again; how many shards that concerns. Raises ``Conflict``."""
        if not set(statuses) <= {UpdateStatus.N, UpdateStatus.IN_DOUBT}:
            raise Invalid("Only write-backs that are N or IN_DOUBT can be done again.")
        with self._db.read() as tables:
            run, _ = self._ended(tables, run_id)
            numbers = tables.ledger.replayable(run_id, statuses=statuses)
        if not numbers:
            raise Conflict(
                "This run has no such write-backs, or their data has been deleted after its retention period.",
                code="nothing_to_replay",
            )
        with self._db.write() as tables:
            self._audit(tables, by, "run.replay_updates", run_id, {"statuses": [str(s) for s in statuses]})
        for number in numbers:
            self._replay_shard(run, number, statuses)
        return len(numbers)

    def _replay_shard(self, run: Run, number: int, statuses: Sequence[UpdateStatus]) -> None:
        """A transaction of its own: mails of other runs do not wait for a large replay."""
        with self._db.write() as tables:
            if tables.ledger.replay_updates(run.id, number, statuses=statuses):
                tables.shards.reopen(run.id, nos=[number])
                task = Task(kind=TaskKind.SEND_SHARD, job_id=run.job_id, run_id=run.id, shard_no=number)
                self._engine.defer(tables, task)

    @staticmethod
    def _ended(tables: Tables, run_id: UUID) -> tuple[Run, Job]:
        run = tables.runs.get(run_id)
        if run.finished_at is None:
            raise Conflict("This run has not ended yet.", remedy="Wait, or cancel it.", code="run_active")
        return run, tables.jobs.get(run.job_id)

    def _audit(self, tables: Tables, by: str, action: str, subject: UUID | str, detail: Mapping[str, Any]) -> None:
        note(tables, action, subject, by=by, at=self._clock.now(), detail=detail)


def _address_problems(rows: Sequence[ResendRow]) -> Iterator[FieldProblem]:
    for number, row in enumerate(rows):
        try:
            if row.email is not None:
                normalise_address(row.email)
        except BadAddress as error:
            yield FieldProblem(field=f"deliveries.{number}.email", message=str(error), code="bad_address")
