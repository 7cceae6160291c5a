"""Every entry of the audit trail is made in one place, with what that place knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tank
from tank.db.database import Database
from tank.domain.errors import Invalid
from tank.services.audit_trail import LONGEST_REASON, checked_reason, client_address, note
from tests.fakes.clock import START

_SOURCE = Path(tank.__file__).parent


def test_entries_are_made_in_one_place() -> None:
    makers = {
        str(path.relative_to(_SOURCE))
        for path in _SOURCE.rglob("*.py")
        if re.search(r"\bAuditEntry\(\w|\bAuditEntry\(\s*$|audit\.add\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert makers - {"domain/log.py"} == {"services/audit_trail.py"}


def test_an_entry_has_the_address_of_the_request(sqlite_db: Database) -> None:
    token = client_address.set("192.0.2.7")
    try:
        with sqlite_db.write() as tables:
            note(tables, "automation.publish", "a", by="kim", at=START)
    finally:
        client_address.reset(token)
    with sqlite_db.write() as tables:
        note(tables, "automation.publish", "b", by="scheduler", at=START, detail={"n": 1})
    with sqlite_db.read() as tables:
        scheduled, asked = tables.audit.page().items
    assert (asked.actor, asked.detail, asked.address) == ("kim", {}, "192.0.2.7")
    assert (scheduled.subject, scheduled.detail, scheduled.address) == ("b", {"n": 1}, "")


def test_a_reason_says_something() -> None:
    assert checked_reason(" 민원 123 ") == "민원 123"
    assert checked_reason("x" * LONGEST_REASON)
    for empty in ("", "  ", "\n"):
        with pytest.raises(Invalid) as caught:
            checked_reason(empty)
        assert caught.value.code == "reason_required"
        assert caught.value.remedy
    for unfit in ("x" * (LONGEST_REASON + 1), "a\0b", "\udcff"):
        with pytest.raises(Invalid):
            checked_reason(unfit)
