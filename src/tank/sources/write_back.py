"""Write-back row by row: each update under a savepoint, one commit for all of them.

An update that touches no row, or several, is undone without disturbing the others. Where the whole transaction
is lost to one of them (a deadlock, a constraint checked at the commit), each is applied in one of its own, so that
only the offender fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection

from tank.domain.ports.sources import WriteBack, WriteBackOutcome
from tank.domain.query import SourceError, SourceErrorKind
from tank.sources.database import Database, discard
from tank.sources.statement import Statement

_DONE = WriteBackOutcome(ok=True)
#: The marker says so: an earlier call has committed it.
_DONE_BEFORE = WriteBackOutcome(ok=True)
#: After one of these the transaction may be gone, or its further rows would each wait as long.
_ENDS_THE_TRANSACTION = frozenset({SourceErrorKind.LOCK, SourceErrorKind.TIMEOUT})
#: So many rows in a row that wait in vain, and the rest is not tried.
_PATIENCE = 3

Connect = Callable[[], AbstractContextManager[PoolProxiedConnection]]


class TransactionLost(Exception):
    """Nothing of a transaction stands, because of one of its updates."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(error.message)
        self.error = error


def write_back(
    connect: Connect, database: Database, statement: Statement, updates: Sequence[WriteBack], *, marker: bool
) -> list[WriteBackOutcome]:
    """Apply and commit updates; see ``ports.sources.Source.write_back``."""

    def apply(some: Sequence[WriteBack]) -> list[WriteBackOutcome]:
        with connect() as connection:
            return _Batch(database, connection, statement, marker).apply(some)

    if not updates:
        return []
    try:
        return apply(updates)
    except TransactionLost as lost:
        if len(updates) == 1:
            return [_failed(lost.error.message)]
    return _one_by_one(apply, updates)


def _one_by_one(
    apply: Callable[[Sequence[WriteBack]], list[WriteBackOutcome]], updates: Sequence[WriteBack]
) -> list[WriteBackOutcome]:
    outcomes: list[WriteBackOutcome] = []
    waits = 0
    for update in updates:
        if waits >= _PATIENCE:
            outcomes.append(_failed(f"Not tried, because others failed: {outcomes[-1].error}"))
            continue
        try:
            outcomes += apply([update])
            waits = 0
        except TransactionLost as lost:
            outcomes.append(_failed(lost.error.message))
            waits = waits + 1 if lost.error.kind in _ENDS_THE_TRANSACTION else 0
        except SourceError as error:
            if not any(outcome.ok or outcome.in_doubt for outcome in outcomes):
                raise
            outcomes.append(_failed(error.message))
            waits = _PATIENCE
    return outcomes


class _Batch:
    """The updates of one transaction."""

    def __init__(
        self, database: Database, connection: PoolProxiedConnection, statement: Statement, marker: bool
    ) -> None:
        self._database = database
        self._connection = connection
        self._statement = statement
        self._rendered = database.render(statement)
        self._marker = marker
        self._cursor: Any = database.cursor(connection)
        self._encode = database.encoder(connection)

    def apply(self, updates: Sequence[WriteBack]) -> list[WriteBackOutcome]:
        """Apply and commit; what a commit without an answer leaves open comes back in doubt.

        Raises ``TransactionLost``, or ``SourceError`` about the connection or the marker table: nothing stands.
        """
        self._run(self._database.begin)
        outcomes = [self._apply_one(update) for update in updates]
        if not any(outcome is _DONE for outcome in outcomes):
            self._run("ROLLBACK")
            return outcomes
        if (doubt := self._commit()) is not None:
            return [doubt if outcome is _DONE else outcome for outcome in outcomes]
        return outcomes

    def _apply_one(self, update: WriteBack) -> WriteBackOutcome:
        self._database.arm(self._connection, self._database.options.call_timeout)
        self._run("SAVEPOINT tank_row")
        outcome = self._update(update)
        if not outcome.ok:
            try:
                self._run("ROLLBACK TO SAVEPOINT tank_row")
            except SourceError as error:
                # SQLite's "UPDATE OR ROLLBACK" and its like end the whole transaction.
                raise error if _is_gone(error) else TransactionLost(_row_error(outcome)) from None
        self._run("RELEASE SAVEPOINT tank_row")
        return outcome

    def _update(self, update: WriteBack) -> WriteBackOutcome:
        if self._marker and not self._mark(update):
            return _DONE_BEFORE
        try:
            values = self._statement.values(update.binds)
            self._cursor.execute(self._rendered.text, self._encode(self._database.arrange(self._rendered, values)))
        except KeyError as missing:
            return _failed(f"Nothing gives the bind :{missing.args[0]} a value.")
        except self._database.failures as error:
            return self._failed_row(self._database.source_error(error))
        touched = self._database.touched(self._cursor, self._statement)
        if touched == 1:
            return _DONE
        rows = "no row" if touched == 0 else f"{touched} rows"
        return _failed(f"The update touched {rows} instead of one, and was undone.")

    def _failed_row(self, error: SourceError) -> WriteBackOutcome:
        if error.kind in _ENDS_THE_TRANSACTION:
            raise TransactionLost(error)
        if _is_gone(error):
            raise error
        return _failed(f"{error.message} ({error.database_code})" if error.database_code else error.message)

    def _mark(self, update: WriteBack) -> bool:
        """False where the marker is there already."""
        try:
            self._cursor.execute(self._database.marker_insert, (str(update.delivery_id),))
        except self._database.failures as error:
            failure = self._database.source_error(error)
            if failure.kind in _ENDS_THE_TRANSACTION:
                raise TransactionLost(failure) from None
            if failure.kind is SourceErrorKind.INVALID_SQL:
                failure.remedy = f"Make the marker table: {self._database.marker_ddl}"
            raise failure from None
        return bool(self._cursor.rowcount == 1)

    def _commit(self) -> WriteBackOutcome | None:
        """None where it is committed, the outcome of what is in doubt where no answer came."""
        try:
            self._run("COMMIT")
        except SourceError as error:
            if not error.kind.is_about_the_connection:
                raise TransactionLost(error) from None
            discard(self._connection)
            text = f"The answer to the commit was lost ({error.message}): it may or may not be done."
            return WriteBackOutcome(ok=False, error=text, in_doubt=True)
        return None

    def _run(self, sql: str) -> None:
        try:
            self._database.run(self._cursor, sql)
        except self._database.failures as error:
            raise self._database.source_error(error) from None


def _is_gone(error: SourceError) -> bool:
    return error.kind.is_about_the_connection and error.kind is not SourceErrorKind.TIMEOUT


def _failed(error: str) -> WriteBackOutcome:
    return WriteBackOutcome(ok=False, error=error)


def _row_error(outcome: WriteBackOutcome) -> SourceError:
    return SourceError(SourceErrorKind.OTHER, outcome.error)
