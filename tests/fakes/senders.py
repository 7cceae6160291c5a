"""An in-memory sender that keeps what it was given and ends as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from tank.domain.connection import SenderProfile
from tank.domain.errors import Misconfigured
from tank.domain.mail import OutgoingMail, Quota, Receipt, SendError, SendErrorKind
from tank.domain.ports.senders import Sender


@dataclass(slots=True)
class _Rule:
    """How some of the attempts end."""

    error: SendError
    to: str | None
    #: Attempts left that it applies to; None: all.
    times: int | None
    accepts: bool


class ScriptedSender:
    """The port ``Sender`` in memory. Accepts everything, except what ``fail`` says."""

    def __init__(
        self,
        *,
        quota: Quota | None = None,
        max_message_bytes: int = 40_000_000,
        max_concurrency: int = 300,
        latency_s: float = 0.0,
    ) -> None:
        self._quota = quota or Quota()
        #: What the next questions for the quota end with.
        self.quota_errors: list[SendError] = []
        self._max_message_bytes = max_message_bytes
        self._max_concurrency = max_concurrency
        self._latency_s = latency_s
        self._rules: list[_Rule] = []
        self._gate: asyncio.Event | None = None
        self._under_way = 0
        #: Every mail that it was asked to send, in order.
        self.attempts: list[OutgoingMail] = []
        #: What a recipient would find in the inbox, those accepted before an ambiguous end included.
        self.accepted: list[OutgoingMail] = []
        #: The most sends that were under way at once.
        self.most_under_way = 0
        self.is_closed = False

    @property
    def max_message_bytes(self) -> int:
        return self._max_message_bytes

    @property
    def max_concurrency(self) -> int:
        return self._max_concurrency

    def fail(
        self,
        kind: SendErrorKind,
        *,
        code: str = "Scripted",
        to: str | None = None,
        times: int | None = None,
        accepts: bool = False,
    ) -> None:
        """Let attempts end with ``kind``: those to one recipient or all, ``times`` attempts or all.

        The first fitting call decides. ``accepts`` takes the mail all the same: an answer lost on its way back.
        """
        error = SendError(kind, code, f"scripted: {kind}", remedy="none: a test wanted it")
        self._rules.append(_Rule(error, to, times, accepts))

    def quota_is(self, quota: Quota) -> None:
        """What the account may send from now on."""
        self._quota = quota

    def recover(self) -> None:
        """Accept everything again."""
        self._rules.clear()

    def hold(self) -> None:
        """Let sends wait under way until ``release``."""
        self._gate = asyncio.Event()

    def release(self) -> None:
        """Let the sends that wait, and all later ones, go on."""
        if self._gate is not None:
            self._gate.set()
            self._gate = None

    async def send(self, mail: OutgoingMail) -> Receipt:
        self.attempts.append(mail)
        number = len(self.attempts)
        self._under_way += 1
        self.most_under_way = max(self.most_under_way, self._under_way)
        try:
            if self._gate is not None:
                await self._gate.wait()
            await asyncio.sleep(self._latency_s)
        finally:
            self._under_way -= 1
        if len(mail.message) > self._max_message_bytes:
            raise SendError(SendErrorKind.REJECTED, "TooLarge", "The message is too large.")
        rule = self._rule(mail)
        if rule is None or rule.accepts:
            self.accepted.append(mail)
        if rule is not None:
            raise rule.error
        return Receipt(f"scripted-{number}")

    async def quota(self) -> Quota:
        if self.quota_errors:
            raise self.quota_errors.pop(0)
        return self._quota

    async def check(self) -> str:
        return "The scripted sender answers."

    async def close(self) -> None:
        self.is_closed = True

    def _rule(self, mail: OutgoingMail) -> _Rule | None:
        for rule in self._rules:
            if rule.to in (None, mail.rcpt_to) and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return None


class FakeSenders:
    """The port ``Senders``: gives out the senders it was made with, by the profile's name."""

    def __init__(self, senders: Mapping[str, Sender]) -> None:
        self._senders = dict(senders)

    def open(self, profile: SenderProfile) -> Sender:
        if profile.name not in self._senders:
            raise Misconfigured(f'The sender "{profile.name}" is not scripted.', remedy="Give it to FakeSenders.")
        return self._senders[profile.name]
