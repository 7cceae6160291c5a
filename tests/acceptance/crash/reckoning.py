"""The sink's log against the ledger: what must add up after any crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tank.domain.delivery import Delivery, DeliveryStatus, UpdateStatus
from tank.domain.ports.store import LogsDb
from tank.domain.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """What the ledger says, what the sink accepted, and how often each customer's row was updated."""

    run: Run
    deliveries: Sequence[Delivery]
    accepted: Sequence[Mapping[str, Any]]
    times_updated: Mapping[str, int]

    def by_status(self, status: DeliveryStatus) -> set[str]:
        """Ids of deliveries."""
        return {str(delivery.id) for delivery in self.deliveries if delivery.status is status}

    def check(self, target: int) -> None:
        """Raise ``AssertionError`` with the first thing that does not add up."""
        self._nobody_is_lost(target)
        self._nobody_is_mailed_twice()
        self._the_ledger_says_what_was_sent()
        self._write_backs_happened_once()

    def _nobody_is_lost(self, target: int) -> None:
        assert len(self.deliveries) == target
        assert len({delivery.recipient_key for delivery in self.deliveries}) == target
        unfinished = [delivery for delivery in self.deliveries if not delivery.status.is_final]
        assert unfinished == []
        counts = self.run.counts
        assert counts.adds_up
        assert counts.target == target
        found = Counter(delivery.status for delivery in self.deliveries)
        expected = (counts.sent, counts.fail, counts.skipped, counts.unknown)
        assert expected == tuple(found[status] for status in _FINAL)

    def _nobody_is_mailed_twice(self) -> None:
        for fact in ("delivery_id", "to"):
            times = Counter(mail[fact] for mail in self.accepted)
            assert [named for named, count in times.items() if count > 1] == []

    def _the_ledger_says_what_was_sent(self) -> None:
        message_ids = {mail["delivery_id"]: mail["message_id"] for mail in self.accepted}
        sent = self.by_status(DeliveryStatus.SENT)
        assert sent <= message_ids.keys()
        assert message_ids.keys() - sent <= self.by_status(DeliveryStatus.UNKNOWN)
        for delivery in self.deliveries:
            if delivery.status is DeliveryStatus.SENT:
                assert delivery.message_id == message_ids[str(delivery.id)]

    def _write_backs_happened_once(self) -> None:
        assert max(self.times_updated.values()) <= 1
        updated = {key for key, times in self.times_updated.items() if times}
        by_result = {
            result: {delivery.recipient_key for delivery in self.deliveries if delivery.update_query_ok is result}
            for result in UpdateStatus
        }
        assert updated == by_result[UpdateStatus.Y]
        sent_keys = {d.recipient_key for d in self.deliveries if d.status is DeliveryStatus.SENT}
        assert updated == sent_keys


_FINAL = (DeliveryStatus.SENT, DeliveryStatus.FAIL, DeliveryStatus.SKIPPED, DeliveryStatus.UNKNOWN)


def all_deliveries(db: LogsDb, run_id: UUID) -> list[Delivery]:
    """Every row of the run."""
    found: list[Delivery] = []
    after: str | None = None
    while True:
        with db.read() as tables:
            page = tables.ledger.page(run_id, after=after, limit=500)
        found += page.items
        if (after := page.next) is None:
            return found
