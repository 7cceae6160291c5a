"""Each recipient's own files: found by the attachment rules, read, and refused where anything is unclear."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from tank.domain.attachment import AttachmentRecord, AttachmentRule, AttachmentStatus, FileRefused
from tank.domain.delivery import ErrorKind
from tank.domain.globs import PathGlob
from tank.domain.mail import MailFile
from tank.domain.path_values import AttachmentDataError, EmptyVariable
from tank.domain.patterns import NamePattern, PathPattern, parse_name, parse_path
from tank.domain.ports.storage import FileStorage
from tank.domain.values import Row
from tank.services.file_claims import file_digest

#: 25 MiB: base64 makes it 34 MiB, within the 40 MB that SES takes (``docs/attachments.md``).
DEFAULT_MAX_FILE_BYTES = 25 << 20
#: What shared files may take of a worker's memory.
_SHARED_BYTES = 64 << 20
# So many matches of an ambiguous search are named.
_NAMED = 5

_ERROR_KINDS = {
    AttachmentStatus.NOT_FOUND: ErrorKind.ATTACHMENT_NOT_FOUND,
    AttachmentStatus.AMBIGUOUS: ErrorKind.ATTACHMENT_AMBIGUOUS,
    AttachmentStatus.REFUSED: ErrorKind.ATTACHMENT_REFUSED,
}

#: Types by ending, the same on every machine (the standard library asks the system).
_MEDIA_TYPES = {
    ".csv": "text/csv",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".htm": "text/html",
    ".html": "text/html",
    ".hwp": "application/x-hwp",
    ".hwpx": "application/hwp+zip",
    ".ics": "text/calendar",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}


def media_type(name: str) -> str:
    """The media type that a file's ending stands for."""
    return _MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientFiles:
    """What the rules found for one recipient."""

    #: One for each rule; own files that were found carry their claim.
    records: tuple[AttachmentRecord, ...] = ()
    #: What to attach, in the order of the rules; empty unless it was collected and may be sent.
    files: tuple[MailFile, ...] = ()
    #: Why the recipient must not be mailed; None where nothing stands against it.
    error_kind: ErrorKind | None = None
    error_text: str = ""

    @property
    def may_be_sent(self) -> bool:
        return self.error_kind is None

    @property
    def claims(self) -> tuple[bytes, ...]:
        """Digests of the files that no other recipient of the run may have."""
        return tuple(record.claim for record in self.records if record.claim is not None)


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule with its patterns parsed."""

    no: int
    rule: AttachmentRule
    path: PathPattern
    name: NamePattern | None

    def defect(self, record: AttachmentRecord) -> ErrorKind | None:
        """Why this record holds the mail back. An optional rule excuses only that there is no file."""
        if record.status is AttachmentStatus.NOT_FOUND and not self.rule.required:
            return None
        return _ERROR_KINDS.get(record.status)


class Attachments:
    """Makes plans; ``max_file_bytes`` is what one file may have."""

    def __init__(self, storage: FileStorage, *, max_file_bytes: int = DEFAULT_MAX_FILE_BYTES) -> None:
        self._storage = storage
        self._max_file_bytes = max_file_bytes

    def plan(self, rules: Sequence[AttachmentRule]) -> AttachmentPlan:
        """The rules of one definition, made ready for a run. Raises ``Invalid`` where a pattern is wrong.

        Make a new plan for each run: shared files are read once a plan.
        """
        return AttachmentPlan(
            self._storage,
            [
                _Rule(no, rule, parse_path(rule.pattern), parse_name(rule.file_name) if rule.file_name else None)
                for no, rule in enumerate(rules)
            ],
            max_file_bytes=self._max_file_bytes,
        )

    def forget(self) -> None:
        """Look at folders afresh from now on: at the start of a run, and before rules are tried."""
        self._storage.forget()


class AttachmentPlan:
    """Finds and reads the files of each recipient; safe to use from several threads.

    Variables are looked up in the target row, then the mapping's first row, then the date variables. Both
    methods raise ``StorageError``, which says nothing about the recipient: wait and try again.
    """

    def __init__(self, storage: FileStorage, rules: Sequence[_Rule], *, max_file_bytes: int) -> None:
        self._storage = storage
        self._rules = tuple(rules)
        self._max_file_bytes = max_file_bytes
        self._shared = _SharedFiles()

    @property
    def rules(self) -> tuple[AttachmentRule, ...]:
        return tuple(rule.rule for rule in self._rules)

    def locate(self, target: Row, first_row: Row | None, dates: Row) -> RecipientFiles:
        """Look for the files without reading them: FOUND records have a size and no SHA-256."""
        return self._gather(target, first_row, dates, read=False)

    def collect(self, target: Row, first_row: Row | None, dates: Row) -> RecipientFiles:
        """Find and read the files."""
        return self._gather(target, first_row, dates, read=True)

    def name_of(self, record: AttachmentRecord, target: Row, first_row: Row | None, dates: Row) -> str:
        """What the recipient sees a file called that was found for these rows. Raises ``AttachmentDataError``."""
        return self._name(self._rules[record.rule_no], record, (target, first_row or {}, dates))

    def _gather(self, target: Row, first_row: Row | None, dates: Row, *, read: bool) -> RecipientFiles:
        rows = (target, first_row or {}, dates)
        records: list[AttachmentRecord] = []
        files: list[MailFile] = []
        kind, text = None, ""
        for rule in self._rules:
            record, file = self._one(rule, rows, read=read)
            if record.status is not AttachmentStatus.FOUND:
                record = replace(record, claim=None)
            records.append(record)
            if file is not None:
                files.append(file)
            if kind is None and (kind := rule.defect(record)) is not None:
                text = record.detail
        return RecipientFiles(
            records=tuple(records),
            files=tuple(files) if kind is None else (),
            error_kind=kind,
            error_text=text,
        )

    def _one(self, rule: _Rule, rows: tuple[Row, Row, Row], *, read: bool) -> tuple[AttachmentRecord, MailFile | None]:
        record = AttachmentRecord(rule_no=rule.no, status=AttachmentStatus.REFUSED, path=rule.path.text)
        try:
            glob = rule.path.fill(*rows)
            record, content = self._find_and_read(rule, glob) if read else (self._locate(rule, glob), None)
            name = self._name(rule, record, rows)
        except EmptyVariable as error:
            return replace(record, status=AttachmentStatus.NOT_FOUND, detail=error.message), None
        except AttachmentDataError as error:
            return replace(record, status=AttachmentStatus.REFUSED, detail=error.message), None
        if content is None:
            return record, None
        return record, MailFile(name=name, content=content, media_type=media_type(record.path))

    def _find_and_read(self, rule: _Rule, glob: PathGlob) -> tuple[AttachmentRecord, bytes | None]:
        if rule.rule.shared and (kept := self._shared.get(glob)):
            return kept
        record = self._locate(rule, glob)
        if record.status is not AttachmentStatus.FOUND:
            return record, None
        try:
            content = self._storage.read(record.path, max_bytes=self._max_file_bytes)
        except FileRefused as error:
            return replace(record, status=AttachmentStatus.REFUSED, detail=error.message), None
        record = replace(record, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        return self._shared.keep(glob, (record, content)) if rule.rule.shared else (record, content)

    def _locate(self, rule: _Rule, glob: PathGlob) -> AttachmentRecord:
        found = self._storage.find(glob, limit=_NAMED + 1)
        record = AttachmentRecord(rule_no=rule.no, status=AttachmentStatus.NOT_FOUND, path=str(glob))
        if not found:
            return replace(record, detail=f"No file matches /{glob}.")
        if len(found) > 1:
            named = ", ".join(f"/{file.path}" for file in found[:_NAMED]) + ("…" if len(found) > _NAMED else "")
            detail = f"More than one file matches /{glob}: {named}"
            return replace(record, status=AttachmentStatus.AMBIGUOUS, detail=detail)
        claim = None if rule.rule.shared else file_digest(found[0].identity)
        record = replace(record, status=AttachmentStatus.FOUND, path=found[0].path, size=found[0].size, claim=claim)
        if found[0].size == 0:
            return replace(record, status=AttachmentStatus.REFUSED, detail=f"/{record.path} is empty.")
        if found[0].size > self._max_file_bytes:
            detail = f"/{record.path} has {found[0].size:,} bytes; at most {self._max_file_bytes:,} may be attached."
            return replace(record, status=AttachmentStatus.REFUSED, detail=detail)
        return record

    def _name(self, rule: _Rule, record: AttachmentRecord, rows: tuple[Row, Row, Row]) -> str:
        """What the recipient sees; a name without an ending gets the file's own."""
        own = PurePosixPath(record.path)
        if rule.name is None or record.status is not AttachmentStatus.FOUND:
            return own.name
        try:
            name = rule.name.fill(*rows)
        except EmptyVariable as error:
            # The file is there, so this is no missing file, which an optional rule would excuse.
            raise AttachmentDataError(error.message, remedy=error.remedy) from error
        return name if PurePosixPath(name).suffix else name + own.suffix


class _SharedFiles:
    """Shared files by the glob that found them: the same bytes object for every recipient.

    Its identity lets the composer encode it once. What was used longest ago goes first.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[PathGlob, tuple[AttachmentRecord, bytes]] = OrderedDict()
        self._size = 0

    def get(self, glob: PathGlob) -> tuple[AttachmentRecord, bytes] | None:
        with self._lock:
            if glob in self._files:
                self._files.move_to_end(glob)
            return self._files.get(glob)

    def keep(self, glob: PathGlob, file: tuple[AttachmentRecord, bytes]) -> tuple[AttachmentRecord, bytes]:
        """Keep a file; where another thread was faster, its copy is the one to use."""
        with self._lock:
            if glob in self._files:
                return self._files[glob]
            self._files[glob] = file
            self._size += len(file[1])
            while self._size > _SHARED_BYTES and len(self._files) > 1:
                _, (_, dropped) = self._files.popitem(last=False)
                self._size -= len(dropped)
            return file
