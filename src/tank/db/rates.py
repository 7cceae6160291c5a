"""One token bucket a sender, shared by all workers.

A worker takes tokens for a fraction of a second at a time, so the bucket costs a few short transactions a second.
After a throttle the shared rate halves; it creeps back by itself, a twentieth of the full rate a second.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Column, Double, String, Table, Uuid, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from tank.db.lease_clock import LONGEST_SECONDS, LeaseClock
from tank.db.metadata import metadata

send_rate = Table(
    "send_rate",
    metadata,
    Column("sender_id", Uuid, primary_key=True),
    Column("per_second", Double, nullable=False),
    Column("tokens", Double, nullable=False),
    Column("at", Double, nullable=False),
    Column("boot", String(64), nullable=False),
)

#: The part of the full rate that comes back each second after a throttle.
_CREEP = 0.05
#: The bucket never holds more than the tokens of so many seconds: a pause earns no burst.
_BURST_SECONDS = 0.5
#: However often throttled, the rate stays above this part of the full one.
_FLOOR = 0.01


class RateTable:
    """Implements ``RateTable``."""

    def __init__(self, connection: Connection, lease_clock: LeaseClock) -> None:
        self._connection = connection
        self._lease_clock = lease_clock

    def take(self, sender_id: UUID, *, wanted: int, per_second: float) -> int:
        rate, tokens, now = self._refilled(sender_id, per_second)
        given = min(wanted, int(tokens))
        self._store(sender_id, rate, tokens - given, now)
        return given

    def throttled(self, sender_id: UUID, *, per_second: float) -> float:
        rate, tokens, now = self._refilled(sender_id, per_second)
        rate = max(rate / 2, per_second * _FLOOR)
        self._store(sender_id, rate, min(tokens, 1.0), now)
        return rate

    def current(self, sender_id: UUID) -> float | None:
        query = select(send_rate.c.per_second).where(send_rate.c.sender_id == sender_id)
        return self._connection.execute(query).scalar_one_or_none()

    def _refilled(self, sender_id: UUID, full: float) -> tuple[float, float, float]:
        """The shared rate, the tokens, and the moment that they are of; makes the bucket where there is none."""
        query = select(send_rate).where(send_rate.c.sender_id == sender_id).with_for_update()
        row = self._connection.execute(query).one_or_none()
        if row is None:
            self._add(sender_id, full, self._lease_clock.now(self._connection))
            row = self._connection.execute(query).one()
        # Only now that the row is ours: the wait for another taker's commit earns tokens too.
        now = self._lease_clock.now(self._connection)
        is_of_this_boot = row.boot == self._lease_clock.boot and row.at < now + LONGEST_SECONDS
        passed = max(0.0, now - row.at) if is_of_this_boot else 1.0
        rate = min(full, row.per_second + passed * full * _CREEP)
        # A rate below 2/s would otherwise never gather a whole token.
        most = max(1.0, rate * _BURST_SECONDS)
        return rate, min(most, row.tokens + passed * rate), now

    def _add(self, sender_id: UUID, full: float, now: float) -> None:
        try:
            with self._connection.begin_nested():
                self._connection.execute(
                    insert(send_rate).values(
                        sender_id=sender_id, per_second=full, tokens=1.0, at=now, boot=self._lease_clock.boot
                    )
                )
        except IntegrityError:
            return  # another worker was first

    def _store(self, sender_id: UUID, rate: float, tokens: float, at: float) -> None:
        self._connection.execute(
            update(send_rate)
            .where(send_rate.c.sender_id == sender_id)
            .values(per_second=rate, tokens=tokens, at=at, boot=self._lease_clock.boot)
        )
