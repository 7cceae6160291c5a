"""Encryption at rest."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """Seals secrets and payloads with the installation's key."""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Encrypt; ``context`` binds the result to its place."""

    def unseal(self, sealed: bytes, *, context: str) -> bytes:
        """Decrypt. Raises ``Misconfigured`` where the key is another one or the text was tampered with."""
