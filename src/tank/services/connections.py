"""Connections and sender profiles: named, changed, tested; never deleted or renamed from under an automation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from tank.domain.automation import Automation, Definition
from tank.domain.connection import Connection, ConnectionKind, SenderKind, SenderProfile
from tank.domain.errors import Conflict, FieldProblem, Invalid, Misconfigured
from tank.domain.ids import new_id
from tank.domain.mail import Quota
from tank.domain.ports.clock import Clock
from tank.domain.ports.senders import Sender, Senders
from tank.domain.ports.sources import Sources
from tank.domain.ports.store import LogsDb, Tables
from tank.services.audit_trail import note
from tank.services.definition_texts import checked_name

_Named = TypeVar("_Named", Connection, SenderProfile)


class Connections:
    """Named data sources. Secrets go in and never come out."""

    def __init__(self, db: LogsDb, clock: Clock, sources: Sources) -> None:
        self._db = db
        self._clock = clock
        self._sources = sources

    def add(
        self,
        name: str,
        kind: ConnectionKind,
        *,
        options: Mapping[str, Any],
        secrets: Mapping[str, str],
        by: str,
    ) -> Connection:
        """Raises ``Invalid`` where the options make no sense, ``Conflict`` where the name is taken."""
        now = self._clock.now()
        connection = Connection(
            id=new_id(),
            name=checked_name(name),
            kind=kind,
            options=options,
            secrets=_kept(secrets),
            created_at=now,
            updated_at=now,
        )
        with self._db.write() as tables, _options_refused():
            tables.connections.add(connection)
            self._sources.open(connection)
            note(tables, "connection.add", connection.id, by=by, at=now, detail=_described(connection))
        return connection

    def change(
        self,
        connection_id: UUID,
        *,
        by: str,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> Connection:
        """Change what is not None; ``secrets`` are changed one by one, and an empty one is forgotten.

        Raises ``NotFound``, ``Invalid``, and ``Conflict`` for a new name while an automation uses the old one.
        """
        with self._db.write() as tables:
            before = tables.connections.get(connection_id)
            after = _changed(before, self._clock, name, options, secrets)
            if after.name != before.name:
                _refuse_used(tables, "connection", before.name, "renamed")
            with _options_refused():
                self._sources.open(after)
            tables.connections.replace(after)
            detail = _described(after) | {"secrets_changed": sorted(secrets or {})}
            note(tables, "connection.change", connection_id, by=by, at=after.updated_at, detail=detail)
        return after

    def delete(self, connection_id: UUID, *, by: str) -> None:
        """Raises ``NotFound``, and ``Conflict`` while an automation uses it."""
        with self._db.write() as tables:
            connection = tables.connections.get(connection_id)
            _refuse_used(tables, "connection", connection.name, "deleted")
            tables.connections.delete(connection_id)
            detail = _described(connection)
            note(tables, "connection.delete", connection_id, by=by, at=self._clock.now(), detail=detail)

    def test(self, connection_id: UUID) -> str:
        """Connect and say what answers. Raises ``NotFound``, ``SourceError`` and ``Misconfigured``."""
        with self._db.read() as tables:
            connection = tables.connections.get(connection_id)
        return self._sources.open(connection).check()

    def marker_ddl(self, connection_id: UUID) -> str:
        """The statement that makes the marker table there. Raises ``NotFound`` and ``Misconfigured``."""
        with self._db.read() as tables:
            connection = tables.connections.get(connection_id)
        return self._sources.open(connection).marker_ddl()


class SenderProfiles:
    """Named ways to send. Secrets go in and never come out."""

    def __init__(self, db: LogsDb, clock: Clock, senders: Senders) -> None:
        self._db = db
        self._clock = clock
        self._senders = senders

    def add(
        self,
        name: str,
        kind: SenderKind,
        *,
        options: Mapping[str, Any],
        secrets: Mapping[str, str],
        max_rate: float | None,
        by: str,
    ) -> SenderProfile:
        """Raises ``Invalid``, and ``Conflict`` where the name is taken."""
        now = self._clock.now()
        sender = SenderProfile(
            id=new_id(),
            name=checked_name(name),
            kind=kind,
            options=options,
            secrets=_kept(secrets),
            max_rate=_checked_rate(max_rate),
            created_at=now,
            updated_at=now,
        )
        with _options_refused():
            self._senders.open(sender)
        with self._db.write() as tables:
            tables.senders.add(sender)
            note(tables, "sender.add", sender.id, by=by, at=now, detail=_described(sender))
        return sender

    def change(
        self,
        sender_id: UUID,
        *,
        by: str,
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | None = None,
        max_rate: float | None = None,
        clear_max_rate: bool = False,
    ) -> SenderProfile:
        """Change what is not None; ``clear_max_rate`` takes the account's own rate. Like ``Connections.change``."""
        with self._db.write() as tables:
            before = tables.senders.get(sender_id)
            after = _changed(before, self._clock, name, options, secrets)
            if clear_max_rate:
                after = replace(after, max_rate=None)
            elif max_rate is not None:
                after = replace(after, max_rate=_checked_rate(max_rate))
            if after.name != before.name:
                _refuse_used(tables, "sender", before.name, "renamed")
            with _options_refused():
                self._senders.open(after)
            tables.senders.replace(after)
            detail = _described(after) | {"secrets_changed": sorted(secrets or {})}
            note(tables, "sender.change", sender_id, by=by, at=after.updated_at, detail=detail)
        return after

    def delete(self, sender_id: UUID, *, by: str) -> None:
        """Raises ``NotFound``, and ``Conflict`` while an automation uses it."""
        with self._db.write() as tables:
            sender = tables.senders.get(sender_id)
            _refuse_used(tables, "sender", sender.name, "deleted")
            tables.senders.delete(sender_id)
            note(tables, "sender.delete", sender_id, by=by, at=self._clock.now(), detail=_described(sender))

    async def test(self, sender_id: UUID) -> tuple[str, Quota]:
        """Connect without sending; what answers, and what the account may send.

        Raises ``NotFound``, ``SendError`` and ``Misconfigured``.
        """
        with self._db.read() as tables:
            profile = tables.senders.get(sender_id)
        sender: Sender = self._senders.open(profile)
        try:
            return await sender.check(), await sender.quota()
        finally:
            await sender.close()


def _changed(
    item: _Named,
    clock: Clock,
    name: str | None,
    options: Mapping[str, Any] | None,
    secrets: Mapping[str, str] | None,
) -> _Named:
    return replace(
        item,
        name=item.name if name is None else checked_name(name),
        options=item.options if options is None else options,
        secrets=item.secrets if secrets is None else _kept({**item.secrets, **secrets}),
        updated_at=clock.now(),
    )


@contextmanager
def _options_refused() -> Iterator[None]:
    """Options that make no sense are the mistake of whoever types them just now."""
    try:
        yield
    except Misconfigured as error:
        problem = FieldProblem(field="options", message=error.message, code="bad_options")
        raise Invalid(error.message, problems=[problem], remedy=error.remedy, code="bad_options") from error


def _kept(secrets: Mapping[str, str]) -> Mapping[str, str]:
    return {name: secret for name, secret in secrets.items() if secret}


def _described(item: Connection | SenderProfile) -> dict[str, Any]:
    """For the audit trail: no option's value, which may tell where a secret place is, and no secret at all."""
    return {"name": item.name, "kind": str(item.kind), "options": sorted(item.options), "secrets": sorted(item.secrets)}


def _checked_rate(rate: float | None) -> float | None:
    if rate is not None and not 0 < rate <= 100_000:
        problem = FieldProblem(field="max_rate", message="This must be between 0 and 100,000.", code="out_of_range")
        raise Invalid(problem.message, problems=[problem], code="out_of_range")
    return rate


def _refuse_used(tables: Tables, noun: str, name: str, verb: str) -> None:
    users = [automation.name for automation in _automations(tables) if name in _names(tables, automation, noun)]
    if users:
        shown = ", ".join(f"“{user}”" for user in users[:5]) + (" and others" if len(users) > 5 else "")
        raise Conflict(
            f"The {noun} {name} cannot be {verb}: {shown} {'use' if len(users) > 1 else 'uses'} it.",
            remedy="Choose another one there, and publish, first.",
            code=f"{noun}_in_use",
        )


def _names(tables: Tables, automation: Automation, noun: str) -> set[str]:
    """What the draft and the active revision refer to."""
    definitions: list[Definition] = [automation.draft]
    if automation.active_revision_id is not None and automation.draft_differs:
        definitions.append(tables.automations.revision(automation.active_revision_id).definition)
    if noun == "sender":
        return {definition.envelope.sender for definition in definitions}
    return {name for item in definitions for name in (item.dbio.connection, item.dbio.write_connection)}


def _automations(tables: Tables) -> Iterator[Automation]:
    after: str | None = None
    while True:
        page = tables.automations.page(after=after, limit=200)
        yield from page.items
        if (after := page.next) is None:
            return
