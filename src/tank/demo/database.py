"""The card company's database, as SQLite: what an Oracle database would hold in earnest."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tank.demo.people import Customer

# English and Korean column names side by side, as such databases have them.
_TABLES = """
CREATE TABLE CUSTOMER (
    CUST_ID TEXT PRIMARY KEY,
    고객명 TEXT,
    EMAIL TEXT,
    등급 TEXT NOT NULL,
    주소 TEXT NOT NULL
);
CREATE TABLE CARD_STATEMENT (
    CUST_ID TEXT NOT NULL REFERENCES CUSTOMER,
    STMT_YM TEXT NOT NULL,
    이용월 DATE NOT NULL,
    CARD_NO TEXT NOT NULL,
    결제계좌 TEXT NOT NULL,
    청구금액 INTEGER NOT NULL,
    결제일 DATE NOT NULL,
    POINT INTEGER NOT NULL,
    PRIMARY KEY (CUST_ID, STMT_YM)
);
CREATE TABLE CARD_TRANSACTION (
    TX_ID INTEGER PRIMARY KEY,
    CUST_ID TEXT NOT NULL REFERENCES CUSTOMER,
    STMT_YM TEXT NOT NULL,
    이용일 DATE NOT NULL,
    가맹점 TEXT NOT NULL,
    이용금액 INTEGER NOT NULL,
    할부개월 INTEGER NOT NULL,
    이번달청구 INTEGER NOT NULL
);
CREATE INDEX CARD_TRANSACTION_BY_CUSTOMER ON CARD_TRANSACTION (CUST_ID, STMT_YM);
CREATE TABLE SEND_RESULT (
    CUST_ID TEXT NOT NULL REFERENCES CUSTOMER,
    STMT_YM TEXT NOT NULL,
    SENT_YN TEXT NOT NULL DEFAULT 'N',
    SENT_AT TEXT,
    MESSAGE_ID TEXT,
    RUN_ID TEXT,
    PRIMARY KEY (CUST_ID, STMT_YM)
);
"""


def write_database(path: Path, customers: Sequence[Customer], month: date) -> None:
    """Make the database at ``path``, which must not exist yet, with everyone's statement for ``month``."""
    connection = sqlite3.connect(path)
    try:
        connection.executescript(_TABLES)
        with connection:
            _fill(connection, customers, month)
    finally:
        connection.close()


def _fill(connection: sqlite3.Connection, customers: Sequence[Customer], month: date) -> None:
    stmt_ym = f"{month:%Y%m}"
    connection.executemany(
        "INSERT INTO CUSTOMER VALUES (?, ?, ?, ?, ?)",
        ((who.id, who.name, who.email, who.grade, who.address) for who in customers),
    )
    connection.executemany(
        "INSERT INTO CARD_STATEMENT VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                who.id,
                stmt_ym,
                month.isoformat(),
                who.card_number,
                who.bank,
                who.total,
                who.due_day.isoformat(),
                who.points,
            )
            for who in customers
        ),
    )
    connection.executemany(
        "INSERT INTO CARD_TRANSACTION (CUST_ID, STMT_YM, 이용일, 가맹점, 이용금액, 할부개월, 이번달청구)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (who.id, stmt_ym, used.day.isoformat(), used.shop, used.amount, used.instalments, used.charge)
            for who in customers
            for used in who.purchases
        ),
    )
    connection.executemany(
        "INSERT INTO SEND_RESULT (CUST_ID, STMT_YM) VALUES (?, ?)", ((who.id, stmt_ym) for who in customers)
    )
