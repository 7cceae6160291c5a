"""Connections, senders, settings and the two logs, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from tank.db.database import Database
from tank.domain.connection import Connection, ConnectionKind, SenderKind, SenderProfile
from tank.domain.errors import Conflict, Misconfigured, NotFound
from tank.domain.ids import new_id
from tank.domain.log import SystemErrorRecord
from tests.fakes.clock import START


def a_connection(name: str = "oracle") -> Connection:
    return Connection(
        id=new_id(),
        name=name,
        kind=ConnectionKind.SQL,
        options={"url": "sqlite:////srv/demo.db", "pool": 4},
        secrets={"password": "s3cret-비밀"},
        created_at=START,
        updated_at=START,
    )


def a_sender(name: str = "ses") -> SenderProfile:
    return SenderProfile(
        id=new_id(), name=name, kind=SenderKind.SMTP, max_rate=14.5, created_at=START, updated_at=START
    )


def test_connections(logs_db: Database) -> None:
    connection = a_connection()
    with logs_db.write() as tables:
        tables.connections.add(connection)
        tables.connections.add(a_connection("a"))
    with logs_db.read() as tables:
        assert tables.connections.get(connection.id) == connection
        assert tables.connections.named("oracle") == connection
        assert [item.name for item in tables.connections.all()] == ["a", "oracle"]
    changed = replace(connection, secrets={}, updated_at=START + timedelta(hours=1))
    with logs_db.write() as tables:
        tables.connections.replace(changed)
        assert tables.connections.get(connection.id) == changed
    with pytest.raises(Conflict, match="“a”"), logs_db.write() as tables:
        tables.connections.replace(replace(connection, name="a"))
    with pytest.raises(Conflict), logs_db.write() as tables:
        tables.connections.add(a_connection())
    with logs_db.write() as tables:
        tables.connections.delete(connection.id)
        assert tables.connections.named("oracle") is None
        with pytest.raises(NotFound):
            tables.connections.delete(connection.id)
        with pytest.raises(NotFound):
            tables.connections.get(connection.id)
        with pytest.raises(NotFound):
            tables.connections.replace(connection)


def test_senders(logs_db: Database) -> None:
    sender = replace(a_sender(), secrets={"password": "x"}, options={"host": "mail"})
    with logs_db.write() as tables:
        tables.senders.add(sender)
        assert tables.senders.get(sender.id) == sender
        assert tables.senders.named("ses") == sender
        assert tables.senders.named("other") is None
        tables.senders.replace(replace(sender, name="other", max_rate=None))
        assert [(item.name, item.max_rate) for item in tables.senders.all()] == [("other", None)]
        tables.senders.delete(sender.id)
        for missing in (tables.senders.get, tables.senders.delete):
            with pytest.raises(NotFound):
                missing(sender.id)
        with pytest.raises(NotFound):
            tables.senders.replace(sender)
        tables.senders.add(sender)
    with pytest.raises(Conflict), logs_db.write() as tables:
        tables.senders.add(a_sender())


def test_no_secret_lies_in_the_clear(logs_db: Database) -> None:
    with logs_db.write() as tables:
        tables.connections.add(a_connection())
        sealed = tables.connection.execute(text("SELECT secrets FROM connection")).scalar_one()
    assert b"s3cret" not in bytes(sealed)


def test_a_secret_cannot_be_moved_to_another_connection(logs_db: Database) -> None:
    one, two = a_connection("one"), a_connection("two")
    with logs_db.write() as tables:
        tables.connections.add(one)
        tables.connections.add(two)
        tables.connection.execute(
            text("UPDATE connection SET secrets = (SELECT secrets FROM connection WHERE name = 'one')")
        )
        assert tables.connections.get(one.id) == one
        with pytest.raises(Misconfigured):
            tables.connections.get(two.id)


def test_settings(logs_db: Database) -> None:
    with logs_db.write() as tables:
        assert tables.settings.get("calendar") is None
        tables.settings.put("calendar", {"2026-12-24": "창립기념일"})
        tables.settings.put("calendar", ["2026-12-25"])
        tables.settings.put("stopped", False)
        assert tables.settings.get("stopped") is False
        assert tables.settings.all() == {"calendar": ["2026-12-25"], "stopped": False}
        tables.settings.put("stopped", None)
        assert tables.settings.all() == {"calendar": ["2026-12-25"]}


def an_error(code: str = "source_timeout") -> SystemErrorRecord:
    return SystemErrorRecord(id=new_id(), at=START, component="source", code=code, message="ORA-03113", run_id=new_id())


def test_system_errors(logs_db: Database) -> None:
    errors = [an_error(f"e{number}") for number in range(5)]
    with logs_db.write() as tables:
        for error in errors:
            tables.system_errors.add(error)
        page = tables.system_errors.page(limit=3)
        rest = tables.system_errors.page(limit=3, after=page.next)
        assert [*page.items, *rest.items] == errors[::-1]
        assert rest.next is None
        tables.system_errors.acknowledge(errors[0].id, by="kim", at=START)
        tables.system_errors.acknowledge(errors[0].id, by="lee", at=START + timedelta(days=1))
        assert tables.system_errors.unacknowledged() == 4
        assert errors[0].id not in {error.id for error in tables.system_errors.page(unacknowledged=True).items}
        oldest = tables.system_errors.page().items[-1]
        assert (oldest.acknowledged_by, oldest.acknowledged_at) == ("kim", START)
        with pytest.raises(NotFound):
            tables.system_errors.acknowledge(UUID(int=1), by="kim", at=START)
