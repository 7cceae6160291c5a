"""The mail as it was sent, over HTTP: who may see it, what is told where it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from tank.db.database import Database
from tank.domain.attachment import AttachmentRule, StorageError
from tank.domain.automation import InlineImage, Template
from tank.domain.delivery import Delivery, DeliveryStatus
from tank.domain.log import AuditFilter
from tests.fakes.clock import FakeClock
from tests.support.api import api_client
from tests.support.site import MAPPING, Site, customers

RULE = AttachmentRule(pattern="/s/{{ CUST_ID }}.pdf", file_name="{{ 고객명 }} 명세서")
TEMPLATE = Template(
    subject="{{ 고객명 }} 님 {{ YYYYMM }}",
    html='<p>{{ AMOUNT }}</p><img src="cid:logo"><script>alert(1)</script>',
    inline_images=(InlineImage(content_id="logo", path="logo.png"),),
)


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    """Two customers were mailed, with a file each; a third has no address."""
    made = Site(sqlite_db, clock, rows=[*customers(2), ("C0003", "no address", "고객3")])
    made.publish(dbio={"mapping_query": MAPPING}, attachments=(RULE,), template=TEMPLATE)
    made.storage.add("logo.png", b"PNG")
    for number in (1, 2):
        made.storage.add(f"s/C000{number}.pdf", b"%PDF " + bytes([number]))
    made.work(made.start())
    return made


@pytest.fixture
def client(site: Site, sqlite_db: Database, clock: FakeClock) -> Iterator[TestClient]:
    with api_client(sqlite_db, clock=clock, storage=site.storage) as opened:
        yield opened


def delivery(site: Site, key: str) -> Delivery:
    with site.db.read() as tables:
        return tables.ledger.search(key)[0]


def mail(client: TestClient, site: Site, key: str = "C0001") -> dict[str, Any]:
    answer = client.get(f"/delivery/{delivery(site, key).id}/mail")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    shown: dict[str, Any] = answer.json()
    return shown


def test_it_shows_what_was_sent_and_says_that_it_is_the_same(client: TestClient, site: Site) -> None:
    shown = mail(client, site)
    assert (shown["identical"], shown["reason"], shown["status"]) == (True, "", "SENT")
    assert shown["from"] == {"email": "bank@example.com", "name": "은행"}
    assert shown["to"] == {"email": "c1@example.com", "name": "고객1"}
    assert shown["subject"] == "고객1 님 202611"
    assert "<p>10</p>" in shown["html"]
    assert "10" in shown["text"]
    (file,) = shown["attachments"]
    assert (file["name"], file["size"], file["unchanged"], file["detail"]) == ("고객1 명세서.pdf", 6, True, "")
    assert shown["mime_sha256"] == delivery(site, "C0001").mime_sha256


def test_it_is_downloaded_byte_for_byte(client: TestClient, site: Site) -> None:
    answer = client.get(f"/delivery/{delivery(site, 'C0002').id}/mail.eml")
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")
    (sent,) = [mail.message for mail in site.sender.accepted if mail.rcpt_to == "c2@example.com"]
    assert answer.content == sent
    parsed = message_from_bytes(answer.content, policy=policy.default)
    assert [part.get_filename() for part in parsed.iter_attachments()] == ["고객2 명세서.pdf"]


def test_whoever_looks_is_written_down(client: TestClient, site: Site) -> None:
    shown = delivery(site, "C0001").id
    client.get(f"/delivery/{shown}/mail")
    client.get(f"/delivery/{shown}/mail.eml")
    with site.db.read() as tables:
        entries = tables.audit.page(AuditFilter(subjects=[f"delivery {shown}"])).items
    assert [(entry.actor, entry.action) for entry in entries] == [("api", "delivery.reveal")] * 2


def test_a_file_that_changed_is_named(client: TestClient, site: Site) -> None:
    site.storage.add("s/C0001.pdf", b"%PDF another")
    shown = mail(client, site)
    reason = "The file 고객1 명세서.pdf has changed since the mail was sent."
    assert (shown["identical"], shown["reason"]) == (False, reason)
    assert (shown["attachments"][0]["unchanged"], shown["attachments"][0]["detail"]) == (False, reason)
    assert mail(client, site, "C0002")["identical"] is True
    refused = client.get(f"/delivery/{shown['delivery_id']}/mail.eml")
    assert (refused.status_code, refused.json()["code"]) == (409, "mail_not_as_sent")
    assert reason in refused.json()["detail"]


def test_a_file_that_is_gone_is_named_and_the_rest_is_shown(client: TestClient, site: Site) -> None:
    del site.storage.files["s/C0001.pdf"]
    shown = mail(client, site)
    assert (shown["identical"], shown["subject"]) == (None, "고객1 님 202611")
    assert shown["reason"].startswith("The file 고객1 명세서.pdf is gone or can no longer be read:")
    assert shown["attachments"][0]["unchanged"] is False


def test_a_storage_that_is_away_keeps_nobody_from_reading_the_text(client: TestClient, site: Site) -> None:
    site.storage.failure = StorageError("The NAS does not answer.")
    shown = mail(client, site)
    assert (shown["identical"], shown["attachments"][0]["unchanged"]) == (None, None)
    assert shown["reason"] == "The file 고객1 명세서.pdf cannot be compared: The NAS does not answer."
    assert shown["html"]


def test_a_picture_of_the_body_may_be_another_one_now(client: TestClient, site: Site) -> None:
    site.storage.add("logo.png", b"another PNG")
    shown = mail(client, site)
    assert shown["identical"] is False
    assert shown["reason"].endswith("A picture of its body may have changed: logo.png.")
    del site.storage.files["logo.png"]
    shown = mail(client, site)
    assert shown["identical"] is None
    assert shown["reason"].startswith("A picture of the body cannot be read")


def test_later_changes_of_the_automation_change_nothing(client: TestClient, site: Site, clock: FakeClock) -> None:
    clock.advance(40 * 86_400)
    site.publish(template=Template(subject="another", html="x"), attachments=())
    assert mail(client, site)["identical"] is True


def test_what_retention_deleted_cannot_be_shown(client: TestClient, site: Site) -> None:
    sent = delivery(site, "C0001")
    with site.db.write() as tables:
        tables.ledger.purge_payloads([sent.id])
    shown = mail(client, site)
    assert (shown["identical"], shown["subject"], shown["html"], shown["attachments"]) == (None, None, None, [])
    assert "retention period" in shown["reason"]
    assert client.get(f"/delivery/{sent.id}/mail.eml").status_code == 409


def test_whoever_got_no_mail_has_none_to_show(client: TestClient, site: Site) -> None:
    shown = mail(client, site, "C0003")
    assert (shown["identical"], shown["subject"], shown["mime_sha256"]) == (None, None, "")
    assert shown["reason"].startswith("No mail was sent to this recipient: the delivery is SKIPPED.")


def test_a_mail_that_was_not_sent_yet(client: TestClient, site: Site) -> None:
    site.sender.hold()
    site.customers(customers(4)[3:])
    site.publish(attachments=())
    job = site.start()

    def is_sealed() -> bool:
        run = site.run(job)
        return run is not None and run.sealed_at is not None

    with site.db.write() as tables:
        tables.settings.put("sending_stopped", {"by": "kim", "reason": "", "at": ""})
    site.work(job, until=is_sealed)
    assert delivery(site, "C0004").status is DeliveryStatus.PENDING
    assert mail(client, site, "C0004")["reason"].startswith("The mail has not been sent yet")


def test_a_delivery_that_does_not_exist(client: TestClient) -> None:
    for name in ("mail", "mail.eml"):
        assert client.get(f"/delivery/{uuid4()}/{name}").json()["code"] == "delivery_not_found"
