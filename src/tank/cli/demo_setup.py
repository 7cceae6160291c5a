"""Making the demo's data and the automation that uses them, and telling how its run went."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from tank.demo import DemoData, make_demo
from tank.domain.account import Role
from tank.domain.attachment import AttachmentStatus
from tank.domain.connection import ConnectionKind, SenderKind
from tank.domain.errors import Misconfigured

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.job import Job
    from tank.domain.run import Run

Demo = DemoData

CONNECTION: Final = "demo-card"
SENDER: Final = "demo-outbox"
_BY: Final = "demo"


def make_data(folder: Path, customers: int) -> DemoData:
    """Make the data, or find them there, with a progress bar."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        task = shown.add_task("Printing statements (PDF)", total=customers)
        try:
            return make_demo(
                folder,
                customers=customers,
                today=datetime.now(ZoneInfo("Asia/Seoul")).date(),
                progress=lambda done, total: shown.update(task, completed=done, total=total),
            )
        except OSError as error:
            raise Misconfigured(
                f"The demo's data cannot be written to {folder}: {error.strerror}.",
                remedy="Set TANK_DATA_DIR to a folder that you may write to, with some space left.",
            ) from error


def register_demo(tank: Installation, data: DemoData) -> UUID:
    """The demo's connection, sender and automation, made through the services where they are not there yet."""
    with tank.database.read() as tables:
        connection = tables.connections.named(CONNECTION)
        sender = tables.senders.named(SENDER)
        automation = tables.automations.named(data.automation_name)
    if connection is None:
        tank.connections.add(CONNECTION, ConnectionKind.SQL, options={"url": data.url}, secrets={}, by=_BY)
    elif connection.options.get("url") != data.url:
        tank.connections.change(connection.id, by=_BY, options={"url": data.url})
    if sender is None:
        tank.sender_profiles.add(SENDER, SenderKind.OUTBOX, options={}, secrets={}, max_rate=None, by=_BY)
    if automation is None:
        automation = tank.automations.create(
            data.automation_name,
            description=data.automation_description,
            definition=data.definition(connection=CONNECTION, sender=SENDER),
            by=_BY,
        )
    return automation.id


def register_account(tank: Installation) -> None:
    """An admin to look around with. The password is new at each start, and shown to whoever sits at this machine."""
    password = secrets.token_urlsafe(9)
    known = any(account.name == _BY for account in tank.accounts.all())
    if known:
        tank.accounts.set_password(_BY, password, by=_BY)
    else:
        tank.accounts.add_with_password(_BY, display_name="Demo", role=Role.ADMIN, password=password, by=_BY)
    tank.demo_account = (_BY, password)


def summary_of(tank: Installation, job: Job) -> Mapping[str, Any]:
    """How the run went, as flat facts."""
    progress = tank.progresses.of_job(job.id)
    facts: dict[str, Any] = {"job_state": job.state, "run_id": None, "adds_up": False}
    if progress is None:
        return facts
    run = progress.run
    counts = run.counts
    with tank.database.read() as tables:
        files = tables.ledger.attachment_counts(run.id)
    seconds = ((run.finished_at or tank.clock.now()) - (run.sealed_at or run.started_at)).total_seconds()
    total_seconds = ((run.finished_at or tank.clock.now()) - run.started_at).total_seconds()
    return facts | {
        "run_id": run.id,
        "adds_up": _is_accounted_for(run),
        "target": counts.target,
        "sent": counts.sent,
        "fail": counts.fail,
        "skipped": counts.skipped,
        "unknown": counts.unknown,
        "attachments_found": files.get(AttachmentStatus.FOUND, 0),
        "attachments_not_found": files.get(AttachmentStatus.NOT_FOUND, 0),
        "attachments_ambiguous": files.get(AttachmentStatus.AMBIGUOUS, 0),
        "update_ok": counts.update_ok,
        "update_failed": counts.update_failed,
        "update_in_doubt": counts.update_in_doubt,
        "seconds": round(total_seconds, 3),
        "mails_per_second": round(counts.sent / seconds, 1) if seconds > 0 else None,
        "outbox": str(tank.settings.outbox.resolve()),
    }


def _is_accounted_for(run: Run) -> bool:
    """Whether the run is over with every recipient in a final place; one whose snapshot failed has none to add up."""
    is_over = run.sealed_at is not None and run.finished_at is not None
    return is_over and run.counts.adds_up and run.counts.pending == run.counts.sending == 0
