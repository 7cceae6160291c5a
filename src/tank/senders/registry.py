"""Opens senders by profile: the one place that knows which kinds there are."""

from __future__ import annotations

from pathlib import Path

from tank.domain.connection import SenderKind, SenderProfile
from tank.domain.errors import Misconfigured
from tank.domain.ports.senders import Sender
from tank.senders.options import read_options
from tank.senders.outbox import OutboxOptions, OutboxSender
from tank.senders.outbox_reader import OutboxReader
from tank.senders.ses import SesOptions, SesSender
from tank.senders.smtp import SmtpOptions, SmtpSender

#: What each kind of sender may be told; ``options.rules`` lists them for documents and forms.
OPTIONS_BY_KIND = {SenderKind.OUTBOX: OutboxOptions, SenderKind.SMTP: SmtpOptions, SenderKind.SES: SesOptions}


class SenderRegistry:
    """The port ``Senders``. ``outbox_folder`` is where outboxes go that name no folder of their own."""

    def __init__(self, *, outbox_folder: Path) -> None:
        self._outbox_folder = outbox_folder

    def open(self, profile: SenderProfile) -> Sender:
        """A sender; nothing is connected or written yet. Raises ``Misconfigured`` with each wrong option."""
        match profile.kind:
            case SenderKind.OUTBOX:
                options = read_options(OutboxOptions, profile)
                return OutboxSender(options, self._folder(options))
            case SenderKind.SMTP:
                return SmtpSender(read_options(SmtpOptions, profile))
            case SenderKind.SES:
                return SesSender(_ses_options(profile))

    def outbox_reader(self, profile: SenderProfile) -> OutboxReader:
        """What lists and reads the mails of an outbox. Raises ``Misconfigured`` for another kind of sender."""
        if profile.kind is not SenderKind.OUTBOX:
            raise Misconfigured(
                f'The sender "{profile.name}" ({profile.kind}) keeps no mails here.', remedy="Choose an outbox sender."
            )
        return OutboxReader(self._folder(read_options(OutboxOptions, profile)))

    def _folder(self, options: OutboxOptions) -> Path:
        return self._outbox_folder / (options.folder or "")


def _ses_options(profile: SenderProfile) -> SesOptions:
    options = read_options(SesOptions, profile)
    if bool(options.access_key_id) != bool(options.secret_access_key):
        raise Misconfigured(
            f'The sender "{profile.name}" has only one half of its AWS keys.',
            remedy="Set both the option access_key_id and the secret secret_access_key, or neither.",
            code="sender_options",
        )
    if options.endpoint_url is not None and not options.endpoint_url.startswith(("https://", "http://")):
        raise Misconfigured(
            f'The sender "{profile.name}" has an endpoint_url that is no URL.',
            remedy="Write it with https:// in front.",
            code="sender_options",
        )
    return options
