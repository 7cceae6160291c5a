"""Pre-flights: what the card before a run shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from tank.api.long_work import ClientLeft, LongWork
from tank.api.personal import PersonalText
from tank.api.problems import error_response, problem_responses
from tank.api.schemas_common import View
from tank.api.services import ApiServices, Services
from tank.api.trials import DefectView
from tank.domain.attachment import AttachmentStatus
from tank.domain.delivery import ErrorKind
from tank.domain.errors import TankError
from tank.services.pre_flights import MOST_EXAMPLES, PreFlight

router = APIRouter(tags=["trials"])

PERIOD_SECONDS: Final = 1.0


class EmptyVariableView(View):
    """A variable of the template that is empty for some recipients."""

    name: str
    count: int = Field(description="Recipients for whom it is NULL or blank.")


class RunTargetView(View):
    """How many recipients an earlier run had."""

    run_id: UUID
    target: int
    finished_at: AwareDatetime


class ReasonView(View):
    """Why a person should look before the automation runs."""

    code: str = Field(description="Stable, for programs: `drift`, `stops`, `daily_quota`, `send_stopped`…")
    message: PersonalText


class PreFlightView(View):
    """What a run would do now, and what speaks against it."""

    target: int = Field(description="Recipients that the target query finds.")
    checked: int = Field(description="Recipients whose template and files were tried: all of them, or `limit`.")
    would_send: int = Field(description="With a `limit`, those that were not tried count as far as can be told.")
    defect_counts: dict[ErrorKind, int] = Field(description="Who would not be mailed, by cause.")
    examples: list[DefectView] = Field(description=f"Of these the first {MOST_EXAMPLES}, masked.")
    duplicates: int = Field(description="Recipients who share their address with one before them.")
    bad_addresses: int
    empty_variables: list[EmptyVariableView] = Field(description="Most often empty first.")
    files_missing: int = Field(description="Searches that found no file, those of optional rules too.")
    files_ambiguous: int
    attachment_counts: dict[AttachmentStatus, int]
    largest_bytes: int = Field(description="Of the messages that were tried.")
    total_bytes: int
    update_rows: int | None = Field(description="Rows that the update query would touch; null without one.")
    per_second: float | None = Field(description="The allowed rate at present; null where nothing limits it.")
    seconds: float | None = Field(description="How long the mails take at that rate.")
    last_runs: list[RunTargetView] = Field(description="The last five that ended, newest first; no retries.")
    expected: float | None = Field(description="The median of their recipients.")
    drift_percent: float | None = Field(description="How far the target is above or below; null without comparison.")
    drift_limit_percent: int | None = Field(description="The policy: beyond it a run pauses before anyone is mailed.")
    blocked: bool = Field(description="Whether a person should look and confirm: there are reasons.")
    reasons: list[ReasonView]


def pre_flight_view(made: PreFlight) -> PreFlightView:
    """Masked: nobody is named in full before anybody is mailed."""
    found, drift = made.found, made.drift
    return PreFlightView(
        target=found.target,
        checked=found.checked,
        would_send=found.would_send,
        defect_counts=dict(found.defect_counts),
        examples=[DefectView.model_validate(defect) for defect in made.examples],
        duplicates=found.duplicates,
        bad_addresses=made.bad_addresses,
        empty_variables=[EmptyVariableView(name=name, count=count) for name, count in found.empty_variables.items()],
        files_missing=made.files_missing,
        files_ambiguous=made.files_ambiguous,
        attachment_counts=dict(found.attachment_counts),
        largest_bytes=found.largest_bytes,
        total_bytes=found.total_bytes,
        update_rows=made.update_rows,
        per_second=made.per_second,
        seconds=made.seconds,
        last_runs=[RunTargetView.model_validate(run) for run in drift.last],
        expected=drift.expected,
        drift_percent=drift.percent,
        drift_limit_percent=drift.limit_percent,
        blocked=made.blocked,
        reasons=[ReasonView.model_validate(reason) for reason in made.reasons],
    )


Tried = Annotated[
    int | None,
    Query(
        ge=0,
        le=10_000_000,
        description="Try template and files of the first so many; count the others. All, by default.",
    ),
]


@router.post(
    "/automation/{automation_id}/pre-flight",
    summary="What a run would do, and what speaks against it",
    response_model=PreFlightView,
    responses=problem_responses(404, 424),
)
async def pre_flight(
    automation_id: UUID, request: Request, services: Services, limit: Tried = None
) -> PreFlightView | Response:
    """A dry run beside the last runs and the sender's account. Nobody is mailed; it ends when the client leaves."""
    work = LongWork(partial(_made, services, automation_id, limit))
    try:
        return pre_flight_view(await work.result(request))
    except ClientLeft:
        return Response(status_code=204)  # nobody hears it


def _made(services: ApiServices, automation_id: UUID, limit: int | None, told: Callable[[int], None]) -> PreFlight:
    return services.pre_flights.of(automation_id, limit=limit, told=told)


_EVENT_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["progress", "result", "problem"]},
        "data": {
            "type": "string",
            "description": 'JSON: `{"recipients": 200}`, a PreFlightView, or a Problem. The last two end the stream.',
        },
    },
    "required": ["event", "data"],
}


@router.post(
    "/automation/{automation_id}/pre-flight/events",
    summary="The same, with its progress",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": _EVENT_SCHEMA}}, "description": "Events."},
        **problem_responses(404),
    },
)
async def watch_pre_flight(
    automation_id: UUID, request: Request, services: Services, limit: Tried = None
) -> StreamingResponse:
    """Server-sent events: `progress` each second with the recipients done, then `result`, or `problem`."""
    await run_in_threadpool(services.automations.get, automation_id)
    events = _events(LongWork(partial(_made, services, automation_id, limit)), request.url.path)
    return StreamingResponse(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _events(work: LongWork[PreFlight], path: str) -> AsyncIterator[str]:
    try:
        while not await work.ends_within(PERIOD_SECONDS):
            yield f'event: progress\ndata: {{"recipients": {work.count}}}\n\n'
        try:
            yield f"event: result\ndata: {pre_flight_view(work.outcome()).model_dump_json()}\n\n"
        except TankError as error:
            body = bytes(error_response(error, path).body).decode()
            yield f"event: problem\ndata: {body}\n\n"
    finally:
        work.leave()
