"""Payloads: the values of a recipient's rows as bytes, typed, compressed and sealed.

A payload is evidence of what was sent, so every value comes back with the type and digits that it had.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

import orjson

from tank.domain.ports.secrets import Vault
from tank.domain.values import RowValues, Value

#: Below this many bytes, compressing costs more than it saves.
_WORTH_COMPRESSING = 256
_PLAIN, _COMPRESSED = b"\0", b"\1"


def seal_payload(rows: Sequence[Sequence[Value]], vault: Vault, delivery_id: UUID) -> bytes:
    """Bytes of rows of values, bound to their delivery."""
    try:
        plain = _dumps([[_plain_number(v) if type(v) is float or type(v) is int else v for v in row] for row in rows])
    except TypeError:  # text that is no Unicode: rare enough to look for only now
        plain = _dumps([[_plain_text(v) if type(v) is str else v for v in row] for row in rows])
    body = _PLAIN + plain if len(plain) < _WORTH_COMPRESSING else _COMPRESSED + zlib.compress(plain, 1)
    return vault.seal(body, context=delivery_id.hex)


def unseal_payload(sealed: bytes, vault: Vault, delivery_id: UUID) -> list[RowValues]:
    """The rows again, every value as it was."""
    body = vault.unseal(sealed, context=delivery_id.hex)
    plain = zlib.decompress(body[1:]) if body[:1] == _COMPRESSED else body[1:]
    return [tuple(_untagged(v) if type(v) is dict else v for v in row) for row in orjson.loads(plain)]


def _dumps(rows: list[list[Any]]) -> bytes:
    return orjson.dumps(rows, default=_tagged, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _plain_number(value: float) -> Any:
    """JSON knows neither NaN nor integers beyond 64 bits; orjson would write null for the one, fail at the other."""
    if type(value) is float:
        return value if isfinite(value) else {"f": str(value)}
    return value if -(2**63) <= value < 2**63 else {"i": str(value)}


def _plain_text(value: str) -> Any:
    raw = value.encode("utf-8", "surrogatepass")
    return {"s": base64.b64encode(raw).decode()} if any(0xD800 <= ord(c) <= 0xDFFF for c in value) else value


def _tagged(value: Any) -> dict[str, str]:
    if isinstance(value, Decimal):
        return {"n": str(value)}
    if isinstance(value, datetime):
        return {"ts": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return {"t": value.isoformat()}
    if isinstance(value, bytes):
        return {"b": base64.b64encode(value).decode()}
    raise TypeError(f"a row cannot hold {type(value).__name__}")


_UNTAGGED: dict[str, Callable[[str], Value]] = {
    "n": Decimal,
    "ts": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "b": base64.b64decode,
    "i": int,
    "f": float,
    "s": lambda text: base64.b64decode(text).decode("utf-8", "surrogatepass"),
}


def _untagged(item: dict[str, str]) -> Value:
    ((tag, text),) = item.items()
    return _UNTAGGED[tag](text)
