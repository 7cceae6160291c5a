"""The documents lead somewhere: links resolve, and the tests that they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    links = [first or second for first, second in _LINK.findall(document.read_text("utf-8"))]
    missing = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert missing == []


def test_the_tests_behind_the_promises_exist() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    sources = {path.name: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    for name, part in re.findall(r"`(test_\w+\.py)(?:::(\w+))?", text):
        assert name in sources, name
        assert part in sources[name], f"{name}::{part}"
    assert (ROOT / "tests" / "acceptance" / "crash").is_dir()
