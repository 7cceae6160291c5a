"""The ``tank`` command and its subcommands."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from tank import __version__
from tank.cli import audit, automation, db, demo, doctor, preview, report, run, schedule, serve, user
from tank.cli.output import FAILED, say

#: Commands that run until they are told to stop.
_SERVICES = (["serve"], ["api"], ["scheduler"], ["worker"])

app = typer.Typer(
    name="tank",
    help="Data-driven e-mail that can be trusted: finds recipients by query, sends each one's own mail, "
    "accounts for every one.\n\nFor a first look: **tank demo**",
    no_args_is_help=True,
    rich_markup_mode="markdown",  # joins the lines of a paragraph; "rich" keeps those of all but the first
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
        bool, typer.Option("--version", metavar="", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


serve.register(app)
run.register(app)
preview.register(app)
report.register(app)
doctor.register(app)
demo.register(app)
app.add_typer(automation.app, name="automation", rich_help_panel="Looking")
app.add_typer(schedule.app, name="schedule", rich_help_panel="Looking")
app.add_typer(audit.app, name="audit", rich_help_panel="Keeping")
app.add_typer(db.app, name="db", rich_help_panel="Keeping")
app.add_typer(user.app, name="user", rich_help_panel="Keeping")


def main() -> None:
    """Run the command line of this process."""
    try:
        app()
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough; nothing more can be said to them.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        # In a service's log the trace is what its keeper needs; nobody else can do anything with it.
        if os.environ.get("TANK_LOG_LEVEL") == "debug" or sys.argv[1:2] in _SERVICES:
            raise
        say(f"Error: {_described(error)}")
        say("TANK_LOG_LEVEL=debug shows where in Tank it happened.")
        sys.exit(FAILED)


def _described(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return f"Tank did not expect this: {type(error).__name__}: {error}"
