"""Numbers for Prometheus, counted when it asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from tank.api.services import ApiServices, Services
from tank.domain.job import ACTIVE_STATES
from tank.domain.worker import WorkerState

router = APIRouter(tags=["health"])

_PERIOD: Final = timedelta(days=1)


class _LogsDbCollector(Collector):
    """Reads the Logs DB at each scrape: what it says is true for every process of the installation."""

    def __init__(self, services: ApiServices) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        now = self._services.clock.now()
        with self._services.logs_db.read() as tables:
            active = tables.jobs.page(states=sorted(ACTIVE_STATES), limit=500).items
            workers = tables.workers.all()
            errors = tables.system_errors.unacknowledged()
            until = now + timedelta(seconds=1)  # what ended just now counts
            totals = tables.reports.summary(since=now - _PERIOD, until=until, zone="UTC").totals
        jobs = GaugeMetricFamily("tank_jobs", "Active jobs by state.", labels=["state"])
        for state in sorted(ACTIVE_STATES):
            jobs.add_metric([state], sum(job.state == state for job in active))
        yield jobs
        alive = GaugeMetricFamily("tank_workers", "Workers by state.", labels=["state"])
        for worker_state in WorkerState:
            alive.add_metric([worker_state], sum(worker.state == worker_state for worker in workers))
        yield alive
        yield GaugeMetricFamily("tank_system_errors", "System errors that nobody acknowledged.", value=errors)
        ended = GaugeMetricFamily("tank_deliveries_last_day", "Deliveries of the last 24 hours.", labels=["status"])
        for status in ("sent", "fail", "skipped", "unknown"):
            ended.add_metric([status.upper()], getattr(totals, status))
        yield ended


@router.get(
    "/metrics",
    summary="Metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus text."}},
)
def metrics(services: Services) -> Response:
    """In Prometheus's text format; for the whole installation, not for one process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_LogsDbCollector(services))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)
