"""Pre-flights: what is looked at before a run, put together from a dry run, the last runs and the sender's account."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tank.domain.attachment import AttachmentStatus
from tank.domain.connection import SenderProfile
from tank.domain.delivery import ErrorKind
from tank.domain.errors import Misconfigured
from tank.domain.job import PAUSED_BY_DRIFT
from tank.domain.mail import Quota, SendError
from tank.domain.ports.store import SENDING_STOPPED, LogsDb
from tank.services.drift import Drift, drift_of
from tank.services.dry_run_tally import Defect, DryRun
from tank.services.dry_runs import DryRuns, definition_to_run
from tank.services.lanes import rate_within
from tank.services.quotas import Quotas

#: Recipients with a defect that are shown as examples; a dry run lists more of them.
MOST_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a person should look before the automation runs."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreFlight:
    """What a run would do now, and what speaks against it."""

    found: DryRun
    drift: Drift
    #: Rows that the update query would touch; None without one.
    update_rows: int | None
    #: Mails a second that the account and the sender's ``max_rate`` allow; None where nothing limits them.
    per_second: float | None
    reasons: tuple[Reason, ...]

    @property
    def blocked(self) -> bool:
        return bool(self.reasons)

    @property
    def seconds(self) -> float | None:
        """How long the mails would take at that rate."""
        return None if self.per_second is None else self.found.would_send / self.per_second

    @property
    def bad_addresses(self) -> int:
        return self.found.defect_counts.get(ErrorKind.INVALID_ADDRESS, 0)

    @property
    def files_missing(self) -> int:
        """Searches that found no file, optional ones too."""
        return self.found.attachment_counts.get(AttachmentStatus.NOT_FOUND, 0)

    @property
    def files_ambiguous(self) -> int:
        return self.found.attachment_counts.get(AttachmentStatus.AMBIGUOUS, 0)

    @property
    def examples(self) -> tuple[Defect, ...]:
        """Some recipients that would not be mailed."""
        return self.found.defects[:MOST_EXAMPLES]


class PreFlights:
    """Makes pre-flights. Nothing is sent and nothing is written."""

    def __init__(self, db: LogsDb, dry_runs: DryRuns, quotas: Quotas) -> None:
        self._db = db
        self._dry_runs = dry_runs
        self._quotas = quotas

    def of(
        self, automation_id: UUID, *, limit: int | None = None, told: Callable[[int], None] = lambda _rows: None
    ) -> PreFlight:
        """See ``DryRuns.run`` for ``limit``, ``told`` and what is raised. A sender in trouble is a reason, no error."""
        with self._db.read() as tables:
            tables.automations.get(automation_id)
        found = self._dry_runs.run(automation_id, told=told, limit=limit)
        with self._db.read() as tables:
            definition = definition_to_run(tables, tables.automations.get(automation_id))
            limit_percent = definition.policies.drift_limit_percent
            drift = drift_of(tables, automation_id, found.target, limit_percent=limit_percent)
            profile = tables.senders.named(definition.envelope.sender)
            stop = tables.settings.get(SENDING_STOPPED)
        per_second, trouble = self._sending(profile, found)
        return PreFlight(
            found=found,
            drift=drift,
            update_rows=found.would_send if definition.dbio.update_query else None,
            per_second=per_second,
            reasons=(*_reasons(found, drift, stop), *trouble),
        )

    def _sending(self, profile: SenderProfile | None, found: DryRun) -> tuple[float | None, list[Reason]]:
        """The rate, and what the sender's account says against the run."""
        if profile is None:
            return None, []  # the dry run has said so
        try:
            quota = self._quotas.of_profile(profile).quota
            return rate_within(quota, profile), list(_short(quota, profile, found))
        except (SendError, Misconfigured) as error:
            return None, [Reason(code=error.code, message=error.message)]


def _reasons(found: DryRun, drift: Drift, stop: Mapping[str, Any] | None) -> Iterator[Reason]:
    if stop is not None:
        yield Reason(code="sending_stopped", message="All sending is stopped: a run would wait until it is resumed.")
    for message in found.stops:
        yield Reason(code="stops", message=message)
    if drift.is_beyond:
        yield Reason(code=PAUSED_BY_DRIFT, message=drift.sentence)
    if found.target and not found.would_send:
        yield Reason(code="nobody_to_mail", message="None of the recipients can be mailed.")


def _short(quota: Quota, profile: SenderProfile, found: DryRun) -> Iterator[Reason]:
    if not quota.production:
        message = f"The account behind the sender {profile.name} is in its provider's sandbox: it mails verified"
        yield Reason(code="sandbox", message=f"{message} recipients only.")
    left = None if quota.per_day is None else max(0, quota.per_day - (quota.sent_last_day or 0))
    if left is not None and found.would_send > left:
        yield Reason(
            code="daily_quota",
            message=f"The account behind the sender {profile.name} may send {left:,.0f} mails more within 24 hours; "
            f"this run would send {found.would_send:,}.",
        )
