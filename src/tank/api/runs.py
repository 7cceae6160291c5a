"""Runs: how far they are, steering them, and doing parts of them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.jobs import JobView, Reason, job_view
from tank.api.personal import PersonalText, Reveal, showing
from tank.api.problems import problem_responses
from tank.api.schemas_common import After, Limit, PageView, Schema, View, page_view
from tank.api.services import Services
from tank.domain.delivery import DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.job import JobState, ResendRow
from tank.domain.run import RunPhase
from tank.services.progress import Progress

router = APIRouter(tags=["runs"])


class RunCountsView(View):
    """Recipients by where they stand."""

    target: int
    pending: int
    sending: int
    sent: int
    fail: int
    skipped: int
    unknown: int
    update_pending: int
    update_ok: int
    update_failed: int
    update_in_doubt: int
    adds_up: bool = Field(description="Whether every recipient is in exactly one place.")


class RunView(BaseModel):
    """The execution of a job; `id` is the RUN_ID."""

    id: UUID
    job_id: UUID
    automation_id: UUID
    automation_name: str
    revision_id: UUID
    state: JobState
    reason_code: str
    reason: PersonalText
    phase: RunPhase
    counts: RunCountsView
    files_checked: int
    rate_per_second: float | None = Field(description="Mails that ended a second, since sending began.")
    eta_seconds: float | None = Field(description="Until the end at that rate; null when nobody can say.")
    sealed_at: AwareDatetime | None = Field(description="When the recipients were all known; mails leave after it.")
    started_at: AwareDatetime
    finished_at: AwareDatetime | None


class CauseView(BaseModel):
    """One reason why recipients were not mailed."""

    status: DeliveryStatus
    error_kind: ErrorKind
    error_code: str = Field(description="The provider's own code.")
    count: int


class RetryRequest(Schema):
    """Which failures to retry."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"error_kinds": ["SES_ERROR"]}, {}]})

    error_kinds: list[ErrorKind] = Field(default_factory=list, description="All, where empty.")


class ReplayRequest(Schema):
    """Which write-backs to do again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"statuses": ["N"]}]})

    statuses: list[Literal[UpdateStatus.N, UpdateStatus.IN_DOUBT]] = Field(
        default=[UpdateStatus.N], min_length=1, description="`N`, `IN_DOUBT` or both."
    )


class ReplayView(BaseModel):
    """What is done again."""

    shards: int = Field(description="How many parts of the run a worker will go through.")


class ResendRowView(Schema):
    """A delivery to repeat."""

    delivery_id: UUID
    email: str | None = Field(default=None, max_length=320, description="A corrected address.")


class ResendRequest(Schema):
    """Deliveries of one run to repeat, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reason": "The customers called: nothing came.",
                    "deliveries": [{"delivery_id": "01a205c5-bce9-7f0d-bc5d-923b34432604"}],
                }
            ]
        }
    )

    reason: str = Field(min_length=1, max_length=500)
    deliveries: list[ResendRowView] = Field(min_length=1, max_length=1000)


def run_view(progress: Progress, *, reveal: bool = False) -> RunView:
    """A run as the API shows it."""
    run, job = progress.run, progress.job
    shown = {
        "id": run.id,
        "job_id": run.job_id,
        "automation_id": run.automation_id,
        "automation_name": progress.automation_name,
        "revision_id": run.revision_id,
        "state": job.state,
        "reason_code": job.reason_code,
        "reason": job.reason,
        "phase": run.phase,
        "counts": RunCountsView.model_validate(run.counts),
        "files_checked": run.files_checked,
        "rate_per_second": progress.rate,
        "eta_seconds": progress.eta_seconds,
        "sealed_at": run.sealed_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
    }
    return RunView.model_validate(shown, context=showing(reveal))


@router.get("/run", summary="List runs, newest first")
def list_runs(
    services: Services,
    actor: Actor,
    *,
    automation_id: UUID | None = None,
    state: Annotated[list[JobState], Query(description="Any of these.")] = [],  # noqa: B006  (FastAPI copies it)
    reveal: Reveal,
    after: After = None,
    limit: Limit = 50,
) -> PageView[RunView]:
    """All runs, or those of one automation or in some states, with their counts."""
    page = services.progresses.page(automation_id=automation_id, states=state, after=after, limit=limit)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject="runs", reason=reveal.reason)
    return page_view(page, lambda progress: run_view(progress, reveal=reveal.on))


@router.get("/run/{run_id}", summary="Read a run", responses=problem_responses(404))
def read_run(run_id: UUID, services: Services, actor: Actor, reveal: Reveal) -> RunView:
    """Live counts, speed and the time that is left."""
    progress = services.progresses.of(run_id)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=f"run {run_id}", reason=reveal.reason)
    return run_view(progress, reveal=reveal.on)


@router.get("/run/{run_id}/causes", summary="Why recipients were not mailed", responses=problem_responses(404))
def read_causes(run_id: UUID, services: Services) -> list[CauseView]:
    """Statuses, kinds of error and the provider's codes with how many each, most first."""
    return [
        CauseView(status=status, error_kind=kind, error_code=code, count=count)
        for status, kind, code, count in services.progresses.causes(run_id)
    ]


@router.post("/run/{run_id}/pause", summary="Pause a run", responses=problem_responses(404, 409))
def pause_run(run_id: UUID, services: Services, actor: Actor, body: Reason | None = None) -> RunView:
    """No further mail leaves within two seconds; what is on its way ends by itself."""
    services.jobs.pause(_job_id(services, run_id), by=actor, reason=body.reason if body else "")
    return run_view(services.progresses.of(run_id))


@router.post("/run/{run_id}/resume", summary="Resume a paused run", responses=problem_responses(404, 409))
def resume_run(run_id: UUID, services: Services, actor: Actor) -> RunView:
    """Goes on exactly where the pause stopped it."""
    services.jobs.resume(_job_id(services, run_id), by=actor)
    return run_view(services.progresses.of(run_id))


@router.post("/run/{run_id}/cancel", summary="Cancel a run", responses=problem_responses(404, 409))
def cancel_run(run_id: UUID, services: Services, actor: Actor, body: Reason | None = None) -> RunView:
    """Whoever was not mailed yet is SKIPPED. A cancelled run cannot be resumed."""
    services.jobs.cancel(_job_id(services, run_id), by=actor, reason=body.reason if body else "")
    return run_view(services.progresses.of(run_id))


@router.post(
    "/run/{run_id}/retry", status_code=202, summary="Retry what failed", responses=problem_responses(404, 409, 424)
)
def retry_run(run_id: UUID, services: Services, actor: Actor, body: RetryRequest | None = None) -> JobView:
    """A new job for the FAIL rows that nobody has retried yet: whom this run, or a retry of it, has mailed is left out.

    Whom another run of the automation mailed meanwhile is left out where the policy `once_per_hours` says so.
    """
    return job_view(services.jobs.retry_failed(run_id, by=actor, error_kinds=body.error_kinds if body else []))


@router.post(
    "/run/{run_id}/replay-updates",
    status_code=202,
    summary="Do failed write-backs again",
    responses=problem_responses(404, 409),
)
def replay_updates(run_id: UUID, services: Services, actor: Actor, body: ReplayRequest | None = None) -> ReplayView:
    """Runs the update query again for SENT rows whose write-back failed. No mail is sent."""
    statuses: Sequence[UpdateStatus] = body.statuses if body else [UpdateStatus.N]
    return ReplayView(shards=services.jobs.replay_updates(run_id, by=actor, statuses=statuses))


@router.post(
    "/run/{run_id}/resend",
    status_code=202,
    summary="Send chosen deliveries again",
    responses=problem_responses(404, 409, 424),
)
def resend_deliveries(run_id: UUID, body: ResendRequest, services: Services, actor: Actor) -> JobView:
    """SENT and UNKNOWN ones too: these people may get the mail twice, which is why a reason is asked for."""
    services.progresses.of(run_id)
    rows = [ResendRow(delivery_id=row.delivery_id, email=row.email) for row in body.deliveries]
    return job_view(services.jobs.resend(rows, by=actor, reason=body.reason, run_id=run_id))


def _job_id(services: Services, run_id: UUID) -> UUID:
    with services.logs_db.read() as tables:
        return tables.runs.get(run_id).job_id
