"""Writes the next migration from what the tables have become: ``python -m tests.support.new_migration "why"``.

Read what it wrote, split what is long, and give the file a name that says what changes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from tank.db.database import Database
from tank.db.upgrade import alembic_config, latest, upgrade
from tests.fakes.clock import FakeClock
from tests.support.logs_db import a_vault


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'tank.db'}", vault=a_vault(), clock=FakeClock())
        upgrade(database)
        with database.engine.begin() as connection:
            command.revision(alembic_config(connection), message, autogenerate=True, rev_id=f"{int(latest()) + 1:04}")
        database.close()


if __name__ == "__main__":
    main(sys.argv[1])
