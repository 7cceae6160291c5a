"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tank.domain.errors import FieldProblem, Invalid

#: The option of every command that a script may want to read.
Json = Annotated[bool, typer.Option("--json", metavar="", help="Print one JSON document, for scripts.")]

#: Exit code of a command that could not do what it was asked to; 2 is typer's for wrong usage.
FAILED = 1
#: Exit code after Ctrl-C, as shells have it: 128 and the signal's number.
INTERRUPTED = 130


def say(text: str) -> None:
    """A line for people, beside the result."""
    print(text, file=sys.stderr, flush=True)


def print_json(value: Any) -> None:
    """The result, for scripts; moments (ISO 8601) and ids become text."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | time) else str(value)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, empty: str) -> None:
    """The result, for people."""
    from rich.console import Console
    from rich.table import Table

    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


@contextmanager
def plain_errors() -> Iterator[None]:
    """One clear line and what to do about it, and exit code 1; a trace only where TANK_LOG_LEVEL=debug asks for one."""
    import os

    from tank.domain.errors import Invalid, TankError

    try:
        yield
    except TankError as error:
        if os.environ.get("TANK_LOG_LEVEL") == "debug":
            raise
        say(f"Error: {error.message}")
        if isinstance(error, Invalid):
            for problem in error.problems:
                _say_problem(problem, error.message)
        if error.remedy:
            say(error.remedy)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        say("Interrupted.")
        raise typer.Exit(INTERRUPTED) from None


def _say_problem(problem: FieldProblem, said: str) -> None:
    where = ", ".join(part for part in (problem.field, f"line {problem.line}" if problem.line else "") if part)
    if problem.message not in said:
        say(f"  {where}: {problem.message}" if where else f"  {problem.message}")
    elif problem.line:
        say(f"  {where}")


def write_file(path: Path, text: str) -> None:
    """Write a result to the file that somebody named. Raises ``Invalid`` where that cannot be."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error


def write_private_file(path: Path, pieces: Iterable[str]) -> None:
    """Write personal data, piece by piece, to a file that nobody else may read. Raises ``Invalid``."""
    import os

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 (made with its mode)
            file.writelines(pieces)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> Invalid:
    from tank.domain.errors import Invalid

    return Invalid(
        f"{path} cannot be written: {error.strerror}.",
        remedy="Name a file in a folder that exists and that you may write to.",
        code="unwritable_file",
    )
