"""The plain values that rows, templates and payloads are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias

#: What a column of a query can hold. Sources turn anything else into text.
Value: TypeAlias = bool | int | float | Decimal | str | bytes | date | datetime | time | None

#: One row as it is streamed: values in the order of the query's columns.
RowValues: TypeAlias = tuple[Value, ...]

#: One row by column name, as templates, binds and payloads see it.
Row: TypeAlias = Mapping[str, Value]


def row_of(columns: Sequence[str], values: RowValues) -> dict[str, Value]:
    """Name a streamed row's values.

    >>> row_of(("CUST_ID", "NAME"), (7, "김하나"))
    {'CUST_ID': 7, 'NAME': '김하나'}
    """
    return dict(zip(columns, values, strict=True))
