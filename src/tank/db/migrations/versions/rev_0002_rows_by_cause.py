"""An index for the few rows of a run that ended for one cause.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_email_send_log_cause",
        "email_send_log",
        ["run_id", "error_kind", "seq"],
        unique=False,
        sqlite_where=sa.text("error_kind IS NOT NULL"),
        postgresql_where=sa.text("error_kind IS NOT NULL"),
    )
