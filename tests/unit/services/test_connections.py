"""Connections and sender profiles as services see them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tank.domain.connection import ConnectionKind, SenderKind
from tank.domain.errors import Conflict, Invalid, NotFound
from tank.domain.ids import new_id
from tank.senders.registry import SenderRegistry
from tank.services.connections import Connections, SenderProfiles
from tank.sources.registry import SourceRegistry
from tests.support.workshop import COMPLETE, Workshop


@pytest.fixture
def connections(workshop: Workshop) -> Connections:
    return Connections(workshop.db, workshop.clock, SourceRegistry())


@pytest.fixture
def senders(workshop: Workshop, tmp_path: Path) -> SenderProfiles:
    return SenderProfiles(workshop.db, workshop.clock, SenderRegistry(outbox_folder=tmp_path))


def options(folder: Path) -> dict[str, object]:
    return {"url": f"sqlite:///{folder / 'source.db'}"}


def test_a_connection_is_added_tested_changed_and_deleted(
    connections: Connections, workshop: Workshop, tmp_path: Path
) -> None:
    (tmp_path / "source.db").touch()
    made = connections.add("db", ConnectionKind.SQL, options=options(tmp_path), secrets={"password": ""}, by="kim")
    assert made.secrets == {}
    assert connections.test(made.id).startswith("SQLite")
    assert "TANK_WRITEBACK" in connections.marker_ddl(made.id)
    workshop.clock.advance(1)
    changed = connections.change(made.id, name="other", by="kim")
    assert (changed.name, changed.secrets, changed.options) == ("other", {}, made.options)
    workshop.clock.advance(1)
    with pytest.raises(Invalid):  # SQLite has no passwords
        connections.change(made.id, secrets={"password": "x"}, by="kim")
    connections.delete(made.id, by="kim")
    with pytest.raises(NotFound):
        connections.test(made.id)
    assert [action for _, action in workshop.audit()] == [
        "connection.add",
        "connection.change",
        "connection.delete",
    ]


def test_options_that_make_no_sense_are_refused(connections: Connections, workshop: Workshop, tmp_path: Path) -> None:
    for wrong in ({}, {"url": "no url"}, {**options(tmp_path), "colour": "red"}):
        with pytest.raises(Invalid) as caught:
            connections.add("db", ConnectionKind.SQL, options=wrong, secrets={}, by="kim")
        assert caught.value.problems[0].field == "options"
    made = connections.add("db", ConnectionKind.SQL, options=options(tmp_path), secrets={}, by="kim")
    workshop.clock.advance(1)
    with pytest.raises(Invalid):
        connections.change(made.id, options={}, by="kim")
    with pytest.raises(Conflict):
        connections.add("db", ConnectionKind.SQL, options=options(tmp_path), secrets={}, by="kim")
    with workshop.db.read() as tables:
        assert tables.connections.get(made.id) == made


def test_what_an_automation_uses_is_neither_renamed_nor_deleted(
    connections: Connections, senders: SenderProfiles, workshop: Workshop, tmp_path: Path
) -> None:
    write = connections.add("write", ConnectionKind.SQL, options=options(tmp_path), secrets={}, by="kim")
    sender = senders.add("box", SenderKind.OUTBOX, options={}, secrets={}, max_rate=None, by="kim")
    used = replace(
        COMPLETE,
        dbio=replace(COMPLETE.dbio, write_connection="write", update_query=""),
        envelope=replace(COMPLETE.envelope, sender="box"),
    )
    made = workshop.automation(used)
    workshop.automations.publish(made.id, by="kim")
    workshop.drafts.replace_all(made.id, COMPLETE, by="kim", reason="import")  # the active revision still uses them
    with pytest.raises(Conflict, match="“명세서” uses it") as caught:
        connections.delete(write.id, by="kim")
    assert caught.value.code == "connection_in_use"
    with pytest.raises(Conflict):
        connections.change(write.id, name="new", by="kim")
    with pytest.raises(Conflict) as caught:
        senders.delete(sender.id, by="kim")
    assert caught.value.code == "sender_in_use"
    with pytest.raises(Conflict):
        senders.change(sender.id, name="new", by="kim")


def test_a_sender_is_added_tested_changed_and_deleted(senders: SenderProfiles, workshop: Workshop) -> None:
    made = senders.add("box", SenderKind.OUTBOX, options={}, secrets={}, max_rate=10, by="kim")
    said, quota = asyncio.run(senders.test(made.id))
    assert said
    assert quota.sending_enabled
    assert senders.change(made.id, max_rate=5, by="kim").max_rate == 5
    assert senders.change(made.id, clear_max_rate=True, by="kim").max_rate is None
    for rate in (0, -1, 1e9, float("nan")):
        with pytest.raises(Invalid):
            senders.change(made.id, max_rate=rate, by="kim")
    with pytest.raises(Invalid):
        senders.change(made.id, options={"colour": "red"}, by="kim")
    senders.delete(made.id, by="kim")
    with pytest.raises(NotFound):
        senders.delete(new_id(), by="kim")


def test_no_secret_reaches_the_audit_trail(senders: SenderProfiles, workshop: Workshop) -> None:
    made = senders.add(
        "smtp", SenderKind.SMTP, options={"host": "mail.example.com"}, secrets={}, max_rate=None, by="kim"
    )
    senders.change(made.id, options={"host": "m", "username": "u"}, secrets={"password": "hunter2"}, by="kim")
    with workshop.db.read() as tables:
        assert "hunter2" not in str([entry.detail for entry in tables.audit.page().items])
        assert tables.senders.get(made.id).secrets == {"password": "hunter2"}
    assert senders.change(made.id, secrets={"password": ""}, by="kim").secrets == {}
