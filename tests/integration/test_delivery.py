"""Runs from job to end: the worker, the ledger and the real rendering, with fakes of what surrounds them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from sqlalchemy import func, select

from tank.db.database import Database
from tank.db.job_tables import shard
from tank.domain.attachment import AttachmentStatus, MissingFilePolicy, StorageError
from tank.domain.automation import EqualAddresses, TargetColumns, Template
from tank.domain.delivery import DeliveryStatus, ErrorKind, UpdateStatus
from tank.domain.errors import Conflict, Invalid
from tank.domain.job import Job, JobState, ResendRow
from tank.domain.mail import Quota, SendError, SendErrorKind
from tank.domain.query import SourceError, SourceErrorKind
from tank.domain.shard import ShardState
from tank.services.patience import Waits
from tank.worker.heartbeat import WATCH_SECONDS
from tests.fakes.clock import FakeClock, RunningClock
from tests.fakes.senders import ScriptedSender
from tests.fakes.sources import lost_connection
from tests.support.site import FILE_RULE, MAPPING, TARGET, UPDATE, Site, customers


@pytest.fixture
def clock() -> FakeClock:
    """Leases, rates and resting tasks need time to pass."""
    return RunningClock()


@pytest.fixture
def site(logs_db: Database, clock: FakeClock) -> Site:
    return Site(logs_db, clock)


class TestGoodRun:
    def test_everyone_gets_their_own_mail(self, site: Site) -> None:
        site.publish(
            dbio={"mapping_query": MAPPING, "update_query": UPDATE},
            template=Template(subject="{{ 고객명 }} 님", html="<p>{{ AMOUNT }}/{{ rows|length }}</p>"),
            attachments=(FILE_RULE,),
        )
        for row in customers(3):
            site.storage.add(f"s/{row[0]!s}.pdf", f"pdf of {row[0]!s}".encode())
        job = site.work(site.start())
        counts = site.counts(job)
        assert job.state is JobState.SUCCESS
        assert (counts.target, counts.sent, counts.update_ok) == (3, 3, 3)
        assert counts.adds_up
        for mail in site.sender.accepted:
            number = mail.rcpt_to[1]
            parsed = message_from_bytes(mail.message, policy=policy.default)
            assert parsed["Subject"] == f"고객{number} 님"
            body = parsed.get_body(("html",))
            assert body is not None
            assert "<p>10/2</p>" in body.get_content()
            (file,) = parsed.iter_attachments()
            assert file.get_content() == f"pdf of C000{number}".encode()
        assert sorted(str(update.binds["CUST_ID"]) for update in site.source.written) == ["C0001", "C0002", "C0003"]

    def test_the_evidence_is_kept(self, site: Site) -> None:
        site.publish(dbio={"mapping_query": MAPPING}, attachments=(FILE_RULE,))
        site.storage.add("s/C0001.pdf", b"x")
        job = site.work(site.start())
        (sent,) = site.deliveries(job, DeliveryStatus.SENT)
        with site.db.read() as tables:
            assert tables.ledger.payload(sent.id) == (
                ("C0001", "c1@example.com", "고객1"),
                ("AMOUNT",),
                ((10,), (20,)),
            )
            (record,) = tables.ledger.attachments(sent.id)
        assert (record.status, record.path, record.size) == (AttachmentStatus.FOUND, "s/C0001.pdf", 1)

    def test_a_target_without_rows_is_a_success(self, site: Site) -> None:
        site.customers([])
        job = site.work(site.start())
        assert job.state is JobState.SUCCESS
        assert site.counts(job).target == 0

    def test_many_rows_over_several_shards(self, site: Site) -> None:
        site.customers(customers(777))
        job = site.work(site.start())
        assert site.counts(job).sent == 777
        assert Counter(site.mailed()).most_common(1)[0][1] == 1

    def test_an_automation_has_one_active_job(self, site: Site) -> None:
        site.start()
        with pytest.raises(Conflict) as caught:
            site.start()
        assert caught.value.code == "job_active"


class TestTargetRows:
    def test_a_bad_address_is_skipped_with_its_reason(self, site: Site) -> None:
        site.customers([("A", "a@example.com", "가"), ("B", "no address", "나"), ("C", None, None)])
        job = site.work(site.start())
        skipped = site.deliveries(job, DeliveryStatus.SKIPPED)
        assert [(d.recipient_key, d.error_kind) for d in skipped] == [
            ("B", ErrorKind.INVALID_ADDRESS),
            ("C", ErrorKind.INVALID_ADDRESS),
        ]
        assert job.state is JobState.PARTIAL
        assert site.mailed() == ["a@example.com"]

    @pytest.mark.parametrize("key", ["A", None])
    def test_a_key_that_names_nobody_alone_mails_nobody(self, site: Site, key: str | None) -> None:
        site.customers([("A", "a@example.com", ""), (key, "b@example.com", "")])
        job = site.work(site.start())
        assert job.state is JobState.FAIL
        assert job.reason_code in ("repeated_key", "null_key")
        assert site.mailed() == []

    @pytest.mark.parametrize(
        ("equal", "state", "mailed"),
        [
            (EqualAddresses.ALLOW, JobState.SUCCESS, 2),
            (EqualAddresses.FIRST_ONLY, JobState.SUCCESS, 1),
            (EqualAddresses.STOP, JobState.FAIL, 0),
        ],
    )
    def test_equal_addresses(self, site: Site, equal: EqualAddresses, state: JobState, mailed: int) -> None:
        site.customers([("A", "a@example.com", ""), ("B", "a@EXAMPLE.com", "")])
        site.publish(columns=TargetColumns(email="EMAIL", key=("CUST_ID",), equal_addresses=equal))
        job = site.work(site.start())
        assert job.state is state
        assert len(site.mailed()) == mailed

    def test_nobody_is_mailed_twice_within_the_period(self, site: Site) -> None:
        site.publish(policies={"once_per_hours": 24})
        site.work(site.start())
        site.customers(customers(4))
        job = site.work(site.start())
        assert job.state is JobState.SUCCESS
        assert [d.recipient_key for d in site.deliveries(job, DeliveryStatus.SENT)] == ["C0004"]
        assert {d.error_kind for d in site.deliveries(job, DeliveryStatus.SKIPPED)} == {ErrorKind.ALREADY_MAILED}

    def test_more_rows_than_allowed_mail_nobody(self, site: Site) -> None:
        site.publish(policies={"max_recipients": 2})
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.FAIL, "too_many_recipients")

    def test_a_stream_that_breaks_is_taken_again_from_the_start(self, site: Site) -> None:
        site.customers(customers(5))
        site.source.fail_stream_after(3)
        job = site.work(site.start())
        assert job.state is JobState.SUCCESS
        assert site.counts(job).sent == 5
        assert len(site.mailed()) == 5

    def test_a_source_that_stays_away_fails_the_job(self, site: Site) -> None:
        site.source.fail("stream", lost_connection(), times=3)
        job = site.work(site.start())
        assert job.state is JobState.FAIL
        assert site.errors() == ["source_connection_lost"]
        assert site.mailed() == []

    def test_a_wrong_query_fails_the_job_at_once(self, site: Site) -> None:
        site.publish(dbio={"target_query": "SELECT NOTHING FROM NOWHERE"})
        job = site.work(site.start())
        assert (job.state, job.starts) == (JobState.FAIL, 1)


class TestRowErrors:
    def test_a_mapping_error_is_the_row_s_own(self, site: Site) -> None:
        def answer(binds: object) -> list[tuple[int]]:
            if binds == {"CUST_ID": "C0002"}:
                raise SourceError(SourceErrorKind.OTHER, "invalid number", database_code="ORA-01722")
            return [(1,)]

        site.source.answer(MAPPING, ("AMOUNT",), answer)
        site.publish(dbio={"mapping_query": MAPPING})
        job = site.work(site.start())
        (failed,) = site.deliveries(job, DeliveryStatus.FAIL)
        assert (failed.recipient_key, failed.error_kind) == ("C0002", ErrorKind.MAPPING_ERROR)
        assert failed.error_code == "ORA-01722"
        assert job.state is JobState.PARTIAL

    def test_a_template_error_is_the_row_s_own(self, site: Site) -> None:
        site.customers([("A", "a@example.com", "1"), ("B", "b@example.com", "0")])
        site.publish(template=Template(subject="x", html="{{ 10 / (고객명|int) }}"))
        job = site.work(site.start())
        assert [d.error_kind for d in site.deliveries(job, DeliveryStatus.FAIL)] == [ErrorKind.RENDER_ERROR]

    def test_the_same_error_row_after_row_pauses_the_run(self, site: Site) -> None:
        site.customers(customers(300))
        site.publish(template=Template(subject="x", html="{{ 1 / 0 }}"), policies={"breaker_threshold": 5})
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.PAUSED, "too_many_failures")
        assert site.counts(job).pending > 0
        assert site.errors() == ["too_many_failures"]


class TestFirstShard:
    """What a run needs is opened once a worker: a source or a provider that is away for a moment is waited for."""

    def test_a_source_that_is_away_for_a_moment_is_asked_again(self, site: Site) -> None:
        site.publish(dbio={"mapping_query": MAPPING})
        site.source.fail("describe", lost_connection())
        assert site.work(site.start()).state is JobState.SUCCESS

    def test_a_source_that_stays_away_pauses_the_run(self, site: Site) -> None:
        site.publish(dbio={"mapping_query": MAPPING})
        site.source.fail("describe", lost_connection(), times=20)
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.PAUSED, "source_connection_lost")

    def test_a_question_for_the_quota_that_is_throttled_is_asked_again(self, site: Site) -> None:
        """SES answers GetAccount once a second; many workers ask at once."""
        site.sender.quota_errors = [SendError(SendErrorKind.THROTTLED, "TooManyRequestsException", "slow down")]
        assert site.work(site.start()).state is JobState.SUCCESS
        assert site.errors() == []


class TestFiles:
    def test_a_missing_file_skips_its_row_alone(self, site: Site) -> None:
        site.publish(attachments=(FILE_RULE,))
        site.storage.add("s/C0001.pdf", b"1")
        site.storage.add("s/C0003.pdf", b"3")
        job = site.work(site.start())
        (skipped,) = site.deliveries(job, DeliveryStatus.SKIPPED)
        assert (skipped.recipient_key, skipped.error_kind) == ("C0002", ErrorKind.ATTACHMENT_NOT_FOUND)
        with site.db.read() as tables:
            (record,) = tables.ledger.attachments(skipped.id)
        assert record.status is AttachmentStatus.NOT_FOUND
        assert job.state is JobState.PARTIAL

    def test_a_missing_file_stops_the_whole_run_where_the_policy_says_so(self, site: Site) -> None:
        site.publish(attachments=(FILE_RULE,), policies={"missing_file": MissingFilePolicy.ABORT_RUN})
        site.storage.add("s/C0001.pdf", b"1")
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.FAIL, "missing_file")
        assert site.mailed() == []
        assert {d.error_kind for d in site.deliveries(job)} == {ErrorKind.ABORTED}
        assert site.counts(job).skipped == 3
        with site.db.read() as tables:
            run = site.run(job)
            assert run is not None
            assert tables.ledger.attachment_counts(run.id)[AttachmentStatus.NOT_FOUND] == 2

    @pytest.mark.parametrize("first", [True, False])
    def test_one_file_for_two_stops_the_run(self, site: Site, first: bool) -> None:
        site.customers(customers(2))
        site.publish(attachments=(replace(FILE_RULE, pattern="/s/*.pdf"),), policies={"check_files_first": first})
        site.storage.add("s/all.pdf", b"1")
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.FAIL, "file_of_two")
        assert len(site.mailed()) <= (0 if first else 1)
        assert site.counts(job).adds_up

    @pytest.mark.parametrize("first", [True, False])
    def test_one_file_under_two_names_stops_the_run(self, site: Site, first: bool) -> None:
        site.customers(customers(2))
        site.publish(attachments=(FILE_RULE,), policies={"check_files_first": first})
        for path in ("s/C0001.pdf", "s/C0002.pdf"):
            site.storage.add(path, b"1")
            site.storage.same_as[path] = "s/C0001.pdf"
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.FAIL, "file_of_two")
        assert len(site.mailed()) <= (0 if first else 1)

    def test_a_shared_file_goes_to_all(self, site: Site) -> None:
        site.publish(attachments=(replace(FILE_RULE, pattern="/s/terms.pdf", shared=True),))
        site.storage.add("s/terms.pdf", b"1")
        assert site.work(site.start()).state is JobState.SUCCESS

    def test_a_storage_that_does_not_answer_pauses_the_run(self, site: Site) -> None:
        site.publish(attachments=(FILE_RULE,))
        site.storage.failure = StorageError("The storage does not answer.")
        job = site.work(site.start())
        assert (job.state, site.mailed()) == (JobState.PAUSED, [])
        site.storage.failure = None
        for row in customers(3):
            site.storage.add(f"s/{row[0]!s}.pdf", b"1")
        site.jobs.resume(job.id, by="kim")
        assert site.work(job).state is JobState.SUCCESS
        assert len(site.mailed()) == 3


class TestSendErrors:
    def test_a_refused_recipient_fails(self, site: Site) -> None:
        site.sender.fail(SendErrorKind.REJECTED, code="MessageRejected", to="c2@example.com")
        job = site.work(site.start())
        (failed,) = site.deliveries(job, DeliveryStatus.FAIL)
        assert (failed.email, failed.error_kind, failed.error_code) == (
            "c2@example.com",
            ErrorKind.SES_ERROR,
            "MessageRejected",
        )
        assert len(site.sender.attempts) == 3

    @pytest.mark.parametrize("kind", [SendErrorKind.THROTTLED, SendErrorKind.TRANSIENT])
    def test_it_is_tried_again_at_most_three_times(self, site: Site, kind: SendErrorKind) -> None:
        site.sender.fail(kind, to="c2@example.com")
        job = site.work(site.start())
        (failed,) = site.deliveries(job, DeliveryStatus.FAIL)
        assert (failed.error_kind, failed.attempts) == (ErrorKind.SES_ERROR, 3)
        assert len([mail for mail in site.sender.attempts if mail.rcpt_to == "c2@example.com"]) == 4

    def test_what_works_after_a_while_is_sent_once(self, site: Site) -> None:
        site.sender.fail(SendErrorKind.THROTTLED, times=4)
        job = site.work(site.start())
        assert job.state is JobState.SUCCESS
        assert len(site.mailed()) == 3
        assert len({mail.attempt_token for mail in site.sender.attempts}) == 7

    def test_an_ambiguous_end_is_unknown_and_never_sent_again(self, site: Site) -> None:
        site.sender.fail(SendErrorKind.AMBIGUOUS, to="c2@example.com", accepts=True)
        job = site.work(site.start())
        (unknown,) = site.deliveries(job, DeliveryStatus.UNKNOWN)
        assert (unknown.email, unknown.error_kind) == ("c2@example.com", ErrorKind.NO_CLEAR_ANSWER)
        assert len(site.sender.attempts) == 3
        run = site.run(job)
        assert run is not None
        with pytest.raises(Conflict):
            site.jobs.retry_failed(run.id, by="kim")

    def test_many_ambiguous_ends_in_a_row_pause_the_run(self, site: Site) -> None:
        site.customers(customers(100))
        site.publish(policies={"breaker_threshold": 5})
        site.sender = ScriptedSender(max_concurrency=5)
        site.sender.fail(SendErrorKind.AMBIGUOUS)
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.PAUSED, "too_many_failures")
        counts = site.counts(job)
        assert counts.unknown == len(site.sender.attempts) >= 5
        assert counts.pending == 100 - counts.unknown > 0

    def test_a_stopped_account_pauses_the_run_and_burns_nothing(self, site: Site) -> None:
        site.customers(customers(100))
        site.sender.fail(SendErrorKind.STOPPED, code="AccountSuspendedException")
        job = site.work(site.start())
        assert job.state is JobState.PAUSED
        counts = site.counts(job)
        assert (counts.pending, counts.sent, counts.fail) == (100, 0, 0)
        assert {d.attempts for d in site.deliveries(job)} == {0}
        assert site.errors() == ["send_stopped"]
        site.sender.recover()
        site.jobs.resume(job.id, by="kim")
        job = site.work(job)
        assert job.state is JobState.SUCCESS
        assert Counter(site.mailed()) == Counter({f"c{n}@example.com": 1 for n in range(1, 101)})

    def test_an_unreachable_endpoint_pauses_the_run(self, site: Site) -> None:
        site.sender.fail(SendErrorKind.UNREACHABLE)
        job = site.work(site.start())
        assert job.state is JobState.PAUSED
        assert site.counts(job).pending == 3

    def test_an_account_that_may_not_send_pauses_before_the_first_mail(self, site: Site) -> None:
        site.sender = ScriptedSender(quota=Quota(sending_enabled=False))
        job = site.work(site.start())
        assert (job.state, len(site.sender.attempts)) == (JobState.PAUSED, 0)

    def test_a_mail_that_is_too_large_is_not_tried(self, site: Site) -> None:
        site.sender = ScriptedSender(max_message_bytes=100)
        job = site.work(site.start())
        assert {d.error_kind for d in site.deliveries(job)} == {ErrorKind.COMPOSE_ERROR}
        assert site.sender.attempts == []

    def test_the_window_is_no_larger_than_the_rate(self, site: Site) -> None:
        site.customers(customers(30))
        site.sender = ScriptedSender(quota=Quota(per_second=5.0), latency_s=0.01)
        job = site.start()
        site.work(job, until=lambda: bool(site.sender.attempts))
        assert site.sender.most_under_way <= 5


class TestSteering:
    def test_a_paused_run_goes_on_where_it_was(self, site: Site) -> None:
        site.customers(customers(200))
        site.sender = ScriptedSender(max_concurrency=5)
        site.sender.hold()
        job = site.start()

        def pause_when_under_way() -> bool:
            if len(site.sender.attempts) < 5:
                return False
            site.jobs.pause(job.id, by="kim")
            site.sender.release()
            return True

        site.work(job, until=pause_when_under_way)
        sent = site.counts(job).sent
        assert 5 <= sent <= 10
        assert site.counts(job).pending == 200 - sent
        site.jobs.resume(job.id, by="kim")
        assert site.work(job).state is JobState.SUCCESS
        assert Counter(site.mailed()).most_common(1)[0][1] == 1
        assert site.counts(job).sent == 200

    def test_a_pause_gives_everything_back_at_once_however_low_the_rate(self, site: Site) -> None:
        """Mails that waited for a token took one each before they saw the pause: many seconds at a low rate."""
        site.customers(customers(200))
        site.sender = ScriptedSender(quota=Quota(per_second=5.0))
        job = site.start()
        paused_at: list[float] = []

        def is_given_back() -> bool:
            if site.sender.attempts and not paused_at:
                site.jobs.pause(job.id, by="kim")
                paused_at.append(time.monotonic())
            return bool(paused_at) and not _held_shards(site, job)

        site.work(job, until=is_given_back, workers=2)
        assert time.monotonic() - paused_at[0] < 2.5

    def test_a_pause_waits_for_no_mail_that_backs_off(self, site: Site) -> None:
        site.waits = Waits(retry=20)
        site.sender.fail(SendErrorKind.TRANSIENT, to="c1@example.com")
        job = site.start()
        paused_at: list[float] = []

        def is_given_back() -> bool:
            if site.counts(job).sent == 2 and not paused_at:
                site.jobs.pause(job.id, by="kim")
                paused_at.append(time.monotonic())
            return bool(paused_at) and not _held_shards(site, job)

        site.work(job, until=is_given_back)
        assert time.monotonic() - paused_at[0] < 2.5

    def test_a_run_that_is_resumed_before_its_shards_are_given_back_goes_on_at_once(self, site: Site) -> None:
        """Whoever resumed found nothing to wake; the scheduler's sweep comes only every five seconds."""
        site.customers(customers(30))
        site.sender = ScriptedSender(max_concurrency=5)
        site.sender.hold()
        job = site.start()
        moments: list[float] = []

        def is_over() -> bool:
            now = time.monotonic()
            if len(site.sender.attempts) == 5 and not moments:
                site.jobs.pause(job.id, by="kim")
                moments.append(now)
            elif len(moments) == 1 and now - moments[0] > 2 * WATCH_SECONDS:
                site.jobs.resume(job.id, by="kim")
                moments.append(now)
                site.sender.release()
            return site.jobs.get(job.id).state is JobState.SUCCESS

        site.work(job, until=is_over)
        assert time.monotonic() - moments[1] < 2.5

    def test_a_cancelled_run_mails_nobody_further_and_accounts_for_all(self, site: Site) -> None:
        site.customers(customers(200))
        site.sender = ScriptedSender(max_concurrency=5)
        site.sender.hold()
        job = site.start()

        def cancel_when_under_way() -> bool:
            if len(site.sender.attempts) == 5 and site.jobs.get(job.id).state is JobState.RUNNING:
                site.jobs.cancel(job.id, by="kim", reason="wrong month")
                site.sender.release()
            run = site.run(job)
            return run is not None and run.finished_at is not None

        site.work(job, until=cancel_when_under_way)
        counts = site.counts(job)
        assert site.jobs.get(job.id).state is JobState.CANCELLED
        assert counts.sent == len(site.mailed()) <= 10
        assert counts.skipped == 200 - counts.sent
        assert site.deliveries(job, DeliveryStatus.SKIPPED)[0].error_text == "wrong month"

    def test_a_job_that_is_cancelled_before_it_began_has_no_run(self, site: Site) -> None:
        job = site.start()
        site.jobs.cancel(job.id, by="kim")
        site.work(job, until=lambda: not _has_tasks(site))
        assert site.mailed() == []
        assert site.start().state is JobState.WAITING

    def test_the_global_stop_holds_everything_and_lets_go(self, site: Site) -> None:
        site.jobs.stop_sending(by="kim", reason="빌링 오류")
        job = site.start()
        site.work(job, until=lambda: site.counts(job).pending == 3 and not _has_tasks(site))
        assert site.mailed() == []
        site.jobs.resume_sending(by="kim")
        resumed_at = time.monotonic()
        assert site.work(job).state is JobState.SUCCESS
        assert time.monotonic() - resumed_at < 2.5

    def test_a_run_that_mailed_nobody_says_so(self, site: Site) -> None:
        site.sender.fail(SendErrorKind.REJECTED)
        job = site.work(site.start())
        assert (job.state, job.reason_code) == (JobState.FAIL, "nobody_sent")
        assert job.reason == "No recipient is SENT: 3 FAIL."

    def test_a_corrected_address_that_cannot_be_mailed_is_refused_at_once(self, site: Site) -> None:
        site.sender.fail(SendErrorKind.REJECTED, to="c2@example.com")
        (failed,) = site.deliveries(site.work(site.start()), DeliveryStatus.FAIL)
        with pytest.raises(Invalid) as caught:
            site.jobs.resend([ResendRow(delivery_id=failed.id, email="c2 example.com")], by="kim", reason="그냥")
        assert (caught.value.code, caught.value.problems[0].field) == ("bad_address", "deliveries.0.email")


def _has_tasks(site: Site) -> bool:
    with site.db.read() as tables:
        return tables.tasks.any_free() or bool(tables.jobs.unheld())


def _held_shards(site: Site, job: Job) -> int:
    """How many shards of a run workers still hold; those of a paused run are not offered as unheld."""
    run = site.run(job)
    assert run is not None
    with site.db.engine.connect() as connection:
        query = select(func.count()).where(shard.c.run_id == run.id, shard.c.state == ShardState.HELD)
        return int(connection.execute(query).scalar_one())


class TestWriteBack:
    def test_an_update_that_touches_no_row_is_n_with_the_reason(self, site: Site) -> None:
        site.source.accept(UPDATE, lambda binds: 0 if binds["CUST_ID"] == "C0002" else 1)
        site.publish(dbio={"update_query": UPDATE})
        job = site.work(site.start())
        assert job.state is JobState.PARTIAL
        rows = {d.recipient_key: (d.update_query_ok, d.update_error) for d in site.deliveries(job)}
        assert rows["C0001"] == (UpdateStatus.Y, "")
        assert rows["C0002"][0] is UpdateStatus.N
        assert "no row" in rows["C0002"][1]

    def test_n_rows_are_replayed(self, site: Site) -> None:
        site.source.accept(UPDATE, lambda binds: 0)
        site.publish(dbio={"update_query": UPDATE})
        job = site.work(site.start())
        run = site.run(job)
        assert run is not None
        assert run.counts.update_failed == 3
        site.source.accept(UPDATE)
        assert site.jobs.replay_updates(run.id, by="kim") == 1
        site.work(job, until=lambda: site.counts(job).update_ok == 3)
        assert len(site.source.written) == 3
        assert len(site.mailed()) == 3

    def test_a_source_that_comes_back_gets_every_update(self, site: Site) -> None:
        site.source.fail("write_back", lost_connection(), times=2)
        site.publish(dbio={"update_query": UPDATE})
        job = site.work(site.start())
        assert job.state is JobState.SUCCESS
        assert site.counts(job).update_ok == 3

    def test_a_source_that_stays_away_pauses_the_run(self, site: Site) -> None:
        site.source.fail("write_back", lost_connection(), times=3)
        site.publish(dbio={"update_query": UPDATE})
        job = site.work(site.start())
        assert job.state is JobState.PAUSED
        assert site.counts(job).update_pending == 3
        site.jobs.resume(job.id, by="kim")
        assert site.work(job).state is JobState.SUCCESS
        assert (site.counts(job).update_ok, len(site.mailed()), len(site.source.written)) == (3, 3, 3)

    @pytest.mark.parametrize("applied", [True, False])
    def test_a_lost_commit_is_in_doubt(self, site: Site, applied: bool) -> None:
        site.source.lose_commit(applied=applied)
        site.publish(dbio={"update_query": UPDATE})
        job = site.work(site.start())
        assert site.counts(job).update_in_doubt == 3
        assert job.state is JobState.PARTIAL
        assert len(site.source.written) == (3 if applied else 0)

    @pytest.mark.parametrize("applied", [True, False])
    def test_with_a_marker_a_lost_commit_is_applied_exactly_once(self, site: Site, applied: bool) -> None:
        site.source.lose_commit(applied=applied)
        site.publish(dbio={"update_query": UPDATE}, policies={"update_marker": True})
        job = site.work(site.start())
        assert site.counts(job).update_ok == 3
        assert len(site.source.written) == 3

    def test_a_repeatable_update_is_applied_again(self, site: Site) -> None:
        site.source.lose_commit(applied=True)
        site.publish(dbio={"update_query": UPDATE}, policies={"update_repeatable": True})
        job = site.work(site.start())
        assert job.state is JobState.SUCCESS
        assert len(site.source.written) == 6


def test_the_target_query_is_run_as_written(site: Site) -> None:
    site.source.answer(TARGET + " WHERE 1=1", ("CUST_ID", "EMAIL", "고객명"), customers(1))
    site.publish(dbio={"target_query": TARGET + " WHERE 1=1"})
    assert site.counts(site.work(site.start())).sent == 1
