"""How an outbox folder is laid out, and its index.

::

    2026-11-22/                        one folder a day (UTC)
        index.jsonl                    one JSON line a mail, in the order of acceptance
        234501-9f3a61c2/               one folder a sending process, a new one after 1,000 mails
            0001-<delivery id>.eml

Every process writes into folders of its own and appends to the day's index with ``O_APPEND``, one ``write`` a
group of mails: on a local disk such appends never mix (they do on NFS: the outbox is for one machine).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header, make_header
from typing import Any

import orjson

from tank.domain.mail import OutgoingMail

INDEX_NAME = "index.jsonl"
DAY = re.compile(r"\d{4}-\d\d-\d\d")
MESSAGE_ID = re.compile(r"\d{4}-\d\d-\d\d/\d{6}-[0-9a-f]{8}/\d{4,}-[0-9a-f-]{36}\.eml", re.ASCII)
_SUBJECT = re.compile(rb"^subject:[ \t]*((?:[^\r\n]|\r\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
#: Bytes of a subject that are looked at; no sane one is longer.
_SUBJECT_LIMIT = 4000
_FOLD = re.compile(r"\r\n[ \t]")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One mail as the index knows it."""

    #: The file's name relative to the outbox folder, with ``/``.
    message_id: str
    at: datetime
    mail_from: str
    rcpt_to: str
    subject: str
    #: Bytes of the message.
    size: int
    delivery_id: str


def index_line(mail: OutgoingMail, message_id: str, at: float) -> bytes:
    """The index line of a mail accepted ``at`` epoch seconds.

    It begins with a line feed too: a line that a full disk or a crash cut short then spoils only itself.
    """
    entry = {
        "id": message_id,
        "at": at,
        "from": _storable(mail.mail_from),
        "to": _storable(mail.rcpt_to),
        "subject": _storable(subject_of(mail.message)),
        "size": len(mail.message),
        "delivery_id": str(mail.delivery_id),
    }
    return b"\n" + orjson.dumps(entry) + b"\n"


def read_line(line: bytes) -> OutboxEntry | None:
    """The entry in an index line; None where the line is torn or was written by somebody else."""
    try:
        entry: dict[str, Any] = orjson.loads(line)
        message_id = str(entry["id"])
        if not MESSAGE_ID.fullmatch(message_id):
            return None
        return OutboxEntry(
            message_id=message_id,
            at=datetime.fromtimestamp(float(entry["at"]), UTC),
            mail_from=str(entry["from"]),
            rcpt_to=str(entry["to"]),
            subject=str(entry["subject"]),
            size=int(entry["size"]),
            delivery_id=str(entry["delivery_id"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, OSError):
        return None


def subject_of(message: bytes) -> str:
    """The message's subject in the clear; what cannot be decoded is shown as it is."""
    found = _SUBJECT.search(message, 0, max(0, message.find(b"\r\n\r\n")))
    if found is None:
        return ""
    raw = _FOLD.sub(" ", found[1][:_SUBJECT_LIMIT].decode("utf-8", "replace"))
    if "=?" not in raw:
        return raw
    try:
        return str(make_header(decode_header(raw)))
    except (MessageError, ValueError, LookupError):
        return raw


def _storable(text: str) -> str:
    """Without lone surrogates, which no JSON can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
