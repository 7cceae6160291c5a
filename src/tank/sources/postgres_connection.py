"""A psycopg connection as Tank uses it: impatient with dead servers, lenient with the types of whole numbers."""

from __future__ import annotations

import time
from typing import Any, TypeVar

import psycopg
from psycopg import generators, pq
from psycopg.abc import PQGen
from psycopg.adapt import Dumper
from psycopg.errors import error_from_result
from psycopg.types.string import TextLoader

_T = TypeVar("_T")
_LOOK_SECONDS = 0.1


class UntypedIntDumper(Dumper):
    """Lets PostgreSQL infer the type from the place, as it does when it describes the query.

    Typed, ``varchar_column = :CUST_ID`` would pass the syntax test and then fail for every row.
    """

    def dump(self, obj: int) -> bytes:
        return str(obj).encode()

    def quote(self, obj: int) -> bytes:
        return b" %d" % obj  # in texts of psycopg's own, such as FETCH; the space keeps "- -1" no comment


class PatientConnection(psycopg.Connection[Any]):
    """Gives up on a server that neither answers nor hangs up.

    ``statement_timeout`` is the server's own and needs one that lives; psycopg by itself would wait for ever.
    """

    #: Seconds for one answer; None waits for ever.
    patience: float | None = None

    def wait(self, gen: PQGen[_T], interval: float = _LOOK_SECONDS, timeout: float | None = None) -> _T:
        began = time.monotonic()
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.OperationalError as error:
            waited = time.monotonic() - began
            if self.patience is None or error.sqlstate is not None or waited < self.patience:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"The database has not answered for {waited:.0f} seconds.") from error

    def lend_types(self) -> None:
        """Send whole numbers without a type; take JSON as the database writes it."""
        self.adapters.register_dumper(int, UntypedIntDumper)
        for name in ("json", "jsonb"):
            self.adapters.register_loader(name, TextLoader)

    def describe(self, text: str) -> list[tuple[str, int, int]]:
        """Parse and Describe of the extended protocol: nothing runs. Name, type and its modifier of each column."""
        self.pgconn.send_prepare(b"", text.encode())
        self._result()
        self.pgconn.send_describe_prepared(b"")
        found = self._result()
        return [
            ((found.fname(index) or b"").decode(), found.ftype(index), found.fmod(index))
            for index in range(found.nfields)
        ]

    def _result(self) -> pq.abc.PGresult:
        result: pq.abc.PGresult = self.wait(generators.execute(self.pgconn))[-1]
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise error_from_result(result)
        return result
