"""Migrations: they make what the tables say, once, however many processes try."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import column, insert, table, text

from tank.db.audit import audit_log
from tank.db.database import Database
from tank.db.metadata import metadata
from tank.db.upgrade import alembic_config, backup, current, is_current, latest, require_current, upgrade
from tank.domain.errors import Conflict, LogsDbUnavailable, Misconfigured
from tank.domain.ids import new_id
from tank.services.audit_log import AuditLog
from tank.services.audit_trail import note
from tests.fakes.clock import START, FakeClock
from tests.support.logs_db import a_vault, postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'tank.db'}", vault=a_vault(), clock=FakeClock())
        yield database
        database.close()
        return
    with postgres_database() as url:
        database = Database(url.render_as_string(hide_password=False), vault=a_vault(), clock=FakeClock())
        yield database
        database.close()


def test_migrations_make_what_the_tables_say(empty_db: Database) -> None:
    assert current(empty_db) is None
    with pytest.raises(Misconfigured) as caught:
        require_current(empty_db)
    assert caught.value.code == "logs_db_outdated"
    assert "tank db upgrade" in (caught.value.remedy or "")
    assert upgrade(empty_db) == latest() == current(empty_db)
    assert is_current(empty_db)
    require_current(empty_db)
    with empty_db.read() as tables:
        context = MigrationContext.configure(tables.connection)
        assert compare_metadata(context, metadata) == []


def test_migrations_make_the_same_schema_text(empty_db: Database) -> None:
    """What ``compare_metadata`` does not look at: conditions of partial indexes, and defaults."""
    upgrade(empty_db)
    migrated = _schema(empty_db)
    with empty_db.write() as tables:
        metadata.drop_all(tables.connection)
        metadata.create_all(tables.connection)
    assert _schema(empty_db) == migrated
    assert len(migrated) > 10


def _schema(database: Database) -> dict[str, frozenset[str]]:
    """The lines of each table's and index's text, by name; columns and constraints in any order.

    SQLite puts the name of a table that a migration copied in quotes.
    """
    query = (
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT GLOB 'alembic*'"
        if database.is_sqlite
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexname !~ '^alembic'"
    )
    with database.read() as tables:
        texts = tables.connection.execute(text(query))
        return {
            name: frozenset(line.strip(" ,\t").replace('"', "") for line in sql.splitlines()) for name, sql in texts
        }


def test_two_processes_may_upgrade_at_once(empty_db: Database) -> None:
    other = Database(empty_db.url.render_as_string(hide_password=False), vault=a_vault(), clock=FakeClock())
    barrier = threading.Barrier(2, timeout=20)
    revisions: list[str] = []

    def start(database: Database) -> None:
        barrier.wait()
        revisions.append(upgrade(database))

    threads = [threading.Thread(target=start, args=(database,), daemon=True) for database in (empty_db, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    other.close()
    assert revisions == [latest(), latest()]


def test_a_newer_logs_db_is_refused(empty_db: Database) -> None:
    upgrade(empty_db)
    with empty_db.write() as tables:
        tables.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (upgrade, require_current):
        with pytest.raises(Misconfigured) as caught:
            refuse(empty_db)
        assert caught.value.code == "logs_db_newer"


def test_a_database_with_other_tables_of_these_names_is_left_alone(empty_db: Database) -> None:
    with empty_db.write() as tables:
        tables.connection.execute(text("CREATE TABLE job (id INTEGER PRIMARY KEY)"))
    with pytest.raises(Misconfigured, match="job") as caught:
        upgrade(empty_db)
    assert caught.value.code == "logs_db_foreign"
    assert current(empty_db) is None


def test_an_upgrade_that_fails_changes_nothing(empty_db: Database) -> None:
    with empty_db.write() as tables:
        tables.connection.execute(text("CREATE VIEW run AS SELECT 1 AS id"))
    with pytest.raises(LogsDbUnavailable, match="as it was"):
        upgrade(empty_db)
    assert current(empty_db) is None
    with empty_db.write() as tables:
        tables.connection.execute(text("DROP VIEW run"))
    assert upgrade(empty_db) == latest()


def test_a_backup_is_a_whole_copy(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tank.db'}", vault=a_vault(), clock=FakeClock())
    upgrade(database)
    with database.write() as tables:
        tables.settings.put("calendar", ["2026-12-25"])
        backup(database, tmp_path / "copy.db")  # while somebody writes: what is not committed is not in it
    backup(database, tmp_path / "later.db")
    database.close()
    for name, count in (("copy.db", 0), ("later.db", 1)):
        with sqlite3.connect(tmp_path / name) as connection:
            assert connection.execute("SELECT count(*) FROM setting").fetchone() == (count,)
        connection.close()
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_backup_replaces_nothing_and_says_what_is_wrong(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tank.db'}", vault=a_vault(), clock=FakeClock())
    upgrade(database)
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(Conflict):
        backup(database, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"
    with pytest.raises(LogsDbUnavailable):
        backup(database, tmp_path / "no" / "folder" / "copy.db")
    database.close()


def test_postgresql_is_backed_up_by_its_own_tool() -> None:
    database = Database("postgresql://u:secret@127.0.0.1:1/tank", vault=a_vault(), clock=FakeClock())
    with pytest.raises(Misconfigured) as caught:
        backup(database, Path("copy.dump"))
    assert "pg_dump" in (caught.value.remedy or "")
    assert "secret" not in (caught.value.remedy or "")


def test_an_audit_log_that_was_filled_before_becomes_a_chain(empty_db: Database) -> None:
    """In the order of the ids, whatever the order of the rows; 2,001 are more than a chunk or two."""
    with empty_db.engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0002")
    ids = [new_id() for _ in range(2_001)]
    rows = [
        {
            "id": entry_id,
            "at": START + timedelta(seconds=number),
            "actor": "김하나",
            "action": "automation.publish",
            "subject": f"subject {number}",
            "detail": {"number": number, "names": ["가", None], "half": 0.5},
            "address": "",
        }
        for number, entry_id in enumerate(ids)
    ]
    old = table("audit_log", *(column(name, audit_log.c[name].type) for name in rows[0]))
    with empty_db.engine.begin() as connection:
        connection.execute(insert(old), rows[::-1])
    assert upgrade(empty_db) == latest()
    verdict = AuditLog(empty_db).verify()
    assert (verdict.entries, verdict.intact, verdict.last.no) == (2_001, True, 2_001)
    with empty_db.write() as tables:
        kept = tables.audit.entries(limit=3_000)
        assert [record.id for record in kept] == ids
        assert [{name: getattr(record, name) for name in rows[0]} for record in kept] == rows
        note(tables, "automation.publish", "later", by="kim", at=START)
    assert AuditLog(empty_db).verify(verdict.last).intact
