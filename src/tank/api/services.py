"""What the routes call, passed in as one typed object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from tank.domain.ports.clock import Clock
from tank.domain.ports.outbox import Outbox
from tank.domain.ports.store import LogsDb
from tank.services.deliveries import Deliveries
from tank.services.dry_runs import DryRuns
from tank.services.jobs import Jobs
from tank.services.progress import Progresses
from tank.services.readiness import Readiness
from tank.services.reports import Reports
from tank.services.sample_sends import SampleSends
from tank.services.schedules import Schedules


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServices:
    """Everything that a route may need; ``bootstrap`` fills it in."""

    logs_db: LogsDb
    clock: Clock
    readiness: Readiness
    jobs: Jobs
    schedules: Schedules
    progresses: Progresses
    deliveries: Deliveries
    reports: Reports
    outbox: Outbox
    sample_sends: SampleSends
    dry_runs: DryRuns


def get_services(request: Request) -> ApiServices:
    """The services of the app that serves this request."""
    services = request.app.state.services
    assert isinstance(services, ApiServices)
    return services


#: The type of a route's ``services`` parameter.
Services = Annotated[ApiServices, Depends(get_services)]
