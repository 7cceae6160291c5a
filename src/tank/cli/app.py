"""The ``tank`` command and its subcommands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tank import __version__
from tank.cli import automation, db, demo, doctor, preview, report, run, schedule, serve

app = typer.Typer(
    name="tank",
    help="Data-driven e-mail that can be trusted: finds recipients by query, sends each one's own mail, "
    "accounts for every one.\n\nFor a first look: [bold]tank demo[/bold]",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"tank {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


serve.register(app)
run.register(app)
preview.register(app)
report.register(app)
doctor.register(app)
demo.register(app)
app.add_typer(automation.app, name="automation")
app.add_typer(schedule.app, name="schedule")
app.add_typer(db.app, name="db")


def main() -> None:
    """Run the command line of this process."""
    try:
        app()
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough; nothing more can be said to them.
        sys.stderr.close()
        sys.exit(0)
