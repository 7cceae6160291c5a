"""``tank schedule``: when automations run next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tank.cli.context import installed
from tank.cli.lookup import automation_named
from tank.cli.output import Json, print_json, print_table

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.services.agenda import Appointment

app = typer.Typer(help="Look at schedules.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps ``next`` a subcommand while it is the only one."""


@app.command(name="next")
def next_slots(
    automation: Annotated[
        str | None, typer.Argument(metavar="AUTOMATION", help="Name or id of an automation; all, where left out.")
    ] = None,
    count: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="How many slots of each schedule.")] = 3,
    as_json: Json = False,
) -> None:
    """Say when schedules fire next, with slots that a holiday moves or leaves out.

    Example: tank schedule next "카드 명세서" --count 12
    """
    with installed() as tank:
        rows = _next_slots(tank, automation, count)
        if as_json:
            print_json(rows)
            return
        print_table(
            ("Automation", "Fires at", "Zone", "Slot", "Note"),
            [(row["automation"], row["fires_at"], row["zone"], row["due_at"], row["note"]) for row in rows],
            empty="Nothing is scheduled.",
        )


def _next_slots(tank: Installation, name: str | None, count: int) -> list[Mapping[str, Any]]:
    """The next slots of one automation's schedules or of all enabled ones, soonest first."""
    automation_id = automation_named(tank, name).id if name else None
    return [_row(one) for one in tank.agenda.of_each(count=count, automation_id=automation_id)]


def _row(one: Appointment) -> Mapping[str, Any]:
    return {
        "automation": one.automation.name,
        "schedule_id": one.schedule.id,
        "fires_at": f"{one.local:%Y-%m-%d %H:%M}",
        "due_at": f"{one.slot.due_at.astimezone(one.local.tzinfo):%Y-%m-%d %H:%M}",
        "zone": one.schedule.zone,
        "skipped": one.slot.is_skipped,
        "note": one.note,
    }
