"""The high-water mark, in memory and as a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tank.db.high_water import HighWaterFile
from tank.domain.errors import LogsDbUnavailable, Misconfigured
from tank.domain.ports.high_water import HighWaterMark
from tests.fakes.high_water import MemoryHighWater


@pytest.fixture(params=["memory", "file"])
def mark(request: pytest.FixtureRequest, tmp_path: Path) -> HighWaterMark:
    return MemoryHighWater() if request.param == "memory" else HighWaterFile(tmp_path / "high-water")


def test_there_is_none_at_first(mark: HighWaterMark) -> None:
    assert mark.read() is None


def test_it_only_grows(mark: HighWaterMark) -> None:
    for number in (3, 7, 5):
        mark.raise_to(number)
    assert mark.read() == 7


def test_two_processes_share_a_file(tmp_path: Path) -> None:
    first, second = HighWaterFile(tmp_path / "mark"), HighWaterFile(tmp_path / "mark")
    first.raise_to(2)
    second.raise_to(1)
    assert second.read() == 2


def test_a_mark_that_cannot_be_written_is_as_a_logs_db_that_is_away(tmp_path: Path) -> None:
    with pytest.raises(LogsDbUnavailable, match="high-water mark"):
        HighWaterFile(tmp_path / "gone" / "mark").raise_to(1)


@pytest.mark.parametrize("content", [b"", b"many", b"-1", b"\xff", b"9" * 30])
def test_a_torn_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mark").write_bytes(content)
    with pytest.raises(Misconfigured, match="high-water mark"):
        HighWaterFile(tmp_path / "mark").read()
