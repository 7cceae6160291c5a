"""Payloads are evidence: every value comes back with its type and its digits."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from math import isnan
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tank.db.payloads import seal_payload, unseal_payload
from tank.domain.errors import Misconfigured
from tank.domain.values import RowValues, Value
from tests.support.logs_db import a_vault

_VAULT = a_vault()
_zones = st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=9)))
_values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False),
    st.text(st.characters()),
    st.binary(max_size=50),
    st.dates(),
    st.datetimes(timezones=_zones),
    st.times(),
)


def _come_back(rows: list[RowValues]) -> list[RowValues]:
    delivery_id = uuid4()
    return unseal_payload(seal_payload(rows, _VAULT, delivery_id), _VAULT, delivery_id)


@given(st.lists(st.lists(_values, max_size=6).map(tuple), max_size=4))
@example([(2**63, -(2**63) - 1, 2**200)])
@example([("\ud800", "가", "x" * 1000)])
@example([(float("inf"), -0.0)])
@example([(Decimal("10.10"), Decimal("1E+3"), Decimal("-0.000"))])
def test_values_come_back_as_they_were(rows: list[RowValues]) -> None:
    found = _come_back(rows)
    assert found == rows
    assert [[type(v) for v in row] for row in found] == [[type(v) for v in row] for row in rows]
    assert [[str(v) for v in row] for row in found] == [[str(v) for v in row] for row in rows]


def test_what_is_no_number_comes_back_too() -> None:
    ((value,),) = _come_back([(float("nan"),)])
    assert isinstance(value, float)
    assert isnan(value)


def test_moments_keep_their_zone() -> None:
    row: RowValues = (datetime(2026, 1, 1, 9, tzinfo=UTC), datetime(2026, 1, 1, 9), date(2026, 1, 1), time(9, 30))
    assert _come_back([row]) == [row]


def test_a_payload_belongs_to_its_delivery() -> None:
    sealed = seal_payload([("secret",)], _VAULT, uuid4())
    assert b"secret" not in sealed
    with pytest.raises(Misconfigured):
        unseal_payload(sealed, _VAULT, uuid4())
