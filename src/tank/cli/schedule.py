"""``tank schedule``: when automations run next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tank.cli.context import installed
from tank.cli.lookup import all_automations, automation_named
from tank.cli.output import Json, print_json, print_table

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.schedule import Schedule
    from tank.services.slots import PlannedSlot

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
    automations = [automation_named(tank, name)] if name else all_automations(tank)
    planned = [
        (slot, automation.name, schedule)
        for automation in automations
        for schedule in tank.schedules.of(automation.id)
        if schedule.enabled or name
        for slot in tank.schedules.upcoming(schedule.id, count=count)
    ]
    return [_row(slot, automation, schedule) for slot, automation, schedule in sorted(planned, key=lambda one: one[0])]


def _row(slot: PlannedSlot, automation: str, schedule: Schedule) -> Mapping[str, Any]:
    zone = ZoneInfo(schedule.zone)
    notes = [f"{slot.day_off.name}" if slot.day_off else "", "left out" if slot.is_skipped else ""]
    notes += ["moved" if slot.is_moved else "", "" if schedule.enabled else "schedule is disabled"]
    return {
        "automation": automation,
        "schedule_id": schedule.id,
        "fires_at": f"{slot.fire_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "due_at": f"{slot.due_at.astimezone(zone):%Y-%m-%d %H:%M}",
        "zone": schedule.zone,
        "skipped": slot.is_skipped,
        "note": ", ".join(note for note in notes if note),
    }
