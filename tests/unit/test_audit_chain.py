"""The chain itself: any sequence of entries fits, and any single change is found."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.audit_chain import ChainHead, head_of
from tank.domain.log import AuditEntry, AuditRecord

_TEXT = st.text(max_size=10)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.uuids(),
    "at": st.datetimes(
        min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=st.just(UTC)
    ),  # a zone's offset must not lead out of the calendar
    "actor": _TEXT,
    "action": _TEXT,
    "subject": _TEXT,
    "detail": st.dictionaries(_TEXT, st.none() | st.booleans() | st.integers() | _TEXT | st.lists(_TEXT), max_size=3),
    "address": _TEXT,
    "no": st.integers(min_value=1, max_value=2**63 - 1),
    "hash": st.binary(min_size=32, max_size=32),
}
_ENTRIES = st.builds(AuditEntry, **{name: _VALUES[name] for name in _VALUES if name not in ("no", "hash")})


def chained(entries: list[AuditEntry]) -> list[AuditRecord]:
    records, head = [], ChainHead()
    for entry in entries:
        records.append(head.appended(entry))
        head = head_of(records[-1])
    return records


def broken_at(records: list[AuditRecord]) -> int | None:
    """The place in the list, from 1, of the first that does not fit."""
    head = ChainHead()
    for place, record in enumerate(records, 1):
        if not head.is_followed_by(record):
            return place
        head = head_of(record)
    return None


def is_same(one: Any, other: Any) -> bool:
    """Equal as JSON has it: to Python, True is 1."""
    return bool(one == other) and repr(one) == repr(other)


@given(entries=st.lists(_ENTRIES, max_size=8))
def test_any_sequence_of_entries_fits(entries: list[AuditEntry]) -> None:
    assert broken_at(chained(entries)) is None


@given(data=st.data(), entries=st.lists(_ENTRIES, min_size=1, max_size=6))
@pytest.mark.parametrize("field", [field.name for field in fields(AuditRecord)])
def test_any_change_of_any_field_is_found(data: st.DataObject, entries: list[AuditEntry], field: str) -> None:
    records = chained(entries)
    place = data.draw(st.integers(0, len(records) - 1))
    value = data.draw(_VALUES[field].filter(lambda value: not is_same(value, getattr(records[place], field))))
    records[place] = replace(records[place], **{field: value})
    assert broken_at(records) == place + 1


@given(data=st.data(), entries=st.lists(_ENTRIES, min_size=3, max_size=6, unique_by=lambda entry: entry.id))
def test_what_is_removed_put_in_or_moved_is_found(data: st.DataObject, entries: list[AuditEntry]) -> None:
    records = chained(entries)
    place = data.draw(st.integers(0, len(records) - 2))
    assert broken_at(records[:place] + records[place + 1 :]) == place + 1
    assert broken_at([*records[:place], records[-1], *records[place:]]) == place + 1
    moved = [*records[:place], records[place + 1], records[place], *records[place + 2 :]]
    assert broken_at(moved) == place + 1


def test_the_computation_never_changes() -> None:
    """Written out by hand: an old log must fit for ever."""
    entry = AuditEntry(
        id=UUID("0198c0de-0000-7000-8000-000000000001"),
        at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC) + timedelta(microseconds=5),
        actor="김하나",
        action="delivery.reveal",
        subject='run "7"',
        detail={"reason": "민원 123", "n": 1},
        address="192.0.2.7",
    )
    spelled = (
        '{"action":"delivery.reveal","actor":"김하나","address":"192.0.2.7","at":"2026-11-22T09:00:00.000005Z",'
        '"detail":{"n":1,"reason":"민원 123"},"id":"0198c0de-0000-7000-8000-000000000001","no":1,'
        '"subject":"run \\"7\\""}'
    )
    record = ChainHead().appended(entry)
    assert (record.no, record.hash) == (1, sha256(bytes(32) + spelled.encode()).digest())
