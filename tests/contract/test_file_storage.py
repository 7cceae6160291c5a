"""What every file storage does: the fake, and the local one with and without the kernel's help."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from tank.domain.attachment import FileRefused
from tank.domain.globs import PathGlob
from tank.domain.patterns import parse_path
from tank.domain.ports.storage import FileStorage
from tank.storage.local import LocalStorage
from tests.fakes.storage import MemoryStorage

MakeStorage = Callable[[dict[str, bytes]], FileStorage]


@pytest.fixture(params=["memory", "local", "local without openat2"])
def make_storage(request: pytest.FixtureRequest, tmp_path: Path) -> MakeStorage:
    def make(files: dict[str, bytes]) -> FileStorage:
        if request.param == "memory":
            return MemoryStorage(files)
        for path, content in {**files, "other/unrelated.txt": b"x"}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(content)
        return LocalStorage(tmp_path, use_openat2=None if request.param == "local" else False)

    return make


def _glob(text: str) -> PathGlob:
    return parse_path(text).fill({})


def test_finds_what_matches_and_its_size(make_storage: MakeStorage) -> None:
    storage = make_storage({"a/C1_x.pdf": b"one", "a/C10_x.pdf": b"ten!", "b/C1_x.pdf": b"", "C1_x.pdf": b""})
    assert [(file.path, file.size) for file in storage.find(_glob("/a/C1_*.pdf"))] == [("a/C1_x.pdf", 3)]
    assert [file.path for file in storage.find(_glob("a/C1_x.pdf"))] == ["a/C1_x.pdf"]
    assert storage.find(_glob("a/C2_*.pdf")) == []
    assert storage.find(_glob("a/C2_x.pdf")) == []
    assert storage.find(_glob("missing/C1_x.pdf")) == []
    assert storage.find(_glob("missing/*.pdf")) == []
    assert storage.find(_glob("a/C1_x.pdf/*")) == []


def test_folders_are_no_files(make_storage: MakeStorage) -> None:
    storage = make_storage({"a/b/c.pdf": b"c"})
    assert storage.find(_glob("a/b")) == []
    assert storage.find(_glob("a/*")) == []
    with pytest.raises(FileRefused):
        storage.read("a/b", max_bytes=10)


def test_gives_so_many_in_order_of_their_path(make_storage: MakeStorage) -> None:
    storage = make_storage({f"{folder}/{name}.pdf": b"" for folder in ("가", "a-b", "a") for name in ("2", "10", "나")})
    found = [file.path for file in storage.find(_glob("*/*.pdf"), limit=100)]
    assert found == [f"{folder}/{name}.pdf" for folder in ("a", "a-b", "가") for name in ("10", "2", "나")]
    assert [file.path for file in storage.find(_glob("*/*.pdf"), limit=4)] == found[:4]
    assert len(storage.find(_glob("*/*.pdf"))) == 2


@pytest.mark.parametrize("form_on_disk", ["NFC", "NFD"])
@pytest.mark.parametrize("pattern", ["명세서/청구서_*.pdf", "명세서/청구서_é.pdf", "*/청구서_é.pdf", "명세?/*é.pdf"])
def test_korean_names_match_in_every_form(make_storage: MakeStorage, form_on_disk: str, pattern: str) -> None:
    forms = {"NFC": "NFC", "NFD": "NFD"}
    path = unicodedata.normalize(forms[form_on_disk], "명세서/청구서_é.pdf")  # type: ignore[arg-type]
    storage = make_storage({path: b"content"})
    (file,) = storage.find(_glob(pattern))
    assert file.path == unicodedata.normalize("NFC", path)
    assert storage.read(file.path, max_bytes=100) == b"content"
    assert storage.read(unicodedata.normalize("NFD", path), max_bytes=100) == b"content"


def test_a_folder_in_one_form_and_a_file_in_the_other(make_storage: MakeStorage) -> None:
    path = unicodedata.normalize("NFD", "명세서/") + unicodedata.normalize("NFC", "청구서.pdf")
    storage = make_storage({path: b"content"})
    (file,) = storage.find(_glob("명세서/청구서.pdf"))
    assert storage.read(file.path, max_bytes=100) == b"content"


def test_reads_at_most_so_many_bytes(make_storage: MakeStorage) -> None:
    storage = make_storage({"a.bin": b"12345", "empty": b""})
    assert storage.read("a.bin", max_bytes=5) == b"12345"
    assert storage.read("empty", max_bytes=0) == b""
    with pytest.raises(FileRefused, match="5 bytes"):
        storage.read("a.bin", max_bytes=4)


def test_a_vanished_file_is_refused(make_storage: MakeStorage) -> None:
    with pytest.raises(FileRefused, match="not there"):
        make_storage({"a/b": b""}).read("a/gone.pdf", max_bytes=10)


def test_literal_wildcards_in_names(make_storage: MakeStorage) -> None:
    storage = make_storage({"C*_1.pdf": b"star", "CX_1.pdf": b"x"})
    glob = parse_path("{{ ID }}_?.pdf").fill({"ID": "C*"})
    assert [file.path for file in storage.find(glob)] == ["C*_1.pdf"]


def test_forgets_and_checks(make_storage: MakeStorage) -> None:
    storage = make_storage({"a.pdf": b""})
    storage.forget()
    assert storage.check()
