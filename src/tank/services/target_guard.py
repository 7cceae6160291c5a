"""Which rows of a target query are left out, or stop the run: the same rules for a run and for a dry run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tank.domain.automation import Definition, EqualAddresses
from tank.domain.delivery import DeliveryStatus, ErrorKind, NewDelivery
from tank.domain.errors import Invalid


def is_pending(row: NewDelivery) -> bool:
    """Whether the row is to be mailed as far as is known."""
    return row.status is DeliveryStatus.PENDING


def skipped(row: NewDelivery, kind: ErrorKind, text: str) -> NewDelivery:
    """The row, left out."""
    return replace(row, status=DeliveryStatus.SKIPPED, error_kind=kind, error_text=text)


class TargetGuard:
    """Looks at chunks of rows in order; what it leaves out is SKIPPED with its reason."""

    def __init__(
        self,
        definition: Definition,
        now: datetime,
        *,
        mailed_since: Callable[[Sequence[str], datetime], set[str]],
        taken: Callable[[Sequence[str]], set[str]],
        stop: Callable[[Invalid], None],
    ) -> None:
        """``mailed_since`` knows keys that were mailed, ``taken`` addresses of rows before that are to be mailed.

        ``stop`` hears of what stops a run; where it returns, the row is left out.
        """
        self._policy = definition.columns.equal_addresses
        self._hours = definition.policies.once_per_hours
        self._most = definition.policies.max_recipients
        self._now = now
        self._mailed_since = mailed_since
        self._taken = taken
        self._stop = stop

    def has_room(self, count: int) -> bool:
        """Whether so many rows may be; ``stop`` hears otherwise."""
        if count > self._most:
            self._stop(
                Invalid(
                    f"The target query returns more than {self._most:,} rows.",
                    remedy="Look at its conditions; if so many are meant, raise max_recipients in the policies.",
                    code="too_many_recipients",
                )
            )
        return count <= self._most

    def check(self, rows: Sequence[NewDelivery]) -> list[NewDelivery]:
        """All rows, those left out among them. Whoever was mailed lately takes no address from another row."""
        return self.without_equal_addresses(self.without_mailed(rows))

    def without_mailed(self, rows: Sequence[NewDelivery]) -> list[NewDelivery]:
        """Leave out whom this automation mailed within the policy's period."""
        if self._hours is None:
            return list(rows)
        mailed = self._mailed_since([row.recipient_key for row in rows], self._now - timedelta(hours=self._hours))
        text = f"This automation mailed the recipient within the last {self._hours} hours."
        return [
            skipped(row, ErrorKind.ALREADY_MAILED, text) if is_pending(row) and row.recipient_key in mailed else row
            for row in rows
        ]

    def without_equal_addresses(self, rows: Sequence[NewDelivery]) -> list[NewDelivery]:
        """Leave out all but the first of an address, or stop, where the columns' rules say so."""
        if self._policy is EqualAddresses.ALLOW:
            return list(rows)
        taken = self._taken([row.email for row in rows if is_pending(row)])
        checked = []
        for row in rows:
            if not is_pending(row):
                checked.append(row)
                continue
            if row.email in taken:
                if self._policy is EqualAddresses.STOP:
                    self._stop(_repeated(row))
                text = "Another recipient of this run has the same address."
                checked.append(skipped(row, ErrorKind.DUPLICATE_ADDRESS, text))
                continue
            taken.add(row.email)
            checked.append(row)
        return checked


def _repeated(row: NewDelivery) -> Invalid:
    return Invalid(
        f"The target query returns the address of key {row.recipient_key!r} twice.",
        remedy="Mend the query, or allow equal addresses in the automation's target columns.",
        code="repeated_address",
    )
