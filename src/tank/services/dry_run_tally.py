"""What a dry run found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tank.domain.attachment import AttachmentStatus
from tank.domain.delivery import DELIBERATE_SKIPS, ErrorKind, NewDelivery

#: Defects that are listed one by one; all are counted.
MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A recipient that would not be mailed, and why."""

    row_number: int
    recipient_key: str
    email: str
    error_kind: ErrorKind
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What a run would do now."""

    target: int
    #: Recipients whose mapping, template and files were tried; fewer than the target where a limit was asked for.
    checked: int
    #: Of those that were not tried, whoever can be mailed as far as the target query tells.
    would_send: int
    #: Whatever would stop the whole run before anybody is mailed, or in the middle.
    stops: tuple[str, ...]
    #: The first ``MOST_LISTED``; the counts are of all.
    defects: tuple[Defect, ...]
    defect_counts: Mapping[ErrorKind, int]
    attachment_counts: Mapping[AttachmentStatus, int]
    #: Recipients who share their address with one before them, whatever that means for the run.
    duplicates: int
    #: Variables that the template uses, with how many recipients have NULL or nothing but blanks in them.
    empty_variables: Mapping[str, int]
    #: Bytes of all messages that were tried, and of the largest.
    total_bytes: int
    largest_bytes: int

    @property
    def has_defects(self) -> bool:
        """Whether somebody would be left out for another reason than on purpose."""
        return bool(self.defect_counts.keys() - DELIBERATE_SKIPS)


@dataclass
class Tally:
    """What was found so far."""

    target: int = 0
    checked: int = 0
    would_send: int = 0
    duplicates: int = 0
    empty_variables: Counter[str] = field(default_factory=Counter)
    stops: list[str] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)
    defect_counts: Counter[ErrorKind] = field(default_factory=Counter)
    attachment_counts: Counter[AttachmentStatus] = field(default_factory=Counter)
    total_bytes: int = 0
    largest_bytes: int = 0

    def refuse(self, row: NewDelivery, kind: ErrorKind, message: str) -> None:
        self.defect_counts[kind] += 1
        if len(self.defects) < MOST_LISTED:
            self.defects.append(
                Defect(
                    row_number=row.seq,
                    recipient_key=row.recipient_key,
                    email=row.email,
                    error_kind=kind,
                    message=message,
                )
            )

    def stop(self, reason: str) -> None:
        if reason not in self.stops and len(self.stops) < 20:
            self.stops.append(reason)

    def send(self, size: int) -> None:
        self.would_send += 1
        self.total_bytes += size
        self.largest_bytes = max(self.largest_bytes, size)

    def result(self) -> DryRun:
        return DryRun(
            target=self.target,
            checked=self.checked,
            would_send=self.would_send,
            duplicates=self.duplicates,
            empty_variables={name: count for name, count in self.empty_variables.most_common() if count},
            stops=tuple(self.stops),
            defects=tuple(self.defects),
            defect_counts=dict(self.defect_counts),
            attachment_counts=dict(self.attachment_counts),
            total_bytes=self.total_bytes,
            largest_bytes=self.largest_bytes,
        )
