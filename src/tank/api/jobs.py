"""Jobs: asking for runs and steering them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.personal import PersonalText, Reveal, showing
from tank.api.problems import problem_responses
from tank.api.schemas_common import After, Limit, Moment, PageView, Schema, View, page_view
from tank.api.services import Services
from tank.domain.job import Job, JobState, Trigger

router = APIRouter(tags=["jobs"])


class RunRequest(Schema):
    """What to run an automation with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"due_at": "2026-11-05T09:00:00+09:00"}, {}]})

    due_at: Moment | None = Field(
        default=None, description="The moment that dates of templates and paths come from; now, where left out."
    )


class Reason(Schema):
    """Why, for the record."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Wrong logo in the template."}]})

    reason: str = Field(default="", max_length=500)


class JobView(View):
    """A request to run."""

    id: UUID
    automation_id: UUID
    revision_id: UUID
    state: JobState
    trigger: Trigger
    due_at: AwareDatetime
    schedule_id: UUID | None
    requested_by: str
    source_run_id: UUID | None = Field(description="The run whose deliveries this job repeats.")
    reason_code: str = Field(description="Why it is PAUSED, FAIL or CANCELLED.")
    reason: PersonalText
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None


class JobDetail(JobView):
    """A job and its run."""

    run_id: UUID | None = Field(description="Null until a worker has begun.")


def job_view(job: Job, *, reveal: bool = False) -> JobView:
    """A job as the API shows it."""
    return JobView.model_validate(job, context=showing(reveal))


@router.post(
    "/automation/{automation_id}/run",
    status_code=202,
    summary="Run an automation now",
    responses=problem_responses(404, 409, 424),
)
def run_automation(automation_id: UUID, services: Services, actor: Actor, body: RunRequest | None = None) -> JobView:
    """Makes a job, WAITING, that a worker takes up at once. A complete draft is published the first time."""
    due_at = body.due_at if body else None
    job = services.jobs.request(automation_id, trigger=Trigger.MANUAL, by=actor, due_at=due_at)
    return job_view(job)


@router.get("/job", summary="List jobs, newest first")
def list_jobs(
    services: Services,
    actor: Actor,
    *,
    automation_id: UUID | None = None,
    state: Annotated[list[JobState], Query(description="Any of these.")] = [],  # noqa: B006  (FastAPI copies it)
    reveal: Reveal,
    after: After = None,
    limit: Limit = 50,
) -> PageView[JobView]:
    """All jobs, or those of one automation or in some states."""
    with services.logs_db.read() as tables:
        page = tables.jobs.page(automation_id=automation_id, states=state, after=after, limit=limit)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject="jobs", reason=reveal.reason)
    return page_view(page, lambda job: job_view(job, reveal=reveal.on))


@router.get("/job/{job_id}", summary="Read a job", responses=problem_responses(404))
def read_job(job_id: UUID, services: Services, actor: Actor, reveal: Reveal) -> JobDetail:
    """A job, with the id of its run once a worker has begun it."""
    with services.logs_db.read() as tables:
        job = tables.jobs.get(job_id)
        run = tables.runs.of_job(job_id)
    if reveal.on:
        services.deliveries.note_reveal(by=actor, subject=f"job {job_id}", reason=reveal.reason)
    detail = {**job_view(job, reveal=reveal.on).model_dump(), "run_id": run.id if run else None}
    return JobDetail.model_validate(detail, context=showing(reveal.on))


@router.post("/job/{job_id}/pause", summary="Pause a job", responses=problem_responses(404, 409))
def pause_job(job_id: UUID, services: Services, actor: Actor, body: Reason | None = None) -> JobView:
    """No further mail leaves within two seconds; what is on its way ends by itself."""
    return job_view(services.jobs.pause(job_id, by=actor, reason=body.reason if body else ""))


@router.post("/job/{job_id}/resume", summary="Resume a paused job", responses=problem_responses(404, 409))
def resume_job(job_id: UUID, services: Services, actor: Actor) -> JobView:
    """Goes on exactly where the pause stopped it."""
    return job_view(services.jobs.resume(job_id, by=actor))


@router.post("/job/{job_id}/cancel", summary="Cancel a job", responses=problem_responses(404, 409))
def cancel_job(job_id: UUID, services: Services, actor: Actor, body: Reason | None = None) -> JobView:
    """Whoever was not mailed yet is SKIPPED. A cancelled job cannot be resumed."""
    return job_view(services.jobs.cancel(job_id, by=actor, reason=body.reason if body else ""))
