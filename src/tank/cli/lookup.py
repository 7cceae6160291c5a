"""Finding what somebody named on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from tank.domain.errors import NotFound

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.domain.automation import Automation


def all_automations(tank: Installation) -> list[Automation]:
    """By name."""
    found: list[Automation] = []
    after: str | None = None
    while True:
        with tank.database.read() as tables:
            page = tables.automations.page(after=after, limit=500)
        found += page.items
        if (after := page.next) is None:
            return found


def automation_named(tank: Installation, name: str) -> Automation:
    """The automation of that name or id. Raises ``NotFound``."""
    with tank.database.read() as tables:
        if (found := tables.automations.named(name)) is not None:
            return found
        try:
            return tables.automations.get(UUID(name))
        except ValueError:
            pass
    raise NotFound(
        f"There is no automation {name!r}.",
        remedy="`tank automation list` shows those that there are.",
        code="automation_not_found",
    )
