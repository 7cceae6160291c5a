"""Encryption at rest: AES-256-GCM with the installation's key.

A sealed text is: format (1 byte), key id (8 bytes), nonce (12 bytes), ciphertext with its tag. The key id says
which key is wanted when a wrong one is configured, and lets old texts be read while keys are changed.
Nonces are random: NIST SP 800-38D section 8.3 allows 2**32 texts a key.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tank.domain.errors import Misconfigured

_FORMAT = b"\x01"
_KEY_BYTES = 32
_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_HEADER_BYTES = len(_FORMAT) + _KEY_ID_BYTES
_REMEDY = "Set TANK_SECRET_KEY (or put back the key file) to the key that this Logs DB was made with."


class AesVault:
    """Implements ``domain.ports.secrets.Vault``."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """The first key seals; the others are older ones that still unseal."""
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise Misconfigured(
                f"The secret key must be {_KEY_BYTES} bytes in base64.",
                remedy="Make one with `openssl rand -base64 32`.",
            )
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._first = _key_id(keys[0])

    def seal(self, plain: bytes, *, context: str) -> bytes:
        header = _FORMAT + self._first
        nonce = os.urandom(_NONCE_BYTES)
        return header + nonce + self._ciphers[self._first].encrypt(nonce, plain, header + context.encode())

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        header = sealed[:_HEADER_BYTES]
        nonce = sealed[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
        if header[:1] != _FORMAT or len(nonce) != _NONCE_BYTES:
            raise Misconfigured(f"A sealed text ({context}) is damaged.", remedy="Restore the Logs DB from a backup.")
        cipher = self._ciphers.get(header[1:])
        if cipher is None:
            raise Misconfigured(
                f"The secret key is another one: this ({context}) was sealed with key {header[1:].hex()}, "
                f"configured is {self._first.hex()}.",
                remedy=_REMEDY,
                code="wrong_secret_key",
            )
        try:
            return cipher.decrypt(nonce, sealed[_HEADER_BYTES + _NONCE_BYTES :], header + context.encode())
        except InvalidTag as error:
            raise Misconfigured(
                f"A sealed text ({context}) is damaged or was moved here from another place.",
                remedy="Restore the Logs DB from a backup, or enter the secret again.",
                code="sealed_text_damaged",
            ) from error


def vault_from_text(text: str) -> AesVault:
    """Keys in base64, with commas between them, the newest first. Raises ``Misconfigured``."""
    try:
        keys = [b64decode(part.strip(), validate=True) for part in text.split(",") if part.strip()]
    except ValueError:
        keys = []
    return AesVault(keys)


def vault_from_file(path: Path) -> AesVault:
    """Keys from a file, which is made on the first start, readable by its owner alone. Raises ``Misconfigured``."""
    try:
        if not path.exists():
            _make_key_file(path)
        return vault_from_text(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(
            f"The key file {path} cannot be used: {_why(error)}.",
            remedy="Let the user that runs Tank read it (and write its folder at the first start), or set "
            "TANK_DATA_DIR to another folder.",
        ) from error


def _why(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it holds no key"


def _make_key_file(path: Path) -> None:
    """Write the whole file aside, then link it into place: of two processes that start at once, one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(b64encode(os.urandom(_KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            return
    finally:
        aside.unlink(missing_ok=True)


def _key_id(key: bytes) -> bytes:
    return sha256(b"tank key id" + key).digest()[:_KEY_ID_BYTES]
