"""Each recipient's files: found, read, or refused with a reason."""

from __future__ import annotations

import hashlib

import pytest

from tank.domain.attachment import AttachmentRule, AttachmentStatus, StorageError, StorageTimeout
from tank.domain.delivery import ErrorKind
from tank.domain.values import Row
from tank.services.attachments import AttachmentPlan, Attachments, RecipientFiles, media_type
from tank.services.file_claims import file_digest
from tests.fakes.storage import MemoryStorage

_OWN = AttachmentRule(pattern="/statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf")
_DATES: Row = {"YYYYMM": "202610"}


def _plan(storage: MemoryStorage, *rules: AttachmentRule, max_file_bytes: int = 100) -> AttachmentPlan:
    return Attachments(storage, max_file_bytes=max_file_bytes).plan(rules)


def _collect(storage: MemoryStorage, *rules: AttachmentRule, target: Row | None = None) -> RecipientFiles:
    return _plan(storage, *rules).collect({"CUST_ID": "C1"} if target is None else target, None, _DATES)


def test_a_file_is_found_and_read() -> None:
    storage = MemoryStorage({"statement/202610/C1_명세서.PDF": b"no", "statement/202610/C1_명세서.pdf": b"content"})
    files = _collect(storage, _OWN)
    assert files.may_be_sent
    (record,) = files.records
    assert record.status is AttachmentStatus.FOUND
    assert (record.rule_no, record.path, record.size) == (0, "statement/202610/C1_명세서.pdf", 7)
    assert record.sha256 == hashlib.sha256(b"content").hexdigest()
    (file,) = files.files
    assert (file.name, file.content, file.media_type) == ("C1_명세서.pdf", b"content", "application/pdf")
    assert record.claim == file_digest(record.path)
    assert files.claims == (record.claim,)


def test_locating_reads_nothing() -> None:
    storage = MemoryStorage({"statement/202610/C1_a.pdf": b"content"})
    files = _plan(storage, _OWN).locate({"CUST_ID": "C1"}, None, _DATES)
    assert files.may_be_sent
    assert (files.records[0].size, files.records[0].sha256, files.files) == (7, None, ())
    assert storage.reads == []


def test_variables_come_from_the_target_then_the_mapping_then_the_dates() -> None:
    storage = MemoryStorage({"t/m/d": b"x"})
    rule = AttachmentRule(pattern="{{ A }}/{{ B }}/{{ C }}")
    plan = _plan(storage, rule)
    assert plan.collect({"A": "t"}, {"A": "no", "B": "m"}, {"A": "no", "B": "no", "C": "d"}).may_be_sent


def test_a_missing_required_file_holds_the_mail() -> None:
    files = _collect(MemoryStorage(), _OWN)
    assert not files.may_be_sent
    assert files.error_kind is ErrorKind.ATTACHMENT_NOT_FOUND
    assert files.error_text == "No file matches /statement/202610/C1_*.pdf."
    assert files.records[0].status is AttachmentStatus.NOT_FOUND
    assert files.records[0].path == "statement/202610/C1_*.pdf"


def test_a_missing_optional_file_is_only_recorded() -> None:
    storage = MemoryStorage({"terms.pdf": b"terms"})
    optional = AttachmentRule(pattern="/coupon/{{ CUST_ID }}.png", required=False)
    files = _collect(storage, optional, AttachmentRule(pattern="/terms.pdf", shared=True))
    assert files.may_be_sent
    assert [record.status for record in files.records] == [AttachmentStatus.NOT_FOUND, AttachmentStatus.FOUND]
    assert [file.name for file in files.files] == ["terms.pdf"]


@pytest.mark.parametrize("required", [True, False])
def test_more_than_one_match_is_never_sent(required: bool) -> None:
    storage = MemoryStorage({f"statement/202610/C1_{number}.pdf": b"x" for number in range(9)})
    files = _collect(storage, AttachmentRule(pattern=_OWN.pattern, required=required))
    assert files.error_kind is ErrorKind.ATTACHMENT_AMBIGUOUS
    assert "/statement/202610/C1_0.pdf, /statement/202610/C1_1.pdf" in files.error_text
    assert files.error_text.endswith("…")
    assert files.files == ()
    assert storage.reads == []


@pytest.mark.parametrize("required", [True, False])
def test_what_is_there_but_not_to_be_sent_holds_the_mail(required: bool) -> None:
    rule = AttachmentRule(pattern="/{{ CUST_ID }}", required=required)
    unreadable = MemoryStorage({"C1": b"x"})
    unreadable.refused["C1"] = "no rights"
    for storage, why in (
        (MemoryStorage({"C1": b"x" * 101}), "101 bytes"),
        (MemoryStorage({"C1": b""}), "is empty"),
        (unreadable, "no rights"),
    ):
        files = _collect(storage, rule)
        assert files.error_kind is ErrorKind.ATTACHMENT_REFUSED
        assert why in files.error_text
        assert files.files == ()


@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_empty_variable_means_no_file(value: str | None) -> None:
    files = _collect(MemoryStorage({"statement/202610/_a.pdf": b"x"}), _OWN, target={"CUST_ID": value})
    assert files.error_kind is ErrorKind.ATTACHMENT_NOT_FOUND
    assert files.error_text == "CUST_ID is empty, so the file cannot be told."


def test_data_that_would_leave_the_folder_is_refused() -> None:
    files = _collect(MemoryStorage({"secret": b"x"}), _OWN, target={"CUST_ID": "../../secret"})
    assert files.error_kind is ErrorKind.ATTACHMENT_REFUSED
    assert files.records[0].path == _OWN.pattern


def test_the_recipient_sees_the_name_that_the_rule_gives() -> None:
    storage = MemoryStorage({"a/C1.pdf": b"x"})
    rule = AttachmentRule(pattern="/a/{{ CUST_ID }}.pdf", file_name="{{ NAME }} 명세서")
    assert _collect(storage, rule, target={"CUST_ID": "C1", "NAME": "김/하나"}).files[0].name == "김_하나 명세서.pdf"
    unnamed = _collect(storage, AttachmentRule(pattern=rule.pattern, file_name=rule.file_name, required=False))
    assert unnamed.error_kind is ErrorKind.ATTACHMENT_REFUSED


def test_the_first_defect_is_the_reason_and_all_are_recorded() -> None:
    storage = MemoryStorage({"b": b""})
    files = _collect(storage, AttachmentRule(pattern="/{{ CUST_ID }}"), AttachmentRule(pattern="/b", shared=True), _OWN)
    assert files.error_kind is ErrorKind.ATTACHMENT_NOT_FOUND
    assert [record.status.value for record in files.records] == ["NOT_FOUND", "REFUSED", "NOT_FOUND"]


def test_a_shared_file_is_read_once_and_stays_the_same_object() -> None:
    storage = MemoryStorage({"terms.pdf": b"terms"})
    plan = _plan(storage, AttachmentRule(pattern="/terms.pdf", shared=True))
    first, second = (plan.collect({"CUST_ID": who}, None, _DATES) for who in ("C1", "C2"))
    assert first.files[0].content is second.files[0].content
    assert storage.reads == ["terms.pdf"]
    assert first.claims == ()
    assert first.records[0].claim is None
    storage.add("terms.pdf", b"new terms")
    assert plan.collect({}, None, _DATES).files[0].content == b"terms"
    assert _plan(storage, *plan.rules).collect({}, None, _DATES).files[0].content == b"new terms"


def test_a_missing_shared_file_is_looked_for_again() -> None:
    storage = MemoryStorage()
    plan = _plan(storage, AttachmentRule(pattern="/terms.pdf", shared=True))
    assert not plan.collect({}, None, _DATES).may_be_sent
    storage.add("terms.pdf", b"terms")
    assert plan.collect({}, None, _DATES).may_be_sent


def test_a_storage_that_fails_says_nothing_about_the_recipient() -> None:
    storage = MemoryStorage({"statement/202610/C1_a.pdf": b"x"})
    plan = _plan(storage, AttachmentRule(pattern=_OWN.pattern, required=False))
    storage.failure = StorageTimeout("The file storage did not answer.")
    with pytest.raises(StorageError):
        plan.collect({"CUST_ID": "C1"}, None, _DATES)


def test_folders_are_looked_at_afresh_when_asked() -> None:
    storage = MemoryStorage()
    Attachments(storage).forget()
    assert storage.forgotten == 1


def test_media_types_do_not_depend_on_the_machine() -> None:
    assert media_type("A.PDF") == "application/pdf"
    assert media_type("견적.xlsx").endswith("spreadsheetml.sheet")
    assert media_type("no ending") == media_type("a.exe") == "application/octet-stream"
