"""The vault: what is sealed opens only in its place and with its key."""

from __future__ import annotations

import threading
from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.db.vault import AesVault, vault_from_file, vault_from_text
from tank.domain.errors import Misconfigured

OLD, NEW = b"\x01" * 32, b"\x02" * 32


@given(plain=st.binary(max_size=200), context=st.text(max_size=20))
def test_what_is_sealed_can_be_unsealed(plain: bytes, context: str) -> None:
    vault = AesVault([OLD])
    sealed = vault.seal(plain, context=context)
    assert vault.unseal(sealed, context=context) == plain
    assert len(plain) < 8 or plain not in sealed
    assert sealed != vault.seal(plain, context=context)


def test_another_key_is_named() -> None:
    sealed = AesVault([OLD]).seal(b"x", context="sender:1")
    with pytest.raises(Misconfigured) as caught:
        AesVault([NEW]).unseal(sealed, context="sender:1")
    assert caught.value.code == "wrong_secret_key"
    assert "TANK_SECRET_KEY" in (caught.value.remedy or "")


def test_an_older_key_still_unseals() -> None:
    sealed = AesVault([OLD]).seal(b"x", context="c")
    both = AesVault([NEW, OLD])
    assert both.unseal(sealed, context="c") == b"x"
    assert AesVault([NEW]).unseal(both.seal(b"y", context="c"), context="c") == b"y"


def test_a_sealed_text_stays_in_its_place() -> None:
    vault = AesVault([OLD])
    with pytest.raises(Misconfigured) as caught:
        vault.unseal(vault.seal(b"x", context="connection:1"), context="connection:2")
    assert caught.value.code == "sealed_text_damaged"


@given(st.data())
def test_damage_is_noticed(data: st.DataObject) -> None:
    vault = AesVault([OLD])
    sealed = bytearray(vault.seal(b"secret", context="c"))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Misconfigured):
        vault.unseal(bytes(sealed), context="c")


@given(st.binary(max_size=60))
def test_anything_else_is_no_sealed_text(text: bytes) -> None:
    with pytest.raises(Misconfigured):
        AesVault([OLD]).unseal(text, context="c")


@pytest.mark.parametrize("text", ["", ",", "short", b64encode(b"x" * 31).decode(), "가나다", "%%%%"])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="32 bytes"):
        vault_from_text(text)


def test_keys_in_a_text() -> None:
    text = f"{b64encode(NEW).decode()}, {b64encode(OLD).decode()}\n"
    sealed = AesVault([OLD]).seal(b"x", context="c")
    assert vault_from_text(text).unseal(sealed, context="c") == b"x"


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    barrier = threading.Barrier(4, timeout=10)
    vaults: list[AesVault] = []

    def start() -> None:
        barrier.wait()
        vaults.append(vault_from_file(path))

    threads = [threading.Thread(target=start, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    sealed = vaults[0].seal(b"x", context="c")
    assert [vault.unseal(sealed, context="c") for vault in vaults] == [b"x"] * 4
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["secret.key"]


def test_a_key_file_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_bytes(b"")
    for name in ("folder", "binary", "empty", "binary/below"):
        with pytest.raises(Misconfigured):
            vault_from_file(tmp_path / name)
