"""Alembic's entry: runs on the connection, inside the transaction, that ``db/upgrade.py`` opened."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import tank.db.tables  # noqa: F401  every table must be known before models are compared
from tank.db.metadata import UtcDateTime, metadata


def _render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from tank.db.metadata import UtcDateTime")
        return "UtcDateTime()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite changes tables by copying them: Alembic's batch mode writes revisions that work on both.
    render_as_batch=True,
    render_item=_render,
)
context.run_migrations()
