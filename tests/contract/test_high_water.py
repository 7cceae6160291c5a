"""The high-water mark, in memory and as a file, and what it holds back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tank.db.database import Database
from tank.db.high_water import HighWaterFile
from tank.domain.errors import LogsDbUnavailable, Misconfigured
from tank.domain.ports.high_water import HighWaterMark
from tank.domain.ports.store import HIGH_WATER, SENDING_STOPPED
from tank.services.high_water import HighWater
from tests.fakes.clock import FakeClock
from tests.fakes.high_water import MemoryHighWater
from tests.support.at_once import at_once
from tests.support.site import Site


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


def test_a_written_mark_is_the_file_s_whole_content_and_nothing_is_left_aside(tmp_path: Path) -> None:
    mark = HighWaterFile(tmp_path / "mark")
    mark.raise_to(9)
    mark.raise_to(10)
    assert (tmp_path / "mark").read_text() == "10\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mark", "mark.lock"]


class TestHold:
    """A Logs DB whose last 500 counts are forgotten."""

    @pytest.fixture
    def site(self, logs_db: Database, clock: FakeClock) -> Site:
        site = Site(logs_db, clock)
        site.high_water.raise_to(500)
        return site

    @staticmethod
    def _high_water(site: Site) -> HighWater:
        return HighWater(site.db, site.high_water, site.clock)

    @staticmethod
    def _inside(site: Site) -> int | None:
        with site.db.read() as tables:
            number: int | None = tables.settings.get(HIGH_WATER)
            return number

    def test_a_copy_in_which_sending_was_stopped_is_held_all_the_same(self, site: Site) -> None:
        """Stop, back up, go on: the copy knows of the stop, and not of what was sent since."""
        site.jobs.stop_sending(by="kim", reason="Backup.")
        assert not self._high_water(site).check()
        stop = site.jobs.sending_stop()
        assert stop is not None
        assert (stop["by"], stop["high_water"], site.errors()) == ("kim", 500, ["logs_db_restored"])
        assert "Backup." in stop["reason"]
        assert "older than the last delivery" in stop["reason"]
        site.jobs.resume_sending(by="kim")
        assert self._inside(site) == 500

    def test_it_is_told_once_however_many_workers_start(self, site: Site) -> None:
        assert [self._high_water(site).check() for _ in range(3)] == [False] * 3
        assert site.errors() == ["logs_db_restored"]

    def test_a_copy_that_was_held_is_held_again_for_what_was_sent_since(self, site: Site) -> None:
        with site.db.write() as tables:
            tables.settings.put(SENDING_STOPPED, {"by": "tank", "reason": "", "at": "", "high_water": 400})
        assert not self._high_water(site).check()
        stop = site.jobs.sending_stop()
        assert stop is not None
        assert (stop["high_water"], site.errors()) == (500, ["logs_db_restored"])

    def test_a_restore_under_running_workers_is_seen_at_the_next_count(self, site: Site) -> None:
        high_water = self._high_water(site)
        high_water.advance()
        high_water.advance()
        stop = site.jobs.sending_stop()
        assert stop is not None
        assert (stop["high_water"], self._inside(site), site.high_water.number) == (500, 0, 500)
        assert site.errors() == ["logs_db_restored"]
        site.jobs.resume_sending(by="kim")
        high_water.advance()
        assert (site.jobs.sending_stop(), self._inside(site), site.high_water.number) == (None, 501, 501)

    def test_a_person_s_stop_on_top_of_it_leaves_the_hold(self, site: Site) -> None:
        high_water = self._high_water(site)
        high_water.check()
        site.jobs.stop_sending(by="kim", reason="Maintenance.")
        stop = site.jobs.sending_stop()
        assert stop is not None
        assert (stop["by"], stop["high_water"]) == ("kim", 500)
        assert "Maintenance." in stop["reason"]
        assert "older than the last delivery" in stop["reason"]
        site.jobs.resume_sending(by="kim")
        assert high_water.check()

    def test_workers_that_count_at_once_are_not_held(self, logs_db: Database, clock: FakeClock, tmp_path: Path) -> None:
        mark = HighWaterFile(tmp_path / "mark")
        site = Site(logs_db, clock)

        def count() -> None:
            for _ in range(10):
                HighWater(logs_db, mark, clock).advance()

        at_once(count, 4)
        assert (self._inside(site), mark.read(), site.errors()) == (40, 40, [])
