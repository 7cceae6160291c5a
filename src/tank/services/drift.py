"""Drift: how far the recipients that a query finds now are from those of the runs before.

A condition that was lost finds everybody, a table that was loaded in part finds few: both are seen here before
anybody is mailed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final
from uuid import UUID

from tank.domain.errors import TankError
from tank.domain.job import PAUSED_BY_DRIFT, Job
from tank.domain.ports.store import Tables
from tank.domain.run import RunTarget

#: Runs that say what is usual.
LAST_RUNS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A target beside those of the last runs."""

    target: int
    #: Newest first; empty before the first run has ended.
    last: Sequence[RunTarget]
    #: The policy's; None where no drift is too large.
    limit_percent: int | None

    @property
    def expected(self) -> float | None:
        """The median of the last runs."""
        return median(run.target for run in self.last) if self.last else None

    @property
    def percent(self) -> float | None:
        """By how much the target is above (+) or below (-) what is expected; None where nothing can be compared."""
        return (self.target / self.expected - 1) * 100 if self.expected else None

    @property
    def is_beyond(self) -> bool:
        """Whether a person is to look before anybody is mailed."""
        return self.percent is not None and self.limit_percent is not None and abs(self.percent) > self.limit_percent

    @property
    def sentence(self) -> str:
        """What is expected and what was found, in plain words."""
        if self.percent is None or self.expected is None:
            return f"The target query found {self.target:,} recipients; there is nothing to compare that with."
        runs = f"the last {len(self.last)} runs" if len(self.last) > 1 else "the last run"
        direction = "more" if self.percent > 0 else "fewer"
        limit = "" if self.limit_percent is None else f"; the limit is {self.limit_percent} %"
        return (
            f"Expected about {self.expected:,.0f} recipients from {runs}, found {self.target:,}: "
            f"{abs(self.percent):,.0f} % {direction}{limit}."
        )


def drift_of(tables: Tables, automation_id: UUID, target: int, *, limit_percent: int | None) -> Drift:
    """A target of this automation beside its last runs."""
    last = tables.runs.last_targets(automation_id, limit=LAST_RUNS)
    return Drift(target=target, last=last, limit_percent=limit_percent)


def drift_of_run(tables: Tables, job: Job, target: int) -> TankError | None:
    """Why this job is to wait for a person, if its target drifted too far; retries and re-sends never do."""
    limit = tables.automations.revision(job.revision_id).definition.policies.drift_limit_percent
    if limit is None or not job.trigger.asks_the_query:
        return None
    drift = drift_of(tables, job.automation_id, target, limit_percent=limit)
    if not drift.is_beyond:
        return None
    return TankError(
        f"{drift.sentence} Nobody has been mailed.",
        remedy="Look at the target query and its data. Resume the run if these recipients are meant, or cancel it.",
        code=PAUSED_BY_DRIFT,
    )
