"""An operator's text, ready to be run: its binds found, its markers in the driver's style, nothing else changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter

from tank.domain.query import UnsafeSql
from tank.domain.values import Row, Value
from tank.sources.scan import Dialect, Token, TokenKind, scan

_GAPS = (TokenKind.SPACE, TokenKind.COMMENT)


@dataclass(frozen=True)
class Rendered:
    """The text as a driver takes it, and the way back to the operator's own."""

    text: str
    #: For each marker in the text, the index of its bind in ``Statement.binds``.
    order: tuple[int, ...]
    #: Where texts of changed length begin: (position in ``text``, position in the operator's text), 0-based.
    _anchors: tuple[tuple[int, int], ...]
    #: The operator's names of the binds, by the index that ``order`` counts.
    binds: tuple[str, ...] = ()

    def original_position(self, position: int) -> int:
        """The operator's 1-based position for a 1-based position in ``text``."""
        wanted = position - 1
        index = bisect_right(self._anchors, wanted, key=itemgetter(0)) - 1
        here, there = self._anchors[index]
        limit = self._anchors[index + 1][1] - 1 if index + 1 < len(self._anchors) else wanted - here + there
        return min(there + wanted - here, limit) + 1


@dataclass(frozen=True, eq=False)  # one for each text (see ``parse``), so that caches need not hash its tokens
class Statement:
    """One text of an operator without its trailing semicolon."""

    text: str
    dialect: Dialect
    tokens: tuple[Token, ...]

    @cached_property
    def code(self) -> tuple[Token, ...]:
        """The tokens that mean something: no spaces, no comments."""
        return tuple(token for token in self.tokens if token.kind not in _GAPS)

    @cached_property
    def binds(self) -> tuple[str, ...]:
        """Bind names in the order of first use. Case does not tell two binds apart, as on Oracle."""
        names: dict[str, str] = {}
        for token in self.tokens:
            if token.kind is TokenKind.BIND:
                names.setdefault(token.text.casefold(), token.text[1:])
        return tuple(names.values())

    def render(self, marker: Callable[[int], str], *, escape: Callable[[str], str] = str) -> Rendered:
        """Replace each bind by ``marker`` of its index; ``escape`` is applied to all other text."""
        index_of = {f":{name}".casefold(): index for index, name in enumerate(self.binds)}
        pieces: list[str] = []
        order: list[int] = []
        anchors: list[tuple[int, int]] = []
        length = 0
        for token in self.tokens:
            anchors.append((length, token.start))
            if token.kind is TokenKind.BIND:
                order.append(index_of[token.text.casefold()])
                pieces.append(marker(order[-1]))
            else:
                pieces.append(escape(token.text))
            length += len(pieces[-1])
        anchors.append((length, len(self.text)))
        return Rendered("".join(pieces), tuple(order), tuple(anchors), self.binds)

    def values(self, binds: Row) -> tuple[Value, ...]:
        """The values of the binds in order. Raises ``KeyError`` with the name of a missing one."""
        if all(name in binds for name in self.binds):
            return tuple(binds[name] for name in self.binds)
        folded = {name.casefold(): value for name, value in binds.items()}
        return tuple(folded[name.casefold()] for name in self.binds)


@lru_cache(maxsize=512)
def parse(sql: str, dialect: Dialect) -> Statement:
    """Find the binds and strip a trailing semicolon.

    Raises ``UnsafeSql`` where the text is empty, where a string or comment never ends, or where it has bind
    markers of another style.
    """
    tokens = _without_end(scan(sql, dialect))
    statement = Statement("".join(token.text for token in tokens), dialect, tokens)
    if not statement.code:
        raise UnsafeSql("The query is empty.", remedy="Write one statement.")
    for token in statement.code:
        if token.kind is TokenKind.FOREIGN_BIND:
            raise UnsafeSql(
                f"{token.text} at position {token.start + 1} is a bind in a style that Tank does not fill.",
                remedy="Write binds by name, as :CUST_ID.",
            )
    return statement


def _without_end(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Cut off trailing gaps and semicolons; a comment that nothing follows may stay."""
    end = len(tokens)
    for index in range(len(tokens) - 1, -1, -1):
        if tokens[index].text == ";":
            end = index
        elif tokens[index].kind not in _GAPS:
            break
    while end and tokens[end - 1].kind is TokenKind.SPACE:
        end -= 1
    return tuple(tokens[:end])
