"""The ledger's reads: what people ask about deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.engine import Connection

from tank.db.email_send_log import attachment_log, delivery_payload, email_send_log
from tank.db.paging import keys_of, page_of, token_of
from tank.db.payloads import unseal_payload
from tank.domain.attachment import AttachmentRecord, AttachmentStatus
from tank.domain.delivery import Delivery, DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.errors import NotFound
from tank.domain.ids import first_id_of
from tank.domain.ports.paging import Page
from tank.domain.ports.secrets import Vault
from tank.domain.values import RowValues

_LOG = email_send_log.c
#: So many addresses are looked up one by one.
_FEW = 1_000
#: Only rows that ended so have an ``error_kind``.
_WITH_CAUSE = (DeliveryStatus.FAIL, DeliveryStatus.SKIPPED, DeliveryStatus.UNKNOWN)


class DeliveryReads:
    """The reading half of ``Ledger``."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def get(self, delivery_id: UUID) -> Delivery:
        row = self._connection.execute(select(email_send_log).where(_LOG.id == delivery_id)).one_or_none()
        if row is None:
            raise NotFound.of("delivery", delivery_id)
        return _delivery(row)

    def page(
        self,
        run_id: UUID,
        *,
        statuses: Sequence[DeliveryStatus] = (),
        error_kinds: Sequence[ErrorKind] = (),
        updates: Sequence[UpdateStatus] = (),
        search: str = "",
        after: str | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        query = select(email_send_log).order_by(_LOG.seq).limit(limit + 1).where(*self._searched(run_id, search))
        if statuses:
            query = query.where(_LOG.status.in_([str(status) for status in statuses]))
        if error_kinds:
            query = query.where(_LOG.error_kind.in_([str(kind) for kind in error_kinds]))
        if updates:
            query = query.where(_LOG.update_query_ok.in_([str(update) for update in updates]))
        if after is not None:
            query = query.where(_LOG.seq > keys_of(after, int)[0])
        rows = [_delivery(row) for row in self._connection.execute(query)]
        return page_of(rows, limit=limit, token=lambda last: token_of(last.seq))

    def _searched(self, run_id: UUID, text: str) -> tuple[Any, ...]:
        """Conditions for those of a run whose address begins so, or whose key it is.

        Few are found by the indexes of addresses and keys. With many, going through the run soon fills a page.
        """
        if not text:
            return (_LOG.run_id == run_id,)
        # The upper bound makes a range that an index can serve, where LIKE could not.
        begins = (_LOG.email >= text, _LOG.email < text + "\U0010ffff")
        of_all_runs = self._connection.execute(select(_LOG.id, _LOG.run_id).where(*begins).limit(_FEW + 1)).all()
        if len(of_all_runs) > _FEW:
            return _LOG.run_id == run_id, or_(_LOG.recipient_key == text, and_(*begins))
        by_key = select(_LOG.id).where(_LOG.recipient_key == text, _LOG.run_id == run_id)
        ids = {row.id for row in of_all_runs if row.run_id == run_id} | set(self._connection.scalars(by_key))
        # Not the run beside them: SQLite would rather go through it in order.
        return (_LOG.id.in_(ids),)

    def search(self, text: str, *, limit: int = 50) -> Sequence[Delivery]:
        query = (
            select(email_send_log)
            .where(or_(_LOG.email == text, _LOG.recipient_key == text))
            .order_by(_LOG.id.desc())
            .limit(limit)
        )
        return [_delivery(row) for row in self._connection.execute(query)]

    def payload(self, delivery_id: UUID) -> tuple[RowValues, tuple[str, ...], tuple[RowValues, ...]] | None:
        query = select(delivery_payload).where(delivery_payload.c.delivery_id == delivery_id)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        values = unseal_payload(row.target, self._vault, delivery_id)[0]
        return values, *self._mapping_of(delivery_id, row.mapping)

    def _mapping_of(self, delivery_id: UUID, sealed: bytes | None) -> tuple[tuple[str, ...], tuple[RowValues, ...]]:
        if sealed is None:
            return (), ()
        columns, *rows = unseal_payload(sealed, self._vault, delivery_id)
        return tuple(str(column) for column in columns), tuple(rows)

    def attachments(self, delivery_id: UUID) -> Sequence[AttachmentRecord]:
        query = (
            select(attachment_log).where(attachment_log.c.delivery_id == delivery_id).order_by(attachment_log.c.rule_no)
        )
        return [
            AttachmentRecord(
                rule_no=row.rule_no,
                status=AttachmentStatus(row.status),
                path=row.path,
                size=row.size,
                sha256=row.sha256,
                detail=row.detail,
                claim=row.claim,
            )
            for row in self._connection.execute(query)
        ]

    def attachment_counts(self, run_id: UUID) -> dict[AttachmentStatus, int]:
        query = (
            select(attachment_log.c.status, func.count())
            .where(attachment_log.c.run_id == run_id)
            .group_by(attachment_log.c.status)
        )
        return {AttachmentStatus(status): number for status, number in self._connection.execute(query)}

    def retries_of(self, delivery_id: UUID) -> Sequence[Delivery]:
        query = select(email_send_log).where(_LOG.retry_of == delivery_id).order_by(_LOG.id)
        return [_delivery(row) for row in self._connection.execute(query)]

    def failed(
        self,
        run_id: UUID,
        *,
        error_kinds: Sequence[ErrorKind] = (),
        but_for: UUID | None = None,
        after_seq: int = 0,
        limit: int = 1_000,
    ) -> Sequence[tuple[Delivery, RowValues | None]]:
        statuses = [DeliveryStatus.FAIL, DeliveryStatus.SKIPPED] if error_kinds else [DeliveryStatus.FAIL]
        query = (
            select(email_send_log, delivery_payload.c.target)
            .outerjoin(delivery_payload, delivery_payload.c.delivery_id == _LOG.id)
            .where(_LOG.run_id == run_id, _LOG.status.in_(statuses))
            .order_by(_LOG.seq)
            .limit(limit)
        )
        if error_kinds:
            query = query.where(_LOG.error_kind.in_([str(kind) for kind in error_kinds]))
        while rows := self._connection.execute(query.where(_LOG.seq > after_seq)).all():
            retried = self._retried([row.id for row in rows], but_for)
            if left := [(_delivery(row), self._target_of(row)) for row in rows if row.id not in retried]:
                return left
            after_seq = rows[-1].seq
        return []

    def _target_of(self, row: Row[Any]) -> RowValues | None:
        return None if row.target is None else unseal_payload(row.target, self._vault, row.id)[0]

    def _retried(self, delivery_ids: Sequence[UUID], but_for: UUID | None) -> set[UUID]:
        """Those that a retry, or a retry of a retry, has mailed or tried to.

        One that was itself skipped (cancelled, file missing) mailed nobody, but whoever retried that one may have.
        """
        retried: set[UUID] = set()
        first_of = {delivery_id: delivery_id for delivery_id in delivery_ids}
        while first_of:
            query = select(_LOG.id, _LOG.retry_of, _LOG.status).where(_LOG.retry_of.in_(list(first_of)))
            if but_for is not None:
                query = query.where(_LOG.run_id != but_for)
            again = [(row.id, first_of[row.retry_of], row.status) for row in self._connection.execute(query)]
            retried |= {first for _, first, status in again if status != DeliveryStatus.SKIPPED}
            first_of = {this: first for this, first, status in again if status == DeliveryStatus.SKIPPED}
        return retried

    def causes(self, run_id: UUID) -> Sequence[tuple[DeliveryStatus, ErrorKind, str, int]]:
        count = func.count().label("count")
        query = (
            select(_LOG.status, _LOG.error_kind, _LOG.error_code, count)
            # Naming the statuses lets the index by status leave the SENT rows alone.
            .where(
                _LOG.run_id == run_id,
                _LOG.status.in_(_WITH_CAUSE),
                _LOG.error_kind.is_not(None),
            )
            .group_by(_LOG.status, _LOG.error_kind, _LOG.error_code)
            .order_by(count.desc(), _LOG.status, _LOG.error_kind, _LOG.error_code)
        )
        return [
            (DeliveryStatus(status), ErrorKind(kind), code, number)
            for status, kind, code, number in self._connection.execute(query)
        ]

    def old_payloads(self, before: datetime, *, after: UUID | None = None, limit: int = 5_000) -> Sequence[UUID]:
        query = old_payloads_query(before, after or UUID(int=0), limit)
        return list(self._connection.execute(query).scalars())


def old_payloads_query(before: datetime, after: UUID, limit: int) -> Select[Any]:
    """Payloads by id: what ended before a moment was made before it, and ids ascend with time."""
    kept = delivery_payload.c.delivery_id
    return (
        select(kept)
        .join(email_send_log, _LOG.id == kept)
        .where(kept > after, kept < first_id_of(before))
        .where(_LOG.finished_at < before, _LOG.update_query_ok != UpdateStatus.PENDING)
        .order_by(kept)
        .limit(limit)
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        run_id=row.run_id,
        automation_id=row.automation_id,
        seq=row.seq,
        recipient_key=row.recipient_key,
        email=row.email,
        name=row.name,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        error_kind=None if row.error_kind is None else ErrorKind(row.error_kind),
        error_code=row.error_code,
        error_text=row.error_text,
        message_id=row.message_id,
        mime_sha256=row.mime_sha256.hex() if row.mime_sha256 else "",
        mime_size=row.mime_size,
        mime_date=row.mime_date,
        update_query_ok=UpdateStatus(row.update_query_ok),
        update_error=row.update_error,
        retry_of=row.retry_of,
        created_at=row.created_at,
        intent_at=row.intent_at,
        sent_at=row.sent_at,
        finished_at=row.finished_at,
    )
