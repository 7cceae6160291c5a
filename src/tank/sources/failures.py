"""What the codes of databases mean for Tank: one table a database, and plain words about what to do.

Sources: PostgreSQL 15 appendix A (SQLSTATE classes), MySQL 8 and MariaDB 10.11 server and client error references,
SQLite "Result and Error Codes".
"""

from __future__ import annotations

import re
import sqlite3

import psycopg
import pymysql

from tank.domain.query import SourceErrorKind as Kind

REMEDIES: dict[Kind, str] = {
    Kind.CANNOT_CONNECT: "Check the host, port and name of the database, and that this machine may reach it.",
    Kind.CONNECTION_LOST: "Check that the database runs and that the network holds; Tank tries again by itself.",
    Kind.CREDENTIALS: "Check the user and the password of the connection.",
    Kind.TIMEOUT: "Make the query faster (an index?), or raise the connection's timeout.",
    Kind.LOCK: "Somebody else holds the rows. Try again, or find out who does.",
    Kind.UNSUPPORTED: "The query writes, or the account or database only allows reading.",
}
UNKNOWN_DATABASE = "Check the name of the database at the end of the connection's url."
NO_RIGHT = "Ask for the right to be granted to the connection's user."

#: By whole SQLSTATE, then by its class.
_POSTGRES: dict[str, Kind] = {
    "08": Kind.CONNECTION_LOST,
    "57P01": Kind.CONNECTION_LOST,
    "57P02": Kind.CONNECTION_LOST,
    "57P05": Kind.CONNECTION_LOST,
    "25P03": Kind.CONNECTION_LOST,
    "57P03": Kind.CANNOT_CONNECT,
    "53300": Kind.CANNOT_CONNECT,
    "3D": Kind.CANNOT_CONNECT,
    "28": Kind.CREDENTIALS,
    "57014": Kind.TIMEOUT,
    "40": Kind.LOCK,
    "55P03": Kind.LOCK,
    "23": Kind.CONSTRAINT,
    "25006": Kind.UNSUPPORTED,
    "0A": Kind.UNSUPPORTED,
    "22": Kind.INVALID_SQL,
    "26": Kind.INVALID_SQL,
    "42": Kind.INVALID_SQL,
    "21": Kind.INVALID_SQL,
    "3F": Kind.INVALID_SQL,
    "72000": Kind.SNAPSHOT_TOO_OLD,
}


def _codes(kind: Kind, numbers: str) -> dict[int, Kind]:
    return {int(number): kind for number in numbers.split()}


_MYSQL: dict[int, Kind] = {
    **_codes(Kind.CREDENTIALS, "1044 1045 1251 1698 1820 1862 2049 2059 3118 3955 4151"),
    **_codes(Kind.CANNOT_CONNECT, "1040 1049 1129 1130 1203 1226 2001 2002 2003 2004 2005 2012 2026"),
    **_codes(Kind.CONNECTION_LOST, "1053 1077 1080 1152 1158 1159 1160 1161 1184 1927 2006 2013 2014 2055 3169 4031"),
    **_codes(Kind.TIMEOUT, "1317 1969 3024"),
    **_codes(Kind.LOCK, "1205 1213 1614 3572"),
    **_codes(Kind.CONSTRAINT, "1022 1048 1062 1169 1216 1217 1264 1364 1406 1451 1452 1557 1586 3819 4025"),
    **_codes(Kind.UNSUPPORTED, "1036 1235 1290 1792 1836"),
    **_codes(
        Kind.INVALID_SQL,
        "1046 1051 1052 1054 1055 1056 1060 1064 1066 1093 1103 1109 1111 1136 1140 1141 1142 1143 1146 1149 1166 1210"
        " 1222 1241 1242 1248 1292 1305 1318 1327 1365 1366 1367 1370 1411 1582 1630",
    ),
}
_SQLITE: dict[str, Kind] = {
    "SQLITE_BUSY": Kind.LOCK,
    "SQLITE_LOCKED": Kind.LOCK,
    "SQLITE_READONLY": Kind.UNSUPPORTED,
    "SQLITE_CANTOPEN": Kind.CANNOT_CONNECT,
    "SQLITE_NOTADB": Kind.CANNOT_CONNECT,
    "SQLITE_CORRUPT": Kind.CANNOT_CONNECT,
    "SQLITE_PERM": Kind.CANNOT_CONNECT,
    "SQLITE_IOERR": Kind.CONNECTION_LOST,
    "SQLITE_INTERRUPT": Kind.TIMEOUT,
    "SQLITE_CONSTRAINT": Kind.CONSTRAINT,
    "SQLITE_ERROR": Kind.INVALID_SQL,
    "SQLITE_MISMATCH": Kind.INVALID_SQL,
    "SQLITE_TOOBIG": Kind.INVALID_SQL,
    "SQLITE_RANGE": Kind.INVALID_SQL,
    "SQLITE_AUTH": Kind.INVALID_SQL,
}
# libpq hands refusals to connect over as text only, without their SQLSTATE.
_POSTGRES_LOGIN = re.compile(r"password authentication|authentication failed|no password supplied|pg_hba\.conf|role \"")
_POSTGRES_DATABASE = re.compile(r"database \"[^\"]*\" does not exist")


def postgres_kind(error: psycopg.Error, *, connecting: bool) -> tuple[Kind, str | None]:
    """What an error of psycopg means, and its SQLSTATE."""
    state = error.sqlstate
    if state is not None:
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2], Kind.OTHER), state
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return Kind.INVALID_SQL, None
    if not connecting:
        return Kind.CONNECTION_LOST, None
    text = str(error)
    if _POSTGRES_DATABASE.search(text):
        return Kind.CANNOT_CONNECT, "3D000"
    return (Kind.CREDENTIALS, "28000") if _POSTGRES_LOGIN.search(text) else (Kind.CANNOT_CONNECT, None)


def mysql_kind(error: pymysql.Error, *, connecting: bool) -> tuple[Kind, str | None]:
    """What an error of PyMySQL means, and its number."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if number == 0 and isinstance(error, pymysql.InterfaceError):
        return Kind.CONNECTION_LOST, None  # PyMySQL says (0, "") of a socket that it has closed
    kind = _MYSQL.get(number)
    if kind is None:
        kind = Kind.INVALID_SQL if isinstance(error, pymysql.ProgrammingError) else Kind.OTHER
    if connecting and kind is Kind.CONNECTION_LOST:
        kind = Kind.CANNOT_CONNECT
    return kind, str(number) if number else None


def sqlite_kind(error: sqlite3.Error) -> tuple[Kind, str | None]:
    """What an error of SQLite means, and its name. Extended codes count as the code that they extend."""
    name: str | None = getattr(error, "sqlite_errorname", None)
    if name is None:
        return Kind.INVALID_SQL, None
    primary = "_".join(name.split("_")[:2])
    return _SQLITE.get(primary, Kind.OTHER), name
