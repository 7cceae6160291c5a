"""The outbox's folder, index and reader."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.errors import Invalid, NotFound
from tank.domain.mail import OutgoingMail, Receipt, SendError, SendErrorKind
from tank.senders.outbox import OutboxOptions, OutboxSender
from tank.senders.outbox_index import index_line, read_line, subject_of
from tank.senders.outbox_reader import OutboxReader
from tank.senders.outbox_writer import stopped
from tests.support.mails import a_mail

NOVEMBER_22 = 1_795_363_200.0  # 2026-11-22T16:00:00Z in epoch seconds


def _send(root: Path, *mails: OutgoingMail, at: float = NOVEMBER_22, sync: bool = False) -> list[Receipt]:
    async def scenario() -> list[Receipt]:
        sender = OutboxSender(OutboxOptions(sync=sync), root, wall_clock=lambda: at)
        try:
            return [await sender.send(mail) for mail in mails]
        finally:
            await sender.close()

    return asyncio.run(scenario())


def test_a_mail_becomes_a_file_that_a_mail_program_opens(tmp_path: Path) -> None:
    mail = a_mail("kim@example.com", subject="10월 카드 이용 명세서")
    (receipt,) = _send(tmp_path, mail, sync=True)
    path = tmp_path / receipt.message_id
    assert path.read_bytes() == mail.message
    assert path.stat().st_mode & 0o077 == 0, "personal data is for its owner alone"
    (entry,) = OutboxReader(tmp_path).page().entries
    assert (entry.rcpt_to, entry.subject, entry.size) == ("kim@example.com", "10월 카드 이용 명세서", len(mail.message))
    assert entry.delivery_id == str(mail.delivery_id)
    assert entry.message_id == receipt.message_id
    assert entry.at.isoformat().startswith(receipt.message_id[:10])


def test_pages_go_from_the_newest_to_the_oldest_over_days(tmp_path: Path) -> None:
    for day in range(3):
        _send(tmp_path, *(a_mail(f"d{day}n{n}@example.com") for n in range(5)), at=NOVEMBER_22 + day * 86_400)
    reader = OutboxReader(tmp_path)
    seen: list[str] = []
    after = None
    while True:
        page = reader.page(after=after, limit=4)
        seen += [entry.rcpt_to for entry in page.entries]
        after = page.after
        if after is None:
            break
    assert seen == [f"d{day}n{n}@example.com" for day in (2, 1, 0) for n in (4, 3, 2, 1, 0)]


def test_mails_that_come_between_two_pages_move_nothing(tmp_path: Path) -> None:
    _send(tmp_path, *(a_mail(f"r{n}@example.com") for n in range(4)))
    reader = OutboxReader(tmp_path)
    first = reader.page(limit=2)
    _send(tmp_path, a_mail("new@example.com"))
    second = reader.page(after=first.after, limit=2)
    assert [entry.rcpt_to for entry in (*first.entries, *second.entries)] == [f"r{n}@example.com" for n in (3, 2, 1, 0)]


def test_an_index_larger_than_a_block_is_read_whole(tmp_path: Path) -> None:
    _send(tmp_path, *(a_mail(f"r{n:04d}@example.com", subject="긴 제목 " * 30) for n in range(400)))
    entries = OutboxReader(tmp_path).page(limit=1000).entries
    assert [entry.rcpt_to for entry in entries] == [f"r{n:04d}@example.com" for n in reversed(range(400))]


def test_search_looks_at_addresses_and_subjects_in_any_case(tmp_path: Path) -> None:
    _send(tmp_path, a_mail("Kim@example.com", subject="첫 명세서"), a_mail("lee@example.com", subject="Invoice"))
    reader = OutboxReader(tmp_path)
    assert [entry.rcpt_to for entry in reader.page(search="kIM@").entries] == ["Kim@example.com"]
    assert [entry.rcpt_to for entry in reader.page(search="명세").entries] == ["Kim@example.com"]
    assert [entry.rcpt_to for entry in reader.page(search="INVOICE").entries] == ["lee@example.com"]
    assert reader.page(search="nobody").entries == ()


def test_torn_and_foreign_index_lines_spoil_only_themselves(tmp_path: Path) -> None:
    (first,) = _send(tmp_path, a_mail("first@example.com"))
    with (tmp_path / first.message_id[:10] / "index.jsonl").open("ab") as index:
        index.write(b'\n{"id":"2026-11-22/16')
    _send(tmp_path, a_mail("second@example.com"))
    with (tmp_path / first.message_id[:10] / "index.jsonl").open("ab") as index:
        index.write(
            b'\n{"id":"../../etc/passwd","at":1,"from":"","to":"","subject":"","size":1,"delivery_id":""}\n[]\n'
        )
    entries = OutboxReader(tmp_path).page().entries
    assert [entry.rcpt_to for entry in entries] == ["second@example.com", "first@example.com"]


def test_a_removed_mail_is_not_listed(tmp_path: Path) -> None:
    kept, removed = _send(tmp_path, a_mail(), a_mail())
    (tmp_path / removed.message_id).unlink()
    assert [entry.message_id for entry in OutboxReader(tmp_path).page().entries] == [kept.message_id]


def test_an_outbox_that_was_never_used_is_empty(tmp_path: Path) -> None:
    reader = OutboxReader(tmp_path / "nothing")
    assert reader.page().entries == ()


@pytest.mark.parametrize("after", ["", "x", "2026-11-22", "2026-11-22:-1", "../..:0", "2026-11-22:1\n"])
def test_a_wrong_page_mark_is_refused(tmp_path: Path, after: str) -> None:
    with pytest.raises(Invalid):
        OutboxReader(tmp_path).page(after=after)


@pytest.mark.parametrize("name", ["", "..", "../secret.eml", "/etc/passwd", "2026-11-22/index.jsonl", "a/b/c.eml"])
def test_only_mails_can_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path.parent / "secret.eml").write_bytes(b"secret")
    with pytest.raises(NotFound):
        OutboxReader(tmp_path).read(name)


def test_a_link_out_of_the_outbox_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "outbox"
    (receipt,) = _send(root, a_mail())
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (root / receipt.message_id).unlink()
    (root / receipt.message_id).symlink_to(secret)
    with pytest.raises(NotFound):
        OutboxReader(root).read(receipt.message_id)


def test_a_folder_holds_a_thousand_mails(tmp_path: Path) -> None:
    receipts = _send(tmp_path, *(a_mail() for _ in range(1001)))
    folders = [receipt.message_id.rpartition("/")[0] for receipt in receipts]
    assert len(set(folders)) == 2
    assert folders.count(folders[0]) == 1000


def test_a_folder_that_cannot_be_written_stops_the_run_and_works_again_afterwards(tmp_path: Path) -> None:
    root = tmp_path / "outbox"
    root.write_bytes(b"a file where the folder should be")

    async def scenario() -> None:
        sender = OutboxSender(OutboxOptions(sync=False), root)
        for call in (lambda: sender.send(a_mail()), sender.check):
            with pytest.raises(SendError) as caught:
                await call()
            assert caught.value.kind is SendErrorKind.STOPPED
            assert caught.value.remedy is not None
            assert str(root) in caught.value.remedy
        root.unlink()
        assert (await sender.send(a_mail())).message_id
        assert "can be written" in await sender.check()
        await sender.close()

    asyncio.run(scenario())


def test_mails_are_taken_back_where_the_index_cannot_be_written(tmp_path: Path) -> None:
    (first,) = _send(tmp_path, a_mail())
    index = tmp_path / first.message_id[:10] / "index.jsonl"
    index.unlink()
    index.mkdir()
    with pytest.raises(SendError) as caught:
        _send(tmp_path, a_mail())
    assert caught.value.kind is SendErrorKind.STOPPED
    assert [path.name for path in tmp_path.rglob("*.eml")] == [Path(first.message_id).name]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_says_so(number: int) -> None:
    error = stopped(OSError(number, os.strerror(number)), Path("/srv/outbox"))
    assert (error.kind, error.provider_code) == (SendErrorKind.STOPPED, errno.errorcode[number])
    assert "Make room" in str(error.remedy)


@given(st.binary(max_size=300))
def test_any_message_has_an_index_line_that_reads_back(head: bytes) -> None:
    mail = a_mail()
    hostile = OutgoingMail(
        delivery_id=mail.delivery_id,
        attempt_token=mail.attempt_token,
        mail_from=mail.mail_from,
        rcpt_to="\udcff@example.com",
        message=b"Subject: " + head + b"\r\n\r\n",
    )
    message_id = f"2026-11-22/234501-9f3a61c2/0001-{mail.delivery_id}.eml"
    line = index_line(hostile, message_id, NOVEMBER_22)
    assert line.startswith(b"\n")
    assert line.count(b"\n") == 2
    entry = read_line(line.strip(b"\n"))
    assert entry is not None
    assert entry.message_id == message_id


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
def test_a_subject_is_shown_in_the_clear(subject: str) -> None:
    assert subject_of(a_mail(subject=subject).message) == subject


def test_subjects_are_unfolded_and_only_headers_count() -> None:
    assert subject_of(b"From: a\r\nSUBJECT: one\r\n two\r\nTo: b\r\n\r\nSubject: three\r\n") == "one two"
    assert subject_of(b"From: a\r\n\r\nSubject: three\r\n") == ""
    assert subject_of(b"Subject: =?nonsense?B?xxx?=\r\n\r\n") == "=?nonsense?B?xxx?="
