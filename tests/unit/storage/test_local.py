"""The local file storage against hostile folders: links, pipes, missing rights, unmounted roots."""

from __future__ import annotations

import os
import socket
import threading
import time
import unicodedata
from pathlib import Path

import pytest

from tank.domain.attachment import FileRefused, StorageError
from tank.domain.globs import PathGlob
from tank.domain.patterns import parse_path
from tank.storage.identity import Identities
from tank.storage.local import LocalStorage, read_whole


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one file, and a file outside of it that must never be reached."""
    (tmp_path / "secret.pdf").write_bytes(b"secret")
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "C1.pdf").write_bytes(b"C1")
    return root


@pytest.fixture(params=[None, False], ids=["openat2", "walk"])
def storage(root: Path, request: pytest.FixtureRequest) -> LocalStorage:
    return LocalStorage(root, use_openat2=request.param)


def _glob(text: str) -> PathGlob:
    return parse_path(text).fill({})


@pytest.mark.parametrize("target", ["../../secret.pdf", "/etc/passwd", "/proc/self/root/etc/passwd", "loop"])
def test_links_out_of_the_root_lead_nowhere(storage: LocalStorage, root: Path, target: str) -> None:
    (root / "a" / "loop").symlink_to(target)
    assert storage.find(_glob("a/loop")) == []
    assert storage.find(_glob("a/l*")) == []
    with pytest.raises(FileRefused):
        storage.read("a/loop", max_bytes=10_000)


def test_linked_folders_out_of_the_root_lead_nowhere(storage: LocalStorage, root: Path) -> None:
    (root / "out").symlink_to("..")
    assert storage.find(_glob("out/secret.pdf")) == []
    assert storage.find(_glob("out/*.pdf")) == []
    assert storage.find(_glob("*/secret.pdf")) == []
    with pytest.raises(FileRefused):
        storage.read("out/secret.pdf", max_bytes=10_000)


def test_links_within_the_root_work_where_the_kernel_guards_them(root: Path) -> None:
    (root / "a" / "link.pdf").symlink_to("C1.pdf")
    (root / "b").symlink_to("a")
    guarded = LocalStorage(root)
    assert [file.path for file in guarded.find(_glob("b/link*"))] == ["b/link.pdf"]
    assert guarded.read("b/link.pdf", max_bytes=10) == b"C1"
    walking = LocalStorage(root, use_openat2=False)
    assert walking.find(_glob("b/link*")) == []
    assert walking.find(_glob("a/link.pdf")) == []
    assert "links are not followed" in walking.check()


def _identity(storage: LocalStorage, path: str) -> str:
    (found,) = storage.find(_glob(path))
    return found.identity


def test_all_names_of_one_file_have_one_identity(root: Path) -> None:
    storage = LocalStorage(root)
    (root / "own.pdf").write_bytes(b"own")
    (root / "linked.pdf").symlink_to("own.pdf")
    (root / "here").symlink_to(".")
    assert _identity(storage, "own.pdf") == "own.pdf"
    if storage.check().endswith("entries"):  # else no link is followed, so that no file has such a name
        assert _identity(storage, "linked.pdf") == "own.pdf"
        assert _identity(storage, "here/here/own.pdf") == "own.pdf"


def test_hard_links_are_one_file(storage: LocalStorage, root: Path) -> None:
    (root / "C1.pdf").write_bytes(b"one")
    (root / "C2.pdf").hardlink_to(root / "C1.pdf")
    (root / "C3.pdf").write_bytes(b"one")
    assert _identity(storage, "C1.pdf") == _identity(storage, "C2.pdf")
    assert _identity(storage, "C3.pdf") != _identity(storage, "C1.pdf")


def test_names_that_differ_in_case_are_two_files_where_the_file_system_says_so(root: Path) -> None:
    (root / "c1.pdf").write_bytes(b"one")
    status = (root / "c1.pdf").stat()
    folding = Identities(root, lambda _: status, follows_links=False)
    telling = Identities(root, lambda _: None, follows_links=False)
    assert folding.of(-1, "a/C1.pdf", status) == folding.of(-1, "a/c1.pdf", status)
    assert telling.of(-1, "a/C1.pdf", status) != telling.of(-1, "a/c1.pdf", status)


@pytest.mark.parametrize(
    "path", ["../secret.pdf", "a/../../secret.pdf", "/etc/passwd", "a/../a/C1.pdf/../../../secret.pdf"]
)
def test_paths_out_of_the_root_are_refused_even_when_asked_for(storage: LocalStorage, path: str) -> None:
    with pytest.raises((FileRefused, StorageError)):
        storage.read(path, max_bytes=10_000)


def test_pipes_and_sockets_neither_hang_nor_match(
    storage: LocalStorage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(root / "a" / "pipe")
    monkeypatch.chdir(root / "a")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for name in ("pipe", "socket"):
            assert storage.find(_glob(f"a/{name}")) == []
            assert storage.find(_glob(f"a/{name[:3]}*")) == []
            with pytest.raises(FileRefused, match="not a regular file"):
                storage.read(f"a/{name}", max_bytes=10)


def test_an_empty_root_is_an_error_not_a_million_missing_files(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    for call in (storage.check, lambda: storage.find(_glob("a/*.pdf")), lambda: storage.find(_glob("a/b.pdf"))):
        with pytest.raises(StorageError, match="is empty"):
            call()


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "gone")
    for call in (storage.check, lambda: storage.find(_glob("a/*")), lambda: storage.read("a", max_bytes=1)):
        with pytest.raises(StorageError, match=r"gone cannot be opened") as failure:
            call()
        assert "mounted" in (failure.value.remedy or "")


def test_a_root_that_is_mounted_later_is_seen(tmp_path: Path) -> None:
    root = tmp_path / "mount"
    root.mkdir()
    storage = LocalStorage(root)
    with pytest.raises(StorageError):
        storage.check()
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "C1.pdf").write_bytes(b"C1")
    root.rmdir()
    (tmp_path / "disk").rename(root)
    assert storage.read("C1.pdf", max_bytes=10) == b"C1"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_missing_rights_are_told_apart(storage: LocalStorage, root: Path) -> None:
    (root / "a" / "C1.pdf").chmod(0)
    assert len(storage.find(_glob("a/C1.pdf"))) == 1
    with pytest.raises(FileRefused, match="may not be read"):
        storage.read("a/C1.pdf", max_bytes=10)
    (root / "a").chmod(0)
    for pattern in ("a/C1.pdf", "a/*.pdf"):
        with pytest.raises(StorageError):
            storage.find(_glob(pattern))
    (root / "a").chmod(0o700)


def test_two_spellings_of_one_name_are_two_matches(storage: LocalStorage, root: Path) -> None:
    name = "청구서.pdf"
    (root / name).write_bytes(b"1")
    (root / unicodedata.normalize("NFD", name)).write_bytes(b"2")
    assert [file.path for file in storage.find(_glob(name))] == [name, name]
    assert [file.path for file in storage.find(_glob("청*"))] == [name, name]


def test_names_that_are_not_utf8_are_passed_over(storage: LocalStorage, root: Path) -> None:
    Path(os.fsdecode(os.fsencode(root) + "/a/명세.pdf".encode("cp949"))).write_bytes(b"x")
    assert [file.path for file in storage.find(_glob("a/*.pdf"))] == ["a/C1.pdf"]


def test_listings_are_kept_until_forgotten(root: Path) -> None:
    storage = LocalStorage(root)
    assert len(storage.find(_glob("a/*.pdf"))) == 1
    (root / "a" / "C2.pdf").write_bytes(b"C2")
    assert len(storage.find(_glob("a/*.pdf"))) == 1
    assert len(storage.find(_glob("a/C2.pdf"))) == 1
    storage.forget()
    assert len(storage.find(_glob("a/*.pdf"))) == 2


def test_a_file_that_vanished_since_the_listing_is_not_found(root: Path) -> None:
    storage = LocalStorage(root)
    storage.find(_glob("a/*.pdf"))
    (root / "a" / "C1.pdf").unlink()
    assert storage.find(_glob("a/*.pdf")) == []


def _wait_for(storage: LocalStorage, pattern: str, paths: list[str]) -> None:
    """A listing is kept twenty times as long as it took: next to nothing here."""
    deadline = time.monotonic() + 5
    while [file.path for file in storage.find(_glob(pattern))] != paths:
        assert time.monotonic() < deadline


def test_a_missing_file_is_looked_for_again_once_its_folder_changed(root: Path) -> None:
    storage = LocalStorage(root, fresh_seconds=0.0)
    assert storage.find(_glob("a/C2_*.pdf")) == []
    (root / "a" / "C2_x.pdf").write_bytes(b"C2")
    _wait_for(storage, "a/C2_*.pdf", ["a/C2_x.pdf"])
    (root / "a" / "C2_x.pdf").rename(root / "a" / "C2_y.pdf")
    _wait_for(storage, "a/C2_*.pdf", ["a/C2_y.pdf"])
    (root / "a").rename(root / "b")
    _wait_for(storage, "a/C2_*.pdf", [])
    _wait_for(storage, "b/C2_*.pdf", ["b/C2_y.pdf"])


def test_listings_expire(root: Path) -> None:
    storage = LocalStorage(root, keep_seconds=0.0)
    assert len(storage.find(_glob("a/*.pdf"))) == 1
    (root / "a" / "C2.pdf").write_bytes(b"C2")
    _wait_for(storage, "a/*.pdf", ["a/C1.pdf", "a/C2.pdf"])


def test_a_search_through_too_many_folders_is_an_error(root: Path) -> None:
    for number in range(1_001):
        (root / f"d{number}").mkdir()
    with pytest.raises(StorageError, match="1,000 folders"):
        LocalStorage(root).find(_glob("d*/C9*.pdf"))


def test_too_long_names_do_not_exist(storage: LocalStorage) -> None:
    assert storage.find(PathGlob((("a",), ("x" * 300,)))) == []


def test_a_folder_that_becomes_a_link_meanwhile_leads_nowhere(storage: LocalStorage, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "C1.pdf").write_bytes(b"secret")
    (root / "link").symlink_to("../outside")
    done = threading.Event()

    def swap() -> None:
        while not done.is_set():
            (root / "a").rename(root / "real")
            (root / "link").rename(root / "a")
            (root / "a").rename(root / "link")
            (root / "real").rename(root / "a")

    swapper = threading.Thread(target=swap)
    swapper.start()
    read: set[bytes | None] = set()
    try:
        for _ in range(500):
            try:
                read.add(storage.read("a/C1.pdf", max_bytes=100))
            except (FileRefused, StorageError):
                read.add(None)
    finally:
        done.set()
        swapper.join()
    assert read <= {b"C1", None}


@pytest.mark.parametrize("change", [b"more", b""])
def test_a_file_that_changes_while_it_is_read_is_refused(root: Path, change: bytes) -> None:
    path = root / "a" / "C1.pdf"
    file = os.open(path, os.O_RDONLY)

    def write() -> None:
        path.write_bytes(change)

    try:
        with pytest.raises(FileRefused, match="still being written"):
            read_whole(file, "a/C1.pdf", 100, write)
    finally:
        os.close(file)
