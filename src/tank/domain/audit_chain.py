"""The chain of AUDIT_LOG: each entry's hash covers the entry and the hash before it.

Whoever changes, removes, moves or inserts an entry would have to compute every later hash anew. The chain alone shows
neither a cut-off end nor a log that somebody wrote anew as a whole: for those, a head is noted elsewhere.
``docs/audit.md`` describes the computation for auditors; it can never change, or old logs would no longer fit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from tank.domain.errors import Invalid
from tank.domain.log import AuditEntry, AuditRecord

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class ChainHead:
    """How far the chain has come: its last entry's number and hash."""

    no: int = 0
    hash: bytes = bytes(HASH_BYTES)

    def appended(self, entry: AuditEntry) -> AuditRecord:
        """The entry in the place after this head."""
        no = self.no + 1
        return AuditRecord(
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            detail=entry.detail,
            address=entry.address,
            no=no,
            hash=sha256(self.hash + _canonical(no, entry)).digest(),
        )

    def is_followed_by(self, record: AuditRecord) -> bool:
        """Whether nothing of the record, its place included, has changed since it was appended."""
        expected = self.appended(record)
        return (record.no, record.hash) == (expected.no, expected.hash)

    def __str__(self) -> str:
        return f"{self.no}:{self.hash.hex()}"


def head_of(record: AuditRecord) -> ChainHead:
    """The head of a chain that ends with this record."""
    return ChainHead(record.no, record.hash)


def head_from(text: str) -> ChainHead:
    """What ``str`` made of a head. Raises ``Invalid``."""
    number, _, digits = text.strip().partition(":")
    try:
        head = ChainHead(int(number), bytes.fromhex(digits))
    except ValueError:
        head = None
    if head is None or not 0 < head.no < 2**63 or len(head.hash) != HASH_BYTES:
        raise Invalid(
            f"{text!r} is no end of an audit log.",
            remedy="Give a number and 64 hexadecimal digits with a colon between them, as `tank audit verify` prints.",
            code="bad_audit_head",
        )
    return head


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some entries of the log, checked one after the other."""

    #: After the last one that fits.
    head: ChainHead
    #: The number at which the chain breaks: the entry there was changed, is missing, or does not belong there.
    broken_at: int | None = None
    #: No entry comes after these.
    is_last: bool = False


def entry_document(entry: AuditEntry) -> dict[str, Any]:
    """An entry as JSON has it, without its place in the chain."""
    return {
        "id": str(entry.id),
        "at": moment_text(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": dict(entry.detail),
        "address": entry.address,
    }


def moment_text(moment: datetime) -> str:
    """UTC with all six digits of the second's fraction: one text for one moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def json_text(document: dict[str, Any]) -> str:
    """JSON with sorted keys and no spaces, characters as they are: one text for one document."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _canonical(no: int, entry: AuditEntry) -> bytes:
    return json_text({"no": no, **entry_document(entry)}).encode()
