"""Cut an operator's SQL into tokens, as far as finding bind markers and forbidden words needs it.

Operators write binds as ``:NAME`` on every database. Finding them takes no grammar, only the lexical rules that
say where a string, a quoted name or a comment ends; each database has its own (PostgreSQL: dollar quotes, ``E''``
and nested comments; MySQL: backslashes, ``#``; Oracle: ``q'[…]'``; SQLite: ``[…]``). The text itself is never
rewritten beyond the markers: sqlglot's output would lose hints and change meanings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Literal

from tank.domain.query import UnsafeSql

#: The names that sqlglot gives to the dialects that sources speak.
Dialect = Literal["oracle", "postgres", "mysql", "sqlite"]
#: Characters; parsing more would take seconds.
LONGEST_SQL = 100_000


class TokenKind(Enum):
    """What a stretch of SQL is."""

    SPACE = "space"
    COMMENT = "comment"
    STRING = "string"
    #: A name in the database's quotes.
    QUOTED = "quoted"
    #: A keyword or a name.
    WORD = "word"
    NUMBER = "number"
    #: ``:NAME``
    BIND = "bind"
    #: A marker in another style (``?``, ``$1``, ``@x``, ``:1``), which Tank does not fill.
    FOREIGN_BIND = "foreign bind"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of SQL; ``start`` is its 0-based first character."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def name(self) -> str:
        """The upper-case word of a bare name, the content of a quoted one."""
        if self.kind is TokenKind.QUOTED:
            return self.text[1:-1].replace(self.text[-1] * 2, self.text[-1])
        return self.text.upper()


_PLAIN_STRING = r"'(?:[^']|'')*+'"
_BACKSLASH_STRING = r"'(?:[^'\\]|\\.|'')*+'"
#: Between two literals that PostgreSQL takes for one (``quotecontinue`` in its scan.l): the backslashes of the first
#: kind hold in the second.
_CONTINUATION = r"(?:[ \t\f\v]|--[^\r\n]*)*+[\r\n](?:\s|--[^\r\n]*[\r\n])*"
_DOUBLE_QUOTED = r'"(?:[^"]|"")*+"'
_BACKQUOTED = r"`(?:[^`]|``)*+`"
_BLOCK_COMMENT = r"/\*.*?\*/"
_LINE_COMMENT = r"--[^\r\n]*"
_Q_PAIRS = r"n?q'\[.*?\]'|n?q'\{.*?\}'|n?q'\(.*?\)'|n?q'<.*?>'|n?q'(?P<q>[^\s\[\{\(<']).*?(?P=q)'"

_DOLLAR_TAG = re.compile(r"\$(?:[^\W\d]\w*)?\$")

_COMMENT: dict[Dialect, str] = {
    "oracle": f"{_LINE_COMMENT}|{_BLOCK_COMMENT}",
    "postgres": _LINE_COMMENT,  # its block comments nest: see ``_nested_comment``
    # ASCII alone: after a no-break space, ``--`` is two minus signs.
    "mysql": rf"--(?=[\x00-\x20\x7f]|\Z)[^\n]*|\#[^\n]*|{_BLOCK_COMMENT}",
    "sqlite": f"--[^\n]*|{_BLOCK_COMMENT}",
}
_STRING: dict[Dialect, str] = {
    "oracle": f"{_Q_PAIRS}|{_PLAIN_STRING}",
    "postgres": "|".join(
        (
            f"e{_BACKSLASH_STRING}(?:{_CONTINUATION}{_BACKSLASH_STRING})*+",
            _PLAIN_STRING,
            f"(?P<tag>{_DOLLAR_TAG.pattern}).*?(?P=tag)",
        )
    ),
    "mysql": _BACKSLASH_STRING + r'|"(?:[^"\\]|\\.|"")*+"',
    "sqlite": _PLAIN_STRING,
}
_QUOTED: dict[Dialect, str] = {
    "oracle": _DOUBLE_QUOTED,
    "postgres": _DOUBLE_QUOTED,
    "mysql": _BACKQUOTED,
    "sqlite": rf"{_DOUBLE_QUOTED}|{_BACKQUOTED}|\[[^\]]*\]",
}
_FOREIGN_BIND: dict[Dialect, str] = {
    "oracle": r":\d+",
    "postgres": r"\$\d+",
    "mysql": r"\?|:\d+",
    "sqlite": r"\?\d*|:\d+|[@$]\w+",
}
_OPENERS: dict[str, str] = {
    "'": "a string",
    '"': "a quoted name",
    "`": "a quoted name",
    "[": "a name in brackets",
    "/*": "a comment",
}


@lru_cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    """Alternatives in order: what may hide anything comes first."""
    parts = {
        TokenKind.SPACE: r"[\s\ufeff]+",
        TokenKind.COMMENT: _COMMENT[dialect],
        TokenKind.STRING: _STRING[dialect],
        TokenKind.QUOTED: _QUOTED[dialect],
        TokenKind.NUMBER: r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?",
        TokenKind.WORD: r"[^\W\d][\w$#]*" if dialect == "oracle" else r"[^\W\d][\w$]*",
        TokenKind.FOREIGN_BIND: _FOREIGN_BIND[dialect],
        # ``::`` and ``:=`` are tokens of their own, so that what follows them is no bind.
        TokenKind.SYMBOL: r"::|:=",
        TokenKind.BIND: r":[^\W\d]\w*",
    }
    alternatives = "|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in parts.items())
    return re.compile(alternatives, re.DOTALL | re.IGNORECASE)


def words(text: str) -> frozenset[str]:
    """The words of a text: a table of them that reads like one."""
    return frozenset(text.split())


@lru_cache(maxsize=512)
def scan(sql: str, dialect: Dialect) -> tuple[Token, ...]:
    """All tokens; their texts joined are ``sql`` again.

    Raises ``UnsafeSql`` where a string, a quoted name or a comment never ends, at a NUL, or where it is too long.
    """
    if len(sql) > LONGEST_SQL:
        raise UnsafeSql(f"The query has {len(sql):,} characters.", remedy=f"Write at most {LONGEST_SQL:,}.")
    if "\0" in sql:
        raise UnsafeSql(f"There is a NUL character at position {sql.index(chr(0)) + 1}.", remedy="Remove it.")
    return tuple(_tokens(sql, dialect))


def _tokens(sql: str, dialect: Dialect) -> Iterator[Token]:
    pattern = _pattern(dialect)
    at = 0
    while at < len(sql):
        if dialect == "postgres" and sql.startswith("/*", at):
            token = Token(TokenKind.COMMENT, _nested_comment(sql, at), at)
        elif (match := pattern.match(sql, at)) is not None:
            kind = next(name for name in TokenKind if match.group(name.name))
            token = Token(kind, match.group(), at)
        else:
            token = Token(TokenKind.SYMBOL, _symbol(sql, at, dialect), at)
        if dialect == "oracle" and token.name in ("Q", "NQ") and sql.startswith("'", token.end):
            raise _unfinished("a string", at)
        if token.kind is TokenKind.COMMENT:
            _refuse_lone_returns(token, sql)
        yield token
        at = token.end


def _refuse_lone_returns(comment: Token, sql: str) -> None:
    """Databases disagree about whether a carriage return alone ends a comment, and so about what is code."""
    if not comment.text.startswith("/*") and re.search(r"\r(?!\n)", sql[comment.start : comment.end + 2]):
        raise UnsafeSql(
            f"The comment at position {comment.start + 1} has a carriage return without a line feed.",
            remedy="Begin a new line there, or remove the comment.",
        )


def _nested_comment(sql: str, start: int) -> str:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", sql[start:]):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return sql[start : start + mark.end()]
    raise _unfinished("a comment", start)


def _symbol(sql: str, at: int, dialect: Dialect) -> str:
    if sql.startswith("/*", at):
        raise _unfinished("a comment", at)
    if dialect == "postgres" and _DOLLAR_TAG.match(sql, at):
        raise _unfinished("a string", at)
    char = sql[at]
    opens = char in "'\"`" and (char != "`" or dialect in ("mysql", "sqlite"))
    if opens or (char == "[" and dialect == "sqlite"):
        raise _unfinished(_OPENERS[char], at)
    return char


def _unfinished(what: str, start: int) -> UnsafeSql:
    return UnsafeSql(
        f"The text that begins at position {start + 1} opens {what} that never ends.",
        remedy="Close it with the matching mark.",
    )
