"""What every sender promises: the in-memory one, the outbox, SMTP (aiosmtpd) and SES (moto, our own sink)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tank.domain.mail import SendError, SendErrorKind
from tests.fakes.ses_sink import accepted as sink_accepted
from tests.fakes.ses_sink import running_sink
from tests.support.mails import a_mail
from tests.support.sender_peers import (
    Peer,
    fake_peer,
    moto_peer,
    outbox_peer,
    running_moto,
    ses_sender,
    smtp_peer,
)

Open = Callable[[], AbstractAsyncContextManager[Peer]]


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    with running_moto() as url:
        yield url


@pytest.fixture(params=["fake", "outbox", "smtp", "ses on moto"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the peer inside the test's event loop, and closes its sender."""
    match request.param:
        case "fake":
            return _closing(fake_peer)
        case "outbox":
            return _closing(lambda: outbox_peer(tmp_path / "outbox"))
        case "smtp":
            return _closing(smtp_peer)
        case _:
            url: str = request.getfixturevalue("moto_url")
            return _closing(lambda: moto_peer(url))


def _closing(opened: Open) -> Open:
    @asynccontextmanager
    async def closing() -> AsyncIterator[Peer]:
        async with opened() as peer:
            try:
                yield peer
            finally:
                await peer.sender.close()

    return closing


def test_a_mail_arrives_once_and_byte_for_byte(peer: Open) -> None:
    async def scenario() -> None:
        mail = a_mail("kim@example.com")
        async with peer() as it:
            receipt = await it.sender.send(mail)
            assert receipt.message_id
            assert await asyncio.to_thread(it.accepted) == [("kim@example.com", mail.message)]

    asyncio.run(scenario())


def test_large_messages_and_odd_lines_survive(peer: Open) -> None:
    async def scenario() -> None:
        bodies = [b".\r\n.\r\n..\r\n\r\n.", b"x" * 998 + b"\r\n", b"\r\n\r\n", b"a\r\n.\r\nQUIT\r\n"]
        mails = [a_mail(f"r{n}@example.com", body=body + b"\r\n") for n, body in enumerate(bodies)]
        mails.append(a_mail("large@example.com", size=3_000_000))
        async with peer() as it:
            for mail in mails:
                await it.sender.send(mail)
            assert await asyncio.to_thread(it.accepted) == [(mail.rcpt_to, mail.message) for mail in mails]

    asyncio.run(scenario())


def test_many_at_once_arrive_each_once_with_ids_of_their_own(peer: Open) -> None:
    async def scenario() -> None:
        mails = [a_mail(f"r{n}@example.com") for n in range(40)]
        async with peer() as it:
            receipts = await asyncio.gather(*(it.sender.send(mail) for mail in mails))
            assert len({receipt.message_id for receipt in receipts}) == 40
            arrived = await asyncio.to_thread(it.accepted)
            assert sorted(arrived) == sorted((mail.rcpt_to, mail.message) for mail in mails)

    asyncio.run(scenario())


def test_a_refused_mail_is_rejected_and_the_next_one_goes(peer: Open) -> None:
    async def scenario() -> None:
        good = a_mail("kim@example.com")
        async with peer() as it:
            with pytest.raises(SendError) as caught:
                await it.sender.send(it.refused)
            assert caught.value.kind is SendErrorKind.REJECTED
            assert caught.value.provider_code
            await it.sender.send(good)
            assert await asyncio.to_thread(it.accepted) == [("kim@example.com", good.message)]

    asyncio.run(scenario())


def test_the_quota_and_the_check_answer_and_send_nothing(peer: Open) -> None:
    async def scenario() -> None:
        async with peer() as it:
            quota = await it.sender.quota()
            assert quota.sending_enabled
            assert (await it.sender.check()).endswith(".")
            assert await asyncio.to_thread(it.accepted) == []

    asyncio.run(scenario())


def test_limits_are_told_before_the_first_mail_and_close_may_come_twice(peer: Open) -> None:
    async def scenario() -> None:
        async with peer() as it:
            assert it.sender.max_message_bytes > 1_000_000
            assert it.sender.max_concurrency >= 1
            await it.sender.close()

    asyncio.run(scenario())


def test_ses_and_the_sink_agree_on_every_mail(tmp_path: Path) -> None:
    log = tmp_path / "accepted.jsonl"
    mails = [a_mail(f"r{n}@example.com") for n in range(50)]

    async def scenario(url: str) -> list[str]:
        sender = ses_sender(url)
        try:
            quota = await sender.quota()
            assert quota.per_second == 1_000_000
            assert quota.per_day is None
            assert quota.production
            assert "us-east-1" in await sender.check()
            return [receipt.message_id for receipt in await asyncio.gather(*(sender.send(mail) for mail in mails))]
        finally:
            await sender.close()

    with running_sink(log) as url:
        message_ids = asyncio.run(scenario(url))
    logged = {entry["delivery_id"]: entry for entry in sink_accepted(log)}
    assert [logged[str(mail.delivery_id)]["message_id"] for mail in mails] == message_ids
    for mail in mails:
        assert logged[str(mail.delivery_id)]["sha256"] == hashlib.sha256(mail.message).hexdigest()
        assert logged[str(mail.delivery_id)]["to"] == mail.rcpt_to
