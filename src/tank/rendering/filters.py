"""Which filters and functions templates have, and the bounded ones that stand in for the engine's own.

minijinja limits instructions ("fuel") but not memory: ``"x"|indent(10**12)`` or ``[1]|batch(10**12)`` ask for so
much at once that the process is aborted. Whatever can make much out of little is taken out or replaced here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

import minijinja

from tank.rendering.moments import Moments
from tank.rendering.numbers import Filter, FilterError, Numbers
from tank.rendering.variables import Exact

#: The engine's own filters that make at most a small multiple of what they are given.
NATIVE_FILTERS = frozenset({
    "bool", "capitalize", "count", "dictsort", "e", "escape", "filesizeformat", "first", "float", "groupby",
    "items", "last", "length", "lines", "list", "lower", "map", "max", "min", "pluralize", "reject", "rejectattr",
    "reverse", "safe", "select", "selectattr", "sort", "split", "striptags", "title", "trim", "truncate", "unique",
    "upper", "urlencode",
})  # fmt: skip
#: Taken out: they amplify (chain, format, indent, slice, tojson, wordwrap, zip), show internals (attr, pprint), or
#: are different each time (random). Those with a name below come back bounded.
REMOVED_FILTERS = frozenset({
    "abs", "attr", "batch", "chain", "d", "default", "format", "indent", "int", "join", "pprint", "random", "replace",
    "round", "slice", "string", "sum", "tojson", "wordwrap", "zip",
})  # fmt: skip
NATIVE_GLOBALS = frozenset({
    "cycler", "dict", "joiner", "namespace", "range",
})  # fmt: skip
NATIVE_TESTS = frozenset({
    "boolean", "defined", "divisibleby", "endingwith", "eq", "equalto", "escaped", "even", "false", "filter", "float",
    "ge", "greaterthan", "gt", "in", "int", "integer", "iterable", "le", "lessthan", "lower", "lt", "mapping", "ne",
    "none", "number", "odd", "safe", "sameas", "sequence", "startingwith", "string", "test", "true", "undefined",
    "upper",
})  # fmt: skip
#: ``debug`` shows the engine's insides; the others are random or unbounded.
REMOVED_GLOBALS = frozenset({"debug"})

#: Characters that one filter may make.
LONGEST_RESULT = 2_000_000


def filters_for(language: str, exact: Exact) -> dict[str, Filter]:
    """Tank's own filters, in a language (``ko`` or ``en``)."""
    numbers = Numbers(language, exact)
    return {**numbers.filters(), **Moments(language).filters(), **_text_filters(numbers)}


def _text_filters(numbers: Numbers) -> dict[str, Filter]:
    text = numbers.text

    def join(values: object, separator: object = "", attribute: str | None = None) -> str:
        parts = [text(_part(item, attribute)) for item in _listed("join", values)]
        between = text(separator)
        _check_length("join", sum(map(len, parts)) + len(between) * len(parts))
        return between.join(parts)

    def replace(value: object, old: object, new: object) -> str:
        source, before, after = text(value), text(old), text(new)
        _check_length("replace", len(source) + source.count(before) * max(len(after) - len(before), 0))
        return source.replace(before, after)

    def nl2br(value: object) -> str:
        source = text(value)
        _check_length("nl2br", len(source) * 6 if len(source) > LONGEST_RESULT // 6 else 0)
        return minijinja.safe(str(minijinja.escape(source)).replace("\r\n", "\n").replace("\n", "<br>\n"))

    def integer(value: object, fallback: int = 0) -> int:
        try:
            return int(Decimal(text(value).replace(",", "")))
        except (InvalidOperation, ValueError, OverflowError):
            return fallback

    return {
        "int": integer,
        "default": default,
        "d": default,
        "string": text,
        "join": join,
        "replace": replace,
        "nl2br": nl2br,
        "batch": batch,
    }


def default(value: object, fallback: object = "", also_if_false: bool = False) -> object:
    """The fallback for what is NULL or missing, and with ``true`` for what is empty or zero too."""
    return fallback if value is None or (also_if_false and not value) else value


def batch(values: object, size: object, fill: object = None) -> tuple[tuple[object, ...], ...]:
    """Groups of ``size`` items; ``fill`` completes the last one. For tables with several items in a row."""
    items = list(_listed("batch", values))
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 1000:
        raise FilterError("batch: the size is 1 to 1000.")
    if fill is not None:
        items += [fill] * (-len(items) % size)
    return tuple(tuple(items[start : start + size]) for start in range(0, len(items), size))


def _part(item: object, attribute: str | None) -> object:
    if attribute is None:
        return item
    if not isinstance(item, Mapping):
        raise FilterError("join: an element is no row, so it has no columns.")
    return item[attribute]


def _listed(name: str, values: object) -> Iterable[object]:
    if not isinstance(values, Iterable):
        raise FilterError(f"{name}: this needs a list.")
    return values


def _check_length(name: str, length: int) -> None:
    if length > LONGEST_RESULT:
        raise FilterError(f"{name}: the result would have more than {LONGEST_RESULT:,} characters.")
