"""Dry runs and test sends: what a run would do, without doing it."""

from __future__ import annotations

import pytest

from tank.db.database import Database
from tank.domain.attachment import AttachmentRule, AttachmentStatus, MissingFilePolicy
from tank.domain.automation import EqualAddresses, TargetColumns, Template
from tank.domain.delivery import ErrorKind
from tank.domain.errors import Invalid
from tank.domain.mail import SendError, SendErrorKind
from tank.rendering.mime import MimeComposer
from tank.services.dry_run_tally import DryRun
from tank.services.previews import Previews
from tank.services.sample_sends import SampleSends
from tests.fakes.clock import FakeClock
from tests.fakes.lab import InProcessLab
from tests.fakes.senders import FakeSenders
from tests.fakes.sources import FakeSources
from tests.support.dry_run import dry_run
from tests.support.site import FILE_RULE, MAPPING, Site


@pytest.fixture
def site(sqlite_db: Database, clock: FakeClock) -> Site:
    return Site(sqlite_db, clock)


def sample_sends(site: Site) -> SampleSends:
    sources = FakeSources(erp=site.source)
    return SampleSends(
        site.db,
        site.clock,
        previews=Previews(site.db, sources, InProcessLab(), site.clock),
        senders=FakeSenders({"out": site.sender}),
        storage=site.storage,
        composer=MimeComposer(),
    )


def change_draft(site: Site) -> None:
    """Make the draft what was published last."""
    with site.db.write() as tables:
        tables.automations.save_draft(site.automation_id, site.definition, expected_version=None, at=site.clock.now())


def kinds(found: DryRun) -> list[tuple[int, ErrorKind]]:
    return [(defect.row_number, defect.error_kind) for defect in found.defects]


def test_a_clean_dry_run_mails_nobody_and_writes_nothing(site: Site) -> None:
    found = dry_run(site)
    assert (found.target, found.would_send, found.stops, found.has_defects) == (3, 3, (), False)
    assert found.total_bytes >= found.largest_bytes > 0
    assert site.mailed() == []
    with site.db.read() as tables:
        assert tables.jobs.page().items == []


def test_files_are_looked_for_and_two_for_one_file_stop_the_run(site: Site) -> None:
    site.storage.add("s/all.pdf", b"%PDF")
    site.publish(attachments=(AttachmentRule(pattern="/s/*.pdf"),))
    found = dry_run(site)
    assert found.attachment_counts == {AttachmentStatus.FOUND: 3}
    assert found.stops == ("The rows 1, 2, 3 match one and the same file, and its rule is not shared.",)


def test_a_missing_file_stops_a_run_whose_policy_is_to_abort(site: Site) -> None:
    site.publish(attachments=(FILE_RULE,), policies={"missing_file": MissingFilePolicy.ABORT_RUN})
    found = dry_run(site)
    assert kinds(found)[0] == (1, ErrorKind.ATTACHMENT_NOT_FOUND)
    assert found.stops[0].startswith("Row 1 has no file")


def test_equal_keys_and_equal_addresses_are_told(site: Site) -> None:
    site.customers([("C1", "a@example.com", "x"), ("C2", "a@example.com", "y"), ("C1", "b@example.com", "z")])
    site.publish(columns=TargetColumns(email="EMAIL", key=("CUST_ID",), equal_addresses=EqualAddresses.FIRST_ONLY))
    found = dry_run(site)
    assert found.stops == ("The target query returns the key 'C1' more than once.",)
    assert kinds(found) == [(2, ErrorKind.DUPLICATE_ADDRESS)]
    assert not found.has_defects, "left out on purpose"


def test_a_template_that_fails_on_one_row_fails_that_row(site: Site) -> None:
    site.publish(template=Template(subject="{{ 1 // (CUST_ID|length - 5) if CUST_ID != 'C0001' else 'ok' }}", html="x"))
    assert [kind for _, kind in kinds(dry_run(site))] == [ErrorKind.RENDER_ERROR] * 2


def test_a_mapping_query_that_binds_what_is_not_there_is_named(site: Site) -> None:
    site.publish(dbio={"mapping_query": MAPPING.replace(":CUST_ID", ":CUSTOMER")})
    site.source.answer(MAPPING.replace(":CUST_ID", ":CUSTOMER"), ("AMOUNT",), [(1,)])
    with pytest.raises(Invalid, match=r"(?i):customer"):
        dry_run(site)


def test_a_test_send_goes_to_the_chosen_address_alone_and_says_so(site: Site) -> None:
    (accepted,) = sample_sends(site).send(site.automation_id, [" me@EXAMPLE.com "], by="kim", key=["C0002"])
    assert accepted.email == "me@example.com"
    (mail,) = site.sender.accepted
    assert (mail.rcpt_to, mail.mail_from) == ("me@example.com", "bank@example.com")
    assert b"X-Tank-Test: yes" in mail.message
    assert b"c2@example.com" not in mail.message
    assert site.sender.is_closed
    with site.db.read() as tables:
        entry = tables.audit.page().items[0]
    assert (entry.actor, entry.action, entry.detail["to"]) == ("kim", "automation.test_send", ["me@example.com"])


@pytest.mark.parametrize("addresses", [[], ["nobody"], ["a@example.com"] * 11, ["a@example.com", "x y@example.com"]])
def test_addresses_are_checked_before_anything_leaves(site: Site, addresses: list[str]) -> None:
    with pytest.raises(Invalid):
        sample_sends(site).send(site.automation_id, addresses, by="kim")
    assert site.sender.attempts == []


def test_a_row_without_its_file_is_not_sent(site: Site) -> None:
    site.publish(attachments=(FILE_RULE,))
    change_draft(site)
    with pytest.raises(Invalid, match=r"C0001\.pdf"):
        sample_sends(site).send(site.automation_id, ["me@example.com"], by="kim")
    assert site.sender.attempts == []


def test_a_sender_that_refuses_is_told(site: Site) -> None:
    site.sender.fail(SendErrorKind.STOPPED)
    with pytest.raises(SendError):
        sample_sends(site).send(site.automation_id, ["me@example.com"], by="kim")
    assert site.sender.is_closed
