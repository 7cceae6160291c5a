"""Test sends: one recipient's real mail, to addresses that somebody chose."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from tank.domain.errors import FieldProblem, Invalid
from tank.domain.ids import new_id
from tank.domain.mail import Address, OutgoingMail
from tank.domain.ports.clock import Clock
from tank.domain.ports.rendering import MailComposer
from tank.domain.ports.senders import Sender, Senders
from tank.domain.ports.storage import FileStorage
from tank.domain.ports.store import LogsDb
from tank.services.addresses import BadAddress, normalise_address
from tank.services.audit_trail import note
from tank.services.previews import PreviewedMail, Previews
from tank.services.run_kits import sender_profile
from tank.services.trial_mails import TrialMails

#: So many addresses at once; more are no test.
MOST_ADDRESSES = 10
#: Says in the mail itself that it was a test.
_TEST_HEADER = ("X-Tank-Test", "yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSend:
    """A test mail that the sender accepted."""

    email: str
    message_id: str
    size: int


class SampleSends:
    """Sends a draft's mail of a real row. Neither the ledger nor the source hears of it; the audit trail does."""

    def __init__(
        self,
        db: LogsDb,
        clock: Clock,
        *,
        previews: Previews,
        senders: Senders,
        storage: FileStorage,
        composer: MailComposer,
    ) -> None:
        self._db = db
        self._clock = clock
        self._previews = previews
        self._senders = senders
        self._storage = storage
        self._composer = composer

    def send(
        self, automation_id: UUID, addresses: Sequence[str], *, by: str, row_number: int = 1, key: Sequence[str] = ()
    ) -> list[SampleSend]:
        """Send the mail of the ``row_number``-th row, or of the recipient with ``key``. Blocks until it is accepted.

        Raises ``Invalid`` for a bad address or a row that cannot be mailed, and whatever the source, the storage
        (``StorageError``) or the sender (``SendError``) fail with.
        """
        checked = _checked(addresses)
        preview = (
            self._previews.of_key(automation_id, key)
            if key
            else self._previews.sample(automation_id, row_number=row_number)
        )
        mails = self._composed(automation_id, preview.mails[0], checked)
        with self._db.read() as tables:
            definition = tables.automations.get(automation_id).draft
            profile = sender_profile(tables, definition)
        accepted = asyncio.run(_send_all(self._senders.open(profile), mails))
        with self._db.write() as tables:
            detail = {"to": checked, "row": preview.mails[0].row_number, "sender": profile.name}
            note(tables, "automation.test_send", automation_id, by=by, at=self._clock.now(), detail=detail)
        return accepted

    def _composed(self, automation_id: UUID, previewed: PreviewedMail, addresses: Sequence[str]) -> list[OutgoingMail]:
        with self._db.read() as tables:
            definition = tables.automations.get(automation_id).draft
        if previewed.mail is None:
            raise Invalid(
                f"Row {previewed.row_number} cannot be mailed: {previewed.error}",
                remedy="Choose another row, or mend the template.",
                code="row_not_mailable",
            )
        making = TrialMails(definition, self._storage, self._composer, self._clock.now())
        files = making.files(previewed.target, previewed.mapping)
        if not files.may_be_sent:
            raise Invalid(
                f"Row {previewed.row_number} cannot be mailed: {files.error_text}",
                remedy="Choose another row, or mend the attachment rules.",
                code="row_not_mailable",
            )
        mails = []
        for address in addresses:
            delivery_id = new_id()
            message = making.compose(
                previewed.mail, files, to=Address(address), delivery_id=delivery_id, headers=(_TEST_HEADER,)
            )
            mails.append(
                OutgoingMail(
                    delivery_id=delivery_id,
                    attempt_token=uuid4(),
                    mail_from=definition.envelope.from_email,
                    rcpt_to=address,
                    message=message,
                )
            )
        return mails


def _checked(addresses: Sequence[str]) -> list[str]:
    if not 1 <= len(addresses) <= MOST_ADDRESSES:
        raise Invalid(f"Name between 1 and {MOST_ADDRESSES} addresses.", code="address_count")
    problems, checked = [], []
    for number, address in enumerate(addresses):
        try:
            checked.append(normalise_address(address))
        except BadAddress as error:
            problems.append(FieldProblem(field=f"addresses.{number}", message=str(error), code="bad_address"))
    if problems:
        raise Invalid("Some addresses cannot be mailed.", problems=problems, code="bad_address")
    return checked


async def _send_all(sender: Sender, mails: Sequence[OutgoingMail]) -> list[SampleSend]:
    """One after the other: a test that fails should fail at its first mail."""
    try:
        accepted = []
        for mail in mails:
            receipt = await sender.send(mail)
            accepted.append(SampleSend(email=mail.rcpt_to, message_id=receipt.message_id, size=len(mail.message)))
        return accepted
    finally:
        await sender.close()
