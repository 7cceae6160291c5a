"""What an account may send, asked of the sender and told to whoever looks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from tank.db.database import Database
from tank.domain.connection import SenderKind, SenderProfile
from tank.domain.ids import new_id
from tank.domain.mail import Quota, SendError, SendErrorKind
from tests.fakes.clock import START, FakeClock
from tests.fakes.senders import FakeSenders, ScriptedSender
from tests.support.api import api_client

QUOTA = Quota(per_second=14, per_day=50_000, sent_last_day=120, production=False, notes=("enforcement HEALTHY",))


class CountingSender(ScriptedSender):
    """Counts how often it is asked, and may not answer: ``pending`` awaits, ``blocked`` holds its thread."""

    def __init__(self) -> None:
        super().__init__(quota=QUOTA)
        self.asked = 0
        self.pending = 0.0
        self.blocked: threading.Event | None = None

    async def quota(self) -> Quota:
        self.asked += 1
        await asyncio.sleep(self.pending)
        if self.blocked is not None:
            self.blocked.wait(30)
        return await super().quota()


@pytest.fixture
def sender() -> CountingSender:
    return CountingSender()


@pytest.fixture
def sender_id(sqlite_db: Database) -> UUID:
    profile = SenderProfile(id=new_id(), name="ses", kind=SenderKind.SES, created_at=START, updated_at=START)
    with sqlite_db.write() as tables:
        tables.senders.add(profile)
    return profile.id


@pytest.fixture
def client(sqlite_db: Database, clock: FakeClock, sender: CountingSender) -> Iterator[TestClient]:
    with api_client(sqlite_db, clock=clock, senders=FakeSenders({"ses": sender}), quota_seconds=0.3) as opened:
        yield opened


def test_it_tells_what_the_account_says(client: TestClient, sender_id: UUID, sender: CountingSender) -> None:
    assert client.get(f"/sender/{sender_id}/quota").json() == {
        "per_second": 14.0,
        "per_day": 50_000.0,
        "sent_last_day": 120.0,
        "sending_enabled": True,
        "production": False,
        "notes": ["enforcement HEALTHY"],
        "asked_at": "2026-11-22T03:00:00Z",
    }
    assert sender.is_closed


def test_an_account_is_asked_once_in_a_while(
    client: TestClient, sender_id: UUID, sender: CountingSender, clock: FakeClock
) -> None:
    path = f"/sender/{sender_id}/quota"
    for _ in range(3):
        assert client.get(path).status_code == 200
    assert sender.asked == 1
    clock.advance(16)
    sender.quota_is(Quota(per_second=28))
    assert client.get(path).json()["per_second"] == 28
    client.patch(f"/sender/{sender_id}", json={"max_rate": 3})  # its keys might have changed
    client.get(path)
    assert sender.asked == 3


def test_those_who_ask_at_once_share_an_answer(client: TestClient, sender_id: UUID, sender: CountingSender) -> None:
    sender.pending = 0.1
    with ThreadPoolExecutor(4) as people:
        answers = list(people.map(lambda _: client.get(f"/sender/{sender_id}/quota").status_code, range(4)))
    assert (answers, sender.asked) == ([200] * 4, 1)


def test_a_refusal_comes_in_the_sender_s_own_words_and_is_not_kept(
    client: TestClient, sender_id: UUID, sender: CountingSender
) -> None:
    sender.quota_errors = [SendError(SendErrorKind.STOPPED, "AccessDenied", "The security token is expired.")]
    refused = client.get(f"/sender/{sender_id}/quota")
    assert (refused.status_code, refused.json()["code"]) == (424, "send_stopped")
    assert refused.json()["detail"] == "The security token is expired."
    assert client.get(f"/sender/{sender_id}/quota").status_code == 200


def test_a_sender_that_does_not_answer_is_not_waited_for(
    client: TestClient, sender_id: UUID, sender: CountingSender
) -> None:
    sender.pending = 60.0
    begun = time.monotonic()
    answer = client.get(f"/sender/{sender_id}/quota")
    assert time.monotonic() - begun < 5
    assert (answer.status_code, answer.json()["code"]) == (424, "send_unreachable")
    assert answer.json()["detail"] == "The sender ses did not tell its quota within 0.3 seconds."


def test_one_that_hangs_holds_one_thread_however_many_look(
    client: TestClient, sender_id: UUID, sender: CountingSender
) -> None:
    sender.blocked = threading.Event()
    for _ in range(3):
        assert client.get(f"/sender/{sender_id}/quota").status_code == 424
    assert sender.asked == 1
    sender.blocked.set()


def test_a_sender_that_is_none_or_makes_no_sense(client: TestClient, sqlite_db: Database) -> None:
    assert client.get(f"/sender/{uuid4()}/quota").json()["code"] == "sender_not_found"
    other = SenderProfile(id=new_id(), name="other", kind=SenderKind.SMTP, created_at=START, updated_at=START)
    with sqlite_db.write() as tables:
        tables.senders.add(other)
    assert client.get(f"/sender/{other.id}/quota").status_code == 424
