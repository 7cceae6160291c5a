"""``tank db``: the Logs DB's tables."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tank.cli.context import installed
from tank.cli.output import FAILED, Json, print_json, say

app = typer.Typer(help="Make, upgrade and back up the Logs DB.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the tables to what this version of Tank needs. `tank serve` does it by itself.

    Example: tank db upgrade
    """
    with installed(current=False) as tank:
        say(f"The Logs DB is at revision {tank.upgrade_schema()}.")


@app.command()
def current(as_json: Json = False) -> None:
    """Say at which revision the tables are; exit code 1 where they need an upgrade.

    Example: tank db current
    """
    with installed(current=False) as tank:
        at, wanted = tank.schema_revisions()
        if as_json:
            print_json({"current": at, "latest": wanted, "up_to_date": at == wanted})
        else:
            print(at or "(empty)")
            if at != wanted:
                say(f"This version of Tank needs {wanted}. Run `tank db upgrade`.")
        if at != wanted:
            raise typer.Exit(FAILED)


@app.command()
def backup(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The new file; in the data folder, where left out.")
    ] = None,
) -> None:
    """Copy a SQLite Logs DB while Tank goes on working.

    Example: tank db backup /backup/tank-monday.db
    """
    with installed(current=False) as tank:
        target = path or tank.settings.data_dir / f"tank-{datetime.now().astimezone():%Y%m%d-%H%M%S}.db"
        tank.backup(target)
        say(f"Copied to {target}. The secret key is not in it: keep {tank.settings.key_file} as well.")
