"""What an installation is told while it runs, and what it tells: settings, and errors that somebody has seen."""

from __future__ import annotations

from uuid import UUID

from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ports.clock import Clock
from tank.domain.ports.store import DEFAULT_PAYLOAD_RETENTION, PAYLOAD_RETENTION_DAYS, LogsDb
from tank.services.audit_trail import note

MOST_RETENTION_DAYS = 3_650


class SystemSettings:
    """Settings that have no place of their own, and the acknowledging of system errors."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def payload_retention_days(self) -> int:
        """For how many days the rows that mails were made of are kept."""
        with self._db.read() as tables:
            days = tables.settings.get(PAYLOAD_RETENTION_DAYS)
        return DEFAULT_PAYLOAD_RETENTION.days if days is None else int(days)

    def set_payload_retention_days(self, days: int, *, by: str) -> None:
        """Raises ``Invalid``."""
        if not 1 <= days <= MOST_RETENTION_DAYS:
            message = f"This must be between 1 and {MOST_RETENTION_DAYS:,} days."
            problem = FieldProblem(field=PAYLOAD_RETENTION_DAYS, message=message, code="out_of_range")
            raise Invalid(message, problems=[problem], code="out_of_range")
        with self._db.write() as tables:
            before = tables.settings.get(PAYLOAD_RETENTION_DAYS)
            tables.settings.put(PAYLOAD_RETENTION_DAYS, days)
            detail = {"before": before, "after": days}
            note(tables, "setting.change", PAYLOAD_RETENTION_DAYS, by=by, at=self._clock.now(), detail=detail)

    def acknowledge(self, error_id: UUID, *, by: str) -> None:
        """Somebody has seen a system error; the first to say so stays recorded. Raises ``NotFound``."""
        with self._db.write() as tables:
            now = self._clock.now()
            tables.system_errors.acknowledge(error_id, by=by, at=now)
            note(tables, "system_error.acknowledge", error_id, by=by, at=now)
