"""``tank automation``: list, export, import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tank.cli.context import installed
from tank.cli.lookup import all_automations, automation_named
from tank.cli.output import Json, print_json, print_table, say, write_file

_ANOTHER = "Give another name with --name, or replace the draft of that one with --replace."

app = typer.Typer(help="List automations, and move them between installations as YAML.", no_args_is_help=True)


@app.command(name="list")
def list_automations(as_json: Json = False) -> None:
    """List all automations.

    Example: tank automation list --json
    """
    with installed() as tank:
        found = all_automations(tank)
        if as_json:
            print_json(
                [
                    {
                        "id": one.id,
                        "name": one.name,
                        "enabled": one.enabled,
                        "revision": one.active_revision_number,
                        "draft_differs": one.draft_differs,
                    }
                    for one in found
                ]
            )
            return
        rows = [
            (
                one.name,
                "yes" if one.enabled else "no",
                one.active_revision_number,
                "yes" if one.draft_differs else "no",
                one.id,
            )
            for one in found
        ]
        print_table(("Name", "Enabled", "Revision", "Draft differs", "Id"), rows, empty="There are no automations.")


@app.command(name="export")
def export_automation(
    name: Annotated[str, typer.Argument(metavar="AUTOMATION", help="Name or id.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write; else standard output.")
    ] = None,
) -> None:
    """Write an automation as YAML: its draft, without secrets.

    Example: tank automation export "카드 명세서" -o statement.yaml
    """
    with installed() as tank:
        text = tank.automation_files.export(automation_named(tank, name).id)
        if output is None:
            sys.stdout.write(text)
        else:
            write_file(output, text)
            say(f"Written to {output}.")


@app.command(name="import")
def import_automation(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML file of `tank automation export`; - reads standard input.")
    ],
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Another name than the file's.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", metavar="", help="Replace the draft of the automation of that name.")
    ] = False,
) -> None:
    """Make an automation from YAML. Its queries are tested by the database as if they were typed.

    Example: tank automation import statement.yaml
    """
    from tank.domain.errors import Conflict

    with installed() as tank:
        text = _read(path)
        try:
            saved = tank.automation_files.take_in(text, by="cli", name=name, replace_existing=replace)
        except Conflict as error:
            raise Conflict(error.message, remedy=_ANOTHER, code=error.code) from error
        say(f"{saved.automation.name} is draft version {saved.automation.draft_version} ({saved.automation.id}).")


def _read(path: Path) -> str:
    """The text of a file or of standard input. Raises ``Invalid``."""
    from tank.domain.errors import Invalid

    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise Invalid(
            f"{path} cannot be read: {why}.", remedy="Name a file of `tank automation export`.", code="unreadable_file"
        ) from error
