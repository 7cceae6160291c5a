"""The scripted sender does as it is told."""

from __future__ import annotations

import asyncio

import pytest

from tank.domain.connection import SenderKind
from tank.domain.errors import Misconfigured
from tank.domain.mail import SendError, SendErrorKind
from tests.fakes.senders import FakeSenders, ScriptedSender
from tests.support.mails import a_mail
from tests.support.profiles import a_profile


def test_failures_are_scripted_by_recipient_and_number() -> None:
    async def scenario() -> None:
        sender = ScriptedSender()
        sender.fail(SendErrorKind.REJECTED, to="bad@example.com")
        sender.fail(SendErrorKind.THROTTLED, times=2)
        kinds = []
        for to in ("bad@example.com", "a@example.com", "b@example.com", "c@example.com"):
            try:
                await sender.send(a_mail(to))
                kinds.append("sent")
            except SendError as error:
                kinds.append(str(error.kind))
        assert kinds == ["rejected", "throttled", "throttled", "sent"]
        assert [mail.rcpt_to for mail in sender.accepted] == ["c@example.com"]
        assert len(sender.attempts) == 4
        sender.recover()
        await sender.send(a_mail("bad@example.com"))

    asyncio.run(scenario())


def test_an_answer_can_be_lost_after_the_mail_was_taken() -> None:
    async def scenario() -> None:
        sender = ScriptedSender()
        sender.fail(SendErrorKind.AMBIGUOUS, accepts=True, times=1)
        with pytest.raises(SendError):
            await sender.send(a_mail())
        assert len(sender.accepted) == 1

    asyncio.run(scenario())


def test_sends_can_be_held_under_way() -> None:
    async def scenario() -> None:
        sender = ScriptedSender()
        sender.hold()
        tasks = [asyncio.create_task(sender.send(a_mail())) for _ in range(5)]
        await asyncio.sleep(0)
        assert (len(sender.attempts), len(sender.accepted)) == (5, 0)
        sender.release()
        await asyncio.gather(*tasks)
        assert (len(sender.accepted), sender.most_under_way) == (5, 5)

    asyncio.run(scenario())


def test_senders_are_given_out_by_the_profiles_name() -> None:
    sender = ScriptedSender()
    senders = FakeSenders({"my ses": sender})
    assert senders.open(a_profile(SenderKind.SES)) is sender
    with pytest.raises(Misconfigured):
        senders.open(a_profile(SenderKind.SMTP))
