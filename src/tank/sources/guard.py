"""What the SQL of an automation may do (DESIGN section 9): a lint on top of the database account's own rights.

Two looks at a text. Its tokens, always: one statement, of the right kind, without words and functions that reach
further. Its parse tree, where sqlglot can make one: no writing hidden in a CTE, no lock, no ``SELECT … INTO``.
The text that runs is the operator's own; the tree is thrown away.
"""

from __future__ import annotations

import logging
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from tank.domain.query import QueryKind, UnreadableSql, UnsafeSql
from tank.sources.forbidden import forbidden_call
from tank.sources.scan import Dialect, Token, TokenKind, words
from tank.sources.statement import Statement, parse

# A text that sqlglot takes for a "Command" is refused here with a message of our own; its warning adds nothing.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_FIRST_WORDS = {
    QueryKind.TARGET: ("SELECT", "WITH"),
    QueryKind.MAPPING: ("SELECT", "WITH"),
    QueryKind.UPDATE: ("UPDATE", "MERGE", "INSERT"),
}
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
#: Words that a reading text has no use for, where no tree can tell what they mean.
_WORDS_OF_WRITING = words(
    "INSERT UPDATE DELETE MERGE REPLACE TRUNCATE CREATE DROP ALTER GRANT REVOKE RENAME CALL EXEC EXECUTE DO COPY"
    " ATTACH DETACH PRAGMA VACUUM SET LOCK UNLOCK BEGIN COMMIT ROLLBACK SAVEPOINT DECLARE FUNCTION PROCEDURE HANDLER"
    " LOAD ANALYZE"
)
#: The same for an update: its own verb, and what belongs to it, are let through.
_WORDS_OF_AN_UPDATE = words("INSERT UPDATE MERGE SET DO REPLACE")
_UNPARSED_REMEDY = "Write it in a plainer way, or allow SQL that cannot be checked for this automation."


def check(kind: QueryKind, sql: str, dialect: Dialect, *, allow_unparsed: bool = False) -> None:
    """Refuse a text that this kind of query must not be.

    With ``allow_unparsed``, valid SQL that sqlglot cannot parse passes on its tokens alone. Raises ``UnsafeSql``.
    """
    _check(kind, sql, dialect, allow_unparsed)


@lru_cache(maxsize=512)
def _check(kind: QueryKind, sql: str, dialect: Dialect, allow_unparsed: bool) -> None:
    statement = parse(sql, dialect)
    _check_tokens(kind, statement)
    if kind is QueryKind.UPDATE:
        _check_binds_of_update(statement)
    tree = _tree(statement)
    if tree is not None:
        _check_tree(kind, tree)
        return
    _check_words(kind, statement)
    if not allow_unparsed:
        raise UnreadableSql(f"Tank cannot read this SQL, so it cannot check the {kind} query.", remedy=_UNPARSED_REMEDY)


def _check_tokens(kind: QueryKind, statement: Statement) -> None:
    for token in statement.tokens:
        if token.kind is TokenKind.COMMENT and token.text.upper().startswith(("/*!", "/*M!")):
            raise _refused(token, "is a comment that the database runs", "Write its content as plain SQL.")
    code = statement.code
    if statement.dialect == "postgres":
        _check_spelled_names(code)
    for token in code:
        if token.text == ";":
            raise _refused(token, "begins a second statement", "Keep exactly one statement.")
    _check_first_word(kind, code)
    if (call := forbidden_call(code, statement.dialect)) is not None:
        raise _refused(call, "is not for the queries of an automation", "Remove the call.")
    banned = ("RETURNING", "DELETE") if kind is QueryKind.UPDATE else ("INTO",)
    for token in code:
        if token.kind is TokenKind.WORD and token.name in banned:
            raise _refused(token, f"does not belong in the {kind} query", "Remove it, or quote it if it is a name.")
    if kind is not QueryKind.UPDATE:
        _check_locks(code)


def _check_spelled_names(code: tuple[Token, ...]) -> None:
    """``U&"\\0070g_sleep"`` is PostgreSQL's ``pg_sleep`` in letters that nobody reads."""
    for token, ampersand, quoted in zip(code, code[1:], code[2:], strict=False):
        adjacent = token.end == ampersand.start and ampersand.end == quoted.start
        if adjacent and (token.name, ampersand.text, quoted.kind) == ("U", "&", TokenKind.QUOTED):
            raise _refused(token, "begins a name that is spelled in codes", "Write the name as it is.")


def _check_first_word(kind: QueryKind, code: tuple[Token, ...]) -> None:
    allowed = _FIRST_WORDS[kind]
    first = next((token for token in code if token.text != "("), code[0])
    if first.kind is not TokenKind.WORD or first.name not in allowed:
        raise UnsafeSql(
            f"The {kind} query begins with {first.text}.",
            remedy=f"Write one statement that begins with {_or(allowed)}.",
        )


def _check_locks(code: tuple[Token, ...]) -> None:
    """``FOR UPDATE`` in its spellings; ``FOR`` alone is part of ``SUBSTRING(x FROM 1 FOR 2)``."""
    for index, token in enumerate(code):
        words = tuple(following.name for following in code[index : index + 3] if following.kind is TokenKind.WORD)
        locks = words[:2] in {("FOR", "UPDATE"), ("FOR", "SHARE"), ("FOR", "NO"), ("FOR", "KEY")}
        if locks or words == ("LOCK", "IN", "SHARE"):
            raise _refused(token, "begins a lock of the rows", "Remove it: this query only reads.")


def _check_binds_of_update(statement: Statement) -> None:
    if not statement.binds:
        raise UnsafeSql(
            "The update query has no bind, so it cannot be about one recipient.",
            remedy="Name the recipient in it, for example WHERE CUST_ID = :CUST_ID.",
        )
    code = statement.code
    if code[0].name == "UPDATE" and not any(token.kind is TokenKind.BIND for token in _after_where(code)):
        raise UnsafeSql(
            "The UPDATE has no WHERE with a bind, so it would change other rows than the recipient's.",
            remedy="Add one, for example WHERE CUST_ID = :CUST_ID.",
        )


def _after_where(code: tuple[Token, ...]) -> tuple[Token, ...]:
    """What follows the statement's own WHERE; those of subqueries are deeper."""
    depth = 0
    for index, token in enumerate(code):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.kind is TokenKind.WORD and token.name == "WHERE":
            return code[index + 1 :]
    return ()


def _check_words(kind: QueryKind, statement: Statement) -> None:
    """The conservative look at a text that has no tree."""
    allowed = _WORDS_OF_AN_UPDATE if kind is QueryKind.UPDATE else frozenset()
    for token in statement.code:
        if token.kind is TokenKind.WORD and token.name in _WORDS_OF_WRITING - allowed:
            raise _refused(token, f"does not belong in the {kind} query", "Remove it, or quote it if it is a name.")


def _tree(statement: Statement) -> exp.Expr | None:
    # sqlglot reads a bind only by an ASCII name; how a bind is called changes nothing about the tree.
    text = statement.render(lambda index: f":b{index}").text
    try:
        trees = sqlglot.parse(text, read=statement.dialect)
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
        return None  # it stumbles over some nonsense instead of refusing it
    found = [tree for tree in trees if tree is not None]
    return found[0] if len(found) == 1 and not found[0].find(exp.Command) else None


def _check_tree(kind: QueryKind, tree: exp.Expr) -> None:
    if kind is QueryKind.UPDATE:
        if not isinstance(tree, (exp.Update, exp.Insert, exp.Merge)):
            raise UnsafeSql(f"The update query is a {_noun(tree)}.", remedy=f"Write {_or(_FIRST_WORDS[kind])}.")
        writes = [node for node in tree.find_all(*_WRITES) if node is not tree and not node.find_ancestor(exp.When)]
    else:
        if not isinstance(tree, exp.Query):
            raise UnsafeSql(f"The {kind} query is a {_noun(tree)}.", remedy="Write one SELECT.")
        if tree.find(exp.Lock, exp.Into) is not None:
            raise UnsafeSql(f"The {kind} query locks rows or writes its result.", remedy="Remove FOR UPDATE and INTO.")
        writes = list(tree.find_all(*_WRITES))
    if writes:
        raise UnsafeSql(f"The {kind} query has another {_noun(writes[0])} inside it.", remedy="Remove it.")
    if (ddl := tree.find(exp.Create, exp.Drop, exp.Alter, exp.TruncateTable)) is not None:
        raise UnsafeSql(f"The {kind} query has a {_noun(ddl)} inside it.", remedy="Remove it.")


def _refused(token: Token, why: str, remedy: str) -> UnsafeSql:
    shown = token.text if len(token.text) <= 40 else token.text[:40] + "…"
    return UnsafeSql(f"{shown} at position {token.start + 1} {why}.", remedy=remedy)


def _noun(node: exp.Expr) -> str:
    return node.key.upper()


def _or(words: tuple[str, ...]) -> str:
    return " or ".join(words)
