"""Rows of a target query become deliveries, whatever a database holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.automation import Dbio, Definition, Envelope, TargetColumns, Template
from tank.domain.delivery import DeliveryStatus, ErrorKind, NewDelivery
from tank.domain.errors import Invalid
from tank.domain.values import RowValues, Value
from tank.services.snapshots import TargetReader

_COLUMNS = ("ID", "BRANCH", "EMAIL", "NAME")
_values: st.SearchStrategy[Value] = st.one_of(
    st.integers(),
    st.decimals(allow_nan=False),
    st.text(st.characters(), max_size=8),
    st.binary(max_size=4),
    st.dates(),
    st.booleans(),
)


def _definition(*key: str, name: str = "NAME") -> Definition:
    return Definition(
        dbio=Dbio(connection="erp", target_query="SELECT 1"),
        columns=TargetColumns(email="EMAIL", key=key, name=name),
        template=Template(subject="s", html="h"),
        envelope=Envelope(sender="out", from_email="bank@example.com"),
    )


def _read(rows: Sequence[RowValues], *key: str, name: str = "NAME") -> list[NewDelivery]:
    return TargetReader(_COLUMNS, _definition(*(key or ("ID",)), name=name)).read(rows)


def test_rows_are_numbered_on_over_arrays() -> None:
    reader = TargetReader(_COLUMNS, _definition("ID"))
    row: RowValues = (1, "b", "kim@example.com", "김")
    assert [delivery.seq for delivery in [*reader.read([row, row]), *reader.read([row])]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (7, "7"),
        (Decimal("10.10"), "10.10"),
        (date(2026, 1, 2), "2026-01-02"),
        (b"\x01\xff", "01ff"),
        ("", ""),
        ("가", "가"),
    ],
)
def test_a_key_of_one_column_is_its_text(value: Value, key: str) -> None:
    (delivery,) = _read([(value, "b", "kim@example.com", "김")])
    assert delivery.recipient_key == key


@given(st.lists(st.tuples(_values, _values), min_size=2, max_size=2, unique_by=lambda pair: tuple(map(str, pair))))
def test_keys_of_several_columns_do_not_run_into_each_other(pairs: list[tuple[Value, Value]]) -> None:
    """('a,b', 'c') is not ('a', 'b,c')."""
    first, second = _read([(*pair, "kim@example.com", "") for pair in pairs], "ID", "BRANCH")
    texts = [
        tuple(delivery.recipient_key for delivery in _read([(part, "", "", "")])) for pair in pairs for part in pair
    ]
    assert (first.recipient_key == second.recipient_key) == (texts[:2] == texts[2:])


@given(_values, _values, _values)
def test_whatever_a_row_holds_the_ledger_can_keep_it(key: Value, email: Value, name: Value) -> None:
    (delivery,) = _read([(key, "b", email, name)])
    for text in (delivery.recipient_key, delivery.email, delivery.name, delivery.error_text):
        assert "\0" not in text
        text.encode()
    assert delivery.values == (key, "b", email, name)


@pytest.mark.parametrize("row", [(None, "b", "kim@example.com", ""), (1, None, "kim@example.com", "")])
def test_a_key_without_a_value_is_an_error_of_the_query(row: RowValues) -> None:
    with pytest.raises(Invalid, match=r"Row 2 .*ID, BRANCH") as caught:
        _read([(1, "b", "kim@example.com", ""), row], "ID", "BRANCH")
    assert caught.value.code == "null_key"


@pytest.mark.parametrize("email", [None, "", "kim", 7, b"kim@example.com"])
def test_a_bad_address_is_skipped_and_shown_as_it_was(email: Value) -> None:
    (delivery,) = _read([(1, "b", email, None)])
    assert (delivery.status, delivery.error_kind) == (DeliveryStatus.SKIPPED, ErrorKind.INVALID_ADDRESS)
    assert delivery.error_text
    assert delivery.name == ""


def test_an_address_is_kept_as_it_is_mailed() -> None:
    (delivery,) = _read([(1, "b", " kim@Example.COM ", "김")], name="")
    assert (delivery.email, delivery.name, delivery.status) == ("kim@example.com", "", DeliveryStatus.PENDING)


@pytest.mark.parametrize("column", ["email", "key", "name"])
def test_a_column_that_the_query_does_not_return_is_named(column: str) -> None:
    columns = [name for name in _COLUMNS if name != {"email": "EMAIL", "key": "ID", "name": "NAME"}[column]]
    with pytest.raises(Invalid, match=f"{column}_column"):
        TargetReader(columns, _definition("ID"))


@pytest.mark.parametrize("keys", [("ID",), ("ID", "BRANCH")])
def test_a_key_that_no_index_holds_is_an_error_of_the_query(keys: tuple[str, ...]) -> None:
    assert _read([("가" * 490, "b", "kim@example.com", "김")], *keys)
    with pytest.raises(Invalid) as caught:
        _read([(1, "b", "kim@example.com", "김"), ("가" * 501, "b", "lee@example.com", "이")], *keys)
    assert caught.value.code == "key_too_long"
    assert "row 2" in caught.value.message


def test_an_endless_address_is_skipped_and_cut() -> None:
    (row,) = _read([(1, "b", "x" * 9_000 + "@example.com", "김")])
    assert (row.status, row.error_kind) == (DeliveryStatus.SKIPPED, ErrorKind.INVALID_ADDRESS)
    assert len(row.email) == 320
    assert row.values[2] == "x" * 9_000 + "@example.com"
