"""A company with many customers: a source database, and an automation that mails each of them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from tank.bootstrap import Installation
from tank.domain.automation import Dbio, Definition, Envelope, Policies, TargetColumns, Template
from tank.domain.connection import ConnectionKind, SenderKind

#: Well above what the machine does, so that only the sink's latency sets the pace.
_MAX_RATE = 100_000.0
TARGET = "SELECT CUST_ID, EMAIL, NAME FROM customer"
_UPDATE = "UPDATE customer SET times = times + 1, message_id = :tank_message_id WHERE CUST_ID = :CUST_ID"


def make_source(file: Path, customers: int) -> str:
    """The customers' database; its URL."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(
            "CREATE TABLE customer (CUST_ID TEXT PRIMARY KEY, EMAIL TEXT, NAME TEXT, times INTEGER, message_id TEXT)"
        )
        connection.executemany(
            "INSERT INTO customer VALUES (?, ?, ?, 0, NULL)",
            ((f"C{number:06}", f"c{number:06}@example.com", f"고객 {number}") for number in range(customers)),
        )
        connection.commit()
    return f"sqlite:///{file}"


def register(
    tank: Installation,
    source: Path,
    source_url: str,
    sink_url: str,
    *,
    max_rate: float = _MAX_RATE,
    target_query: str = TARGET,
) -> UUID:
    """Connection (with its marker table), sender and automation; the automation's id."""
    connection = tank.connections.add("crm", ConnectionKind.SQL, options={"url": source_url}, secrets={}, by="test")
    with closing(sqlite3.connect(source)) as opened:
        opened.executescript(tank.connections.marker_ddl(connection.id))
    tank.sender_profiles.add(
        "ses",
        SenderKind.SES,
        options={"endpoint_url": sink_url, "region": "ap-northeast-2", "access_key_id": "AKIDEXAMPLE"},
        secrets={"secret_access_key": "secret"},
        max_rate=max_rate,
        by="test",
    )
    definition = replace(_DEFINITION, dbio=replace(_DEFINITION.dbio, target_query=target_query))
    return tank.automations.create("statements", definition=definition, by="test").id


_DEFINITION = Definition(
    dbio=Dbio(connection="crm", target_query=TARGET, update_query=_UPDATE),
    columns=TargetColumns(email="EMAIL", key=("CUST_ID",), name="NAME"),
    template=Template(subject="{{ NAME }}님의 명세서", html="<p>{{ NAME }}님, 안녕하세요.</p>", text="{{ NAME }}"),
    envelope=Envelope(sender="ses", from_email="bank@example.com", from_name="은행"),
    policies=Policies(update_marker=True),
)


def times_updated(source: Path) -> Mapping[str, int]:
    """How often each customer's row was updated, by CUST_ID."""
    with closing(sqlite3.connect(source)) as connection:
        return dict(connection.execute("SELECT CUST_ID, times FROM customer").fetchall())
