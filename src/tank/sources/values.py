"""What drivers return, as the plain values of the domain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tank.domain.values import RowValues, Value

_PLAIN = frozenset({bool, int, float, Decimal, str, bytes, date, datetime, time, type(None)})
_DAY = timedelta(days=1)
_MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001 — a time of the day has no zone


def plain_rows(rows: Iterable[Sequence[Any]]) -> tuple[RowValues, ...]:
    """Rows of plain values. Rows that already are (nearly all) are passed on as they are."""
    return tuple(
        row if type(row) is tuple and _PLAIN.issuperset(map(type, row)) else tuple(map(plain, row)) for row in rows
    )


def plain(value: Any) -> Value:
    """One value; what the domain has no type for becomes text, as a person would write it."""
    if type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if isinstance(value, timedelta):
        return _plain_interval(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _plain_interval(value: timedelta) -> Value:
    """PyMySQL returns a TIME column as a timedelta; within a day it is a time of the day."""
    if timedelta(0) <= value < _DAY:
        return (_MIDNIGHT + value).time()
    return str(value)
