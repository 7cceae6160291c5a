"""The card before a run: what a run would do, beside the last runs and the sender's account."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import Request
from starlette.testclient import TestClient

from tank.api.long_work import ClientLeft, LongWork
from tank.api.pre_flights import _events
from tank.db.database import Database
from tank.domain.automation import Envelope, EqualAddresses, TargetColumns, Template
from tank.domain.job import JobState
from tank.domain.mail import Quota, SendError, SendErrorKind
from tank.domain.query import SourceError, SourceErrorKind
from tests.fakes.clock import FakeClock
from tests.fakes.senders import FakeSenders
from tests.fakes.sources import FakeSources
from tests.support.api import api_client
from tests.support.site import FILE_RULE, MAPPING, UPDATE, Site, customers


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    return Site(sqlite_db, clock, rows=customers(4))


@pytest.fixture
def client(site: Site, sqlite_db: Database, clock: FakeClock) -> Iterator[TestClient]:
    with api_client(
        sqlite_db,
        clock=clock,
        sources=FakeSources(erp=site.source),
        senders=FakeSenders({"out": site.sender}),
        storage=site.storage,
    ) as opened:
        yield opened


def card(client: TestClient, site: Site, **params: Any) -> dict[str, Any]:
    answer = client.post(f"/automation/{site.automation_id}/pre-flight", params=params)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def codes(shown: dict[str, Any]) -> list[str]:
    assert shown["blocked"] is bool(shown["reasons"])
    return [reason["code"] for reason in shown["reasons"]]


def test_a_run_that_nothing_speaks_against(client: TestClient, site: Site) -> None:
    site.publish(dbio={"update_query": UPDATE})
    shown = card(client, site)
    assert codes(shown) == []
    assert (shown["target"], shown["checked"], shown["would_send"], shown["update_rows"]) == (4, 4, 4, 4)
    assert (shown["per_second"], shown["seconds"]) == (None, None)
    assert (shown["last_runs"], shown["expected"], shown["drift_percent"]) == ([], None, None)
    assert shown["drift_limit_percent"] == 50
    assert 0 < shown["largest_bytes"] < shown["total_bytes"]
    assert site.sender.attempts == []
    assert site.source.written == []


def test_what_is_wrong_with_whom_is_counted(client: TestClient, site: Site) -> None:
    site.publish(
        attachments=(FILE_RULE,),
        template=Template(subject="{{ 고객명 }}", html='{{ row["AMOUNT"] }} {{ CUST_ID }}', text="{{ YYYYMM }}"),
        dbio={"mapping_query": MAPPING},
    )
    site.source.answer(MAPPING, ("AMOUNT", "NOTE"), [(None, None)])
    site.customers([("A", "a@example.com", " "), ("B", "a@Example.com", None), ("C", "no", "x"), ("D", "d@x.kr", "김")])
    site.storage.add("s/A.pdf", b"%PDF")
    site.storage.add("s/D.pdf", b"%PDF")
    shown = card(client, site)
    assert (shown["target"], shown["would_send"], shown["duplicates"], shown["bad_addresses"]) == (4, 2, 1, 1)
    assert (shown["files_missing"], shown["files_ambiguous"]) == (1, 0)
    assert shown["defect_counts"] == {"INVALID_ADDRESS": 1, "ATTACHMENT_NOT_FOUND": 1}
    assert shown["attachment_counts"] == {"FOUND": 2, "NOT_FOUND": 1}
    assert shown["empty_variables"] == [{"name": "AMOUNT", "count": 3}, {"name": "고객명", "count": 2}]
    assert [(one["row_number"], one["email"]) for one in shown["examples"]] == [(3, "n*"), (2, "a***@example.com")]
    assert shown["update_rows"] is None


def test_repeated_addresses_are_counted_whatever_they_mean(client: TestClient, site: Site) -> None:
    site.customers([("A", "a@x.kr", ""), ("B", "a@x.kr", ""), ("C", "a@x.kr", "")])
    for meaning, would_send in ((EqualAddresses.ALLOW, 3), (EqualAddresses.FIRST_ONLY, 1)):
        site.publish(columns=TargetColumns(email="EMAIL", key=("CUST_ID",), equal_addresses=meaning))
        shown = card(client, site)
        assert (shown["duplicates"], shown["would_send"]) == (2, would_send)


def test_it_is_compared_with_the_last_runs(client: TestClient, site: Site) -> None:
    for count in (4, 5, 6):
        site.customers(customers(count))
        assert site.work(site.start()).state is JobState.SUCCESS
    shown = card(client, site)
    assert [run["target"] for run in shown["last_runs"]] == [6, 5, 4]
    assert (shown["expected"], shown["drift_percent"]) == (5, pytest.approx(20))
    assert codes(shown) == []
    site.customers(customers(1))
    shown = card(client, site)
    assert codes(shown) == ["drift"]
    message = "Expected about 5 recipients from the last 3 runs, found 1: 80 % fewer; the limit is 50 %."
    assert shown["reasons"][0]["message"] == message
    assert site.work(site.start()).reason == f"{message} Nobody has been mailed."


def test_the_account_says_how_long_it_takes(client: TestClient, site: Site, clock: FakeClock) -> None:
    site.sender.quota_is(Quota(per_second=2, per_day=50_000, sent_last_day=10))
    shown = card(client, site)
    assert (shown["per_second"], shown["seconds"], codes(shown)) == (2, 2, [])
    clock.advance(60)
    site.sender.quota_is(Quota(per_second=2, per_day=12, sent_last_day=10, production=False))
    assert codes(card(client, site)) == ["sandbox", "daily_quota"]
    clock.advance(60)
    site.sender.quota_is(Quota(sending_enabled=False))
    assert codes(card(client, site)) == ["send_stopped"]


def test_a_sender_that_says_nothing_keeps_nobody_from_seeing_the_rest(client: TestClient, site: Site) -> None:
    site.sender.quota_errors = [SendError(SendErrorKind.UNREACHABLE, "x", "No route to the endpoint.")]
    shown = card(client, site)
    assert (codes(shown), shown["would_send"], shown["seconds"]) == (["send_unreachable"], 4, None)
    site.publish(envelope=Envelope(sender="nobody", from_email="bank@example.com"))
    assert codes(card(client, site)) == ["stops"]


def test_what_stops_a_run_blocks_it(client: TestClient, site: Site) -> None:
    site.customers([("a@x.kr", "no", ""), ("a@x.kr", "none", "")])
    client.post("/sending/stop", json={"reason": "complaints"})
    shown = card(client, site)
    assert codes(shown) == ["sending_stopped", "stops", "nobody_to_mail"]
    assert "a@x.kr" not in json.dumps(shown)


def test_with_a_limit_the_first_are_tried_and_the_others_counted(client: TestClient, site: Site) -> None:
    site.customers([*customers(300), ("X", "no address", ""), ("Y", "c1@example.com", "")])
    site.publish(attachments=(FILE_RULE,), dbio={"mapping_query": MAPPING})
    site.storage.add("s/C0001.pdf", b"%PDF")
    shown = card(client, site, limit=3)
    assert (shown["target"], shown["checked"], shown["would_send"]) == (302, 3, 300 - 3 + 1 + 1)
    assert shown["defect_counts"] == {"ATTACHMENT_NOT_FOUND": 2, "INVALID_ADDRESS": 1}
    assert shown["duplicates"] == 1
    assert site.storage.reads == ["s/C0001.pdf"]
    counted = card(client, site, limit=0)
    assert (counted["checked"], counted["would_send"], counted["total_bytes"]) == (0, 301, 0)
    assert client.post(f"/automation/{site.automation_id}/pre-flight", params={"limit": -1}).status_code == 422


def test_an_automation_that_is_not_there_and_a_source_that_is_away(client: TestClient, site: Site) -> None:
    for path in ("pre-flight", "pre-flight/events"):
        assert client.post(f"/automation/{uuid4()}/{path}").json()["code"] == "automation_not_found"
    site.source.fail("stream", SourceError(SourceErrorKind.CANNOT_CONNECT, "No listener."), times=2)
    answer = client.post(f"/automation/{site.automation_id}/pre-flight")
    assert (answer.status_code, answer.json()["detail"]) == (424, "No listener.")
    (event,) = events_in(client.post(f"/automation/{site.automation_id}/pre-flight/events").text)
    assert (event[0], event[1]["status"], event[1]["detail"]) == ("problem", 424, "No listener.")


def events_in(text: str) -> list[tuple[str, Any]]:
    lines = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in lines]


def test_the_same_comes_as_events(client: TestClient, site: Site) -> None:
    answer = client.post(f"/automation/{site.automation_id}/pre-flight/events", params={"limit": 2})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert events_in(answer.text)[-1] == ("result", card(client, site, limit=2))


class Slow:
    """Work that goes on for ever, unless it is stopped."""

    def __init__(self) -> None:
        self.count = 0
        self.ended = threading.Event()

    def __call__(self, told: Any) -> Any:
        try:
            while True:
                self.count += 1
                told(self.count)
                self.ended.wait(0.01)
        finally:
            self.ended.set()


def test_progress_is_told_and_the_work_ends_when_the_listener_leaves() -> None:
    slow = Slow()

    async def listen() -> str:
        stream = _events(LongWork(slow), "/path")
        first = await anext(stream)
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator, as the server closes it
        return first

    first = asyncio.run(listen())
    ((name, data),) = events_in(first)
    assert (name, data["recipients"] > 0) == ("progress", True)
    assert slow.ended.wait(5)


def test_the_work_ends_when_the_client_hangs_up() -> None:
    slow = Slow()

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def ask() -> None:
        request = Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)
        with pytest.raises(ClientLeft):
            await LongWork(slow).result(request)

    asyncio.run(ask())
    assert slow.ended.is_set()


def test_the_real_lab_knows_which_columns_a_template_uses() -> None:
    from tank.rendering.lab import ProcessTemplateLab

    template = Template(
        subject="{{ NAME|upper }}",
        html="{% for r in rows %}{{ r.ITEM }}{% endfor %}{% if VIP %}{{ row['고객 번호'] }}{% endif %}{# GONE #}",
    )
    columns = ("NAME", "ITEM", "VIP", "고객 번호", "GONE", "OTHER")
    lab = ProcessTemplateLab()
    try:
        assert lab.columns_used(template, columns) == {"NAME", "VIP", "고객 번호"}
        assert lab.columns_used(Template(subject="{{ NAME", html="x"), columns) == frozenset()
    finally:
        lab.close()
