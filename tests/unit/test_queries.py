"""Sample rows of queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tank.db.database import Database
from tank.domain.automation import Dbio
from tank.domain.connection import Connection, ConnectionKind
from tank.domain.errors import Invalid
from tank.domain.ids import new_id
from tank.domain.query import QueryKind, SourceError, UnsafeSql
from tank.services.queries import Queries
from tests.fakes.sources import FakeSource, FakeSources, lost_connection

DBIO = Dbio(
    connection="erp",
    target_query="SELECT CUST_ID, EMAIL FROM CUSTOMER",
    mapping_query="SELECT ITEM FROM TX WHERE CUST_ID = :cust_id",
    update_query="UPDATE CUSTOMER SET SENT = 1 WHERE CUST_ID = :CUST_ID",
)


@pytest.fixture
def source() -> FakeSource:
    made = FakeSource()
    made.answer(DBIO.target_query, ("CUST_ID", "EMAIL"), [(1, "a@example.kr"), (2, "b@example.kr")])
    made.answer(DBIO.mapping_query, ("ITEM",), lambda binds: [(f"item of {binds['cust_id']!r}",)] * 3)
    made.answer("SELECT 1 AS A FROM TX", ("A",), [(1,)])
    made.answer("SELECT A FROM TX WHERE B = :REGION", ("A",), [])
    return made


@pytest.fixture
def queries(sqlite_db: Database, source: FakeSource) -> Queries:
    now = datetime(2026, 11, 1, tzinfo=UTC)
    connection = Connection(id=new_id(), name="erp", kind=ConnectionKind.SQL, created_at=now, updated_at=now)
    with sqlite_db.write() as tables:
        tables.connections.add(connection)
    return Queries(sqlite_db, FakeSources(erp=source))


def test_target_rows(queries: Queries) -> None:
    sample = queries.sample(DBIO, QueryKind.TARGET, limit=1)
    assert sample.rows.columns == ("CUST_ID", "EMAIL")
    assert sample.rows.rows == ((1, "a@example.kr"),)


def test_mapping_rows_are_of_the_chosen_target_row(queries: Queries) -> None:
    sample = queries.sample(DBIO, QueryKind.MAPPING, row_number=2, limit=2)
    assert sample.binds == {"cust_id": 2}
    assert sample.rows.rows == (("item of 2",), ("item of 2",))


def test_a_mapping_query_without_binds_needs_no_target(queries: Queries) -> None:
    dbio = replace(DBIO, target_query="", mapping_query="SELECT 1 AS A FROM TX")
    assert queries.sample(dbio, QueryKind.MAPPING).rows.rows == ((1,),)


@pytest.mark.parametrize(
    ("kind", "change", "options", "field"),
    [
        (QueryKind.UPDATE, {}, {}, "dbio.update_query"),
        (QueryKind.TARGET, {"connection": ""}, {}, "dbio.connection"),
        (QueryKind.TARGET, {"connection": "other"}, {}, "dbio.connection"),
        (QueryKind.TARGET, {"target_query": " "}, {}, "dbio.target_query"),
        (QueryKind.MAPPING, {"mapping_query": ""}, {}, "dbio.mapping_query"),
        (QueryKind.MAPPING, {"mapping_query": "SELECT A FROM TX WHERE B = :REGION"}, {}, "dbio.mapping_query"),
        (QueryKind.MAPPING, {}, {"row_number": 3}, "row_number"),
        (QueryKind.MAPPING, {}, {"row_number": 0}, "row_number"),
        (QueryKind.TARGET, {}, {"limit": 0}, "limit"),
        (QueryKind.TARGET, {}, {"limit": 201}, "limit"),
    ],
)
def test_what_cannot_be_sampled_is_said_at_its_field(
    queries: Queries, kind: QueryKind, change: dict[str, str], options: dict[str, int], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        queries.sample(replace(DBIO, **change), kind, **options)  # type: ignore[arg-type]
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("sql", ["DELETE FROM CUSTOMER", "SELECT 1; SELECT 2"])
def test_the_lint_comes_first(queries: Queries, sql: str) -> None:
    with pytest.raises(UnsafeSql):
        queries.sample(replace(DBIO, target_query=sql), QueryKind.TARGET)
    with pytest.raises(UnsafeSql):
        queries.sample(replace(DBIO, mapping_query=sql), QueryKind.MAPPING)


def test_a_lost_source_is_passed_on(queries: Queries, source: FakeSource) -> None:
    source.fail("sample", lost_connection())
    with pytest.raises(SourceError, match="closed the connection"):
        queries.sample(DBIO, QueryKind.TARGET)
