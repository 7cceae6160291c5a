"""``tank audit``: who did what, and whether that record is whole."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tank.cli.context import installed
from tank.cli.looking import Reason, operator, reason_or_default
from tank.cli.output import FAILED, Json, print_json, say, write_private_file

if TYPE_CHECKING:
    from tank.services.audit_log import AuditVerdict

app = typer.Typer(help="Verify and export the audit log.", no_args_is_help=True)


class Format(StrEnum):
    """What an export looks like."""

    CSV = "csv"
    JSONL = "jsonl"


class HeaderLanguage(StrEnum):
    """Language of a CSV file's headers."""

    KO = "ko"
    EN = "en"


@app.command()
def verify(
    expect_last: Annotated[
        str | None,
        typer.Option(metavar="NUMBER:HASH", help="An end of the log that was noted elsewhere; it must still be in it."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute the chain of entries anew: was one changed, removed, moved or put in?

    What was cut off at the end only --expect-last can miss. It wants what an earlier verification printed.

    Exit code: 0 intact, 1 not.

    Example: tank audit verify --expect-last "$(cat /mnt/worm/tank-audit-head)"
    """
    from tank.domain.audit_chain import head_from

    with installed() as tank:
        verdict = tank.audit_log.verify(None if expect_last is None else head_from(expect_last))
        if as_json:
            print_json(
                {
                    "entries": verdict.entries,
                    "intact": verdict.intact,
                    "broken_at": verdict.broken_at,
                    "last": str(verdict.last),
                    "has_expected": verdict.has_noted,
                }
            )
        else:
            _tell(verdict)
        if not verdict.intact:
            raise typer.Exit(FAILED)


def _tell(verdict: AuditVerdict) -> None:
    """The end of the chain on standard output, for whoever notes it elsewhere."""
    if verdict.intact:
        say(f"{verdict.entries:,} entries, all as they were written. The last one is:")
        print(verdict.last)
        return
    if verdict.broken_at is not None:
        say(
            f"The audit log does not fit at entry {verdict.broken_at:,} (of {verdict.entries:,}): it was changed, "
            f"removed, moved or put in. Everything up to {verdict.last} fits."
        )
    if verdict.has_noted is False:
        say("The expected entry is not in the log: the end was cut off, or the log was written anew.")
    say("Compare with an export or a backup from before, and find out who could write to the Logs DB.")


@app.command()
def export(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file instead of the screen.")
    ] = None,
    as_format: Annotated[
        Format, typer.Option("--format", help="csv for a spreadsheet, jsonl to recompute the hashes.")
    ] = Format.JSONL,
    after: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="Only entries after this one.")] = 0,
    language: Annotated[HeaderLanguage, typer.Option(help="Language of the CSV's headers.")] = HeaderLanguage.KO,
    reason: Reason = None,
) -> None:
    """Write the audit log's entries with their hashes, oldest first. Personal data in it is not masked.

    Example: tank audit export --format csv -o audit.csv --reason "yearly audit"
    """
    from zoneinfo import ZoneInfo

    from tank.services.audit_export import audit_csv, audit_json_lines

    with installed() as tank:
        tank.deliveries.note_reveal(by=operator(), subject="audit trail", reason=reason_or_default(reason))
        chunks = tank.audit_log.chunks(after=after)
        text = (
            audit_json_lines(chunks)
            if as_format is Format.JSONL
            else audit_csv(chunks, language=language.value, zone=ZoneInfo(tank.settings.zone))
        )
        if output is not None:
            write_private_file(output, text)
            say(f"Written to {output}.")
            return
        for piece in text:
            sys.stdout.write(piece)
