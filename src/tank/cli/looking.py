"""Commands that show personal data: why, and that it is written down."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

#: The option of every command that shows personal data.
Reason = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="What the personal data is needed for; kept in the audit log."),
]


def reason_or_default(reason: str | None) -> str:
    """The reason that was given. Whoever may use the command line may read the Logs DB, so there is a default.

    Raises ``Invalid`` for one that is empty or too long.
    """
    from tank.services.audit_trail import checked_reason

    return "command line" if reason is None else checked_reason(reason)


def operator() -> str:
    """Who did it, for the audit trail."""
    try:
        return f"cli {getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"
