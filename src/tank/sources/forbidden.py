"""Functions that no query of an automation needs, and that reach out of the database or hold it up.

The account that Tank connects with is the boundary (``docs/sources.md``); this list keeps honest mistakes and
copied snippets out, on top of it.
"""

from __future__ import annotations

from itertools import pairwise

from tank.sources.scan import Dialect, Token, TokenKind, words

#: They read or write files, run other SQL text, sleep, hold locks, change the session, or call the network.
_FUNCTIONS: dict[Dialect, frozenset[str]] = {
    "postgres": words(
        "LO_IMPORT LO_EXPORT LO_CREATE LO_UNLINK LO_PUT LO_FROM_BYTEA LO_TRUNCATE LOWRITE SET_CONFIG SETVAL"
        " QUERY_TO_XML QUERY_TO_XMLSCHEMA QUERY_TO_XML_AND_XMLSCHEMA CURSOR_TO_XML DATABASE_TO_XML SCHEMA_TO_XML"
    ),
    "mysql": words(
        "LOAD_FILE SLEEP BENCHMARK GET_LOCK RELEASE_LOCK RELEASE_ALL_LOCKS MASTER_POS_WAIT MASTER_GTID_WAIT"
        " SOURCE_POS_WAIT WAIT_FOR_EXECUTED_GTID_SET SYS_EXEC SYS_EVAL SYS_GET SYS_SET SETVAL"
    ),
    "sqlite": words("LOAD_EXTENSION READFILE WRITEFILE EDIT FTS3_TOKENIZER FSDIR"),
    "oracle": words("BFILENAME HTTPURITYPE DBURITYPE XDBURITYPE URIFACTORY SYS_DBURIGEN"),
}
_PREFIXES: dict[Dialect, tuple[str, ...]] = {
    "postgres": ("PG_", "DBLINK"),
    "mysql": (),
    "sqlite": ("PRAGMA_",),
    "oracle": (),
}
#: PostgreSQL's own ``pg_`` functions that only say something.
_HARMLESS = words(
    "PG_TYPEOF PG_SIZE_PRETTY PG_SIZE_BYTES PG_COLUMN_SIZE PG_CLIENT_ENCODING PG_COLLATION_FOR PG_IS_IN_RECOVERY"
    " PG_POSTMASTER_START_TIME PG_BACKEND_PID"
)
#: Oracle packages of the same sort. ``UTL_RAW``, ``DBMS_LOB``, ``DBMS_CRYPTO`` and the like are useful and stay.
_PACKAGES = words(
    "UTL_FILE UTL_HTTP UTL_SMTP UTL_TCP UTL_MAIL UTL_INADDR UTL_DBWS DBMS_LOCK DBMS_SESSION DBMS_PIPE DBMS_ALERT"
    " DBMS_SQL DBMS_SYS_SQL DBMS_XMLQUERY DBMS_XMLGEN DBMS_XMLSTORE DBMS_XMLSAVE DBMS_SCHEDULER DBMS_JOB DBMS_AQ"
    " DBMS_AQADM DBMS_JAVA DBMS_LDAP DBMS_XSLPROCESSOR DBMS_XDB DBMS_ADVISOR DBMS_EXPORT_EXTENSION DBMS_FILE_TRANSFER"
    " DBMS_DATAPUMP DBMS_CLOUD DBMS_DDL DBMS_METADATA DBMS_BACKUP_RESTORE DBMS_SYSTEM"
)


def forbidden_call(code: tuple[Token, ...], dialect: Dialect) -> Token | None:
    """The first token that names a forbidden function or package, in tokens without gaps."""
    for token, following in pairwise(code):
        if token.kind not in (TokenKind.WORD, TokenKind.QUOTED):
            continue
        name = token.name.upper()
        if following.text == "(" and _is_forbidden(name, dialect):
            return token
        if dialect == "oracle" and following.text == "." and name in _PACKAGES:
            return token
    return None


def _is_forbidden(name: str, dialect: Dialect) -> bool:
    if name in _HARMLESS:
        return False
    return name in _FUNCTIONS[dialect] or name.startswith(_PREFIXES[dialect] or ("\0",))
