"""``tank preview``: what a draft's mail looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tank.cli.context import installed
from tank.cli.looking import Reason, operator, reason_or_default
from tank.cli.output import FAILED, Json, print_json, say, write_file


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Sending")(preview)


def preview(
    automation: Annotated[str, typer.Argument(metavar="AUTOMATION", help="Name or id.")],
    *,
    row: Annotated[int, typer.Option(min=1, max=10_000, metavar="N", help="Which row of the target query.")] = 1,
    key: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="The recipient with this key; once for each key column.")
    ] = None,
    worst: Annotated[bool, typer.Option("--worst", metavar="", help="The rows most likely to look wrong.")] = False,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the HTML body to this file.")] = None,
    reason: Reason = None,
    as_json: Json = False,
) -> None:
    """Show the mail of a draft on a real row. Sends nothing; the audit log tells who looked.

    Example: tank preview "카드 명세서" --key C000042 --html mail.html
    """
    from tank.cli.lookup import automation_named

    with installed() as tank:
        why = reason_or_default(reason)
        automation_id = automation_named(tank, automation).id
        if worst:
            found = tank.previews.worst(automation_id)
        elif key:
            found = tank.previews.of_key(automation_id, key)
        else:
            found = tank.previews.sample(automation_id, row_number=row)
        tank.deliveries.note_reveal(by=operator(), subject=f"preview of {automation_id}", reason=why)
        if as_json:
            from dataclasses import asdict

            print_json(asdict(found))
        for mail in found.mails if not as_json else ():
            print(f"Row {mail.row_number} ({', '.join(mail.reasons)})")
            if mail.mail is None:
                print(f"  cannot be mailed: {mail.error}")
                continue
            print(f"Subject: {mail.mail.subject}\n\n{mail.mail.text}")
            if html is not None:
                write_file(html, mail.mail.html)
                say(f"HTML written to {html}.")
        for problem in found.problems:
            say(f"Problem in {problem.field}{f', line {problem.line}' if problem.line else ''}: {problem.message}")
        if found.problems or any(mail.mail is None for mail in found.mails):
            raise typer.Exit(FAILED)
