"""Bringing the Logs DB to the shape that this version of Tank needs, and copying it."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from tank.db.database import Database
from tank.db.metadata import metadata
from tank.domain.errors import Conflict, LogsDbUnavailable, Misconfigured

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number that nobody else locks in this database.
_UPGRADE_LOCK = 0x7A4E_4B00


def latest() -> str:
    """The revision that this version of Tank needs."""
    head = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
    assert head is not None
    return head


def current(database: Database) -> str | None:
    """The revision that the Logs DB is at; None where it is empty. Raises ``LogsDbUnavailable``."""
    with database.read() as tables:
        return _revision(tables.connection)


def is_current(database: Database) -> bool:
    return current(database) == latest()


def require_current(database: Database) -> None:
    """Raise ``Misconfigured`` where the Logs DB is older or newer than this version of Tank."""
    revision = current(database)
    if revision == latest():
        return
    _refuse_newer(revision)
    raise Misconfigured(
        f"The Logs DB is at revision {revision or '(empty)'}; this version of Tank needs {latest()}.",
        remedy="Back it up with `tank db backup`, then run `tank db upgrade`.",
        code="logs_db_outdated",
    )


def upgrade(database: Database) -> str:
    """Apply the revisions that are missing, all or none; the revision it is at then.

    Of two processes that upgrade at once, one waits and finds nothing to do. Raises ``Misconfigured`` where the
    database is not Tank's or comes from a newer version, ``LogsDbUnavailable`` where it does not answer.
    """
    try:
        with _alone(database) as connection:
            revision = _revision(connection)
            _refuse_newer(revision)
            if revision is None:
                _refuse_foreign(connection)
            if revision != latest():
                command.upgrade(alembic_config(connection), "head")
    except DBAPIError as error:
        raise LogsDbUnavailable(
            f"The Logs DB could not be upgraded, and is as it was: {error.orig}",
            remedy="Mend what the database says, and run `tank db upgrade` again.",
        ) from error
    return latest()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration without a file, for commands on this connection."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    # Names that are Python modules, for the type checker.
    config.set_main_option("file_template", "rev_%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def backup(database: Database, path: Path) -> None:
    """Copy a SQLite Logs DB to a new file while Tank goes on working; the copy is checked before it gets its name.

    Raises ``Misconfigured`` on PostgreSQL, ``Conflict`` where the file exists, ``LogsDbUnavailable`` where it cannot
    be written.
    """
    if not database.is_sqlite:
        raise Misconfigured(
            "A PostgreSQL Logs DB is backed up by its own tools.",
            remedy=f"Run `pg_dump --format=custom --file={path} {database.url.render_as_string()}`.",
        )
    if path.exists():
        raise Conflict(f"{path} exists already.", remedy="Choose another name: a backup never replaces a file.")
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        # Personal data: for the owner's eyes alone from its first byte.
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(Path(str(database.url.database)), aside)
        os.link(aside, path)
    except FileExistsError as error:
        raise Conflict(f"{path} exists already.", remedy="Choose another name.") from error
    except (OSError, sqlite3.Error) as error:
        raise LogsDbUnavailable(
            f"The backup could not be made: {_why(error)}.", remedy="Check the folder, its rights and its free space."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _why(error: OSError | sqlite3.Error) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _copy(original: Path, copy: Path) -> None:
    with (
        closing(sqlite3.connect(f"{original.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        # One file instead of three: a copy in WAL mode would need its companions.
        target.execute("PRAGMA journal_mode=DELETE")
        verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"the copy is damaged: {verdict}")
    descriptor = os.open(copy, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A transaction that no other upgrade shares, committed when left."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _UPGRADE_LOCK})
                yield connection
            return
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        # Copying a table drops the old one, which would count as deleting rows that others refer to. The switch
        # works outside a transaction only; BEGIN IMMEDIATE is the lock.
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                _refuse_dangling(connection)
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _refuse_dangling(connection: Connection) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if dangling is not None:
        raise Misconfigured(
            f"After the upgrade a row of {dangling[0]} would refer to nothing; the Logs DB is as it was.",
            remedy="Restore the Logs DB from a backup, or report this.",
        )


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(revision: str | None) -> None:
    script = ScriptDirectory(str(_MIGRATIONS))
    known = {item.revision for item in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise Misconfigured(
            f"The Logs DB is at revision {revision}, which this version of Tank does not know: a newer one made it.",
            remedy="Install the newer version again, or restore the backup from before its upgrade.",
            code="logs_db_newer",
        )


def _refuse_foreign(connection: Connection) -> None:
    """An empty database is wanted: tables of these names that Tank did not make must not be touched."""
    taken = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if taken:
        raise Misconfigured(
            f"The database already has tables that Tank did not make: {', '.join(taken)}.",
            remedy="Give Tank a database of its own (TANK_LOGS_DB_URL).",
            code="logs_db_foreign",
        )
