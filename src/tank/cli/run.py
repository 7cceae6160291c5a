"""``tank run``: run an automation now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tank.cli.context import installed
from tank.cli.looking import Reason, reason_or_default
from tank.cli.output import FAILED, Json, print_json, say

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.job import Job

#: Exit code of a run that mailed some recipients and not others.
PARTIAL = 3


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Sending")(run)


def run(
    automation: Annotated[str, typer.Argument(metavar="AUTOMATION", help="Name or id.")],
    *,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Do everything but send and write back; list each defect by row."),
    ] = False,
    test_to: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Send one recipient's mail to this address instead; may be repeated."),
    ] = None,
    reason: Reason = None,
    wait: Annotated[bool, typer.Option("--wait", metavar="", help="Wait for the end, with a progress bar.")] = False,
    as_json: Json = False,
) -> None:
    """Run an automation now.

    A running Tank does the work. Where none runs, --wait does it in this very command. A job that is under way
    already is waited for. --dry-run lists recipients with defects, which the audit log notes with --reason.

    Exit code with --wait: 0 everybody was mailed, 3 some were not, 1 it failed, was cancelled or is paused.

    Example: tank run "카드 명세서" --dry-run

    Example: tank run "카드 명세서" --wait
    """
    if dry_run and test_to:
        raise typer.BadParameter("--dry-run and --test-to cannot be combined.")
    with installed() as tank:
        if dry_run:
            from tank.cli.dry_run import dry_run as try_out

            raise typer.Exit(try_out(tank, automation, reason=reason_or_default(reason), as_json=as_json))
        if test_to:
            from tank.cli.dry_run import test_send

            raise typer.Exit(test_send(tank, automation, test_to, as_json=as_json))
        _run(tank, automation, wait=wait, as_json=as_json)


def _run(tank: Installation, name: str, *, wait: bool, as_json: bool) -> None:
    job = _requested(tank, name, join=wait)
    if wait:
        from tank.cli.work import work_off

        try:
            job = work_off(tank, job.id)
        except KeyboardInterrupt:
            say("The job is kept, and what was mailed is recorded. It goes on with this command, or `tank serve`.")
            raise
    _print(tank, job, as_json=as_json)
    if wait:
        raise typer.Exit({"SUCCESS": 0, "PARTIAL": PARTIAL}.get(job.state, FAILED))


def _requested(tank: Installation, name: str, *, join: bool) -> Job:
    """A new job; where the automation has an active one and we wait anyway, that one."""
    from tank.cli.lookup import automation_named
    from tank.domain.errors import Conflict
    from tank.domain.job import Trigger

    automation = automation_named(tank, name)
    try:
        return tank.jobs.request(automation.id, trigger=Trigger.MANUAL, by="cli")
    except Conflict as error:
        with tank.database.read() as tables:
            active = tables.jobs.active(automation.id)
        if error.code != "job_active" or active is None:
            raise
        if not join:
            remedy = f"`tank run {name!r} --wait` waits for its end; POST /job/{active.id}/cancel cancels it."
            raise Conflict(error.message, remedy=remedy, code=error.code) from error
        say(f"{error.message} This waits for its end.")
        return active


def _print(tank: Installation, job: Job, *, as_json: bool) -> None:
    from dataclasses import asdict

    progress = tank.progresses.of_job(job.id)
    if as_json:
        counts = asdict(progress.run.counts) if progress else None
        run_id = progress.run.id if progress else None
        print_json({"job_id": job.id, "run_id": run_id, "state": job.state, "reason": job.reason, "counts": counts})
        return
    say(f"Job {job.id} is {job.state}.{' ' + job.reason if job.reason else ''}")
    if progress is not None:
        c = progress.run.counts
        say(f"{c.target:,} recipients: {c.sent:,} sent, {c.fail:,} fail, {c.skipped:,} skipped, {c.unknown:,} unknown.")
    elif job.state.is_active:
        say("A running Tank takes it up; `tank run --wait` or `tank serve` does the work where none runs.")
