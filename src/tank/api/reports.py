"""Reports: totals and series, runs, and lists to take away (original document, section 13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from tank.api.auth import Actor
from tank.api.csv_files import CSV_ANSWER, HeaderLanguage, Zone, csv_response
from tank.api.personal import PersonalText, Reveal, Revealing
from tank.api.problems import problem_responses
from tank.api.runs import RunCountsView
from tank.api.schemas_common import After, Limit, PageView, View, page_view
from tank.api.services import Services
from tank.domain.delivery import Delivery
from tank.domain.job import JobState
from tank.domain.masking import masked
from tank.domain.report import ReportSummary
from tank.domain.run import RunPhase
from tank.services.report_csv import deliveries_csv, summary_csv
from tank.services.report_period import DEFAULT_ZONE, MAX_DAYS
from tank.services.report_tables import SummaryLines
from tank.services.reports import Reports, RunReport
from tank.services.zones import zone_named

router = APIRouter(prefix="/report", tags=["report"])


class TotalsView(View):
    """Recipients by how they ended."""

    total: int
    sent: int = Field(description="Accepted by the provider; that is not yet delivered.")
    fail: int
    skipped: int
    unknown: int = Field(description="Nobody can tell whether the provider accepted it.")


class DayView(View):
    """One day of the report's zone; a day without mails has zeros."""

    day: date
    totals: TotalsView


class AutomationTotalsView(View):
    """One automation over the period."""

    automation_id: UUID
    name: str
    totals: TotalsView


class ErrorCountView(View):
    """One cause over the period."""

    error_kind: str
    status: str
    count: int


class SummaryView(View):
    """Totals and series over a period."""

    since: AwareDatetime
    until: AwareDatetime
    zone: str
    totals: TotalsView
    days: list[DayView]
    automations: list[AutomationTotalsView] = Field(description="Most mails first.")
    errors: list[ErrorCountView] = Field(description="Most frequent first.")


class RunReportView(View):
    """One run: what it was, how it stands, and how fast it went."""

    run_id: UUID
    job_id: UUID
    automation_id: UUID
    automation_name: str
    state: JobState
    reason: PersonalText
    phase: RunPhase
    started_at: AwareDatetime
    finished_at: AwareDatetime | None
    duration_seconds: float = Field(description="From its start to its end, or to now.")
    mails_per_second: float | None = Field(description="Since the list of recipients was complete; null before that.")
    counts: RunCountsView


def get_reports(services: Services) -> Reports:
    """The service behind these routes."""
    return services.reports


ReportsService = Annotated[Reports, Depends(get_reports)]

Since = Annotated[
    str | None,
    Query(
        max_length=40,
        description="First day (ISO 8601 date) or moment; 30 days up to `until` by default.",
        examples=["2026-11-01"],
    ),
]
Until = Annotated[
    str | None,
    Query(
        max_length=40,
        description="Last day (ISO 8601 date, which counts as a whole), or the first moment that no longer counts; "
        f"today by default. A report covers {MAX_DAYS} days at most.",
        examples=["2026-11-30"],
    ),
]
OfAutomation = Annotated[UUID | None, Query(description="Only this automation.")]
Lines = Annotated[SummaryLines, Query(description="What a line is.")]


@router.get("/summary", summary="Totals and series over a period", responses=problem_responses(404))
def report_summary(
    reports: ReportsService,
    *,
    since: Since = None,
    until: Until = None,
    zone: Zone = DEFAULT_ZONE,
    automation_id: OfAutomation = None,
) -> SummaryView:
    """Deliveries that ended in the period, by day, automation and cause; the last 30 days by default."""
    found = reports.summary(since=since, until=until, zone=zone, automation_id=automation_id)
    return SummaryView.model_validate(found)


@router.get(
    "/summary.csv",
    summary="The summary for a spreadsheet",
    response_class=StreamingResponse,
    responses={**problem_responses(404), **CSV_ANSWER},
)
def report_summary_csv(
    reports: ReportsService,
    *,
    since: Since = None,
    until: Until = None,
    zone: Zone = DEFAULT_ZONE,
    automation_id: OfAutomation = None,
    lines: Lines = "day",
    language: HeaderLanguage = "ko",
) -> StreamingResponse:
    """One line a day, automation or cause."""
    found: ReportSummary = reports.summary(since=since, until=until, zone=zone, automation_id=automation_id)
    return csv_response(summary_csv(found, lines=lines, language=language), f"summary-by-{lines}.csv")


@router.get("/runs", summary="Runs with their counts and speed", responses=problem_responses(404))
def report_runs(
    reports: ReportsService, *, automation_id: OfAutomation = None, after: After = None, limit: Limit = 50
) -> PageView[RunReportView]:
    """Newest first."""
    return page_view(reports.runs(automation_id=automation_id, after=after, limit=limit), _run_view)


@router.get(
    "/deliveries.csv",
    summary="The recipients of a run for a spreadsheet",
    response_class=StreamingResponse,
    responses={**problem_responses(404), **CSV_ANSWER},
)
def report_deliveries_csv(
    reports: ReportsService,
    actor: Actor,
    run_id: UUID,
    reveal: Reveal,
    *,
    zone: Zone = DEFAULT_ZONE,
    language: HeaderLanguage = "ko",
) -> StreamingResponse:
    """Every recipient of a run, masked unless revealed, in the order of the target query."""
    place = zone_named(zone)
    chunks = recipients(reports, run_id, actor=actor, reveal=reveal)
    return csv_response(deliveries_csv(chunks, language=language, zone=place), f"deliveries-{run_id}.csv")


def recipients(
    reports: Reports, run_id: UUID, *, actor: str, reveal: Revealing, most: int | None = None
) -> Iterator[Sequence[Delivery]]:
    """The recipients of a run as this request may see them; whole ones are written down first. See ``Reports``."""
    chunks = reports.deliveries(run_id, most=most)
    if reveal.on:
        reports.note_download(run_id, by=actor, reason=reveal.reason)
        return chunks
    return ([masked(delivery) for delivery in chunk] for chunk in chunks)


def _run_view(line: RunReport) -> RunReportView:
    return RunReportView(
        run_id=line.run.id,
        job_id=line.run.job_id,
        automation_id=line.run.automation_id,
        automation_name=line.automation_name,
        state=line.state,
        reason=line.reason,
        phase=line.run.phase,
        started_at=line.run.started_at,
        finished_at=line.run.finished_at,
        duration_seconds=line.duration.total_seconds(),
        mails_per_second=line.mails_per_second,
        counts=RunCountsView.model_validate(line.run.counts),
    )
