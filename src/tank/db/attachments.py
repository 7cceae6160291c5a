"""ATTACHMENT_LOG: what was found for whom, and whose a file is within a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError

from tank.db.deliveries import DeliveryReads
from tank.db.email_send_log import attachment_log
from tank.domain.attachment import AttachmentRecord, FileOfTwo


class AttachmentWrites(DeliveryReads):
    """The part of ``Ledger`` that writes ATTACHMENT_LOG."""

    def log_attachments(
        self, run_id: UUID, files: Sequence[tuple[UUID, Sequence[AttachmentRecord]]], *, at: datetime
    ) -> None:
        self._check_claims(run_id, files)
        dialect_insert = sqlite_insert if self._connection.dialect.name == "sqlite" else postgresql_insert
        statement: Any = dialect_insert(attachment_log)
        replaced = ("status", "path", "size", "sha256", "detail", "claim", "at")
        statement = statement.on_conflict_do_update(
            index_elements=["delivery_id", "rule_no"], set_={name: statement.excluded[name] for name in replaced}
        )
        rows = [
            _attachment_columns(delivery_id, record, run_id, at)
            for delivery_id, records in files
            for record in _claimed_once(records)
        ]
        try:
            self._connection.execute(statement, rows)
        except IntegrityError as error:  # two workers at once, on PostgreSQL
            if "uq_attachment_log_claim" not in str(error.orig):
                raise
            raise FileOfTwo("Two recipients of this run match the same file.") from error

    def _check_claims(self, run_id: UUID, files: Sequence[tuple[UUID, Sequence[AttachmentRecord]]]) -> None:
        owners: dict[bytes, UUID] = {}
        for delivery_id, records in files:
            for record in records:
                if record.claim is not None and owners.setdefault(record.claim, delivery_id) != delivery_id:
                    raise _file_of_two(record.path)
        if not owners:
            return
        query = select(attachment_log.c.claim, attachment_log.c.delivery_id, attachment_log.c.path).where(
            attachment_log.c.run_id == run_id, attachment_log.c.claim.in_(list(owners))
        )
        for claim, owner, path in self._connection.execute(query):
            if owners[bytes(claim)] != owner:
                raise _file_of_two(path)


def _file_of_two(path: str) -> FileOfTwo:
    return FileOfTwo(
        f"Two recipients of this run match the file {path}.",
        remedy="Make the pattern name one recipient's file, or mark the rule as shared if all may have it.",
    )


def _claimed_once(records: Sequence[AttachmentRecord]) -> Iterator[AttachmentRecord]:
    """Two rules of one recipient may find the same file: the recipient's claim to it is one."""
    claims: set[bytes] = set()
    for record in records:
        if record.claim is not None and record.claim in claims:
            yield replace(record, claim=None)
        else:
            claims.update([record.claim] if record.claim is not None else [])
            yield record


def _attachment_columns(delivery_id: UUID, record: AttachmentRecord, run_id: UUID, at: datetime) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "rule_no": record.rule_no,
        "run_id": run_id,
        "status": record.status,
        "path": record.path,
        "size": record.size,
        "sha256": record.sha256,
        "detail": record.detail,
        "claim": record.claim,
        "at": at,
    }
