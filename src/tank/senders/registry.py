"""Opens senders by profile: the one place that knows which kinds there are."""

from __future__ import annotations

from pathlib import Path

from tank.domain.connection import SenderKind, SenderProfile
from tank.domain.errors import Misconfigured
from tank.domain.ports.senders import Sender
from tank.senders.options import read_options
from tank.senders.outbox import OutboxOptions, OutboxSender
from tank.senders.ses import SesOptions, SesSender
from tank.senders.smtp import SmtpOptions, SmtpSender


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
