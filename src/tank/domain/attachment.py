"""Attachment rules: where a recipient's own file is, and what became of the search."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tank.domain.errors import TankError


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRule:
    """A path pattern beneath the storage root, for example ``/statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf``.

    ``{{ NAME }}`` stands for a variable of the recipient; ``*`` and ``?`` stand for any characters, or any
    one character, within a path segment. Characters that come from data are never wildcards.
    """

    pattern: str
    #: Without the file, a required rule leaves the recipient without a mail; an optional one sends it without.
    required: bool = True
    #: One file for all recipients. Without it, a file that two recipients match stops the run.
    shared: bool = False
    #: The name that the recipient sees, with variables; empty keeps the file's own name.
    file_name: str = ""


class AttachmentStatus(StrEnum):
    """What a search for one recipient's file found (ATTACHMENT_LOG)."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    AMBIGUOUS = "AMBIGUOUS"
    #: Present, but not to be sent: too large, not a regular file, unreadable.
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRecord:
    """A row of ATTACHMENT_LOG: one rule for one recipient."""

    rule_no: int
    status: AttachmentStatus
    #: The path beneath the storage root, or the pattern that found nothing, with the variables filled in.
    path: str
    size: int | None = None
    sha256: str | None = None
    #: Why, in plain words, where it is not FOUND.
    detail: str = ""
    #: A digest of the identity of a recipient's own file, whichever of its names matched. Within a run it belongs to
    #: one delivery alone: a second recipient who matches the same file stops the run. None for shared files and for
    #: what was not found.
    claim: bytes | None = None


class MissingFilePolicy(StrEnum):
    """What a missing required file means (original document, section 9)."""

    SKIP_ROW = "SKIP_ROW"
    ABORT_RUN = "ABORT_RUN"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file on the storage, by its NFC path beneath the root (no leading slash)."""

    path: str
    size: int
    #: What its other names on the storage have in common with this one (links to it, spellings in another case):
    #: equal for all of them. Empty where it has no other.
    same_as: str = ""

    @property
    def identity(self) -> str:
        """Equal for two paths exactly where they lead to one file."""
        return self.same_as or self.path


class StorageError(TankError):
    """The file storage did not answer properly; says nothing about whether a file exists."""

    code = "storage_error"


class StorageTimeout(StorageError):
    """The file storage did not answer within its deadline."""

    code = "storage_timeout"


class FileRefused(TankError):
    """A file is there but must not be sent: too large, outside the root, not a regular file."""

    code = "file_refused"


class FileOfTwo(TankError):
    """Two recipients of a run match one file, and the rule does not say that it is shared."""

    code = "file_of_two"
