"""``tank doctor``: what is wrong with this installation, and how to mend it."""

from __future__ import annotations

from typing import Annotated

import typer

from tank.cli.output import FAILED, Json, plain_errors, print_json, say


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Looking")(doctor)


def doctor(
    as_json: Json = False,
    show_settings: Annotated[
        bool, typer.Option("--settings", metavar="", help="Print every setting in force too.")
    ] = False,
) -> None:
    """Check the Logs DB, its tables, the storage, the senders, the connections, the clock and the disk.

    Says what to mend; exit code 1 where something must be. Works beside a running Tank.

    Example: tank doctor --settings
    """
    with plain_errors():
        from tank import logs
        from tank.bootstrap import installation
        from tank.cli.context import settings_of
        from tank.cli.examination import examine

        settings = settings_of()
        logs.set_up(level="error", log_format=settings.log_format)
        with installation(settings) as tank:
            checks = examine(tank)
        if as_json:
            print_json(
                {
                    "ok": all(check.ok for check in checks),
                    "checks": [
                        {"name": check.name, "ok": check.ok, "detail": check.detail, "remedy": check.remedy}
                        for check in checks
                    ],
                    "settings": settings.shown(),
                }
            )
        else:
            for check in checks:
                print(f"{'ok  ' if check.ok else 'BAD '} {check.name:<22} {check.detail}")
                if check.remedy and not check.ok:
                    print(f"     {'':<22} → {check.remedy}")
            if show_settings:
                for name, value in settings.shown().items():
                    print(f"{name}={value}")
        if bad := sum(not check.ok for check in checks):
            say(f"{bad} of {len(checks)} checks need attention.")
            raise typer.Exit(FAILED)
