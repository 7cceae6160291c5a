"""Sending lanes: a sender, and how fast all runs of a worker may use it together."""

from __future__ import annotations

import asyncio

from tank.domain.connection import SenderProfile
from tank.domain.mail import Quota, SendError, SendErrorKind
from tank.domain.ports.clock import Clock
from tank.domain.ports.senders import Sender
from tank.services.rate import RateShare
from tank.services.window import Window

#: Mails a second where the account has a rate that may not be read; SES's least for production accounts is 14.
_RATE_WHEN_UNKNOWN = 10.0
#: The account's rate is read again after so long: providers raise it by themselves, and lower it in trouble.
RATE_GOOD_FOR_SECONDS = 180.0
#: Reading it again holds nothing up for longer.
_READ_SECONDS = 10.0


class SendingLane:
    """A sender with the limits that all runs through it share within a worker."""

    def __init__(
        self,
        profile: SenderProfile,
        sender: Sender,
        *,
        window: Window,
        rate: RateShare,
        clock: Clock,
        rate_good_for: float = RATE_GOOD_FOR_SECONDS,
    ) -> None:
        """``window`` and ``rate`` fit what ``allowed_rate`` says now."""
        self.profile = profile
        self.sender = sender
        self.window = window
        self.rate = rate
        self._clock = clock
        self._rate_good_for = rate_good_for
        self._read_at = clock.boot_seconds()

    async def read_rate(self) -> None:
        """Take over what the account allows now; mails that are under way are not disturbed.

        Raises ``SendError`` where it may not send at all. While it does not answer, what was known holds.
        """
        self._read_at = self._clock.boot_seconds()
        try:
            async with asyncio.timeout(_READ_SECONDS):
                per_second = await allowed_rate(self.sender, self.profile)
        except TimeoutError:
            return
        except SendError as error:
            if error.kind is SendErrorKind.STOPPED:
                raise
            return
        self.window.resize(per_second)
        self.rate.limit(per_second)

    async def keep_up(self) -> None:
        """The same every few minutes, for a long run. That the account was stopped its mails will hear themselves."""
        if self._clock.boot_seconds() - self._read_at < self._rate_good_for:
            return
        try:
            await self.read_rate()
        except SendError:
            return


async def allowed_rate(sender: Sender, profile: SenderProfile) -> float | None:
    """The lower of what the account allows and what the profile says. Raises ``SendError`` where sending is off."""
    return rate_within(await sender.quota(), profile)


def rate_within(quota: Quota, profile: SenderProfile) -> float | None:
    """The same, of an account that has answered; None where nothing limits it."""
    if not quota.sending_enabled:
        raise SendError(
            SendErrorKind.STOPPED,
            "SendingPaused",
            f"The account behind the sender {profile.name} may not send at the moment.",
            remedy="Look into the provider's console; then resume the run.",
        )
    rates = [rate for rate in (quota.per_second, profile.max_rate) if rate is not None]
    return min(rates, default=None if quota.is_known else _RATE_WHEN_UNKNOWN)
