"""All sending at once: the global stop, and the workers."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from tank.api.auth import Actor
from tank.api.schemas_common import Schema, View
from tank.api.services import Services
from tank.domain.worker import WorkerState

router = APIRouter(tags=["sending"])


class StopRequest(Schema):
    """Why nothing may leave any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Complaints about the last mailing."}]})

    reason: str = Field(min_length=1, max_length=500)


class SendingView(BaseModel):
    """Whether mails may leave."""

    stopped: bool
    by: str = ""
    reason: str = ""
    at: AwareDatetime | None = None


class WorkerView(View):
    """A process that delivers."""

    id: UUID
    host: str
    pid: int
    state: WorkerState
    started_at: AwareDatetime
    beat_at: AwareDatetime
    doing: str


@router.get("/sending", summary="May mails leave?")
def read_sending(services: Services) -> SendingView:
    """Whether somebody stopped all sending, who and why."""
    stop = services.jobs.sending_stop()
    return SendingView(stopped=False) if stop is None else SendingView.model_validate({"stopped": True, **stop})


@router.post("/sending/stop", summary="Stop all sending")
def stop_sending(body: StopRequest, services: Services, actor: Actor) -> SendingView:
    """Within two seconds no run of any automation sends another mail, until sending is resumed."""
    services.jobs.stop_sending(by=actor, reason=body.reason)
    return read_sending(services)


@router.post("/sending/resume", summary="Lift the stop")
def resume_sending(services: Services, actor: Actor) -> SendingView:
    """Every run goes on where it was."""
    services.jobs.resume_sending(by=actor)
    return read_sending(services)


@router.get("/worker", summary="List workers")
def list_workers(services: Services, include_gone: bool = False) -> list[WorkerView]:
    """Those that live, or all that ever did."""
    with services.logs_db.read() as tables:
        return [WorkerView.model_validate(worker) for worker in tables.workers.all(include_gone=include_gone)]
