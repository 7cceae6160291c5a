"""What the SQL of an automation may do, on each dialect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.query import QueryKind, UnsafeSql
from tank.sources import guard
from tank.sources.scan import Dialect, TokenKind, scan
from tank.sources.statement import parse

DIALECTS: tuple[Dialect, ...] = ("oracle", "postgres", "mysql", "sqlite")
TARGET, MAPPING, UPDATE = QueryKind.TARGET, QueryKind.MAPPING, QueryKind.UPDATE


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (TARGET, "SELECT cust_id, email FROM customer WHERE joined < '2026-01-01' ORDER BY 1;"),
        (
            TARGET,
            "WITH big AS (SELECT cust_id FROM tx GROUP BY cust_id) SELECT c.* FROM customer c JOIN big b ON 1 = 1",
        ),
        (TARGET, "(SELECT a FROM t) UNION ALL (SELECT b FROM u)"),
        (TARGET, "SELECT 'it''s; DROP TABLE x -- not' AS a, \"weird;name\" FROM t -- the end; DROP\n"),
        (TARGET, "/* first */ SELECT a FROM t /* FOR UPDATE */"),
        (TARGET, "SELECT delete_flag, updated_at, into_date FROM t WHERE x IN (SELECT y FROM u)"),
        (TARGET, "SELECT SUBSTR(name, 1, 2), COUNT(*) OVER (PARTITION BY dept) FROM 고객 WHERE 이름 = 'ㄱ'"),
        (TARGET, "SELECT REPLACE(a, 'x', 'y') FROM t"),
        (MAPPING, "SELECT * FROM tx WHERE cust_id = :고객번호 AND amount > :AMOUNT"),
        (UPDATE, "UPDATE t SET a = :tank_sent_at, b = (SELECT MAX(x) FROM u) WHERE cust_id = :CUST_ID"),
        (UPDATE, "UPDATE t SET a = 1 WHERE EXISTS (SELECT 1 FROM u WHERE u.id = :ID)"),
        (UPDATE, "INSERT INTO log (id, message) VALUES (:CUST_ID, :tank_message_id)"),
        (UPDATE, "INSERT INTO log (id) SELECT id FROM customer WHERE id = :CUST_ID"),
        (
            UPDATE,
            "MERGE INTO t USING (SELECT :ID AS id FROM dual) s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET a = 1"
            " WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
        ),
    ],
)
def test_what_automations_need_is_allowed(dialect: Dialect, kind: QueryKind, sql: str) -> None:
    guard.check(kind, sql, dialect)


@pytest.mark.parametrize(
    ("dialect", "kind", "sql"),
    [
        ("oracle", TARGET, "SELECT /*+ FULL(c) */ a FROM customer c MINUS SELECT a FROM gone"),
        ("oracle", TARGET, "SELECT a FROM t WHERE ROWNUM <= 10 AND b(+) = c"),
        ("oracle", TARGET, "SELECT q'[it's :no; DROP]' AS x FROM dual CONNECT BY LEVEL < 3"),
        ("oracle", TARGET, "SELECT DBMS_LOB.SUBSTR(memo, 100, 1), UTL_RAW.CAST_TO_RAW(name) FROM t"),
        ("postgres", TARGET, "SELECT $a$ :no; DROP $a$ AS x, a::text, b->>'k', pg_typeof(a) FROM t"),
        ("postgres", TARGET, "SELECT E'it\\'s :no' AS x -- windows\r\n FROM t"),
        ("postgres", UPDATE, "INSERT INTO log (id, cust_id) VALUES (nextval('log_id'), :ID)"),
        ("postgres", TARGET, "SELECT substring(a FROM 1 FOR 2) FROM t /* a /* nested ; */ comment */"),
        ("postgres", UPDATE, "INSERT INTO t (id, n) VALUES (:ID, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1"),
        ("mysql", TARGET, 'SELECT `a;b`, "it\\"s :no" FROM t # DROP\n'),
        ("mysql", TARGET, "SELECT 'a\\'; DROP TABLE t; -- '"),
        ("mysql", UPDATE, "INSERT INTO t (id, n) VALUES (:ID, 1) ON DUPLICATE KEY UPDATE n = n + 1"),
        ("sqlite", TARGET, "SELECT [a;b], `c` FROM t"),
        ("sqlite", UPDATE, "INSERT INTO t (id, n) VALUES (:ID, 1) ON CONFLICT (id) DO UPDATE SET n = n + 1"),
    ],
)
def test_what_one_dialect_offers_is_allowed(dialect: Dialect, kind: QueryKind, sql: str) -> None:
    guard.check(kind, sql, dialect)


HOSTILE_READS = [
    "",
    " ; ",
    "-- nothing but a comment",
    "DELETE FROM customer",
    "UPDATE customer SET a = 1",
    "INSERT INTO t VALUES (1)",
    "MERGE INTO t USING u ON (1 = 1) WHEN MATCHED THEN UPDATE SET a = 1",
    "REPLACE INTO t VALUES (1)",
    "TRUNCATE TABLE customer",
    "DROP TABLE customer",
    "CREATE TABLE x AS SELECT * FROM customer",
    "ALTER TABLE t ADD x INT",
    "GRANT ALL ON t TO public",
    "CALL p()",
    "EXEC p",
    "BEGIN p; END;",
    "DO $$ BEGIN END $$",
    "SET ROLE admin",
    "EXPLAIN SELECT 1",
    "VALUES (1)",
    "TABLE customer",
    "SHOW TABLES",
    "SELECT 1; SELECT 2",
    "SELECT 1;; DROP TABLE t",
    "SELECT 1 /* ; */ ; DELETE FROM t -- ",
    "SELECT a FROM t FOR UPDATE",
    "SELECT a FROM t for/**/update nowait",
    "SELECT a INTO b FROM t",
    "SELECT a FROM t INTO OUTFILE '/tmp/x'",
    "SELECT a FROM t INTO @x",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
    "WITH x AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM x",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
    "WITH x AS (SELECT 1) DELETE FROM t",
    "SELECT 'open",
    'SELECT "open',
    "SELECT /* open",
    "SELECT 1\0; DROP TABLE t",
    "﻿DROP TABLE t",
    "(((DROP TABLE t)))",
]


@pytest.mark.parametrize("allow_unparsed", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", HOSTILE_READS)
def test_reading_queries_only_read(dialect: Dialect, sql: str, allow_unparsed: bool) -> None:
    for kind in (TARGET, MAPPING):
        with pytest.raises(UnsafeSql) as caught:
            guard.check(kind, sql, dialect, allow_unparsed=allow_unparsed)
        assert caught.value.remedy


@pytest.mark.parametrize("allow_unparsed", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t WHERE id = :ID",
        "DELETE FROM t WHERE id = :ID",
        "TRUNCATE TABLE t",
        "UPDATE t SET a = 1",
        "UPDATE t SET a = :ID",
        "UPDATE t SET a = 1 WHERE id = 1",
        "UPDATE t SET a = 1 WHERE id = ':ID'",
        "UPDATE t SET a = 1 WHERE id = 1 -- :ID",
        "UPDATE t SET a = (SELECT b FROM u WHERE c = :ID)",
        "UPDATE t SET a = 1 WHERE CURRENT OF c",
        "UPDATE t SET a = :X WHERE id = :ID; DELETE FROM t",
        "UPDATE t SET a = :X WHERE id = :ID RETURNING a",
        "INSERT INTO t VALUES (1)",
        "MERGE INTO t USING u ON (t.id = :ID) WHEN MATCHED THEN DELETE",
        "WITH x AS (DELETE FROM u RETURNING id) UPDATE t SET a = 1 WHERE id = :ID",
        "CALL p(:ID)",
        "BEGIN UPDATE t SET a = 1 WHERE id = :ID; END;",
        "REPLACE INTO t VALUES (:ID)",
    ],
)
def test_an_update_is_one_change_of_one_recipient(dialect: Dialect, sql: str, allow_unparsed: bool) -> None:
    with pytest.raises(UnsafeSql) as caught:
        guard.check(UPDATE, sql, dialect, allow_unparsed=allow_unparsed)
    assert caught.value.remedy


@pytest.mark.parametrize("allow_unparsed", [False, True])
@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT pg_sleep(100)"),
        ("postgres", "SELECT pg_read_file('/etc/passwd')"),
        ("postgres", "SELECT \"pg_read_file\"('/etc/passwd')"),
        ("postgres", "SELECT pg_catalog.pg_read_file ('/etc/passwd')"),
        ("postgres", "SELECT pg_catalog . lo_import/**/('/etc/passwd')"),
        ("postgres", "SELECT pg_terminate_backend(1)"),
        ("postgres", 'SELECT U&"\\0070g_sleep"(100)'),
        ("postgres", "SELECT u&\"!0070g_sleep\" UESCAPE '!' (100)"),
        ("postgres", "SELECT set_config('transaction_read_only', 'off', false)"),
        ("postgres", "SELECT query_to_xml('DELETE FROM t', true, true, '')"),
        ("postgres", "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)"),
        ("postgres", "SELECT a FROM t FOR NO KEY UPDATE"),
        ("postgres", "SELECT a FROM t FOR SHARE"),
        ("postgres", "SELECT a FROM t WHERE b = $1"),
        ("postgres", "COPY t TO PROGRAM 'sh'"),
        ("postgres", "SELECT $x$ open"),
        ("postgres", "SELECT E'a' -- one\n '\\'', pg_sleep(9), '', ' '"),
        ("postgres", "SELECT 1 -- a\r, pg_sleep(9)"),
        ("oracle", "SELECT q'[open' FROM dual"),
        ("oracle", "SELECT 1 -- a\r FROM dual"),
        ("mysql", "SELECT 1 --\u00a0- SLEEP(9)"),
        ("mysql", "SELECT LOAD_FILE('/etc/passwd')"),
        ("mysql", "SELECT sleep (100)"),
        ("mysql", "SELECT BENCHMARK(1e9, MD5('x'))"),
        ("mysql", "SELECT 1 /*! INTO OUTFILE '/tmp/x' */"),
        ("mysql", "SELECT 1 /*!50000 ; DROP TABLE t */"),
        ("mysql", "SELECT 1 /*M! FOR UPDATE */"),
        ("postgres", "SELECT 'a\\'; DROP TABLE t; -- '"),
        ("mysql", "SELECT 1 --1; DROP TABLE t"),
        ("mysql", "SELECT a FROM t LOCK IN SHARE MODE"),
        ("mysql", "SELECT a FROM t WHERE b = ?"),
        ("sqlite", "SELECT load_extension('x.so')"),
        ("sqlite", "SELECT * FROM pragma_table_info('t')"),
        ("sqlite", "PRAGMA query_only = OFF"),
        ("sqlite", "ATTACH 'x.db' AS x"),
        ("sqlite", "SELECT a FROM t WHERE b = ?1"),
        ("sqlite", "SELECT a FROM t WHERE b = @x"),
        ("oracle", "SELECT UTL_HTTP.REQUEST('http://x') FROM dual"),
        ("oracle", "SELECT sys . dbms_xmlgen . getxml('x') FROM dual"),
        ("oracle", "SELECT BFILENAME('D', 'f') FROM dual"),
        ("oracle", "SELECT a FROM t WHERE b = :1"),
        (
            "oracle",
            "WITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; SELECT f FROM dual",
        ),
    ],
)
def test_what_reaches_further_is_refused(dialect: Dialect, sql: str, allow_unparsed: bool) -> None:
    with pytest.raises(UnsafeSql) as caught:
        guard.check(TARGET, sql, dialect, allow_unparsed=allow_unparsed)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a FROM t MODEL DIMENSION BY (b) MEASURES (c) RULES UPSERT (c[1] = 2)",
        "SELECT * FROM t PIVOT XML (SUM(a) FOR b IN (ANY))",
    ],
)
def test_unusual_sql_passes_only_where_it_is_allowed(sql: str) -> None:
    with pytest.raises(UnsafeSql, match="cannot read") as caught:
        guard.check(TARGET, sql, "oracle")
    assert "allow" in str(caught.value.remedy)
    guard.check(TARGET, sql, "oracle", allow_unparsed=True)


def test_a_text_that_is_too_long_is_refused_at_once() -> None:
    with pytest.raises(UnsafeSql, match="characters"):
        guard.check(TARGET, "SELECT " + "1, " * 50_000 + "1", "postgres")


def test_deep_nesting_ends_in_a_refusal() -> None:
    deep = "SELECT " + "(" * 5000 + "1" + ")" * 5000
    with pytest.raises(UnsafeSql):
        guard.check(TARGET, deep, "postgres")


PIECES = (
    "SELECT| |a|,|'x'|'|\"|`|[|]|--|\n|/*|*/|$$|$t$|:n|:이름|::|:=|q'[|]'|E'|\\|;|?|#|(|)|1|1e5|@|FROM|DELETE|%|\0|가"
)
SQL_PIECES = st.lists(st.sampled_from(PIECES.split("|")), max_size=30).map("".join)


@given(sql=SQL_PIECES, dialect=st.sampled_from(DIALECTS))
def test_scanning_loses_nothing(sql: str, dialect: Dialect) -> None:
    try:
        tokens = scan(sql, dialect)
    except UnsafeSql:
        return
    assert "".join(token.text for token in tokens) == sql
    assert [token.start for token in tokens] == [sum(len(t.text) for t in tokens[:i]) for i in range(len(tokens))]


@given(sql=SQL_PIECES, dialect=st.sampled_from(DIALECTS))
def test_the_guard_answers_whatever_it_is_given(sql: str, dialect: Dialect) -> None:
    for kind in QueryKind:
        try:
            guard.check(kind, sql, dialect, allow_unparsed=True)
        except UnsafeSql:
            continue


@given(sql=SQL_PIECES, dialect=st.sampled_from(DIALECTS))
def test_positions_lead_back_to_the_operators_text(sql: str, dialect: Dialect) -> None:
    try:
        statement = parse(sql, dialect)
    except UnsafeSql:
        return
    rendered = statement.render(lambda index: f"<{index}>")
    here = 1
    for token in statement.tokens:
        is_bind = token.kind is TokenKind.BIND
        length = 3 if is_bind else len(token.text)
        assert rendered.original_position(here) == token.start + 1
        assert token.start < rendered.original_position(here + length - 1) <= token.end
        here += length


def test_binds_in_order_of_first_use_whatever_their_case() -> None:
    statement = parse("SELECT :b, :A, :B, ':c' FROM t -- :d", "oracle")
    assert statement.binds == ("b", "A")
    assert statement.values({"B": 1, "a": 2}) == (1, 2)
    rendered = statement.render(lambda index: f"${index + 1}")
    assert rendered.text == "SELECT $1, $2, $1, ':c' FROM t -- :d"
    assert rendered.order == (0, 1, 0)


def test_backslashes_hold_in_the_continuation_of_a_postgres_string() -> None:
    statement = parse("SELECT E'a' -- more\n 'it\\'s :no', 'b'\n 'c\\', :yes", "postgres")
    assert statement.binds == ("yes",)
