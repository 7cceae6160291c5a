"""How a database would answer a query."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select

from tank.db.database import Database


def plan_of(logs_db: Database, query: Select[Any] | CompoundSelect[Any]) -> str:
    """What EXPLAIN says: whether an index serves the query, or rows are gone through."""
    with logs_db.read() as tables:
        dialect = logs_db.engine.dialect
        sql = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN QUERY PLAN" if logs_db.is_sqlite else "EXPLAIN"
        return "\n".join(str(row) for row in tables.connection.exec_driver_sql(f"{explain} {sql}"))
