"""The mail as it was sent, made again from what the ledger keeps, and compared with the digest that it left with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tank.domain.attachment import AttachmentRecord, AttachmentStatus, FileRefused, StorageError
from tank.domain.automation import Definition
from tank.domain.dates import date_variables
from tank.domain.delivery import Delivery, DeliveryStatus
from tank.domain.errors import Conflict, Invalid
from tank.domain.mail import Address, MailFile, RenderedMail
from tank.domain.ports.rendering import (
    ComposeError,
    MailComposer,
    RenderError,
    TemplateContext,
    TemplateLab,
    TemplateSettings,
)
from tank.domain.ports.storage import FileStorage
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.values import Row, row_of
from tank.services.attachments import DEFAULT_MAX_FILE_BYTES, Attachments, RecipientFiles, media_type
from tank.services.trial_mails import TrialMails


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that was attached, and whether it still is what it was."""

    name: str
    size: int | None
    sha256: str
    #: None where the storage does not say.
    unchanged: bool | None
    #: Why it is not, in plain words.
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """A delivery's mail, as far as it can be made again."""

    delivery: Delivery
    sender: Address
    recipient: Address
    #: None where the data that it was made from is not there.
    rendered: RenderedMail | None = None
    files: tuple[SentFile, ...] = ()
    #: Whether the message made again has the digest that the ledger keeps; None where that cannot be told.
    identical: bool | None
    #: Why it is not identical, or why nobody can tell.
    reason: str = ""
    #: The message itself, where it is identical.
    message: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What the ledger keeps of one delivery."""

    delivery: Delivery
    definition: Definition
    due_at: datetime
    target: Row | None
    mapping: tuple[Row, ...]
    records: Sequence[AttachmentRecord]


class SentMails:
    """Makes mails again. The template is rendered in the lab: the API must survive whatever a template does."""

    def __init__(self, db: LogsDb, *, storage: FileStorage, lab: TemplateLab, composer: MailComposer) -> None:
        self._db = db
        self._storage = storage
        self._lab = lab
        self._composer = composer

    def of(self, delivery_id: UUID) -> SentMail:
        """The mail of a delivery; nothing is sent, and files are read only to compare them. Raises ``NotFound``."""
        with self._db.read() as tables:
            evidence = _evidence(tables, delivery_id)
        if not evidence.delivery.mime_sha256:
            return _without_mail(evidence, _never_made(evidence.delivery))
        if evidence.target is None:
            why = "The data that the mail was made from has been deleted after its retention period."
            return _without_mail(evidence, why)
        try:
            rendered = self._rendered(evidence, evidence.target)
        except (RenderError, Invalid) as error:
            why = f"The template can no longer be filled in with the recipient's data: {error.message}"
            return _without_mail(evidence, why)
        return self._compared(evidence, evidence.target, rendered)

    def message(self, delivery_id: UUID) -> bytes:
        """The message byte for byte. Raises ``NotFound``, and ``Conflict`` unless it is the one that was sent."""
        mail = self.of(delivery_id)
        if mail.message is None:
            raise Conflict(
                f"The mail cannot be had as it was sent. {mail.reason}",
                remedy="What can be shown of it is shown with the delivery.",
                code="mail_not_as_sent",
            )
        return mail.message

    def _rendered(self, evidence: _Evidence, target: Row) -> RenderedMail:
        definition = evidence.definition
        settings = TemplateSettings(zone=definition.zone, language=definition.language, due_at=evidence.due_at)
        context = TemplateContext(target=target, rows=evidence.mapping)
        (outcome,) = self._lab.render(definition.template, settings, [context])
        if isinstance(outcome, RenderError):
            raise outcome
        return outcome

    def _compared(self, evidence: _Evidence, target: Row, rendered: RenderedMail) -> SentMail:
        found = self._files(evidence, target)
        files = tuple(file for file, _ in found)
        parts = [part for _, part in found if part is not None]
        identical, reason, message = None, "", None
        if len(parts) == len(files):
            identical, reason, message = self._composed(evidence, rendered, parts)
        # What happened to a file tells more than that the whole differs.
        reason = " ".join(file.detail for file in files if file.detail) or reason
        delivery = evidence.delivery
        return SentMail(
            delivery=delivery,
            sender=_sender(evidence.definition),
            recipient=Address(delivery.email, delivery.name),
            rendered=rendered,
            files=files,
            identical=identical,
            reason=reason,
            message=message,
        )

    def _composed(
        self, evidence: _Evidence, rendered: RenderedMail, files: Sequence[MailFile]
    ) -> tuple[bool | None, str, bytes | None]:
        """Whether it is identical, why not, and the message where it is."""
        delivery, definition = evidence.delivery, evidence.definition
        try:
            message = TrialMails(definition, self._storage, self._composer, evidence.due_at).compose(
                rendered,
                RecipientFiles(files=tuple(files)),
                to=Address(delivery.email, delivery.name),
                delivery_id=delivery.id,
                date=delivery.mime_date,
            )
        except (StorageError, FileRefused) as error:
            return None, f"A picture of the body cannot be read: {error.message}", None
        except (ComposeError, Invalid) as error:
            return None, f"The message cannot be put together again: {error.message}", None
        if hashlib.sha256(message).hexdigest() == delivery.mime_sha256:
            return True, "", message
        return False, _differs(definition), None

    def _files(self, evidence: _Evidence, target: Row) -> list[tuple[SentFile, MailFile | None]]:
        """What was attached, by the log, with what is there under its name now."""
        plan = Attachments(self._storage).plan(evidence.definition.attachments)
        dates = date_variables(evidence.due_at.astimezone(ZoneInfo(evidence.definition.zone)))
        first_row = evidence.mapping[0] if evidence.mapping else None
        found = []
        for record in evidence.records:
            if record.status is AttachmentStatus.FOUND and record.sha256:
                name = plan.name_of(record, target, first_row, dates)
                found.append(self._file(record, record.sha256, name))
        return found

    def _file(self, record: AttachmentRecord, sha256: str, name: str) -> tuple[SentFile, MailFile | None]:
        file = SentFile(name=name, size=record.size, sha256=sha256, unchanged=True)
        try:
            content = self._storage.read(record.path, max_bytes=DEFAULT_MAX_FILE_BYTES)
        except FileRefused as error:
            detail = f"The file {name} is gone or can no longer be read: {error.message}"
            return replace(file, unchanged=False, detail=detail), None
        except StorageError as error:
            return replace(file, unchanged=None, detail=f"The file {name} cannot be compared: {error.message}"), None
        if hashlib.sha256(content).hexdigest() != sha256:
            detail = f"The file {name} has changed since the mail was sent."
            file = replace(file, unchanged=False, detail=detail)
        return file, MailFile(name=name, content=content, media_type=media_type(record.path))


def _evidence(tables: Tables, delivery_id: UUID) -> _Evidence:
    delivery = tables.ledger.get(delivery_id)
    run = tables.runs.get(delivery.run_id)
    target: Row | None = None
    mapping: tuple[Row, ...] = ()
    if (payload := tables.ledger.payload(delivery_id)) is not None:
        values, mapping_columns, mapping_rows = payload
        target = row_of(run.columns, values)
        mapping = tuple(row_of(mapping_columns, row) for row in mapping_rows)
    return _Evidence(
        delivery=delivery,
        definition=tables.automations.revision(run.revision_id).definition,
        due_at=tables.jobs.get(run.job_id).due_at,
        target=target,
        mapping=mapping,
        records=tables.ledger.attachments(delivery_id),
    )


def _without_mail(evidence: _Evidence, why: str) -> SentMail:
    delivery = evidence.delivery
    return SentMail(
        delivery=delivery,
        sender=_sender(evidence.definition),
        recipient=Address(delivery.email, delivery.name),
        identical=None,
        reason=why,
    )


def _sender(definition: Definition) -> Address:
    return Address(definition.envelope.from_email, definition.envelope.from_name)


def _never_made(delivery: Delivery) -> str:
    if delivery.status is DeliveryStatus.PENDING:
        return "The mail has not been sent yet; it is made shortly before it leaves."
    return f"No mail was sent to this recipient: the delivery is {delivery.status}. {delivery.error_text}".rstrip()


def _differs(definition: Definition) -> str:
    why = "Data and files are as they were, yet the message made from them differs from the one that was sent."
    if pictures := ", ".join(image.path for image in definition.template.inline_images):
        return f"{why} A picture of its body may have changed: {pictures}."
    return f"{why} Another version of Tank may have made it."
