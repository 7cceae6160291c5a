"""Dry runs: everything that a run does, for every recipient, except sending and writing back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import TypeGuard
from uuid import UUID

from tank.domain.attachment import MissingFilePolicy
from tank.domain.automation import Automation, Definition
from tank.domain.delivery import ErrorKind, NewDelivery
from tank.domain.errors import Invalid
from tank.domain.mail import Address, RenderedMail
from tank.domain.ports.clock import Clock
from tank.domain.ports.rendering import (
    ComposeError,
    MailComposer,
    RenderError,
    TemplateContext,
    TemplateLab,
    TemplateSettings,
)
from tank.domain.ports.senders import Sender, Senders
from tank.domain.ports.sources import RowSet, Source, Sources, bind_values
from tank.domain.ports.storage import FileStorage
from tank.domain.ports.store import LogsDb, Tables
from tank.domain.query import QueryKind, QueryShape, SourceError
from tank.domain.values import Row, row_of
from tank.services.attachments import RecipientFiles
from tank.services.dry_run_tally import DryRun, Tally
from tank.services.file_claims import FileClaims
from tank.services.preparing import too_large
from tank.services.run_kits import open_read_source
from tank.services.snapshots import TargetReader
from tank.services.target_guard import TargetGuard, is_pending
from tank.services.trial_mails import TrialMails

#: Recipients that are made ready at once.
_CHUNK = 200


class DryRuns:
    """Tries the revision that a run would use: the active one, or the draft of an automation that has none."""

    def __init__(
        self,
        db: LogsDb,
        clock: Clock,
        *,
        sources: Sources,
        senders: Senders,
        storage: FileStorage,
        lab: TemplateLab,
        composer: MailComposer,
    ) -> None:
        self._db = db
        self._clock = clock
        self._sources = sources
        self._senders = senders
        self._storage = storage
        self._lab = lab
        self._composer = composer

    def run(
        self, automation_id: UUID, *, told: Callable[[int], None] = lambda _rows: None, limit: int | None = None
    ) -> DryRun:
        """Go through all recipients; ``told`` hears how many are done, and ends it where it raises.

        With a ``limit``, mapping, template and files of the first so many are tried, and the others are counted.

        Raises ``Invalid`` where queries or template make no sense, ``SourceError`` and ``StorageError``.
        """
        with self._db.read() as tables:
            automation = tables.automations.get(automation_id)
            definition = definition_to_run(tables, automation)
            source = open_read_source(tables, definition, self._sources)
            profile = tables.senders.named(definition.envelope.sender)
        mails = TrialMails(definition, self._storage, self._composer, self._clock.now())
        trial = _Trial(
            self._db,
            self._lab,
            self._clock,
            mails=mails,
            most_bytes=None if profile is None else asyncio.run(_most_bytes(self._senders.open(profile))),
            automation_id=automation_id,
            definition=definition,
            source=source,
            limit=limit,
        )
        if profile is None:
            trial.tally.stop(f"There is no sender named {definition.envelope.sender!r}.")
        for rows in trial.chunks():
            trial.take(rows)
            told(trial.tally.target)
        return trial.result()


def definition_to_run(tables: Tables, automation: Automation) -> Definition:
    """What the automation would run: its active revision, or its draft before there is one."""
    if automation.active_revision_id is None:
        return automation.draft
    return tables.automations.revision(automation.active_revision_id).definition


class _Trial:
    """One dry run."""

    def __init__(
        self,
        db: LogsDb,
        lab: TemplateLab,
        clock: Clock,
        *,
        mails: TrialMails,
        most_bytes: int | None,
        automation_id: UUID,
        definition: Definition,
        source: Source,
        limit: int | None,
    ) -> None:
        self._db = db
        self._lab = lab
        self._limit = limit
        self._mails = mails
        self._most_bytes = most_bytes
        self._definition = definition
        self._source = source
        self._settings = TemplateSettings(zone=definition.zone, language=definition.language, due_at=clock.now())
        mapping_query = definition.dbio.mapping_query
        shape = source.describe(QueryKind.MAPPING, mapping_query) if mapping_query else QueryShape(columns=(), binds=())
        self._mapping_binds, self._mapping_columns = shape.binds, shape.column_names
        self._claims = FileClaims()
        #: 8-byte digests of keys and addresses seen: a false clash has a probability of 3e-8 in a million.
        self._keys: set[bytes] = set()
        self._emails: set[bytes] = set()
        self._columns: tuple[str, ...] = ()
        #: Columns that the template uses.
        self._variables: frozenset[str] = frozenset()
        self.tally = Tally()
        self._target_guard = self._guard(clock, automation_id)

    def chunks(self) -> Iterator[list[NewDelivery]]:
        """The recipients, in the target query's order."""
        with self._source.stream(self._definition.dbio.target_query, array_size=_CHUNK) as stream:
            self._columns = stream.columns
            known = (*stream.columns, *self._mapping_columns)
            self._variables = self._lab.columns_used(self._definition.template, known)
            reader = TargetReader(stream.columns, self._definition)
            for array in stream:
                if not self._target_guard.has_room(reader.seen + len(array)):
                    return
                try:
                    rows = reader.read(array)
                except Invalid as error:
                    self.tally.stop(error.message)
                    return
                yield self._target_guard.check(rows)

    def take(self, rows: Sequence[NewDelivery]) -> None:
        """See what would become of some recipients."""
        self.tally.target += len(rows)
        fit = [row for row in rows if self._is_fit(row)]
        if self._limit is not None:
            # Rows are numbered: the first so many of the target query, whatever became of those among them.
            self.tally.checked += sum(row.seq <= self._limit for row in rows)
            self.tally.would_send += sum(row.seq > self._limit for row in fit)
            fit = [row for row in fit if row.seq <= self._limit]
        else:
            self.tally.checked += len(rows)
        self._try(fit)

    def _try(self, fit: Sequence[NewDelivery]) -> None:
        targets = [row_of(self._columns, row.values) for row in fit]
        mapped = self._mapped(targets)
        ready = [
            (row, target, [row_of(answer.columns, values) for values in answer.rows])
            for row, target, answer in zip(fit, targets, mapped, strict=True)
            if self._has_mapping(answer, row)
        ]
        contexts = [TemplateContext(target=target, rows=rows) for _, target, rows in ready]
        outcomes = self._lab.render(self._definition.template, self._settings, contexts) if contexts else []
        for (row, target, mapping), outcome in zip(ready, outcomes, strict=True):
            self._note_empty(target, mapping)
            self._finish(row, target, mapping, outcome)

    def _guard(self, clock: Clock, automation_id: UUID) -> TargetGuard:
        def mailed_since(keys: Sequence[str], since: datetime) -> set[str]:
            with self._db.read() as tables:
                return tables.ledger.keys_mailed_since(automation_id, keys, since)

        return TargetGuard(
            self._definition,
            clock.now(),
            mailed_since=mailed_since,
            taken=lambda emails: {email for email in emails if _digest(email) in self._emails},
            stop=lambda error: self.tally.stop(error.message),
        )

    def _is_fit(self, row: NewDelivery) -> bool:
        """Whether the row itself may be mailed; equal keys are noted."""
        if (key := _digest(row.recipient_key)) in self._keys:
            self.tally.stop(f"The target query returns the key {row.recipient_key!r} more than once.")
        self._keys.add(key)
        email = _digest(row.email)
        self.tally.duplicates += row.error_kind is ErrorKind.DUPLICATE_ADDRESS or (
            is_pending(row) and email in self._emails
        )
        if row.error_kind is not None:
            self.tally.refuse(row, row.error_kind, row.error_text)
            return False
        self._emails.add(email)
        return True

    def _mapped(self, targets: Sequence[Row]) -> Sequence[RowSet | SourceError]:
        query = self._definition.dbio.mapping_query
        if not query:
            return [RowSet((), ())] * len(targets)
        return self._source.map_rows(query, [bind_values(self._mapping_binds, target) for target in targets])

    def _has_mapping(self, answer: RowSet | SourceError, row: NewDelivery) -> TypeGuard[RowSet]:
        if isinstance(answer, SourceError):
            self.tally.refuse(row, ErrorKind.MAPPING_ERROR, answer.message)
            return False
        return True

    def _note_empty(self, target: Row, mapping: Sequence[Row]) -> None:
        first_row = mapping[0] if mapping else {}
        for name in self._variables:
            value = target[name] if name in target else first_row.get(name)
            self.tally.empty_variables[name] += value is None or (isinstance(value, str) and not value.strip())

    def _finish(
        self, row: NewDelivery, target: Row, mapping: Sequence[Row], outcome: RenderedMail | RenderError
    ) -> None:
        files = self._mails.files(target, mapping)
        self.tally.attachment_counts.update(record.status for record in files.records)
        self._claims.add(row.seq, files.claims)
        if files.error_kind is not None:
            self.tally.refuse(row, files.error_kind, files.error_text)
            missing = files.error_kind is ErrorKind.ATTACHMENT_NOT_FOUND
            if missing and self._definition.policies.missing_file is MissingFilePolicy.ABORT_RUN:
                self.tally.stop(f"Row {row.seq} has no file, and the policy is ABORT_RUN.")
        elif isinstance(outcome, RenderError):
            self.tally.refuse(row, ErrorKind.RENDER_ERROR, outcome.message)
        else:
            self._compose(row, files, outcome)

    def _compose(self, row: NewDelivery, files: RecipientFiles, rendered: RenderedMail) -> None:
        try:
            size = len(self._mails.compose(rendered, files, to=Address(row.email, row.name), delivery_id=row.id))
        except ComposeError as error:
            self.tally.refuse(row, ErrorKind.COMPOSE_ERROR, error.message)
            return
        if self._most_bytes is not None and size > self._most_bytes:
            self.tally.refuse(row, ErrorKind.COMPOSE_ERROR, too_large(size, self._most_bytes))
        else:
            self.tally.send(size)

    def result(self) -> DryRun:
        for clash in self._claims.clashes():
            rows = ", ".join(str(seq) for seq in clash.seqs)
            self.tally.stop(f"The rows {rows} match one and the same file, and its rule is not shared.")
        return self.tally.result()


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=8).digest()


async def _most_bytes(sender: Sender) -> int:
    """The largest message that the sender takes, as a run asks for it before it has connected."""
    try:
        return sender.max_message_bytes
    finally:
        await sender.close()
