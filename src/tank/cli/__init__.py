"""The command line: ``tank``.

Modules of commands import what they need inside each command, so that ``tank --help`` answers at once.
"""

from __future__ import annotations

from tank.cli.app import main

__all__ = ["main"]
