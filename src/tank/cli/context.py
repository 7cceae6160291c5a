"""How a command gets its installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tank.cli.output import plain_errors, say

if TYPE_CHECKING:
    from tank.bootstrap import Installation
    from tank.config import Settings


def settings_of(**overrides: Any) -> Settings:
    """The settings in force; misspelled variables are warned of."""
    import os

    from tank.config import load_settings, unknown_variables

    for name in unknown_variables(os.environ):
        say(f"Warning: {name} is not a setting of Tank; see docs/configuration.md.")
    return load_settings(**overrides)


@contextmanager
def installed(*, quiet: bool = True, current: bool = True, **overrides: Any) -> Iterator[Installation]:
    """The installation that the settings describe; errors end the command with one clear line.

    A ``quiet`` command logs warnings and errors only. With ``current``, a Logs DB that is empty is made, and one of
    another version of Tank is an error.
    """
    with plain_errors():
        from tank import logs
        from tank.bootstrap import installation

        settings = settings_of(**overrides)
        logs.set_up(
            level="warning" if quiet and settings.log_level == "info" else settings.log_level,
            log_format=settings.log_format,
        )
        with installation(settings) as opened:
            if current:
                opened.require_current_schema()
            yield opened
