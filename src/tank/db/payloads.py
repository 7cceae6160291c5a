"""Payloads: the values of a recipient's rows as bytes, typed, compressed and sealed.

A payload is evidence of what was sent, so every value comes back with the type and digits that it had.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
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
        # orjson would write null for NaN; integers beyond 64 bits and text that is no Unicode it refuses.
        plain = _dumps(rows if float not in map(type, chain.from_iterable(rows)) else _plain(rows))
    except TypeError:
        plain = _dumps(_plain(rows))
    body = _PLAIN + plain if len(plain) < _WORTH_COMPRESSING else _COMPRESSED + _compressed(plain)
    return vault.seal(body, context=delivery_id.hex)


def unseal_payload(sealed: bytes, vault: Vault, delivery_id: UUID) -> list[RowValues]:
    """The rows again, every value as it was."""
    body = vault.unseal(sealed, context=delivery_id.hex)
    plain = zlib.decompress(body[1:]) if body[:1] == _COMPRESSED else body[1:]
    return [tuple(_untagged(v) if type(v) is dict else v for v in row) for row in orjson.loads(plain)]


def _compressed(plain: bytes) -> bytes:
    """With a small hash table: making zlib's usual quarter of a megabyte costs more than compressing a payload."""
    compressor = zlib.compressobj(1, memLevel=5)
    return compressor.compress(plain) + compressor.flush()


def _dumps(rows: Sequence[Sequence[Any]]) -> bytes:
    return orjson.dumps(rows, default=_tagged, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _plain(rows: Sequence[Sequence[Value]]) -> list[list[Any]]:
    return [[_plain_value(value) for value in row] for row in rows]


def _plain_value(value: Value) -> Any:
    """What JSON or orjson does not know, tagged."""
    if type(value) is float:
        return value if isfinite(value) else {"f": str(value)}
    if type(value) is int:
        return value if -(2**63) <= value < 2**63 else {"i": str(value)}
    if type(value) is str and any("\ud800" <= character <= "\udfff" for character in value):
        return {"s": base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()}
    return value


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
