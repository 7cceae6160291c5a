"""The layers hold, and the contracts that say so would notice if they did not.

Each planted violation is one import that somebody in a hurry might write; the contract must break in a copy of the
code that has it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: A module, the import planted in it, and the contract that forbids it.
VIOLATIONS = (
    ("domain/run.py", "import tank.services.jobs", "layers"),
    ("services/jobs.py", "import tank.db.jobs", "layers"),
    ("services/jobs.py", "import tank.config", "layers"),
    ("db/jobs.py", "import tank.senders.ses", "layers"),
    ("api/jobs.py", "import tank.db.jobs", "layers"),
    ("worker/worker.py", "import tank.api.jobs", "layers"),
    ("bootstrap.py", "import tank.cli.app", "layers"),
    ("senders/ses.py", "import tank.config", "layers"),
    ("domain/run.py", "import sqlalchemy", "no-vendors"),
    ("services/deliver.py", "import httptools", "no-vendors"),
    ("services/previews.py", "import minijinja", "no-vendors"),
    ("senders/ses.py", "import tank.services.jobs", "adapters-below-services"),
    ("engines/local.py", "import tank.services.jobs", "adapters-below-services"),
    ("domain/errors.py", "import tank.domain.run", "no-cycles"),
)


def lint_imports(source: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Check the package beneath ``source`` against the contracts of this repository."""
    command = [sys.executable, "-m", "importlinter.cli", "lint-imports"]
    arguments = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    for contract in contracts:
        arguments += ["--contract", contract]
    script = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    command = [script, *arguments] if script else [*command, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(source), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source that may be spoiled."""
    source = tmp_path_factory.mktemp("layers") / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    return source


def test_the_layers_hold() -> None:
    result = lint_imports(ROOT / "src")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("module", "planted", "contract"), VIOLATIONS, ids=str)
def test_a_planted_violation_is_noticed(copied: Path, module: str, planted: str, contract: str) -> None:
    path = copied / "tank" / module
    original = path.read_text("utf-8")
    after_future = re.sub(r"^(from __future__ import annotations\n)", rf"\1{planted}\n", original, count=1, flags=re.M)
    assert after_future != original
    path.write_text(after_future, "utf-8")
    try:
        result = lint_imports(copied, contract)
    finally:
        path.write_text(original, "utf-8")
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout
