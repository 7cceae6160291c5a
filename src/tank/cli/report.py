"""``tank report``: what was sent."""

from __future__ import annotations

from typing import Annotated

import typer

from tank.cli.context import installed
from tank.cli.lookup import automation_named
from tank.cli.output import Json, print_json, print_table


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Looking")(report)


def report(
    since: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="First day or moment, such as 2026-11-01; 30 days, where left out."),
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Last day or moment; today, where left out.")] = None,
    automation: Annotated[str | None, typer.Option(metavar="AUTOMATION", help="Name or id of one automation.")] = None,
    zone: Annotated[str | None, typer.Option(metavar="ZONE", help="Time zone of the days (TANK_ZONE).")] = None,
    as_json: Json = False,
) -> None:
    """Count recipients by how they ended: in all, by day and by automation.

    Example: tank report --since 2026-11-01 --until 2026-11-30 --json
    """
    from dataclasses import asdict

    with installed() as tank:
        automation_id = automation_named(tank, automation).id if automation else None
        summary = tank.reports.summary(
            since=since, until=until, zone=zone or tank.settings.zone, automation_id=automation_id
        )
        if as_json:
            print_json(asdict(summary))
            return
        columns = ("", "Sent", "Fail", "Skipped", "Unknown", "Total")
        named = [
            *((str(day.day), day.totals) for day in summary.days if day.totals.total),
            *((entry.name, entry.totals) for entry in summary.automations),
            ("All", summary.totals),
        ]
        rows = [(name, t.sent, t.fail, t.skipped, t.unknown, t.total) for name, t in named]
        period = f"from {summary.days[0].day} to {summary.days[-1].day}" if summary.days else "in this period"
        print_table(columns, rows if summary.totals.total else [], empty=f"Nothing was sent {period}.")
