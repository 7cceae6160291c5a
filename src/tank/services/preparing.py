"""From a recipient's row to a composed mail: mapping, files, template, message. Runs in threads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tank.domain.attachment import AttachmentRecord, MissingFilePolicy
from tank.domain.delivery import DeliveryStatus, ErrorKind, PendingDelivery, Refusal
from tank.domain.errors import TankError
from tank.domain.mail import Address, MailContent
from tank.domain.ports.rendering import ComposeError, RenderError, TemplateContext
from tank.domain.ports.sources import RowSet, bind_values
from tank.domain.query import SourceError
from tank.domain.values import Row, row_of
from tank.services.attachments import RecipientFiles
from tank.services.run_kits import RunKit

#: A batch ends early once its mails hold so many bytes: files are read only as fast as mails leave.
_BATCH_BYTES = 8 << 20

_NO_MAPPING = RowSet((), ())


@dataclass(slots=True, kw_only=True)
class ReadyMail:
    """A mail that only waits to be sent."""

    row: PendingDelivery
    message: bytes
    mime_sha256: bytes
    mime_date: int
    mapping: RowSet
    attachments: tuple[AttachmentRecord, ...]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What became of some rows."""

    ready: list[ReadyMail]
    refusals: list[Refusal]
    #: Rows that were not looked at yet, because the files of those before were so large.
    rest: Sequence[PendingDelivery]


class MissingFileAborts(Exception):
    """A required file is missing and the policy is ABORT_RUN."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error_text)
        self.refusal = refusal
        self.error = TankError(
            refusal.error_text,
            remedy="Add the file, then retry this run's skipped rows: whoever was mailed is left out.",
            code="missing_file",
        )


def prepare(kit: RunKit, rows: Sequence[PendingDelivery], now: datetime) -> Batch:
    """Compose the mails of some rows.

    Raises ``SourceError`` and ``StorageError`` where the surroundings fail (nothing is known about the rows then),
    and ``MissingFileAborts``.
    """
    mappings = map_rows(kit, rows)
    batch = Batch(ready=[], refusals=[], rest=())
    size = 0
    for number, (row, mapping) in enumerate(zip(rows, mappings, strict=True)):
        outcome = _one(kit, row, mapping, now)
        if isinstance(outcome, Refusal):
            batch.refusals.append(outcome)
            continue
        batch.ready.append(outcome)
        size += len(outcome.message)
        if size > _BATCH_BYTES:
            return replace(batch, rest=rows[number + 1 :])
    return batch


def map_rows(kit: RunKit, rows: Sequence[PendingDelivery]) -> Sequence[RowSet | SourceError]:
    """The mapping query's answer for each row. Raises ``SourceError`` where the connection fails."""
    if not kit.definition.dbio.mapping_query:
        return [_NO_MAPPING] * len(rows)
    columns = kit.run.columns
    binds = [bind_values(kit.mapping_binds, row_of(columns, row.values)) for row in rows]
    return kit.source.map_rows(kit.definition.dbio.mapping_query, binds)


def _one(kit: RunKit, row: PendingDelivery, mapping: RowSet | SourceError, now: datetime) -> ReadyMail | Refusal:
    if isinstance(mapping, SourceError):
        return _refusal(row, ErrorKind.MAPPING_ERROR, mapping.message, code=mapping.database_code or "")
    target = row_of(kit.run.columns, row.values)
    mapping_rows = [row_of(mapping.columns, values) for values in mapping.rows]
    files = find_files(kit, target, mapping_rows[0] if mapping_rows else None, read=True)
    if files.error_kind is not None:
        return _file_refusal(kit, row, files)
    try:
        rendered = kit.template.render(TemplateContext(target=target, rows=mapping_rows))
    except RenderError as error:
        return _refusal(row, ErrorKind.RENDER_ERROR, error.message, attachments=files.records)
    envelope = kit.definition.envelope
    content = MailContent(
        sender=kit.from_address,
        recipient=Address(row.email, row.name),
        rendered=rendered,
        delivery_id=row.id,
        date=int(now.timestamp()),
        reply_to=kit.reply_to,
        files=kit.inline_files + files.files,
        unsubscribe_url=envelope.unsubscribe_url or None,
        unsubscribe_mailto=envelope.unsubscribe_mailto or None,
        headers=envelope.headers,
    )
    try:
        message = kit.composer.compose(content)
    except ComposeError as error:
        return _refusal(row, ErrorKind.COMPOSE_ERROR, error.message, attachments=files.records)
    most = kit.lane.sender.max_message_bytes
    if len(message) > most:
        text = too_large(len(message), most)
        return _refusal(row, ErrorKind.COMPOSE_ERROR, text, code="too_large", attachments=files.records)
    return ReadyMail(
        row=row,
        message=message,
        mime_sha256=hashlib.sha256(message).digest(),
        mime_date=int(content.date),
        mapping=mapping,
        attachments=files.records,
        attempts=row.attempts,
    )


def too_large(size: int, most: int) -> str:
    """Why a message of ``size`` bytes is not sent."""
    return f"The mail has {size:,} bytes; the sender takes {most:,} at most."


def find_files(kit: RunKit, target: Row, first_row: Row | None, *, read: bool) -> RecipientFiles:
    """A recipient's files, each own one claimed for the recipient. Raises ``StorageError``."""
    search = kit.attachments.collect if read else kit.attachments.locate
    return search(target, first_row, kit.dates)


def _file_refusal(kit: RunKit, row: PendingDelivery, files: RecipientFiles) -> Refusal:
    assert files.error_kind is not None
    refusal = _refusal(
        row, files.error_kind, files.error_text, status=DeliveryStatus.SKIPPED, attachments=files.records
    )
    is_missing = files.error_kind is ErrorKind.ATTACHMENT_NOT_FOUND
    if is_missing and kit.definition.policies.missing_file is MissingFilePolicy.ABORT_RUN:
        raise MissingFileAborts(refusal)
    return refusal


def _refusal(
    row: PendingDelivery,
    kind: ErrorKind,
    text: str,
    *,
    status: DeliveryStatus = DeliveryStatus.FAIL,
    code: str = "",
    attachments: tuple[AttachmentRecord, ...] = (),
) -> Refusal:
    return Refusal(
        delivery_id=row.id,
        seq=row.seq,
        status=status,
        error_kind=kind,
        error_code=code,
        error_text=text,
        # What was found is no longer claimed: nobody gets it from this delivery.
        attachments=tuple(replace(record, claim=None) for record in attachments),
    )
