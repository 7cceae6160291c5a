"""Reports: what was sent, how it ended, how fast, and lists to take away (original document, section 13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tank.domain.delivery import Delivery
from tank.domain.errors import Invalid
from tank.domain.job import JobState
from tank.domain.ports.clock import Clock
from tank.domain.ports.paging import Page
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.report import ReportSummary
from tank.domain.run import Run
from tank.services.audit_trail import note
from tank.services.report_period import DEFAULT_ZONE, period_of

#: Rows of a download that are in memory at one time.
CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One run: what it was, how it stands, and how fast it went."""

    run: Run
    automation_name: str
    state: JobState
    reason: str
    #: From its start to its end, or to now.
    duration: timedelta
    #: Mails handed over a second, since the snapshot was sealed; None before that.
    mails_per_second: float | None


class Reports:
    """Answers questions about the ledger."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def summary(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        zone: str = DEFAULT_ZONE,
        automation_id: UUID | None = None,
    ) -> ReportSummary:
        """Totals and series over a period, as ``period_of`` reads it.

        Raises ``Invalid`` for a period that makes no sense, ``NotFound`` for an automation that does not exist.
        """
        period = period_of(since, until, zone, now=self._clock.now())
        with self._db.read() as tables:
            if automation_id is not None:
                tables.automations.get(automation_id)
            return tables.reports.summary(
                since=period.since, until=period.until, zone=period.zone, automation_id=automation_id
            )

    def runs(self, *, automation_id: UUID | None = None, after: str | None = None, limit: int = 50) -> Page[RunReport]:
        """Newest first."""
        now = self._clock.now()
        with self._db.read() as tables:
            if automation_id is not None:
                tables.automations.get(automation_id)
            page = tables.runs.page(automation_id=automation_id, after=after, limit=limit)
            return Page([_run_report(tables, run, now) for run in page.items], page.next)

    def deliveries(self, run_id: UUID, *, most: int | None = None) -> Iterator[Sequence[Delivery]]:
        """All deliveries of a run in chunks, each read in a transaction of its own.

        Raises ``NotFound`` at once, and ``Invalid`` (``too_many_rows``) where there are more than ``most``.

        A download may take minutes, and one long transaction would keep SQLite's log from being folded back.
        """
        with self._db.read() as tables:
            count = tables.runs.get(run_id).counts.target
        if most is not None and count > most:
            raise Invalid(
                f"This run has {count:,} recipients; a sheet of Excel holds {most:,} at most.",
                remedy="Take the CSV file instead: it has no such limit.",
                code="too_many_rows",
            )
        return self._chunks(run_id)

    def _chunks(self, run_id: UUID) -> Iterator[Sequence[Delivery]]:
        after = None
        while True:
            with self._db.read() as tables:
                page = tables.ledger.page(run_id, after=after, limit=CHUNK)
            yield page.items
            if (after := page.next) is None:
                return

    def note_download(self, run_id: UUID, *, by: str, reason: str) -> None:
        """Write down who takes a run's recipients away, and what for. Raises ``NotFound``."""
        with self._db.write() as tables:
            tables.runs.get(run_id)
            note(tables, "delivery.download", run_id, by=by, at=self._clock.now(), detail={"reason": reason})


def _run_report(tables: Tables, run: Run, now: datetime) -> RunReport:
    job = tables.jobs.get(run.job_id)
    end = run.finished_at or now
    handed_over = run.counts.sent + run.counts.unknown
    sending = (end - run.sealed_at).total_seconds() if run.sealed_at else 0.0
    return RunReport(
        run=run,
        automation_name=tables.automations.get(run.automation_id).name,
        state=job.state,
        reason=job.reason,
        duration=end - run.started_at,
        mails_per_second=handed_over / sending if sending > 0 else None,
    )
