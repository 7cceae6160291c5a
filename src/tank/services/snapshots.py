"""Snapshots: the recipients of a run, written down before anyone is mailed.

The target query is streamed into the ledger in chunks. Mails may leave only once the snapshot is sealed; one that
could not be completed is thrown away, and nobody was mailed. Everything here is synchronous and runs in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import orjson

from tank.domain.automation import Definition
from tank.domain.delivery import Delivery, DeliveryStatus, ErrorKind, NewDelivery
from tank.domain.errors import Invalid
from tank.domain.ids import new_id
from tank.domain.job import Job, Trigger
from tank.domain.ports.clock import Clock
from tank.domain.ports.sources import Source
from tank.domain.ports.store import LogsDb
from tank.domain.run import Run
from tank.domain.values import RowValues, Value
from tank.services.addresses import BadAddress, normalise_address
from tank.services.target_guard import TargetGuard, skipped

#: Rows in one transaction of the Logs DB: few enough that other writers hardly wait.
CHUNK = 1000
#: Characters of a key, and of an address that is none: indexes of PostgreSQL hold 2,704 bytes a row.
LONGEST_KEY = 500
_LONGEST_EMAIL = 320

#: A delivery of an earlier run and its target row, None once purged.
_OldRow: TypeAlias = tuple[Delivery, RowValues | None]


class Snapshots:
    """Takes snapshots."""

    def __init__(self, db: LogsDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def take(
        self, job: Job, run: Run, definition: Definition, source: Source, *, fence: int, told: Callable[[int], None]
    ) -> int:
        """Write the run's recipients; how many there are. ``told`` hears of each chunk.

        Raises ``SourceError``, ``Invalid`` for a query that makes no sense, and ``LeaseLost``.
        """
        if job.trigger in (Trigger.RETRY, Trigger.RESEND):
            self._take_columns(job, run)
            is_retry = job.trigger is Trigger.RETRY
            chunks = self._failed_rows(job, run, definition) if is_retry else self._chosen_rows(job)
        else:
            chunks = self._target_rows(run, definition, source)
        total = 0
        for chunk in chunks:
            total += len(chunk)
            with self._db.write() as tables:
                tables.ledger.add_snapshot(run.id, run.automation_id, chunk, fence=fence, at=self._clock.now())
            told(total)
        return total

    # A target query

    def _target_rows(self, run: Run, definition: Definition, source: Source) -> Iterator[list[NewDelivery]]:
        guard = self._guard(run, definition)
        with source.stream(definition.dbio.target_query, array_size=CHUNK) as stream:
            reader = TargetReader(stream.columns, definition)
            with self._db.write() as tables:
                tables.runs.set_columns(run.id, stream.columns)
            for array in stream:
                guard.has_room(reader.seen + len(array))
                yield guard.check(reader.read(array))

    def _guard(self, run: Run, definition: Definition) -> TargetGuard:
        def mailed_since(keys: Sequence[str], since: datetime) -> set[str]:
            with self._db.read() as tables:
                return tables.ledger.keys_mailed_since(run.automation_id, keys, since)

        def taken(emails: Sequence[str]) -> set[str]:
            with self._db.read() as tables:
                return tables.ledger.emails_of_run(run.id, emails)

        def stop(error: Invalid) -> None:
            raise error

        return TargetGuard(definition, self._clock.now(), mailed_since=mailed_since, taken=taken, stop=stop)

    # Rows of an earlier run

    def _failed_rows(self, job: Job, run: Run, definition: Definition) -> Iterator[list[NewDelivery]]:
        """The guard holds here too: another run may have mailed them meanwhile."""
        guard = self._guard(run, definition)
        seq = 0
        for chunk in self._failed(job, run):
            rows = [
                _once_more(delivery, values, seq + place, delivery.email)
                for place, (delivery, values) in enumerate(chunk, start=1)
            ]
            yield guard.without_mailed(rows)
            seq += len(chunk)

    def _failed(self, job: Job, run: Run) -> Iterator[Sequence[_OldRow]]:
        assert job.source_run_id is not None
        after = 0
        while True:
            with self._db.read() as tables:
                # Rows of this very snapshot are no retries of those to come.
                chunk = tables.ledger.failed(
                    job.source_run_id, error_kinds=job.retry_kinds, but_for=run.id, after_seq=after, limit=CHUNK
                )
            if not chunk:
                return
            yield chunk
            after = chunk[-1][0].seq

    def _chosen_rows(self, job: Job) -> Iterator[list[NewDelivery]]:
        """At most ``MOST_RESENDS``: one chunk. Without the guard: a person chose each of them, and said why."""
        with self._db.read() as tables:
            chosen = [
                (tables.ledger.get(row.delivery_id), tables.ledger.payload(row.delivery_id), row.email)
                for row in job.resend_rows
            ]
        yield [
            _once_more(delivery, payload and payload[0], seq, email or delivery.email)
            for seq, (delivery, payload, email) in enumerate(chosen, start=1)
        ]

    def _take_columns(self, job: Job, run: Run) -> None:
        """Rows of an earlier run have its columns."""
        assert job.source_run_id is not None
        with self._db.write() as tables:
            tables.runs.set_columns(run.id, tables.runs.get(job.source_run_id).columns)


def _once_more(delivery: Delivery, values: RowValues | None, seq: int, email: str) -> NewDelivery:
    if values is None:
        raise Invalid(
            f"The data of delivery {delivery.id} has been deleted after its retention period.",
            remedy="Run the automation again instead.",
            code="payload_purged",
        )
    row = NewDelivery(
        id=new_id(),
        seq=seq,
        recipient_key=delivery.recipient_key,
        email=email,
        name=delivery.name,
        values=values,
        retry_of=delivery.id,
    )
    try:
        return replace(row, email=normalise_address(email))
    except BadAddress as error:
        return skipped(replace(row, email=_cut(email)), ErrorKind.INVALID_ADDRESS, str(error))


class TargetReader:
    """Turns rows of a target query into deliveries, by what the revision says of its columns."""

    def __init__(self, columns: Sequence[str], definition: Definition) -> None:
        named = definition.columns
        self._email = _index(columns, named.email, "email_column")
        self._key = [_index(columns, name, "key_columns") for name in named.key]
        self._name = _index(columns, named.name, "name_column") if named.name else None
        self._key_names = named.key
        self.seen = 0

    def read(self, rows: Sequence[RowValues]) -> list[NewDelivery]:
        """Deliveries in order, numbered on; a bad address makes a SKIPPED one. Raises ``Invalid`` for a NULL key."""
        return [self._one(row) for row in rows]

    def _one(self, values: RowValues) -> NewDelivery:
        self.seen += 1
        status, kind, text = DeliveryStatus.PENDING, None, ""
        try:
            email = normalise_address(values[self._email])
        except BadAddress as error:
            email = _cut(_text(values[self._email]))
            status, kind, text = DeliveryStatus.SKIPPED, ErrorKind.INVALID_ADDRESS, str(error)
        return NewDelivery(
            id=new_id(),
            seq=self.seen,
            recipient_key=self._key_of(values),
            email=email,
            name="" if self._name is None else _text(values[self._name]),
            values=values,
            status=status,
            error_kind=kind,
            error_text=text,
        )

    def _key_of(self, values: RowValues) -> str:
        parts = [values[index] for index in self._key]
        if any(part is None for part in parts):
            raise Invalid(
                f"Row {self.seen} of the target query has no value in a key column ({', '.join(self._key_names)}).",
                remedy="Choose columns that every row fills, or leave such rows out in the query.",
                code="null_key",
            )
        key = _text(parts[0]) if len(parts) == 1 else orjson.dumps([_text(part) for part in parts]).decode()
        if len(key) > LONGEST_KEY:
            raise Invalid(
                f"The key of row {self.seen} of the target query ({', '.join(self._key_names)}) has {len(key):,}"
                f" characters; at most {LONGEST_KEY} are possible.",
                remedy="Choose columns that tell recipients apart, such as a customer number.",
                code="key_too_long",
            )
        return key


def _index(columns: Sequence[str], name: str, field: str) -> int:
    try:
        return list(columns).index(name)
    except ValueError as error:
        raise Invalid(
            f"The target query returns no column {name!r} ({field}); it returns {', '.join(columns)}.",
            code="unknown_column",
        ) from error


def _text(value: Value) -> str:
    """A value as the ledger shows it: Unicode without NUL, which PostgreSQL cannot keep."""
    if value is None:
        return ""
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _cut(email: str) -> str:
    return email if len(email) <= _LONGEST_EMAIL else email[: _LONGEST_EMAIL - 1] + "…"
