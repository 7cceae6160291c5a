"""Automations, their drafts and their immutable revisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tank.domain.attachment import AttachmentRule, MissingFilePolicy


class Purpose(StrEnum):
    """Korean law treats notices and advertising differently (정보통신망법 제50조)."""

    INFORMATIONAL = "informational"
    ADVERTISING = "advertising"


class EqualAddresses(StrEnum):
    """What two rows with one address mean. Equal *keys* are always an error of the query."""

    ALLOW = "allow"
    FIRST_ONLY = "first_only"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dbio:
    """The three queries of an automation and the connections that they run on."""

    #: Names of connections. The write connection falls back to the read connection.
    connection: str = ""
    write_connection: str = ""
    target_query: str = ""
    mapping_query: str = ""
    update_query: str = ""
    #: Accept a target or mapping query that the lint cannot parse (valid but unusual SQL); audited.
    allow_unparsed_sql: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumns:
    """What the columns of the target query mean."""

    email: str = ""
    #: Who the recipient is; together unique in one run.
    key: tuple[str, ...] = ()
    name: str = ""
    equal_addresses: EqualAddresses = EqualAddresses.ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineImage:
    """A picture inside the HTML body, referred to as ``cid:<content_id>``; the file is beneath the storage root."""

    content_id: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What the mail says. An empty text part is derived once from the HTML."""

    subject: str = ""
    html: str = ""
    text: str = ""
    inline_images: tuple[InlineImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who the mail is from, and through which sender it goes."""

    #: Name of a sender profile.
    sender: str = ""
    from_email: str = ""
    from_name: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""
    unsubscribe_mailto: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What a run does when things are not as they should be."""

    missing_file: MissingFilePolicy = MissingFilePolicy.SKIP_ROW
    #: Look for every file before the first mail leaves; ABORT_RUN implies it.
    check_files_first: bool = False
    #: Skip keys that this automation has mailed within so many hours; None has no such guard.
    once_per_hours: int | None = None
    #: More target rows than this is an error of the query.
    max_recipients: int = 2_000_000
    #: A target that is further than this from the median of the last runs, in percent, pauses the run before anyone is
    #: mailed; None has no such guard.
    drift_limit_percent: int | None = 50
    #: After so many identical errors in a row the run pauses.
    breaker_threshold: int = 20
    #: A run that its surroundings paused, and that nobody resumed for so long, fails; None waits for ever.
    fail_paused_after_hours: int | None = 72
    #: The update query may be applied twice without harm.
    update_repeatable: bool = False
    #: Keep a marker row for each update in the source (table TANK_WRITEBACK): exactly once, also after a crash.
    update_marker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """Everything an automation does: the content of a draft or of a revision."""

    purpose: Purpose = Purpose.INFORMATIONAL
    #: IANA name; dates of templates and paths, and DATE columns without a zone, are of this zone.
    zone: str = "Asia/Seoul"
    #: ``ko`` or ``en``: how numbers, money and dates are written by default.
    language: str = "ko"
    dbio: Dbio = field(default_factory=Dbio)
    columns: TargetColumns = field(default_factory=TargetColumns)
    template: Template = field(default_factory=Template)
    attachments: tuple[AttachmentRule, ...] = ()
    envelope: Envelope = field(default_factory=Envelope)
    policies: Policies = field(default_factory=Policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """A named definition. Edits go to its draft; jobs run its active revision."""

    id: UUID
    name: str
    description: str = ""
    #: A disabled automation starts no jobs, neither by schedule nor by hand.
    enabled: bool = True
    draft: Definition
    #: Grows with each saved change; a save names the version that it was made from.
    draft_version: int
    active_revision_id: UUID | None = None
    active_revision_number: int | None = None
    #: Whether the draft differs from the active revision.
    draft_differs: bool = True
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A published definition; it never changes."""

    id: UUID
    automation_id: UUID
    #: 1, 2, 3… within the automation.
    number: int
    definition: Definition
    #: SHA-256 of the canonical JSON of the definition.
    sha256: str
    note: str = ""
    published_by: str
    published_at: datetime
