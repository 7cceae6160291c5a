"""What ``tank doctor`` looks at."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import text

from tank.config import unknown_variables
from tank.domain.attachment import StorageError
from tank.domain.errors import TankError
from tank.services.readiness import Check

if TYPE_CHECKING:
    from tank.bootstrap import Installation

_LEAST_FREE_BYTES: Final = 1_000_000_000
_MOST_CLOCK_DIFFERENCE: Final = timedelta(seconds=5)
_SENDER_SECONDS: Final = 20


def examine(tank: Installation) -> list[Check]:
    """Every check, whatever the others say; a Logs DB that does not answer leaves out what needs it."""
    checks = [*_environment(tank), _disk(tank)]
    if tank.database_file is not None and not tank.database_file.exists():
        return [*checks, Check(name="logs_db", ok=True, detail="There is none yet; `tank serve` makes it.")]
    checks += _readiness(tank)
    if checks[-1].name == "logs_db":
        return checks
    return [*checks, _clock(tank), _vault(tank), _storage(tank), *_connections(tank), *_senders(tank), _errors(tank)]


def _environment(tank: Installation) -> Iterator[Check]:
    for name in unknown_variables(os.environ):
        yield Check(name="settings", ok=False, detail=f"{name} is not a setting.", remedy="See docs/configuration.md.")
    yield _checked("settings", lambda: _binding(tank))


def _readiness(tank: Installation) -> list[Check]:
    """That nothing runs here is a fact and no defect, as long as nothing runs half."""
    checks = tank.readiness.checks()
    processes = [check for check in checks if check.name in ("scheduler", "workers")]
    if processes and not any(check.ok for check in processes):
        rest = [check for check in checks if check not in processes]
        return [*rest, Check(name="processes", ok=True, detail="Tank does not run; `tank serve` starts it.")]
    return checks


def _binding(tank: Installation) -> str:
    from tank.config import is_loopback

    settings = tank.settings
    who = "this machine alone" if is_loopback(settings.host) else "other machines, through HTTPS in front of it"
    return f"The API would listen on {settings.host}:{settings.port}, for {who}."


def _disk(tank: Installation) -> Check:
    folder = tank.settings.data_dir.resolve()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return Check(
        name="disk",
        ok=free >= _LEAST_FREE_BYTES and os.access(folder, os.W_OK),
        detail=f"{free / 1e9:.1f} GB free in {folder}.",
        remedy="Free some space, and see that the user who runs Tank may write there: nothing is sent that cannot "
        "be recorded.",
    )


def _clock(tank: Installation) -> Check:
    """A database on another machine has another clock; UPDATE binds and slots are of ours."""
    if tank.database.is_sqlite:
        return Check(name="clock", ok=True, detail="The Logs DB is on this machine and shares its clock.")
    with tank.database.read() as tables:
        theirs = tables.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    difference = abs(theirs - tank.clock.now())
    return Check(
        name="clock",
        ok=difference <= _MOST_CLOCK_DIFFERENCE,
        detail=f"{difference.total_seconds():.1f} s from the Logs DB's clock.",
        remedy="Let both machines keep time with NTP (chrony or systemd-timesyncd).",
    )


def _vault(tank: Installation) -> Check:
    """Whether the key opens what this Logs DB holds."""

    def try_out() -> str:
        with tank.database.read() as tables:
            held = [*tables.connections.all(), *tables.senders.all()]
        return f"It opens the secrets of {len(held)} connections and senders."

    return _checked("secret_key", try_out)


def _storage(tank: Installation) -> Check:
    try:
        return Check(name="storage", ok=True, detail=tank.storage.check())
    except StorageError as error:
        if not _has_attachments(tank):
            return Check(name="storage", ok=True, detail=f"{error.message} No automation attaches files.")
        return Check(name="storage", ok=False, detail=error.message, remedy=error.remedy or "")


def _has_attachments(tank: Installation) -> bool:
    from tank.cli.lookup import all_automations

    return any(automation.draft.attachments for automation in all_automations(tank))


def _connections(tank: Installation) -> Iterator[Check]:
    with tank.database.read() as tables:
        connections = tables.connections.all()
    for connection in connections:
        yield _checked(f"connection {connection.name}", partial(tank.connections.test, connection.id))


def _senders(tank: Installation) -> Iterator[Check]:
    with tank.database.read() as tables:
        senders = tables.senders.all()
    for sender in senders:
        yield _checked(f"sender {sender.name}", partial(_try_sender, tank, sender.id))


def _try_sender(tank: Installation, sender_id: UUID) -> str:
    said, quota = asyncio.run(asyncio.wait_for(tank.sender_profiles.test(sender_id), _SENDER_SECONDS))
    return said if quota.production else f"{said} The account is in the sandbox."


def _errors(tank: Installation) -> Check:
    with tank.database.read() as tables:
        count = tables.system_errors.unacknowledged()
    return Check(
        name="system_errors",
        ok=count == 0,
        detail=f"{count} not acknowledged." if count else "None that nobody has seen.",
        remedy="Read them with GET /system-error, mend what they say, and acknowledge them.",
    )


def _checked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, detail=look())
    except TankError as error:
        return Check(name=name, ok=False, detail=error.message, remedy=error.remedy or "")
    except TimeoutError:
        return Check(name=name, ok=False, detail="No answer in time.", remedy="Check the network on the way there.")
