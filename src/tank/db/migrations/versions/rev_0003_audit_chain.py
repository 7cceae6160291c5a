"""The audit log becomes a chain; the entries that are there are chained in the order of their ids.

Revision 0003, after 0002.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa
from alembic import op

from tank.db.metadata import UtcDateTime
from tank.domain.audit_chain import ChainHead, head_of
from tank.domain.log import AuditEntry

revision = "0003"
down_revision = "0002"

_CHUNK = 1_000

_log = sa.table(
    "audit_log",
    sa.column("id", sa.Uuid()),
    sa.column("at", UtcDateTime()),
    sa.column("actor", sa.Text()),
    sa.column("action", sa.Text()),
    sa.column("subject", sa.Text()),
    sa.column("detail", sa.JSON()),
    sa.column("address", sa.Text()),
    sa.column("no", sa.BigInteger()),
    sa.column("hash", sa.LargeBinary(32)),
)


def upgrade() -> None:
    op.drop_index("ix_audit_log_subject_id", "audit_log")
    op.add_column("audit_log", sa.Column("no", sa.BigInteger()))
    op.add_column("audit_log", sa.Column("hash", sa.LargeBinary(32)))
    _chain(op.get_bind())
    with op.batch_alter_table("audit_log") as table:
        table.alter_column("no", existing_type=sa.BigInteger(), nullable=False)
        table.alter_column("hash", existing_type=sa.LargeBinary(32), nullable=False)
        table.create_unique_constraint("uq_audit_log_no", ["no"])
    op.create_index("ix_audit_log_subject_no", "audit_log", ["subject", "no"])
    op.create_index("ix_audit_log_actor_no", "audit_log", ["actor", "no"])
    op.create_index("ix_audit_log_at", "audit_log", ["at"])


def _chain(connection: sa.Connection) -> None:
    change = (
        sa.update(_log)
        .where(_log.c.id == sa.bindparam("entry_id"))
        .values(no=sa.bindparam("entry_no"), hash=sa.bindparam("entry_hash"))
    )
    entries = _entries(connection)
    head = ChainHead()
    while chunk := list(islice(entries, _CHUNK)):
        rows = []
        for entry in chunk:
            head = head_of(head.appended(entry))
            rows.append({"entry_id": entry.id, "entry_no": head.no, "entry_hash": head.hash})
        connection.execute(change, rows)


def _entries(connection: sa.Connection) -> Iterator[AuditEntry]:
    """In the order of their ids."""
    columns = [column for column in _log.c if column.name not in ("no", "hash")]
    query = sa.select(*columns).order_by(_log.c.id).limit(_CHUNK)
    rows = connection.execute(query).mappings().all()
    while rows:
        yield from (AuditEntry(**row) for row in rows)
        rows = connection.execute(query.where(_log.c.id > rows[-1]["id"])).mappings().all()
