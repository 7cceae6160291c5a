"""``tank serve``, and its parts apart: ``api``, ``scheduler``, ``worker``."""

from __future__ import annotations

from typing import Annotated

import typer

from tank.cli.context import installed

Host = Annotated[str | None, typer.Option(metavar="HOST", help="Address to listen on (TANK_HOST).")]
Port = Annotated[
    int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Port to listen on (TANK_PORT); 0: any free one.")
]


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Processes")(serve)
    app.command(rich_help_panel="Processes")(api)
    app.command(rich_help_panel="Processes")(scheduler)
    app.command(rich_help_panel="Processes")(worker)


def serve(
    host: Host = None,
    port: Port = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=256, help="Worker processes (TANK_WORKERS).")
    ] = None,
) -> None:
    """Run everything on this machine: API, scheduler and one worker process for each core.

    Makes or upgrades the Logs DB first. Ctrl-C stops: mails under way are finished (at most 20 seconds); a second
    Ctrl-C stops at once, and what was under way is UNKNOWN.

    Example: tank serve --port 9000 --workers 4
    """
    from tank.cli.server import Server

    with installed(quiet=False, current=False, host=host, port=port, workers=workers) as tank:
        raise typer.Exit(Server(tank).run())


def api(host: Host = None, port: Port = None) -> None:
    """Run the API alone. Needs a PostgreSQL Logs DB where other processes run elsewhere.

    Example: TANK_LOGS_DB_URL=postgresql+psycopg://tank@db/tank tank api
    """
    from tank.cli.server import serve_api

    with installed(quiet=False, host=host, port=port) as tank:
        serve_api(tank)


def scheduler() -> None:
    """Run the scheduler alone: starts due automations and looks after workers. Several do no harm.

    Example: tank scheduler
    """
    from tank.cli.server import run_scheduler

    with installed(quiet=False) as tank:
        run_scheduler(tank)


def worker(supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False) -> None:
    """Run one worker process: takes recipients, sends their mails, writes results back.

    SIGTERM or Ctrl-C: finishes the mails under way (at most 20 seconds) and ends.

    Example: tank worker
    """
    from tank.cli.server import run_worker

    with installed(quiet=False) as tank:
        run_worker(tank, supervised=supervised)
