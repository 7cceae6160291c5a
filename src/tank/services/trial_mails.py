"""Making a definition's mails without a run: for trials, and to compare with what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tank.domain.automation import Definition
from tank.domain.dates import date_variables
from tank.domain.mail import Address, MailContent, RenderedMail
from tank.domain.ports.rendering import MailComposer
from tank.domain.ports.storage import FileStorage
from tank.domain.values import Row
from tank.services.attachments import Attachments, RecipientFiles
from tank.services.run_kits import inline_files


class TrialMails:
    """One definition's files and messages, as a run due at ``due_at`` would make them."""

    def __init__(self, definition: Definition, storage: FileStorage, composer: MailComposer, due_at: datetime) -> None:
        """Raises ``StorageError`` and ``FileRefused`` for the pictures of the body, ``Invalid`` for a wrong pattern."""
        self._envelope = definition.envelope
        self._composer = composer
        self._due_at = due_at
        self._dates = date_variables(due_at.astimezone(ZoneInfo(definition.zone)))
        attachments = Attachments(storage)
        attachments.forget()  # as each run does: a file that came since must be seen
        self._plan = attachments.plan(definition.attachments)
        self._inline = inline_files(definition, storage)

    def files(self, target: Row, mapping: Sequence[Row]) -> RecipientFiles:
        """A recipient's files, read. Raises ``StorageError``."""
        return self._plan.collect(target, mapping[0] if mapping else None, self._dates)

    def compose(
        self,
        rendered: RenderedMail,
        files: RecipientFiles,
        *,
        to: Address,
        delivery_id: UUID,
        date: int | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> bytes:
        """The message, with more ``headers`` than the definition's. ``date``: epoch seconds, by default when it is due.

        Raises ``ComposeError``.
        """
        envelope = self._envelope
        return self._composer.compose(
            MailContent(
                sender=Address(envelope.from_email, envelope.from_name),
                recipient=to,
                rendered=rendered,
                delivery_id=delivery_id,
                date=int(self._due_at.timestamp()) if date is None else date,
                reply_to=Address(envelope.reply_to) if envelope.reply_to else None,
                files=self._inline + files.files,
                unsubscribe_url=envelope.unsubscribe_url or None,
                unsubscribe_mailto=envelope.unsubscribe_mailto or None,
                headers=envelope.headers + headers,
            )
        )
