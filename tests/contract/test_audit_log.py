"""AUDIT_LOG: a chain that shows what was done to it, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, text, update

from tank.db.audit import audit_log
from tank.db.database import Database
from tank.domain.audit_chain import ChainHead, head_from
from tank.domain.errors import Invalid, NotFound
from tank.domain.ids import new_id
from tank.domain.log import AuditEntry, AuditFilter
from tank.domain.ports.store import Tables
from tank.services.audit_log import AuditLog
from tests.fakes.clock import START
from tests.support.at_once import all_at_once


def an_entry(subject: str = "a", *, action: str = "automation.publish", actor: str = "kim", **more: Any) -> AuditEntry:
    wanted: dict[str, Any] = {"at": START, "detail": {"n": 1}, "address": "192.0.2.7", **more}
    return AuditEntry(id=new_id(), actor=actor, action=action, subject=subject, **wanted)


def write_down(db: Database, *entries: AuditEntry) -> None:
    with db.write() as tables:
        for entry in entries:
            tables.audit.add(entry)


@pytest.fixture
def seven(logs_db: Database) -> AuditLog:
    """A log of seven entries, read three at a time."""
    for number in range(7):
        write_down(logs_db, an_entry(f"subject {number}"))
    return AuditLog(logs_db, chunk=3)


def subjects(db: Database, wanted: AuditFilter | None = None) -> str:
    with db.read() as tables:
        return "".join(record.subject for record in tables.audit.entries(wanted, limit=100))


def test_entries_come_back_as_they_were_written_newest_first(logs_db: Database) -> None:
    entries = [an_entry(subject) for subject in ("a", "b", "a")]
    write_down(logs_db, *entries)
    with logs_db.read() as tables:
        found = tables.audit.page().items
        assert [record.no for record in found] == [3, 2, 1]
        assert [(one.id, one.at, one.actor, one.detail, one.address) for one in found] == [
            (one.id, one.at, one.actor, one.detail, one.address) for one in reversed(entries)
        ]
        page = tables.audit.page(AuditFilter(subjects=["a"]), limit=1)
        assert [record.no for record in page.items] == [3]
        rest = tables.audit.page(AuditFilter(subjects=["a"]), limit=1, after=page.next)
        assert ([record.no for record in rest.items], rest.next) == ([1], None)


def test_filters_add_up(logs_db: Database) -> None:
    day = timedelta(days=1)
    write_down(
        logs_db,
        an_entry("a"),
        an_entry("b", actor="lee", at=START + day),
        an_entry("c", action="delivery.reveal", at=START + 2 * day),
        an_entry("d", action="automation_x", at=START + 3 * day),
    )
    assert subjects(logs_db, AuditFilter(subjects=["a", "c"])) == "ac"
    assert subjects(logs_db, AuditFilter(actor="lee")) == "b"
    assert subjects(logs_db, AuditFilter(action="automation.")) == "ab"
    assert subjects(logs_db, AuditFilter(action="automation_")) == "d"
    assert subjects(logs_db, AuditFilter(since=START + day, until=START + 3 * day)) == "bc"
    assert subjects(logs_db, AuditFilter(actor="kim", action="automation.", until=START + day)) == "a"


def test_an_entry_is_there_for_whoever_reads_in_the_same_transaction(logs_db: Database) -> None:
    with logs_db.write() as tables:
        tables.audit.add(an_entry("a"))
        assert [record.subject for record in tables.audit.page().items] == ["a"]
        tables.audit.add(an_entry("b"))
        assert tables.audit.count() == 2
    assert AuditLog(logs_db).verify().intact


def _note_and_fail(tables: Tables) -> None:
    tables.audit.add(an_entry("b"))
    assert tables.audit.count() == 2
    tables.runs.get(new_id())


def test_what_was_rolled_back_leaves_no_gap(logs_db: Database) -> None:
    write_down(logs_db, an_entry("a"))
    with pytest.raises(NotFound), logs_db.write() as tables:
        _note_and_fail(tables)
    write_down(logs_db, an_entry("c"))
    verdict = AuditLog(logs_db).verify()
    assert (verdict.entries, verdict.intact, verdict.last.no) == (2, True, 2)


def test_an_empty_log_is_intact(logs_db: Database) -> None:
    verdict = AuditLog(logs_db).verify()
    assert (verdict.entries, verdict.intact, verdict.broken_at, verdict.last) == (0, True, None, ChainHead())


def test_those_who_write_at_once_take_turns(logs_db: Database) -> None:
    def write_many() -> None:
        for number in range(25):
            write_down(logs_db, an_entry(f"{number}"), an_entry(f"{number} again"))

    all_at_once(*[write_many] * 4)
    verdict = AuditLog(logs_db, chunk=7).verify()
    assert (verdict.entries, verdict.intact, verdict.last.no) == (200, True, 200)


def test_nobody_waits_for_a_turn_with_rows_that_others_want(logs_db: Database) -> None:
    """One notes and then waits for a row; the other has that row, and notes."""

    def first_noted() -> None:
        for number in range(20):
            with logs_db.write() as tables:
                tables.audit.add(an_entry(f"{number}"))
                tables.settings.put("shared", number)

    def first_done() -> None:
        for number in range(20):
            with logs_db.write() as tables:
                tables.settings.put("shared", number)
                tables.audit.add(an_entry(f"{number}"))

    all_at_once(first_noted, first_done, first_noted, first_done)
    verdict = AuditLog(logs_db, chunk=7).verify()
    assert (verdict.entries, verdict.intact, verdict.last.no) == (80, True, 80)


def test_entries_are_read_in_chunks_from_any_number_on(seven: AuditLog) -> None:
    assert [[record.no for record in chunk] for chunk in seven.chunks()] == [[1, 2, 3], [4, 5, 6], [7]]
    assert [[record.no for record in chunk] for chunk in seven.chunks(after=4)] == [[5, 6, 7]]
    assert list(seven.chunks(after=7)) == []


Tampering = Callable[[Connection], object]


def changed(column: str, value: Any, no: int = 4) -> Tampering:
    return lambda connection: connection.execute(update(audit_log).where(audit_log.c.no == no).values({column: value}))


def removed(*numbers: int) -> Tampering:
    return lambda connection: connection.execute(delete(audit_log).where(audit_log.c.no.in_(numbers)))


def swapped(connection: Connection) -> None:
    for before, after in ((4, 0), (5, 4), (0, 5)):
        connection.execute(update(audit_log).where(audit_log.c.no == before).values(no=after))


def closed_up(connection: Connection) -> None:
    removed(4)(connection)
    for number in (5, 6, 7):
        connection.execute(update(audit_log).where(audit_log.c.no == number).values(no=number - 1))


def inserted(no: int) -> Tampering:
    def tamper(connection: Connection) -> None:
        for number in range(7, no - 1, -1):
            if number > 0:
                connection.execute(update(audit_log).where(audit_log.c.no == number).values(no=number + 1))
        record = ChainHead(no - 1).appended(an_entry("put in"))
        row = {name: getattr(record, name) for name in audit_log.c.keys()}  # noqa: SIM118
        connection.execute(insert(audit_log).values(row))

    return tamper


CASES: Sequence[tuple[str, Tampering, int]] = (
    ("id", changed("id", new_id()), 4),
    ("time", changed("at", START + timedelta(microseconds=1)), 4),
    ("actor", changed("actor", "lee"), 4),
    ("action", changed("action", "automation.publish "), 4),
    ("subject", changed("subject", "subject 4"), 4),
    ("detail", changed("detail", {"n": 1.0}), 4),
    ("emptied detail", changed("detail", {}), 4),
    ("address", changed("address", ""), 4),
    ("hash", changed("hash", bytes(32)), 4),
    ("number", changed("no", 40), 4),
    ("the first one", changed("actor", "lee", no=1), 1),
    ("the last one", changed("actor", "lee", no=7), 7),
    ("removed", removed(3), 3),
    ("removed from the beginning", removed(1, 2), 1),
    ("removed and closed up", closed_up, 4),
    ("reordered", swapped, 4),
    ("put in", inserted(4), 4),
    ("put in before all", inserted(0), 0),
    ("put in after all", inserted(8), 8),
)


@pytest.mark.parametrize(("tamper", "broken_at"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_tampering_is_found(logs_db: Database, seven: AuditLog, tamper: Tampering, broken_at: int) -> None:
    before = seven.verify()
    assert before.intact
    with logs_db.engine.begin() as connection:
        tamper(connection)
    verdict = seven.verify(before.last)
    assert (verdict.intact, verdict.broken_at, verdict.last.no) == (False, broken_at, max(broken_at - 1, 0))
    with logs_db.read() as tables:
        assert verdict.entries == tables.audit.count()


@pytest.mark.parametrize(
    "assignment",
    ["at = 'yesterday'", "id = 'x'", "detail = '{'", "no = 'four'", "hash = 'text'", "actor = CAST(x'ff' AS TEXT)"],
)
def test_what_cannot_even_be_read_is_tampering_too(sqlite_db: Database, assignment: str) -> None:
    """SQLite takes anything in any column."""
    write_down(sqlite_db, *(an_entry() for _ in range(7)))
    with sqlite_db.engine.begin() as connection:
        connection.execute(text(f"UPDATE audit_log SET {assignment} WHERE no = 4"))
    verdict = AuditLog(sqlite_db, chunk=5).verify()
    assert (verdict.entries, verdict.intact, verdict.broken_at, verdict.last.no) == (7, False, 4, 3)


def test_a_moment_that_no_clock_shows_is_tampering_too(logs_db: Database) -> None:
    if logs_db.is_sqlite:
        return
    write_down(logs_db, *(an_entry() for _ in range(7)))
    with logs_db.engine.begin() as connection:
        connection.execute(text("UPDATE audit_log SET at = 'infinity' WHERE no = 4"))
    verdict = AuditLog(logs_db, chunk=5).verify()
    assert (verdict.entries, verdict.broken_at, verdict.last.no) == (7, 4, 3)


def test_a_cut_off_end_is_missed_by_whoever_noted_it(logs_db: Database, seven: AuditLog) -> None:
    noted = seven.verify().last
    write_down(logs_db, an_entry("later"))
    assert seven.verify(noted).has_noted is True
    with logs_db.engine.begin() as connection:
        removed(6, 7, 8)(connection)
    assert seven.verify().intact  # the chain alone cannot know
    verdict = seven.verify(noted)
    assert (verdict.intact, verdict.has_noted, verdict.broken_at, verdict.last.no) == (False, False, None, 5)
    write_down(logs_db, *(an_entry("covers it up") for _ in range(3)))
    assert seven.verify().intact
    assert seven.verify(noted).has_noted is False


def test_a_noted_end_is_read_back_and_nothing_else_is(seven: AuditLog) -> None:
    last = seven.verify().last
    assert head_from(f" {last}\n") == last
    for wrong in ("", "7", "7:", "7:00", f"x:{'0' * 64}", f"0:{'0' * 64}", f"-1:{'0' * 64}", f"{2**63}:{'0' * 64}"):
        with pytest.raises(Invalid):
            head_from(wrong)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
_ENTRIES = st.builds(
    AuditEntry,
    id=st.uuids(),
    at=st.datetimes(timezones=st.timezones()).filter(lambda moment: 2 < moment.year < 9998),
    actor=st.text(st.characters(), max_size=20),
    action=st.text(st.characters(), max_size=20),
    subject=st.text(st.characters(), max_size=20),
    detail=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), _JSON, max_size=4),
    address=st.text(st.characters(), max_size=20),
)


@given(entries=st.lists(_ENTRIES, min_size=1, max_size=5, unique_by=lambda entry: entry.id))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_is_written_fits_when_it_is_read_back(logs_db: Database, entries: list[AuditEntry]) -> None:
    with logs_db.engine.begin() as connection:
        connection.execute(delete(audit_log))
    write_down(logs_db, *entries)
    assert AuditLog(logs_db).verify().intact
