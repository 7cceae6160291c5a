"""Reading the audit trail: pages, exports, and whether its chain is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tank.domain.audit_chain import ChainHead, head_of
from tank.domain.log import AuditFilter, AuditRecord
from tank.domain.ports.paging import Page
from tank.domain.ports.store import LogsDb

#: Entries that are in memory at one time.
CHUNK = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """What became of the chain of AUDIT_LOG."""

    #: How many entries there are.
    entries: int
    #: The number at which the chain breaks: the entry there was changed, is missing, or does not belong there.
    broken_at: int | None
    #: The last entry up to which everything fits.
    last: ChainHead
    #: Whether an end that was noted before is still in the chain; None where none was named.
    has_noted: bool | None = None

    @property
    def intact(self) -> bool:
        return self.broken_at is None and self.has_noted is not False


class AuditLog:
    """Answers questions about AUDIT_LOG.

    What reads all of it does so in chunks, each in a transaction of its own: it may take minutes, and entries are
    only ever appended.
    """

    def __init__(self, db: LogsDb, *, chunk: int = CHUNK) -> None:
        self._db = db
        self._chunk = chunk

    def page(
        self, wanted: AuditFilter | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[AuditRecord]:
        """Newest first."""
        with self._db.read() as tables:
            return tables.audit.page(wanted, after=after, limit=limit)

    def chunks(self, wanted: AuditFilter | None = None, *, after: int = 0) -> Iterator[Sequence[AuditRecord]]:
        """All entries with numbers above ``after``, oldest first."""
        while True:
            with self._db.read() as tables:
                records = tables.audit.entries(wanted, after=after, limit=self._chunk)
            if records:
                yield records
            if len(records) < self._chunk:
                return
            after = records[-1].no

    def verify(self, noted: ChainHead | None = None) -> AuditVerdict:
        """Compute the chain anew; with ``noted``, also look for an end that somebody noted before."""
        head = ChainHead()
        while True:
            with self._db.read() as tables:
                stretch = tables.audit.check(head, limit=self._chunk)
                head = stretch.head
                if stretch.is_last or stretch.broken_at is not None:
                    return AuditVerdict(
                        entries=tables.audit.count(),
                        broken_at=stretch.broken_at,
                        last=head,
                        has_noted=None if noted is None else self._has(noted, head),
                    )

    def _has(self, noted: ChainHead, last: ChainHead) -> bool:
        """Whether the chain, which fits up to ``last``, passes through ``noted``."""
        if noted.no > last.no:
            return False
        with self._db.read() as tables:
            records = tables.audit.entries(after=noted.no - 1, limit=1)
        return [head_of(record) for record in records] == [noted]
