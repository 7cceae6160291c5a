"""Secrets as they lie in the Logs DB: one encrypted blob, bound to the row that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import orjson

from tank.domain.ports.secrets import Vault


def seal_secrets(vault: Vault, secrets: Mapping[str, str], *, table: str, row_id: UUID) -> bytes | None:
    """None where there is nothing to hide."""
    if not secrets:
        return None
    return vault.seal(orjson.dumps(dict(secrets)), context=f"{table}:{row_id}")


def unseal_secrets(vault: Vault, sealed: bytes | None, *, table: str, row_id: UUID) -> Mapping[str, str]:
    """Raises ``Misconfigured`` where the installation's key is another one."""
    if sealed is None:
        return {}
    secrets: Mapping[str, str] = orjson.loads(vault.unseal(sealed, context=f"{table}:{row_id}"))
    return secrets
