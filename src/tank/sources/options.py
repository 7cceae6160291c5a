"""The options of a connection of kind ``sql``: what they may be, and the words when they are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from tank.domain.connection import Connection
from tank.domain.errors import Misconfigured
from tank.sources.scan import Dialect, words

_DRIVERS: dict[str, tuple[Dialect, str]] = {
    "sqlite": ("sqlite", "sqlite"),
    "sqlite+pysqlite": ("sqlite", "sqlite"),
    "postgresql": ("postgres", "postgresql+psycopg"),
    "postgresql+psycopg": ("postgres", "postgresql+psycopg"),
    "mysql": ("mysql", "mysql+pymysql"),
    "mysql+pymysql": ("mysql", "mysql+pymysql"),
    "mariadb": ("mysql", "mysql+pymysql"),
    "mariadb+pymysql": ("mysql", "mysql+pymysql"),
}
#: What a url may say behind its question mark. Other parameters read files, run SQL of their own (``init_command``) or
#: hold a password that everybody could read.
_PARAMETERS: dict[Dialect, frozenset[str]] = {
    "sqlite": frozenset(),
    "postgres": words(
        "sslmode sslrootcert sslcert sslkey sslcrl channel_binding gssencmode krbsrvname application_name"
        " target_session_attrs load_balance_hosts host hostaddr port keepalives keepalives_idle keepalives_interval"
        " keepalives_count tcp_user_timeout options"
    ),
    "mysql": words(
        "charset collation unix_socket bind_address ssl ssl_ca ssl_cert ssl_key ssl_capath ssl_cipher ssl_disabled"
        " ssl_check_hostname ssl_verify_cert ssl_verify_identity"
    ),
}
#: PostgreSQL's ``options`` may name the schemas, and nothing else: any other setting could undo what Tank sets.
_SEARCH_PATH = re.compile(r"-c ?search_path=[\w$]+(,[\w$]+)*")
_EXAMPLES = "sqlite:////srv/data.db, postgresql://user@host:5432/name or mysql://user@host:3306/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlOptions:
    """How to reach a database, and how long to wait for it (seconds)."""

    url: URL
    dialect: Dialect
    #: Connections at once, for reading and for writing each.
    pool_size: int = 8
    #: Until a connection is made and answers.
    connect_timeout: float = 10.0
    #: For the answer to one mapping or update query, and to a sample.
    call_timeout: float = 60.0
    #: For the first rows of a target query, and for each further array of them.
    target_timeout: float = 1800.0
    #: More rows than this for one recipient is an error of the mapping query.
    max_mapping_rows: int = 10_000


_LIMITS: dict[str, tuple[type[int] | type[float], float, float]] = {
    "pool_size": (int, 1, 200),
    "connect_timeout": (float, 0.1, 300),
    "call_timeout": (float, 0.1, 3600),
    "target_timeout": (float, 0.1, 86_400),
    "max_mapping_rows": (int, 1, 1_000_000),
}


def read_options(connection: Connection) -> SqlOptions:
    """Make sense of a connection's options and secrets. Raises ``Misconfigured``."""
    name = connection.name
    known = ("url", *_LIMITS)
    if unknown := sorted(set(connection.options) - set(known)):
        raise Misconfigured(
            f"The connection {name} has unknown options: {', '.join(unknown)}.",
            remedy=f"Known are {', '.join(known)}.",
        )
    if unknown := sorted(set(connection.secrets) - {"password"}):
        raise Misconfigured(
            f"The connection {name} has unknown secrets: {', '.join(unknown)}.", remedy="Known is password."
        )
    url, dialect = _url(name, connection.options.get("url"))
    if password := connection.secrets.get("password"):
        if dialect == "sqlite":
            raise Misconfigured(f"The connection {name} has a password, but SQLite asks for none.", remedy="Remove it.")
        url = url.set(password=password)
    return SqlOptions(url=url, dialect=dialect, **_numbers(name, connection.options))


def _url(name: str, given: object) -> tuple[URL, Dialect]:
    if not isinstance(given, str) or not given:
        raise Misconfigured(f"The connection {name} has no url.", remedy=f"Give it one, for example {_EXAMPLES}.")
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        # The text itself is not repeated: it may hold a password.
        raise Misconfigured(
            f"The url of the connection {name} cannot be read.", remedy=f"Write it as {_EXAMPLES}."
        ) from None
    if url.drivername not in _DRIVERS:
        hint = "Make it a connection of kind oracle." if "oracle" in url.drivername else f"Use {_EXAMPLES}."
        raise Misconfigured(f"The connection {name} names a driver, {url.drivername}, that is not known.", remedy=hint)
    if url.password is not None:
        raise Misconfigured(
            f"The url of the connection {name} holds a password, which everybody could read.",
            remedy="Take it out of the url and give it as the secret password.",
        )
    dialect, driver = _DRIVERS[url.drivername]
    _check_place(name, url, dialect)
    return url.set(drivername=driver), dialect


def _check_place(name: str, url: URL, dialect: Dialect) -> None:
    if unknown := sorted(set(url.query) - _PARAMETERS[dialect]) if dialect != "sqlite" else []:
        raise Misconfigured(
            f"The url of the connection {name} says what it must not: {', '.join(unknown)}.",
            remedy=f"Known behind the ? are {', '.join(sorted(_PARAMETERS[dialect]))}; a password is a secret.",
        )
    if not _SEARCH_PATH.fullmatch(str(url.query.get("options", "-c search_path=public"))):
        raise Misconfigured(
            f"The url of the connection {name} says what it must not in options.",
            remedy="Write options=-csearch_path%3Dname (or several, with commas between them), or leave it out.",
        )
    if dialect != "sqlite":
        if not url.database:
            raise Misconfigured(f"The url of the connection {name} names no database.", remedy=f"Use {_EXAMPLES}.")
    elif url.host or url.username or not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Misconfigured(
            f"The url of the connection {name} names no file.", remedy="Write it as sqlite:////srv/data.db."
        )
    elif url.query or url.host:
        raise Misconfigured(
            f"The url of the connection {name} says more than a file.", remedy="Write it as sqlite:////srv/data.db."
        )


def _numbers(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option, (kind, low, high) in _LIMITS.items():
        if option not in options:
            continue
        value = options[option]
        right = isinstance(value, int if kind is int else (int, float)) and not isinstance(value, bool)
        if not right or not low <= value <= high:
            what = "a whole number" if kind is int else "a number of seconds"
            raise Misconfigured(
                f"The option {option} of the connection {name} is {value!r}.",
                remedy=f"Give {what} from {low:g} to {high:g}.",
            )
        found[option] = kind(value)
    return found
