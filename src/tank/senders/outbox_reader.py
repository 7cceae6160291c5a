"""Lists and reads the mails of an outbox, newest first, for people and for tests. Blocking."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tank.domain.errors import Invalid, NotFound
from tank.senders.outbox_index import DAY, INDEX_NAME, MESSAGE_ID, OutboxEntry, read_line

_BLOCK = 64 * 1024
#: Lines looked at for one page of a search; the page's ``after`` goes on from there.
_SCAN_LINES = 100_000
_CURSOR = re.compile(r"(\d{4}-\d\d-\d\d):(\d{1,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OutboxPage:
    """A page of mails, newest first."""

    entries: tuple[OutboxEntry, ...]
    #: Pass it on to get the next page; None at the end. A search may give a short page with more to come.
    after: str | None


class OutboxReader:
    """Reads what outbox senders of any process write into ``root``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def page(self, *, after: str | None = None, limit: int = 50, search: str = "") -> OutboxPage:
        """At most ``limit`` mails older than ``after``; ``search`` is a part of address or subject, any case.

        Raises ``Invalid`` where ``after`` is not a page's.
        """
        wanted = search.casefold()
        entries: list[OutboxEntry] = []
        place = None
        for count, (place, line) in enumerate(self._lines(after), start=1):
            entry = read_line(line)
            if entry is not None and _matches(entry, wanted) and (self._root / entry.message_id).is_file():
                entries.append(entry)
            if len(entries) >= limit or count >= _SCAN_LINES:
                return OutboxPage(tuple(entries), place)
        return OutboxPage(tuple(entries), None)

    def read(self, message_id: str) -> bytes:
        """The message as it was accepted. Raises ``NotFound``; names that lead elsewhere do not exist."""
        if not MESSAGE_ID.fullmatch(message_id):
            raise NotFound.of("mail", message_id)
        root = self._root.resolve()
        path = root / message_id
        if path.resolve() != path:
            raise NotFound.of("mail", message_id)
        try:
            return path.read_bytes()
        except OSError as error:
            raise NotFound.of("mail", message_id) from error

    def _lines(self, after: str | None) -> Iterator[tuple[str, bytes]]:
        """Index lines from the newest on, each with the cursor that stands before it."""
        last_day, end = _parse_cursor(after)
        for day in self._days():
            if last_day is None or day < last_day:
                yield from self._day_lines(day, None)
            elif day == last_day:
                yield from self._day_lines(day, end)

    def _days(self) -> list[str]:
        try:
            return sorted((path.name for path in self._root.iterdir() if DAY.fullmatch(path.name)), reverse=True)
        except FileNotFoundError:
            return []

    def _day_lines(self, day: str, end: int | None) -> Iterator[tuple[str, bytes]]:
        try:
            file = (self._root / day / INDEX_NAME).open("rb")
        except OSError:
            return
        with file:
            position = file.seek(0, os.SEEK_END)
            if end is not None:
                position = min(end, position)
            rest = b""
            while position > 0:
                start = max(0, position - _BLOCK)
                file.seek(start)
                block = file.read(position - start) + rest
                lines = block.split(b"\n")
                at = start + len(block)
                # The first piece may begin in the block before; it waits for it.
                for line in reversed(lines[1:]):
                    at -= len(line)
                    if line:
                        yield f"{day}:{at}", line
                    at -= 1
                rest, position = lines[0], start
            if rest:
                yield f"{day}:0", rest


def _parse_cursor(after: str | None) -> tuple[str | None, int]:
    if after is None:
        return None, 0
    found = _CURSOR.fullmatch(after)
    if found is None:
        raise Invalid("This is not the end of an outbox page.", remedy="Start again from the first page.")
    return found[1], int(found[2])


def _matches(entry: OutboxEntry, wanted: str) -> bool:
    return not wanted or any(wanted in text.casefold() for text in (entry.rcpt_to, entry.mail_from, entry.subject))
