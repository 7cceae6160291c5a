"""The contract of the port ``Source``: the fake, SQLite, PostgreSQL and MariaDB keep the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tank.domain.ids import new_id
from tank.domain.ports.sources import RowSet, Source, WriteBack
from tank.domain.query import QueryKind, SourceError, SourceErrorKind, UnsafeSql
from tank.domain.values import Row, Value
from tank.sources.registry import SourceRegistry
from tests.fakes.sources import FakeSource
from tests.support.source_databases import CUSTOMERS, PURCHASES, connection, execute, source_database

TARGET = "SELECT cust_id, email, name AS 이름 FROM customer /* :no */ WHERE email LIKE '%@%:x' OR 1=1 ORDER BY cust_id"
MAPPING = "SELECT item, price FROM purchase WHERE cust_id = :CUST_ID AND price < :고객번호 + 1000 ORDER BY item"
UPDATE = "UPDATE customer SET message_id = :tank_message_id, sent_at = :tank_sent_at WHERE cust_id = :CUST_ID"
UPDATE_MANY = "UPDATE customer SET amount = 0 WHERE cust_id >= :CUST_ID"
READ_BACK = "SELECT message_id FROM customer WHERE cust_id = :CUST_ID"
MISSING_TABLE = "SELECT a FROM no_such_table"
SENT_AT = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)


def fake_source() -> FakeSource:
    """The five customers, in memory."""
    source = FakeSource()
    messages: dict[Value, Value] = {}

    def update(binds: Row) -> int:
        if binds["CUST_ID"] not in {row[0] for row in CUSTOMERS}:
            return 0
        if binds["tank_message_id"] in messages.values():
            raise SourceError(SourceErrorKind.CONSTRAINT, "unique constraint violated", database_code="FAKE-00001")
        messages[binds["CUST_ID"]] = binds["tank_message_id"]
        return 1

    def mapping(binds: Row) -> list[tuple[Value, ...]]:
        return [row[1:] for row in PURCHASES if row[0] == binds["CUST_ID"]]

    source.answer(TARGET, ("cust_id", "email", "이름"), [row[:3] for row in CUSTOMERS])
    source.answer(MAPPING, ("item", "price"), mapping)
    source.answer(READ_BACK, ("message_id",), lambda binds: [(messages.get(binds["CUST_ID"]),)])
    source.accept(UPDATE, update)
    source.accept(UPDATE_MANY, lambda binds: sum(1 for row in CUSTOMERS if row[0] >= int(str(binds["CUST_ID"]))))
    return source


@pytest.fixture(params=["fake", "sqlite", "postgres", "mysql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Source]:
    if request.param == "fake":
        yield fake_source()
        return
    with ExitStack() as stack:
        url = stack.enter_context(source_database(request.param, tmp_path))
        sources = SourceRegistry()
        stack.callback(sources.close)
        opened = sources.open(connection(url, pool_size=3))
        execute(url, opened.marker_ddl())
        yield opened


def write_back(cust_id: int, message_id: str) -> WriteBack:
    binds: Row = {"CUST_ID": cust_id, "tank_message_id": message_id, "tank_sent_at": SENT_AT}
    return WriteBack(delivery_id=new_id(), binds=binds)


def message_ids(source: Source) -> list[Value]:
    found = source.map_rows(READ_BACK, [{"CUST_ID": row[0]} for row in CUSTOMERS])
    return [answer.rows[0][0] for answer in found if isinstance(answer, RowSet)]


def test_check_says_what_answers(source: Source) -> None:
    product, _, number = source.check().rpartition(" ")
    assert product
    assert number[0].isdigit()


def test_describe_tells_columns_and_binds(source: Source) -> None:
    target = source.describe(QueryKind.TARGET, TARGET)
    assert target.column_names == ("cust_id", "email", "이름")
    assert target.binds == ()
    mapping = source.describe(QueryKind.MAPPING, MAPPING)
    assert mapping.column_names == ("item", "price")
    assert mapping.binds == ("CUST_ID", "고객번호")
    update = source.describe(QueryKind.UPDATE, UPDATE)
    assert update.column_names == ()
    assert update.binds == ("tank_message_id", "tank_sent_at", "CUST_ID")


def test_describe_runs_nothing(source: Source) -> None:
    source.describe(QueryKind.UPDATE, UPDATE)
    assert message_ids(source) == [None] * 5


def test_describe_passes_the_databases_own_error_on(source: Source) -> None:
    with pytest.raises(SourceError) as caught:
        source.describe(QueryKind.TARGET, MISSING_TABLE)
    assert caught.value.kind is SourceErrorKind.INVALID_SQL
    assert caught.value.database_code
    assert "no_such_table" in caught.value.message
    assert source.describe(QueryKind.TARGET, TARGET).column_names


def test_a_trailing_semicolon_is_stripped(source: Source) -> None:
    assert source.describe(QueryKind.TARGET, TARGET + " ; -- the end").column_names == ("cust_id", "email", "이름")
    with source.stream(TARGET + ";\n") as stream:
        assert sum(len(rows) for rows in stream) == 5


@pytest.mark.parametrize("sql", ["DELETE FROM customer", "SELECT 1; SELECT 2", "SELECT 'open", ""])
def test_unsafe_text_is_refused_everywhere(source: Source, sql: str) -> None:
    for kind in QueryKind:
        with pytest.raises(UnsafeSql):
            source.lint(kind, sql, allow_unparsed=True)
        with pytest.raises(UnsafeSql):
            source.describe(kind, sql)


def test_sample_takes_no_more_than_asked_for(source: Source) -> None:
    assert source.sample(TARGET, {}, limit=2).rows == tuple(row[:3] for row in CUSTOMERS[:2])
    assert source.sample(TARGET, {}, limit=99).columns == ("cust_id", "email", "이름")
    rows = source.sample(MAPPING, {"cust_id": 1, "고객번호": 7, "OTHER": None}, limit=5).rows
    assert rows == (("책 100%", 100), ("펜", 20))


def test_a_sample_without_a_value_for_a_bind_names_it(source: Source) -> None:
    with pytest.raises(SourceError, match="고객번호"):
        source.sample(MAPPING, {"CUST_ID": 1}, limit=5)


def test_stream_gives_arrays_in_order(source: Source) -> None:
    with source.stream(TARGET, array_size=2) as stream:
        assert stream.columns == ("cust_id", "email", "이름")
        arrays = [tuple(rows) for rows in stream]
    assert [len(rows) for rows in arrays] == [2, 2, 1]
    assert [row for rows in arrays for row in rows] == [row[:3] for row in CUSTOMERS]


def test_a_stream_left_early_leaves_the_source_usable(source: Source) -> None:
    for _ in range(5):  # more often than there are connections
        with source.stream(TARGET, array_size=1) as stream:
            assert next(iter(stream)) is not None
    assert message_ids(source) == [None] * 5


def test_mapping_answers_each_row_in_its_place(source: Source) -> None:
    binds: list[Row] = [
        {"CUST_ID": 2, "고객번호": 0},
        {"CUST_ID": 1},
        {"CUST_ID": 9, "고객번호": 0},
        {"cust_id": 1, "고객번호": 0},
    ]
    found = source.map_rows(MAPPING, binds)
    assert found[0] == RowSet(("item", "price"), (("책 100%", 300),))
    assert isinstance(found[1], SourceError)
    assert not found[1].kind.is_about_the_connection
    assert found[2] == RowSet(("item", "price"), ())
    assert found[3] == RowSet(("item", "price"), (("책 100%", 100), ("펜", 20)))
    assert source.map_rows(MAPPING, []) == []


def test_a_number_may_come_as_decimal(source: Source) -> None:
    found = source.map_rows(MAPPING, [{"CUST_ID": Decimal(2), "고객번호": Decimal(0)}])
    assert found == [RowSet(("item", "price"), (("책 100%", 300),))]


def test_write_back_tells_each_rows_outcome(source: Source) -> None:
    updates = [write_back(1, "m-1"), write_back(77, "m-77"), write_back(3, "m-1"), write_back(2, "m-2")]
    outcomes = source.write_back(UPDATE, updates, marker=False)
    assert [outcome.ok for outcome in outcomes] == [True, False, False, True]
    assert "no row" in outcomes[1].error
    assert re.search("unique|duplicate", outcomes[2].error, re.IGNORECASE)
    assert not any(outcome.in_doubt for outcome in outcomes)
    assert message_ids(source) == ["m-1", "m-2", None, None, None]


def test_an_update_of_several_rows_is_undone(source: Source) -> None:
    outcomes = source.write_back(UPDATE_MANY, [write_back(4, "a"), write_back(5, "b")], marker=False)
    assert [outcome.ok for outcome in outcomes] == [False, True]
    assert "2 rows" in outcomes[0].error


def test_a_missing_bind_fails_its_row_alone(source: Source) -> None:
    lame = WriteBack(delivery_id=new_id(), binds={"CUST_ID": 1, "tank_sent_at": SENT_AT})
    outcomes = source.write_back(UPDATE, [lame, write_back(2, "m-2")], marker=False)
    assert [outcome.ok for outcome in outcomes] == [False, True]
    assert "tank_message_id" in outcomes[0].error


def test_the_marker_makes_it_exactly_once(source: Source) -> None:
    first = write_back(1, "m-1")
    again = WriteBack(delivery_id=first.delivery_id, binds={**first.binds, "tank_message_id": "other"})
    assert source.write_back(UPDATE, [first], marker=True)[0].ok
    assert [outcome.ok for outcome in source.write_back(UPDATE, [again, write_back(2, "m-2")], marker=True)] == [
        True
    ] * 2
    assert message_ids(source) == ["m-1", "m-2", None, None, None]


def test_an_undone_update_leaves_no_marker(source: Source) -> None:
    lost = write_back(77, "m-1")
    assert not source.write_back(UPDATE, [lost], marker=True)[0].ok
    found = WriteBack(delivery_id=lost.delivery_id, binds={**lost.binds, "CUST_ID": 1})
    assert source.write_back(UPDATE, [found], marker=True)[0].ok
    assert message_ids(source)[0] == "m-1"


def test_no_updates_are_no_work(source: Source) -> None:
    assert source.write_back(UPDATE, [], marker=True) == []


def test_several_threads_share_a_source(source: Source) -> None:
    def work(number: int) -> bool:
        updated = source.write_back(UPDATE, [write_back(number, f"m-{number}")], marker=True)
        mapped = source.map_rows(MAPPING, [{"CUST_ID": 2, "고객번호": 0}] * 20)
        return updated[0].ok and all(isinstance(row, RowSet) and len(row.rows) == 1 for row in mapped)

    with ThreadPoolExecutor(5) as pool:
        assert all(pool.map(work, range(1, 6)))
    assert message_ids(source) == ["m-1", "m-2", "m-3", "m-4", "m-5"]
