"""Listings: shared by callers, bounded in memory."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tank.storage.beneath import Beneath
from tank.storage.deadline import DeadlinePool
from tank.storage.folders import Folder, FolderCache


class _CountingBeneath(Beneath):
    """Counts how often each folder is opened."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.opened: list[str] = []

    def open(self, path: str, flags: int) -> int:
        self.opened.append(path)
        return super().open(path, flags)


def _cache(root: Path, max_bytes: int = 1 << 20, max_folders: int = 100) -> tuple[FolderCache, _CountingBeneath]:
    beneath = _CountingBeneath(root)
    pool = DeadlinePool(threads=2, timeout_seconds=5)
    cache = FolderCache(beneath, pool, keep_seconds=60, fresh_seconds=1, max_bytes=max_bytes, max_folders=max_folders)
    return cache, beneath


def test_many_callers_list_a_folder_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    cache, beneath = _cache(tmp_path)
    found: list[Folder] = []
    callers = [threading.Thread(target=lambda: found.append(cache.get(""))) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 20
    assert len({id(folder) for folder in found}) == 1
    assert beneath.opened == [""]


def test_the_memory_bound_drops_what_was_used_longest_ago(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    one = _cache(tmp_path)[0].get("a").memory_bytes
    cache, beneath = _cache(tmp_path, max_bytes=2 * one)
    for path in ("a", "b", "a", "c", "a", "c"):
        cache.get(path)
    assert beneath.opened == ["a", "b", "c"]
    cache.get("b")
    assert beneath.opened == ["a", "b", "c", "b"]


def test_a_folder_for_each_recipient_does_not_fill_the_memory(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).mkdir()
    cache, beneath = _cache(tmp_path, max_folders=3)
    for path in ("0", "1", "2", "3", "4", "2", "1"):
        cache.get(path)
    assert beneath.opened == ["0", "1", "2", "3", "4", "1"]


def test_a_folder_larger_than_the_bound_is_kept_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache, beneath = _cache(tmp_path, max_bytes=1)
    cache.get("")
    cache.get("")
    assert beneath.opened == [""]


def test_a_failed_listing_is_tried_again(tmp_path: Path) -> None:
    cache, _ = _cache(tmp_path)
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            cache.get("later")
    (tmp_path / "later").mkdir()
    assert len(cache.get("later").files) == 0
