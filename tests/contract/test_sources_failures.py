"""What sources say when databases refuse, hang, vanish or answer too late."""

from __future__ import annotations

import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL

from tank.domain.ids import new_id
from tank.domain.ports.sources import RowSet, Source, WriteBack
from tank.domain.query import SourceError, SourceErrorKind
from tank.sources.registry import open_sql
from tests.fakes.tcp_proxy import TcpProxy
from tests.support.source_databases import connection, execute, kill_others, source_database

UPDATE = "UPDATE customer SET message_id = :tank_message_id WHERE cust_id = :CUST_ID"
READ_BACK = "SELECT message_id FROM customer WHERE cust_id = :CUST_ID"


def every_combination(of: int) -> str:
    """A FROM with 5 to the power of ``of`` rows."""
    return "FROM " + ", ".join(f"customer c{number}" for number in range(of))


Open = Callable[..., Source]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Opens sources that are closed at the end."""
    with ExitStack() as stack:

        def open_source(url: URL, **options: Any) -> Source:
            source = open_sql(connection(url, **options))
            stack.callback(source.close)
            return source

        yield open_source


@pytest.fixture(params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with source_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres", "mysql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with source_database(request.param, tmp_path) as url:
        yield url


@contextmanager
def proxied(url: URL) -> Iterator[tuple[URL, TcpProxy]]:
    with TcpProxy(url.host or "127.0.0.1", url.port or 0) as proxy:
        # TLS would hide the words that the proxy looks for.
        query = {"sslmode": "disable"} if url.get_backend_name() == "postgresql" else {}
        yield url.set(host="127.0.0.1", port=proxy.port).update_query_dict(query), proxy


def write_back(cust_id: int, message_id: str) -> WriteBack:
    return WriteBack(delivery_id=new_id(), binds={"CUST_ID": cust_id, "tank_message_id": message_id})


def error_of(call: Callable[[], object]) -> SourceError:
    with pytest.raises(SourceError) as caught:
        call()
    assert caught.value.message
    return caught.value


class TestConnecting:
    def test_nobody_listens(self, server: URL, opened: Open) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        error = error_of(opened(server.set(port=port), connect_timeout=2).check)
        assert error.kind is SourceErrorKind.CANNOT_CONNECT
        assert error.remedy

    def test_a_silent_listener_is_given_up(self, server: URL, opened: Open) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            source = opened(server.set(port=silent.getsockname()[1]), connect_timeout=1)
            began = time.monotonic()
            assert error_of(source.check).kind is SourceErrorKind.CANNOT_CONNECT
            assert time.monotonic() - began < 4

    def test_a_listener_that_hangs_up(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            proxy.refuse()
            assert error_of(opened(url, connect_timeout=2).check).kind is SourceErrorKind.CANNOT_CONNECT

    def test_an_unknown_database(self, server: URL, opened: Open) -> None:
        error = error_of(opened(server.set(database="no_such_database")).check)
        assert error.kind is SourceErrorKind.CANNOT_CONNECT
        assert error.database_code in ("3D000", "1049")
        assert "name of the database" in str(error.remedy)

    def test_an_unknown_user(self, server: URL, opened: Open) -> None:
        error = error_of(opened(server.set(username="nobody_here", password="wrong")).check)
        assert error.kind is SourceErrorKind.CREDENTIALS
        assert "password" in str(error.remedy)

    def test_a_missing_file_is_not_made(self, tmp_path: Path, opened: Open) -> None:
        missing = tmp_path / "none.db"
        source = opened(URL.create("sqlite", database=str(missing)))
        for call in (source.check, lambda: source.write_back(UPDATE, [write_back(1, "m")], marker=False)):
            error = error_of(call)
            assert error.kind is SourceErrorKind.CANNOT_CONNECT
            assert str(missing) in error.message
        assert not missing.exists()

    def test_a_file_that_is_no_database(self, tmp_path: Path, opened: Open) -> None:
        (tmp_path / "notes.db").write_text("이것은 데이터베이스가 아니다. " * 100, encoding="utf-8")
        error = error_of(opened(URL.create("sqlite", database=str(tmp_path / "notes.db"))).check)
        assert error.kind is SourceErrorKind.CANNOT_CONNECT

    def test_all_connections_busy(self, database: URL, opened: Open) -> None:
        source = opened(database, pool_size=1, call_timeout=0.3)
        with source.stream("SELECT cust_id FROM customer"):
            error = error_of(lambda: source.sample("SELECT 1 AS one FROM customer", {}, limit=1))
        assert error.kind is SourceErrorKind.CANNOT_CONNECT
        assert "pool_size" in str(error.remedy)


class TestLosingTheConnection:
    def test_a_stream_ends_with_an_error(self, server: URL, opened: Open) -> None:
        source = opened(server)
        sql = f"SELECT c0.email, c1.email AS email_1, c2.email AS email_2 {every_combination(of=9)}"

        def read_on() -> None:
            with source.stream(sql, array_size=1000) as stream:
                for number, _ in enumerate(stream):
                    if number == 1:
                        kill_others(server)

        assert error_of(read_on).kind is SourceErrorKind.CONNECTION_LOST
        assert source.sample("SELECT 1 AS one FROM customer", {}, limit=1).rows == ((1,),)

    def test_pooled_connections_that_died_are_replaced(self, server: URL, opened: Open) -> None:
        source = opened(server)
        source.map_rows(READ_BACK, [{"CUST_ID": 1}])
        source.write_back(UPDATE, [write_back(1, "m-1")], marker=False)
        kill_others(server)
        assert source.map_rows(READ_BACK, [{"CUST_ID": 1}]) == [RowSet(("message_id",), (("m-1",),))]
        kill_others(server)
        assert source.write_back(UPDATE, [write_back(2, "m-2")], marker=False)[0].ok

    def test_mapping_raises_what_is_about_the_connection(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            source = opened(url, call_timeout=2)
            source.check()
            proxy.refuse()
            assert error_of(lambda: source.map_rows(READ_BACK, [{"CUST_ID": 1}])).kind.is_about_the_connection
            proxy.accept()
            assert source.map_rows(READ_BACK, [{"CUST_ID": 1}]) == [RowSet(("message_id",), ((None,),))]

    def test_a_server_that_falls_silent_is_given_up(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            source = opened(url, call_timeout=0.2, connect_timeout=1)
            source.map_rows(READ_BACK, [{"CUST_ID": 1}])
            proxy.silence()
            began = time.monotonic()
            assert error_of(lambda: source.map_rows(READ_BACK, [{"CUST_ID": 1}])).kind.is_about_the_connection
            assert time.monotonic() - began < 6
            proxy.cut()

    def test_a_stream_that_falls_silent_is_given_up(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            source = opened(url, target_timeout=0.3, connect_timeout=1)

            def read_on() -> None:
                with source.stream(f"SELECT c0.email {every_combination(of=9)}", array_size=1000) as stream:
                    for _ in stream:
                        proxy.silence()

            began = time.monotonic()
            assert error_of(read_on).kind.is_about_the_connection
            assert time.monotonic() - began < 6
            proxy.cut()

    def test_a_lost_answer_to_an_update_leaves_nothing(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            source = opened(url)
            assert source.write_back(UPDATE, [write_back(5, "m-5")], marker=False)[0].ok
            proxy.lose_answer_to(b"UPDATE customer")
            error = error_of(lambda: source.write_back(UPDATE, [write_back(1, "m-1")], marker=False))
            assert error.kind is SourceErrorKind.CONNECTION_LOST
            assert execute(server, "SELECT cust_id FROM customer WHERE message_id = 'm-1'") == []

    def test_a_lost_answer_to_the_commit_is_in_doubt(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            source = opened(url)
            assert source.write_back(UPDATE, [write_back(5, "m-5")], marker=False)[0].ok
            proxy.lose_answer_to(b"COMMIT")
            outcomes = source.write_back(UPDATE, [write_back(1, "m-1"), write_back(77, "m-77")], marker=False)
            assert [(outcome.ok, outcome.in_doubt) for outcome in outcomes] == [(False, True), (False, False)]
            assert execute(server, "SELECT cust_id FROM customer WHERE message_id = 'm-1'") == [(1,)]

    def test_the_marker_settles_a_doubt(self, server: URL, opened: Open) -> None:
        with proxied(server) as (url, proxy):
            source = opened(url)
            execute(server, source.marker_ddl())
            update = write_back(1, "m-1")
            source.write_back(UPDATE, [write_back(5, "m-5")], marker=True)
            proxy.lose_answer_to(b"COMMIT")
            assert source.write_back(UPDATE, [update], marker=True)[0].in_doubt
            execute(server, "UPDATE customer SET message_id = 'changed since' WHERE cust_id = 1")
            assert source.write_back(UPDATE, [update], marker=True)[0].ok
            assert execute(server, "SELECT message_id FROM customer WHERE cust_id = 1") == [("changed since",)]


class TestTimeouts:
    def test_a_slow_mapping_query_ends(self, database: URL, opened: Open) -> None:
        source = opened(database, call_timeout=0.3)
        slow = f"SELECT COUNT(*) AS c {every_combination(of=14)} WHERE c0.cust_id + c13.cust_id > :LOW"
        began = time.monotonic()
        assert error_of(lambda: source.map_rows(slow, [{"LOW": 1}])).kind is SourceErrorKind.TIMEOUT
        assert time.monotonic() - began < 4
        assert source.sample("SELECT 1 AS one FROM customer", {}, limit=1).rows == ((1,),)

    def test_a_slow_sample_ends_and_nobody_computes_on(self, server: URL, opened: Open) -> None:
        source = opened(server, call_timeout=0.5)
        slow = f"SELECT COUNT(*) AS c {every_combination(of=14)}"
        assert error_of(lambda: source.sample(slow, {}, limit=1)).kind is SourceErrorKind.TIMEOUT

    def test_a_row_that_somebody_holds_fails_alone(self, server: URL, opened: Open) -> None:
        source = opened(server, call_timeout=1)
        with _holding_row_one(server):
            outcomes = source.write_back(UPDATE, [write_back(1, "m-1"), write_back(2, "m-2")], marker=False)
        assert [outcome.ok for outcome in outcomes] == [False, True]
        assert source.write_back(UPDATE, [write_back(1, "m-1")], marker=False)[0].ok

    def test_a_locked_file_is_said_to_be_locked(self, tmp_path: Path, opened: Open) -> None:
        with source_database("sqlite", tmp_path) as url:
            source = opened(url, call_timeout=0.2)
            holder = sqlite3.connect(str(url.database), isolation_level=None)
            holder.execute("BEGIN IMMEDIATE")
            error = error_of(lambda: source.write_back(UPDATE, [write_back(1, "m")], marker=False))
            holder.close()
        assert error.kind is SourceErrorKind.LOCK


@contextmanager
def _holding_row_one(url: URL) -> Iterator[None]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as holder:
        holder.exec_driver_sql("UPDATE customer SET name = 'held' WHERE cust_id = 1")
        yield


def test_a_missing_marker_table_is_named_with_its_ddl(database: URL, opened: Open) -> None:
    source = opened(database)
    error = error_of(lambda: source.write_back(UPDATE, [write_back(1, "m-1")], marker=True))
    assert error.kind is SourceErrorKind.INVALID_SQL
    assert source.marker_ddl() in str(error.remedy)
    assert source.sample(READ_BACK, {"CUST_ID": 1}, limit=1).rows == ((None,),)
