"""Live progress of a run as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from tank.api.problems import problem_responses
from tank.api.runs import RunView, run_view
from tank.api.services import ApiServices, Services
from tank.domain.errors import LogsDbUnavailable

router = APIRouter(tags=["runs"])

PERIOD_SECONDS: Final = 1.0
#: The id of the last event; a browser that reconnects with it is told to stop.
_END: Final = "end"

_EVENT_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["progress", "end"]},
        "id": {"type": "string"},
        "data": {"type": "string", "description": "The run as JSON: a RunView."},
    },
    "required": ["event", "id", "data"],
}


@router.get(
    "/run/{run_id}/events",
    summary="Watch a run",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": _EVENT_SCHEMA}}, "description": "Events."},
        204: {"description": "The run has ended, and the end was already seen."},
        **problem_responses(404),
    },
)
async def watch_run(
    run_id: UUID, services: Services, last_event_id: Annotated[str | None, Header(max_length=100)] = None
) -> Response:
    """An event `progress` each second in which something changed, with the run as `GET /run/{id}` shows it.

    The last event is `end`. Each event holds the whole state: whoever reconnects misses nothing.
    """
    first = await run_in_threadpool(_look, services, run_id)
    if last_event_id == _END and first.finished_at is not None:
        return Response(status_code=204)
    # nginx would hold the events back.
    headers = {"X-Accel-Buffering": "no"}
    events = events_of(first, partial(_look, services, run_id))
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _look(services: ApiServices, run_id: UUID) -> RunView:
    return run_view(services.progresses.of(run_id))


async def events_of(
    run: RunView, look: Callable[[], RunView], *, period_seconds: float = PERIOD_SECONDS
) -> AsyncIterator[str]:
    """Events until the run has ended or the client has left (the server then cancels this).

    ``look`` reads the run anew, in a thread.
    """
    number = 0
    shown: str | None = None
    while True:
        if run.finished_at is not None:
            yield _event("end", _END, run.model_dump_json())
            return
        # The estimate alone moves all the time; it is no news.
        news = run.model_dump_json(exclude={"rate_per_second", "eta_seconds"})
        if news != shown:
            number += 1
            yield _event("progress", str(number), run.model_dump_json())
            shown = news
        else:
            yield ": still there\n\n"
        await asyncio.sleep(period_seconds)
        try:
            run = await run_in_threadpool(look)
        except LogsDbUnavailable:
            yield ": the Logs DB does not answer at the moment\n\n"


def _event(name: str, event_id: str, data: str) -> str:
    return f"event: {name}\nid: {event_id}\ndata: {data}\n\n"
