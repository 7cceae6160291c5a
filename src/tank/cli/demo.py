"""``tank demo``: an invented card company mails its customers their statements, into an outbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tank.cli.output import FAILED, Json, plain_errors, print_json, say

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.cli.demo_setup import Demo
    from tank.config import Settings

Host = Annotated[str | None, typer.Option(metavar="HOST", help="Address to listen on (TANK_HOST).")]
Port = Annotated[
    int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Port to listen on (TANK_PORT); 0: any free one.")
]


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Processes")(demo)


def demo(
    once: Annotated[
        bool, typer.Option("--once", metavar="", help="In a new temporary folder: run to the end, then stop.")
    ] = False,
    as_json: Json = False,
    customers: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_000_000, help="How many customers to invent.")
    ] = 1000,
    host: Host = None,
    port: Port = None,
) -> None:
    """Try Tank with invented data: customers, card transactions and PDF statements. Nothing leaves this machine.

    Makes the data in the data folder's `demo`, starts everything, sends every customer a statement into an outbox,
    and serves until Ctrl-C.

    Example: tank demo

    Example: tank demo --once --json
    """
    if as_json and not once:
        raise typer.BadParameter("--json needs --once: without it the demo goes on serving.")
    with plain_errors():
        from tank import logs
        from tank.bootstrap import installation
        from tank.cli.context import settings_of
        from tank.cli.demo_setup import make_data

        folder = _folder(settings_of(), once=once)
        say("Tank demo: a card company mails its customers their statements, with a PDF each.")
        say(f"  Folder    {folder}")
        data = make_data(folder, customers)
        # The demo speaks for itself: the workers' log lines would stand between its own.
        level = {"log_level": "warning"} if settings_of().log_level == "info" else {}
        settings = settings_of(data_dir=folder, storage_root=data.storage_root, host=host, port=port, **level)
        logs.set_up(level="warning", log_format=settings.log_format)
        with installation(settings) as tank:
            if once:
                raise typer.Exit(_run_once(tank, data, as_json=as_json))
            raise typer.Exit(_serve(tank, data))


def _folder(settings: Settings, *, once: bool) -> Path:
    import tempfile

    return Path(tempfile.mkdtemp(prefix="tank-demo-")) if once else settings.data_dir / "demo"


def _run_once(tank: Installation, data: Demo, *, as_json: bool) -> int:
    from tank.cli.demo_setup import register_demo, summary_of
    from tank.cli.server import exclusive
    from tank.cli.watch import bar, wait_for_end
    from tank.cli.work import own_workers
    from tank.domain.job import Trigger

    tank.upgrade_schema()
    automation_id = register_demo(tank, data)
    with exclusive(tank), own_workers(tank) as look, bar() as show:
        job = tank.jobs.request(automation_id, trigger=Trigger.MANUAL, by="demo")
        job = wait_for_end(tank, job.id, show=show, between=look)
    summary = summary_of(tank, job)
    if as_json:
        print_json(summary)
    else:
        for name, value in summary.items():
            print(f"{name:<24} {value}")
    if not summary["adds_up"]:
        say("Error: the ledger does not add up." if summary["run_id"] else f"Error: {job.reason or job.state}")
    return 0 if summary["adds_up"] else FAILED


def _serve(tank: Installation, data: Demo) -> int:
    from tank.cli.demo_setup import register_account, register_demo
    from tank.cli.server import Server

    tank.upgrade_schema()
    register_account(tank)

    def when_up(address: str) -> None:
        with plain_errors():
            _first_run(tank, register_demo(tank, data), address)

    return Server(tank).run(when_up=when_up)


def _first_run(tank: Installation, automation_id: object, address: str) -> None:
    from uuid import UUID

    from tank.cli.watch import bar, wait_for_end
    from tank.domain.job import Trigger

    assert isinstance(automation_id, UUID)
    with tank.database.read() as tables:
        known = tables.jobs.page(automation_id=automation_id, limit=1).items
    if known:
        say("The demo has run before; its mails are still there.")
        _say_where(tank, address)
        say("Tank goes on serving. Ctrl-C stops it.")
        return
    job = tank.jobs.request(automation_id, trigger=Trigger.MANUAL, by="demo")
    with bar() as show:
        job = wait_for_end(tank, job.id, show=show, between=lambda: None)
    progress = tank.progresses.of_job(job.id)
    if progress is None:
        say(f"The demo's job is {job.state}. {job.reason}")
        return
    c = progress.run.counts
    say(f"The run is {job.state}: {c.sent:,} of {c.target:,} customers were mailed; {c.fail:,} failed,")
    say(f"{c.skipped:,} were skipped (bad addresses, missing statements), {c.unknown:,} are unknown.")
    _say_where(tank, address)
    say("Tank goes on serving. Ctrl-C stops it.")


def _say_where(tank: Installation, address: str) -> None:
    say(f"  Mails     {tank.settings.outbox}")
    say(f"  Open      {address}")
    if tank.demo_account:
        say("  Sign in   {} with the password {}".format(*tank.demo_account))
