"""What is particular to each database: values, types, positions, and what holds where the lint does not look."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import URL

from tank.domain.ids import new_id
from tank.domain.ports.sources import RowSet, Source, WriteBack
from tank.domain.query import QueryKind, SourceError, SourceErrorKind
from tank.domain.values import Row
from tank.sources.registry import open_sql
from tests.support.source_databases import connection, execute, source_database


@dataclass
class World:
    """A filled database and its source."""

    url: URL
    source: Source

    def value(self, expression: str, **binds: Any) -> Any:
        """What an expression is for the first customer."""
        found = self.source.map_rows(f"SELECT {expression} AS v FROM customer WHERE cust_id = 1", [binds])[0]
        if isinstance(found, SourceError):
            raise found
        return found.rows[0][0]

    def error(self, kind: QueryKind, sql: str) -> SourceError:
        with pytest.raises(SourceError) as caught:
            self.source.describe(kind, sql)
        return caught.value

    def write(self, sql: str, *rows: Row) -> list[bool]:
        updates = [WriteBack(delivery_id=new_id(), binds=row) for row in rows]
        return [outcome.ok for outcome in self.source.write_back(sql, updates, marker=False)]


def _world(kind: str, folder: Path, **options: Any) -> Iterator[World]:
    with source_database(kind, folder) as url:
        source = open_sql(connection(url, **options))
        yield World(url, source)
        source.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[World]:
    yield from _world("sqlite", tmp_path)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[World]:
    yield from _world("postgres", tmp_path)


@pytest.fixture
def mysql(tmp_path: Path) -> Iterator[World]:
    yield from _world("mysql", tmp_path)


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from _world(request.param, tmp_path, max_mapping_rows=3)


class TestEverywhere:
    @pytest.mark.parametrize(
        "text", ["김하나", "100%s %d %%", 'it\'s \\ "quoted" :x ?', "", "줄\n바꿈\t\r\n", "😀" * 20]
    )
    def test_text_comes_back_as_it_went(self, world: World, text: str) -> None:
        assert world.write("UPDATE customer SET name = :TEXT WHERE cust_id = :ID", {"TEXT": text, "ID": 1}) == [True]
        assert world.value("name") == text

    @pytest.mark.parametrize(
        "value", [None, 0, -1, 2**31, True, 1.5, Decimal("10.10"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5)]
    )
    def test_values_of_all_types_may_be_bound(self, world: World, value: Any) -> None:
        null_test = "CASE WHEN CAST(:V AS CHAR(40)) IS NULL THEN 1 ELSE 0 END"
        assert world.value(null_test, V=value) == (1 if value is None else 0)

    def test_too_many_mapping_rows_are_the_rows_own_error(self, world: World) -> None:
        sql = "SELECT cust_id, email FROM customer WHERE cust_id <= :MOST"
        three, five = world.source.map_rows(sql, [{"MOST": 3}, {"MOST": 5}])
        assert isinstance(three, RowSet)
        assert isinstance(five, SourceError)
        assert "max_mapping_rows" in str(five.remedy)

    @pytest.mark.parametrize("kind", [QueryKind.TARGET, QueryKind.MAPPING])
    def test_repeated_columns_are_named(self, world: World, kind: QueryKind) -> None:
        error = world.error(kind, "SELECT a.email, b.email, a.name, b.name, a.cust_id FROM customer a, customer b")
        assert "email, name" in error.message
        assert "AS" in str(error.remedy)

    def test_columns_that_differ_in_case_alone_are_repeated(self, world: World) -> None:
        assert (
            "CUST_ID" in world.error(QueryKind.TARGET, "SELECT cust_id, email AS CUST_ID FROM customer").message.upper()
        )

    def test_a_syntax_error_has_a_position(self, world: World) -> None:
        sql = "SELECT cust_id /* 가나 */,\n 'a' FORM customer\nWHERE name = :NAME"
        assert world.error(QueryKind.MAPPING, sql).position == sql.index("customer") + 1

    def test_an_unknown_column_has_a_position_in_the_operators_text(self, world: World) -> None:
        sql = "SELECT name FROM customer WHERE name = :A_LONG_BIND_NAME AND name <> :한글_이름 AND no_such = 1;"
        error = world.error(QueryKind.MAPPING, sql)
        assert error.kind is SourceErrorKind.INVALID_SQL
        assert error.position == sql.index("no_such") + 1

    def test_an_update_is_described_by_the_database_too(self, world: World) -> None:
        sql = "UPDATE customer SET no_such = :X WHERE cust_id = :ID"
        assert "no_such" in world.error(QueryKind.UPDATE, sql).message
        shape = world.source.describe(QueryKind.UPDATE, "INSERT INTO purchase (cust_id, item) VALUES (:ID, :item)")
        assert shape.binds == ("ID", "item")

    def test_memory_stays_flat_while_a_stream_is_read(self, world: World) -> None:
        joins = ", ".join(f"customer c{number}" for number in range(7))
        sql = f"SELECT c0.cust_id, c0.email, c1.email AS e1, c2.email AS e2 FROM {joins}"
        with world.source.stream(sql, array_size=1000) as stream:
            chunks = iter(stream)
            next(chunks)
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            rows = 1000 + sum(len(chunk) for chunk in chunks)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert rows == 5**7
        assert peak - before < 3_000_000


_SNEAK = {
    "postgres": "CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS"
    " $$ INSERT INTO purchase VALUES (9, 'x', 9); SELECT 1 $$",
    "mysql": "CREATE FUNCTION sneak() RETURNS int MODIFIES SQL DATA BEGIN"
    " INSERT INTO purchase VALUES (9, 'x', 9); RETURN 1; END",
}


@pytest.mark.parametrize("kind", _SNEAK)
def test_a_reading_session_does_not_write(kind: str, tmp_path: Path) -> None:
    for world in _world(kind, tmp_path):
        execute(world.url, _SNEAK[kind])
        sample = partial(world.source.sample, "SELECT sneak() AS x FROM customer", {}, limit=1)
        for call in (sample, partial(world.value, "sneak()")):
            with pytest.raises(SourceError) as caught:
                call()
            assert caught.value.kind is SourceErrorKind.UNSUPPORTED
            assert "writes" in str(caught.value.remedy)
        assert execute(world.url, "SELECT cust_id FROM purchase WHERE cust_id = 9") == []


class TestSqlite:
    def test_dates_and_numbers_are_stored_as_sqlite_understands_them(self, sqlite: World) -> None:
        sql = "UPDATE customer SET sent_at = :AT, amount = :AMOUNT WHERE cust_id = :ID"
        moment = datetime(2026, 11, 22, 9, 30, tzinfo=UTC).astimezone()
        assert sqlite.write(sql, {"AT": moment, "AMOUNT": Decimal("10.10"), "ID": Decimal(1)}) == [True]
        assert sqlite.value("datetime(sent_at)") == "2026-11-22 09:30:00"
        assert sqlite.value("amount") == 10.1

    def test_a_trigger_that_ends_the_transaction_fails_its_row_alone(self, sqlite: World) -> None:
        execute(
            sqlite.url,
            "CREATE TRIGGER refuse BEFORE UPDATE ON customer WHEN NEW.message_id = 'bad'"
            " BEGIN SELECT RAISE(ROLLBACK, 'not this one'); END",
        )
        sql = "UPDATE customer SET message_id = :M WHERE cust_id = :ID"
        rows: list[Row] = [{"M": "m-1", "ID": 1}, {"M": "bad", "ID": 2}, {"M": "m-3", "ID": 3}]
        assert sqlite.write(sql, *rows) == [True, False, True]
        found = execute(sqlite.url, "SELECT message_id FROM customer ORDER BY cust_id")
        assert [row[0] for row in found] == ["m-1", None, "m-3", None, None]

    def test_describing_an_endless_query_ends(self, sqlite: World) -> None:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n ORDER BY i DESC"
        assert sqlite.source.describe(QueryKind.TARGET, endless).column_names == ("i",)

    def test_a_huge_value_is_refused_before_it_takes_the_memory(self, sqlite: World) -> None:
        with pytest.raises(SourceError) as caught:
            sqlite.source.sample("SELECT hex(zeroblob(400000000)) AS x", {}, limit=1)
        assert caught.value.database_code == "SQLITE_TOOBIG"
        assert "SUBSTR" in str(caught.value.remedy)

    def test_text_that_is_none_is_explained(self, sqlite: World) -> None:
        with pytest.raises(SourceError) as caught:
            sqlite.source.sample("SELECT CAST(x'ff41' AS TEXT) AS x", {}, limit=1)
        assert "UTF-8" in str(caught.value.remedy)


class TestPostgres:
    @pytest.mark.parametrize(
        "value", ["'infinity'::timestamp", "'infinity'::date", "'0044-03-15 BC'::date", "'24:00'::time"]
    )
    def test_moments_that_python_has_not_are_explained(self, postgres: World, value: str) -> None:
        with pytest.raises(SourceError) as caught:
            postgres.source.sample(f"SELECT {value} AS x", {}, limit=1)
        assert "TO_CHAR" in str(caught.value.remedy)

    def test_a_query_without_columns_is_refused(self, postgres: World) -> None:
        assert "no columns" in postgres.error(QueryKind.TARGET, "SELECT FROM customer").message

    def test_values_become_plain(self, postgres: World) -> None:
        value = postgres.value
        assert value('\'{"a": [1, "가"]}\'::jsonb') == '{"a": [1, "가"]}'
        assert value("'6f9619ff-8b86-d011-b42d-00cf4fc964ff'::uuid") == "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
        assert value("'\\x00ff'::bytea") == b"\x00\xff"
        assert value("ARRAY[1, 2]") == "[1, 2]"
        assert value("INTERVAL '26 hours'") == "1 day, 2:00:00"
        assert value("TIME '23:59'") == time(23, 59)
        assert value("10.10::numeric") == Decimal("10.10")
        assert value("inet '10.0.0.1/8'") == "10.0.0.1/8"
        assert value("TIMESTAMPTZ '2026-01-01 00:00+09'") == datetime(2025, 12, 31, 15, tzinfo=UTC)

    def test_a_number_meets_text_as_described(self, postgres: World) -> None:
        assert postgres.value("CASE WHEN email <> :N THEN 1 ELSE 0 END", N=7) == 1
        assert postgres.value("CASE WHEN email <> :N THEN 1 ELSE 0 END", N=Decimal(7)) == 1

    def test_a_bind_is_called_as_the_operator_called_it(self, postgres: World) -> None:
        error = postgres.error(QueryKind.MAPPING, "SELECT 1 AS v FROM customer WHERE cust_id = :ID AND :등급 IS NULL")
        assert error.message == "could not determine data type of parameter :등급"

    def test_a_moment_keeps_its_instant_in_both_kinds_of_columns(self, postgres: World) -> None:
        execute(postgres.url, "ALTER TABLE customer ADD COLUMN with_zone timestamptz")
        moment = datetime(2026, 11, 22, 9, 30, 0, 123000, tzinfo=UTC)
        sql = "UPDATE customer SET with_zone = :AT, sent_at = :AT WHERE cust_id = :ID"
        assert postgres.write(sql, {"AT": moment, "ID": 1}) == [True]
        assert postgres.value("with_zone") == moment
        assert postgres.value("CASE WHEN sent_at = with_zone::timestamp THEN 1 ELSE 0 END") == 1

    def test_types_are_told(self, postgres: World) -> None:
        shape = postgres.source.describe(QueryKind.TARGET, "SELECT cust_id, amount, name FROM customer")
        assert [column.type for column in shape.columns] == ["integer", "numeric(10,2)", "character varying(100)"]

    def test_dollar_quotes_casts_and_percent_signs_are_left_alone(self, postgres: World) -> None:
        found = postgres.value("$a$:no %s$a$ || (7 % 4)::text || E'\\':x'", X=1)
        assert found == ":no %s3':x"

    def test_a_constraint_that_is_checked_at_the_commit_fails_its_row_alone(self, postgres: World) -> None:
        execute(
            postgres.url,
            "ALTER TABLE purchase ADD FOREIGN KEY (cust_id) REFERENCES customer DEFERRABLE INITIALLY DEFERRED",
        )
        sql = "INSERT INTO purchase (cust_id, item) VALUES (:ID, 'late')"
        assert postgres.write(sql, {"ID": 1}, {"ID": 99}, {"ID": 2}) == [True, False, True]
        assert len(execute(postgres.url, "SELECT 1 FROM purchase WHERE item = 'late'")) == 2

    def test_a_bind_of_no_type_is_explained(self, postgres: World) -> None:
        error = postgres.error(QueryKind.MAPPING, "SELECT name FROM customer WHERE :A IS NULL")
        assert error.database_code == "42P18"
        assert "CAST" in str(error.remedy)

    def test_a_zero_byte_fails_its_row_alone(self, postgres: World) -> None:
        sql = "SELECT name FROM customer WHERE name = :NAME"
        bad, good = postgres.source.map_rows(sql, [{"NAME": "a\0b"}, {"NAME": "김하나"}])
        assert isinstance(bad, SourceError)
        assert good == RowSet(("name",), (("김하나",),))


class TestMysql:
    def test_values_become_plain(self, mysql: World) -> None:
        assert mysql.value("TIME('23:59:00')") == time(23, 59)
        assert mysql.value("TIME('26:00:00')") == "1 day, 2:00:00"
        assert mysql.value("CAST(10.10 AS DECIMAL(5,2))") == Decimal("10.10")
        assert mysql.value("X'00FF'") == b"\x00\xff"

    def test_a_moment_becomes_the_sessions_wall_time(self, mysql: World) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        assert mysql.write("UPDATE customer SET sent_at = :AT WHERE cust_id = :ID", {"AT": now, "ID": 1}) == [True]
        difference = mysql.value("TIMESTAMPDIFF(SECOND, sent_at, NOW())")
        assert timedelta(0) <= timedelta(seconds=difference) < timedelta(seconds=30)

    def test_percent_signs_and_backslashes_are_left_alone(self, mysql: World) -> None:
        found = mysql.value("CONCAT('100%s \\' :no', \"%d :no\", 7 % 4, :X)", X="%s")
        assert found == "100%s ' :no%d :no3%s"
        assert mysql.value("CONCAT('100%s', 7 % 4)") == "100%s3"

    def test_an_update_that_changes_nothing_found_its_row(self, mysql: World) -> None:
        sql = "UPDATE customer SET name = :NAME WHERE cust_id = :ID"
        assert mysql.write(sql, {"NAME": "김하나", "ID": 1}, {"NAME": "김하나", "ID": 1}) == [True, True]

    def test_an_upsert_is_one_row_whether_it_inserts_or_updates(self, mysql: World) -> None:
        sql = "INSERT INTO customer (cust_id, name) VALUES (:ID, :NAME) ON DUPLICATE KEY UPDATE name = :NAME"
        rows: list[Row] = [{"ID": 1, "NAME": "new"}, {"ID": 1, "NAME": "new"}, {"ID": 9, "NAME": "other"}]
        assert mysql.write(sql, *rows) == [True, True, True]

    def test_two_inserted_rows_are_two(self, mysql: World) -> None:
        sql = "INSERT INTO customer (cust_id) VALUES (:ID), (:ID + 1) ON DUPLICATE KEY UPDATE name = 'x'"
        assert mysql.write(sql, {"ID": 50}) == [False]
        assert execute(mysql.url, "SELECT cust_id FROM customer WHERE cust_id >= 50") == []

    def test_types_are_told(self, mysql: World) -> None:
        shape = mysql.source.describe(QueryKind.TARGET, "SELECT cust_id, amount FROM customer WHERE name LIKE '%s'")
        assert [column.type for column in shape.columns] == ["LONG", "NEWDECIMAL"]
