"""What happened to one recipient and why, and the recipients of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tank.domain.attachment import AttachmentRecord
from tank.domain.delivery import Delivery, DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.log import AuditFilter, AuditRecord
from tank.domain.ports.clock import Clock
from tank.domain.ports.paging import Page
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.values import Row, row_of
from tank.services.audit_trail import note

#: So many looks at one delivery are told; the audit trail has them all.
MOST_LOOKS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Everything that is known of one delivery."""

    delivery: Delivery
    #: The target row; None once retention has purged it.
    target: Row | None
    mapping: tuple[Row, ...]
    attachments: Sequence[AttachmentRecord]
    #: Earlier deliveries that this one repeats, newest first, and later ones that repeat it, oldest first.
    repeats: Sequence[Delivery]
    repeated_by: Sequence[Delivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries of a run."""

    statuses: Sequence[DeliveryStatus] = ()
    error_kinds: Sequence[ErrorKind] = ()
    updates: Sequence[UpdateStatus] = ()
    #: The beginning of an address, or a whole key.
    search: str = ""


class Deliveries:
    """Reads the ledger for people; showing personal data unmasked is written down."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def of_run(
        self, run_id: UUID, wanted: DeliveryFilter, *, after: str | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """In order of the target query. Raises ``NotFound``."""
        with self._db.read() as tables:
            tables.runs.get(run_id)
            return tables.ledger.page(
                run_id,
                statuses=wanted.statuses,
                error_kinds=wanted.error_kinds,
                updates=wanted.updates,
                search=wanted.search,
                after=after,
                limit=limit,
            )

    def search(self, text: str, *, limit: int = 50) -> Sequence[Delivery]:
        """Deliveries of all runs by whole address or key, newest first."""
        with self._db.read() as tables:
            return tables.ledger.search(text, limit=limit)

    def story(self, delivery_id: UUID) -> Story:
        """Raises ``NotFound``."""
        with self._db.read() as tables:
            delivery = tables.ledger.get(delivery_id)
            payload = tables.ledger.payload(delivery_id)
            target: Row | None = None
            mapping: tuple[Row, ...] = ()
            if payload is not None:
                values, mapping_columns, mapping_rows = payload
                target = row_of(tables.runs.get(delivery.run_id).columns, values)
                mapping = tuple(row_of(mapping_columns, row) for row in mapping_rows)
            return Story(
                delivery=delivery,
                target=target,
                mapping=mapping,
                attachments=tables.ledger.attachments(delivery_id),
                repeats=_repeats(tables, delivery),
                repeated_by=tables.ledger.retries_of(delivery_id),
            )

    def looks_at(self, delivery: Delivery) -> Sequence[AuditRecord]:
        """Who was shown this delivery, newest first: it alone, its mail in the outbox, or its run's whole list."""
        wanted = AuditFilter(
            subjects=(f"delivery {delivery.id}", f"outbox {delivery.message_id}", str(delivery.run_id)),
            action="delivery.",
        )
        with self._db.read() as tables:
            return tables.audit.page(wanted, limit=MOST_LOOKS).items

    def note_reveal(self, *, by: str, subject: str, reason: str = "") -> None:
        """Write down that somebody was shown personal data unmasked, and what for."""
        with self._db.write() as tables:
            detail = {"reason": reason} if reason else {}
            note(tables, "delivery.reveal", subject, by=by, at=self._clock.now(), detail=detail)


def _repeats(tables: Tables, delivery: Delivery) -> list[Delivery]:
    """The chain of deliveries that this one repeats, back to the first."""
    chain: list[Delivery] = []
    while delivery.retry_of is not None:
        delivery = tables.ledger.get(delivery.retry_of)
        chain.append(delivery)
    return chain
