"""Options of connections, and the registry that keeps one source for each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tank.domain.connection import Connection, ConnectionKind
from tank.domain.errors import Misconfigured
from tank.domain.ids import new_id
from tank.sources.options import read_options
from tank.sources.registry import SourceRegistry

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def a_connection(secrets: dict[str, str] | None = None, **options: Any) -> Connection:
    return Connection(
        id=new_id(),
        name="erp",
        kind=ConnectionKind.SQL,
        options=options,
        secrets=secrets or {},
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.mark.parametrize(
    ("url", "dialect", "driver"),
    [
        ("sqlite:////srv/데이터.db", "sqlite", "sqlite"),
        ("postgresql://u@h/d", "postgres", "postgresql+psycopg"),
        ("postgresql+psycopg://u@h:5433/d?sslmode=require", "postgres", "postgresql+psycopg"),
        ("mysql://u@h/d", "mysql", "mysql+pymysql"),
        ("mariadb://u@h/d", "mysql", "mysql+pymysql"),
    ],
)
def test_urls(url: str, dialect: str, driver: str) -> None:
    options = read_options(a_connection(url=url))
    assert options.dialect == dialect
    assert options.url.drivername == driver


def test_numbers_and_the_password() -> None:
    made = a_connection({"password": "p@ss:wörd"}, url="mysql://u@h/d", pool_size=3, call_timeout=5)
    options = read_options(made)
    assert (options.pool_size, options.call_timeout, options.url.password) == (3, 5.0, "p@ss:wörd")


@pytest.mark.parametrize(
    ("options", "secrets", "word"),
    [
        ({}, {}, "no url"),
        ({"url": ""}, {}, "no url"),
        ({"url": 7}, {}, "no url"),
        ({"url": "not a url"}, {}, "cannot be read"),
        ({"url": "mysql://u:hunter2@h:port/d"}, {}, "cannot be read"),
        ({"url": "oracle://u@h/d"}, {}, "not known"),
        ({"url": "mssql+pyodbc://u@h/d"}, {}, "not known"),
        ({"url": "mysql://u:hunter2@h/d"}, {}, "password"),
        ({"url": "mysql://u@h"}, {}, "names no database"),
        ({"url": "sqlite://"}, {}, "names no file"),
        ({"url": "sqlite:///:memory:"}, {}, "names no file"),
        ({"url": "sqlite:///file:x?mode=memory&uri=true"}, {}, "names no file"),
        ({"url": "postgresql://u@h/d?password=geheim"}, {}, "password"),
        ({"url": "postgresql://u@h/d?options=-cdefault_transaction_read_only%3Doff"}, {}, "options"),
        ({"url": "postgresql://u@h/d?options=-csearch_path%3Da%20-cstatement_timeout%3D0"}, {}, "options"),
        ({"url": "postgresql://u@h/d?options=-csearch_path%3Da&options=-crole%3Dpostgres"}, {}, "options"),
        ({"url": "mysql://u@h/d?init_command=DROP%20TABLE%20x"}, {}, "init_command"),
        ({"url": "mysql://u@h/d?read_default_file=/etc/passwd"}, {}, "read_default_file"),
        ({"url": "sqlite:////srv/x.db?mode=rwc"}, {}, "more than a file"),
        ({"url": "sqlite://host/x.db"}, {}, "file"),
        ({"url": "mysql://u@h/d", "poolsize": 3}, {}, "poolsize"),
        ({"url": "mysql://u@h/d"}, {"passwort": "x"}, "passwort"),
        ({"url": "mysql://u@h/d", "pool_size": "3"}, {}, "pool_size"),
        ({"url": "mysql://u@h/d", "pool_size": 0}, {}, "pool_size"),
        ({"url": "mysql://u@h/d", "pool_size": 1.5}, {}, "pool_size"),
        ({"url": "mysql://u@h/d", "pool_size": True}, {}, "pool_size"),
        ({"url": "mysql://u@h/d", "call_timeout": -1}, {}, "call_timeout"),
        ({"url": "mysql://u@h/d", "call_timeout": float("nan")}, {}, "call_timeout"),
        ({"url": "mysql://u@h/d", "connect_timeout": None}, {}, "connect_timeout"),
    ],
)
def test_what_makes_no_sense_is_named_and_no_password_repeated(
    options: dict[str, Any], secrets: dict[str, str], word: str
) -> None:
    with pytest.raises(Misconfigured) as caught:
        read_options(a_connection(secrets, **options))
    assert word in caught.value.message
    assert caught.value.remedy
    assert "hunter2" not in f"{caught.value.message}{caught.value.remedy}"


def test_one_source_for_each_connection_until_it_changes(tmp_path: Path) -> None:
    sources = SourceRegistry()
    made = a_connection(url=f"sqlite:///{tmp_path}/x.db")
    other = a_connection(url=f"sqlite:///{tmp_path}/x.db")
    first = sources.open(made)
    assert sources.open(replace(made)) is first
    assert sources.open(other) is not first
    changed = replace(made, updated_at=NOW + timedelta(seconds=1))
    second = sources.open(changed)
    assert second is not first
    assert sources.open(changed) is second
    sources.close()
    assert sources.open(changed) is not second
    sources.close()


def test_a_kind_without_an_adapter_is_said_so() -> None:
    with pytest.raises(Misconfigured, match="oracle") as caught:
        SourceRegistry().open(replace(a_connection(url="x"), kind=ConnectionKind.ORACLE))
    assert "sql" in str(caught.value.remedy)


@pytest.mark.parametrize("path", ["billing", "billing,public", "청구"])
def test_a_url_may_name_the_schemas_of_postgresql(path: str) -> None:
    url = f"postgresql://u@h/d?options=-csearch_path%3D{path}"
    assert read_options(a_connection(url=url)).url.query["options"] == f"-csearch_path={path}"
