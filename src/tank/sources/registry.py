"""The port ``Sources``: one source for each connection, made anew when the connection is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from tank.domain.connection import Connection, ConnectionKind
from tank.domain.errors import Misconfigured
from tank.domain.ports.sources import Source
from tank.sources.options import read_options
from tank.sources.sql import SqlSource

Opener = Callable[[Connection], Source]


def open_sql(connection: Connection) -> Source:
    """A source of kind ``sql``. Raises ``Misconfigured``."""
    return SqlSource(read_options(connection))


class SourceRegistry:
    """Makes sources out of connections, and keeps one for each. Safe to use from several threads."""

    def __init__(self, openers: Mapping[ConnectionKind, Opener] | None = None) -> None:
        self._openers = openers if openers is not None else {ConnectionKind.SQL: open_sql}
        self._lock = threading.Lock()
        self._open: dict[UUID, tuple[datetime, Source]] = {}

    def open(self, connection: Connection) -> Source:
        """The source of a connection. Raises ``Misconfigured`` where its options make no sense."""
        opener = self._openers.get(connection.kind)
        if opener is None:
            raise Misconfigured(
                f"The connection {connection.name} is of kind {connection.kind}, which this installation cannot open.",
                remedy=f"Known kinds are {', '.join(self._openers)}.",
            )
        with self._lock:
            known = self._open.get(connection.id)
            if known is not None and known[0] == connection.updated_at:
                return known[1]
            source = opener(connection)
            self._open[connection.id] = (connection.updated_at, source)
        if known is not None:
            known[1].close()  # calls under way keep their connections, which close when they end
        return source

    def close(self) -> None:
        """Close all of them."""
        with self._lock:
            sources = [source for _, source in self._open.values()]
            self._open.clear()
        for source in sources:
            source.close()
