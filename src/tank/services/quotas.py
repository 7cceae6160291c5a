"""What the account behind a sender may send, for whoever looks: asked seldom, and never waited for for long."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tank.domain.connection import SenderProfile
from tank.domain.mail import Quota, SendError, SendErrorKind
from tank.domain.ports.clock import Clock
from tank.domain.ports.senders import Senders
from tank.domain.ports.store import LogsDb

#: SES answers such questions about once a second for the whole account, and a dashboard asks in every open browser.
GOOD_FOR_SECONDS: Final = 15.0
_DEADLINE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownQuota:
    """An account's answer, and when it was asked."""

    quota: Quota
    asked_at: datetime


class Quotas:
    """Asks senders for their quota. Safe to use from several threads: whoever asks meanwhile shares the answer."""

    def __init__(
        self, db: LogsDb, senders: Senders, clock: Clock, *, deadline_seconds: float = _DEADLINE_SECONDS
    ) -> None:
        self._db = db
        self._senders = senders
        self._clock = clock
        self._deadline = deadline_seconds
        self._lock = threading.Lock()
        self._questions: dict[UUID, _Question] = {}

    def of(self, sender_id: UUID) -> KnownQuota:
        """At most ``GOOD_FOR_SECONDS`` old. Raises ``NotFound``, and what ``of_profile`` does."""
        with self._db.read() as tables:
            profile = tables.senders.get(sender_id)
        return self.of_profile(profile)

    def of_profile(self, profile: SenderProfile) -> KnownQuota:
        """Raises ``SendError``, also where nothing answers before the deadline, and ``Misconfigured``."""
        question = self._question(profile)
        try:
            return KnownQuota(quota=question.answer.result(self._deadline), asked_at=question.asked_at)
        except TimeoutError:
            raise SendError(
                SendErrorKind.UNREACHABLE,
                "NoAnswer",
                f"The sender {profile.name} did not tell its quota within {self._deadline:g} seconds.",
                remedy="See that its server or endpoint can be reached from here, then try again.",
            ) from None

    def _question(self, profile: SenderProfile) -> _Question:
        """The one that is under way or was answered a moment ago, or else a new one."""
        with self._lock:
            asked = self._questions.get(profile.id)
            if asked is None or not asked.serves(profile, self._clock.boot_seconds()):
                asked = self._questions[profile.id] = _Question(profile, self._clock)
                ask = threading.Thread(target=self._ask, args=(asked,), name="tank-quota", daemon=True)
                ask.start()
            return asked

    def _ask(self, question: _Question) -> None:
        """In a thread of its own, which may be left behind: the name of an endpoint may take minutes to look up."""
        try:
            question.answer.set_result(asyncio.run(self._asked(question.profile)))
        except Exception as error:  # handed to whoever waits
            question.answer.set_exception(error)

    async def _asked(self, profile: SenderProfile) -> Quota:
        sender = self._senders.open(profile)
        try:
            async with asyncio.timeout(self._deadline):
                return await sender.quota()
        finally:
            await sender.close()


class _Question:
    """One question to one sender."""

    def __init__(self, profile: SenderProfile, clock: Clock) -> None:
        self.profile = profile
        self.asked_at = clock.now()
        self.answer: Future[Quota] = Future()
        self._asked_at_boot = clock.boot_seconds()

    def serves(self, profile: SenderProfile, boot_seconds: float) -> bool:
        """Whether its answer will do. A failure serves those alone who waited for it: the next look asks anew."""
        if self.profile.updated_at != profile.updated_at:
            return False
        if not self.answer.done():
            return True
        return self.answer.exception() is None and boot_seconds - self._asked_at_boot <= GOOD_FOR_SECONDS
