"""The variables of a template: plain data, made from a recipient's rows.

A template sees strings, numbers, true and false, none, and read-only rows; never an object with methods that
could change anything or look at a clock.

- Dates are ISO text: ``2026-11-22``, ``2026-11-22 14:05:00``. Aware moments are shown in the automation's
  zone, naive ones as they are; a time of midnight is left out, because Oracle's DATE always has one. ISO text
  compares like dates do, and the date filters read it.
- Decimals are numbers in expressions, so that ``AMT > 0`` is what it says, and leave a template exactly as the
  database wrote them (10.10 stays 10.10): see ``Exact``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import NoReturn
from zoneinfo import ZoneInfo

from tank.domain.dates import date_variables
from tank.domain.ports.rendering import RenderError, TemplateContext
from tank.domain.values import Row, Value

#: Names that a template has whatever the queries return: all mapping rows, and the recipient's columns by name
#: (for names that are no identifiers: ``row["고객 번호"]``).
ROWS, ROW = "rows", "row"

#: Exactly these types: one that is derived from them could bring behaviour of its own.
_AS_THEY_ARE = frozenset({str, float, bool, type(None)})
_NATIVE_INTEGERS = range(-(2**63), 2**63)
#: Oracle's NUMBER ends at 1E+126; beyond, the exponent is kept rather than written out.
_LARGEST_EXPONENT = 130


class Binary:
    """Stands for a BLOB: there is no text to show."""

    __slots__ = ()


class Exact:
    """The decimals of one recipient by the floats that stand for them in the template engine.

    The engine computes with floats only. Whatever float comes out of it is looked up here, and a decimal
    column's own digits are written. Two columns may be one float (0.00 and 0.0000); then ``HookedDecimal``
    notes at each use which one was meant.
    """

    def __init__(self) -> None:
        self.texts: dict[float, str] = {}
        #: The whole decimal that the engine has just asked for: it hands 10.00 out as the integer 10.
        self._just_asked: tuple[float, str] | None = None

    def asked(self, number: float, text: str) -> None:
        """The engine asks for a decimal's float."""
        self.texts[number] = text
        self._just_asked = (number, text) if number.is_integer() else None

    def whole(self, number: int) -> str:
        """An integer as text: the digits of the decimal that was just asked for, if it stands for that."""
        if self._just_asked is None:
            return str(number)
        asked, self._just_asked = self._just_asked, None
        return asked[1] if asked[0] == number else str(number)

    def text(self, number: float) -> str:
        """A float as text: a decimal's own digits, or 15 significant digits, which hides binary noise."""
        known = self.texts.get(number)
        if known is not None:
            return known
        digits = f"{number:.15g}"
        return format(Decimal(digits), "f") if "e" in digits else digits


class HookedDecimal:
    """A decimal that tells ``Exact`` whenever the engine asks for its float."""

    __slots__ = ("_exact", "text")

    def __init__(self, text: str, exact: Exact) -> None:
        self.text = text
        self._exact = exact

    def __float__(self) -> float:
        number = float(self.text)
        self._exact.asked(number, self.text)
        return number


class _Ambiguous(Exception):
    """Two decimals of one recipient are one float."""


class _Columns(dict[str, object]):
    """A row; a name that is no column is an error rather than nothing, also where a filter would hide it."""

    def __missing__(self, name: object) -> NoReturn:
        raise RenderError(f"A row has no column {name!s}. It has: {', '.join(self)}.")


class Variables:
    """Makes the variables that a template needs, and no others, for one recipient after the other."""

    def __init__(self, names: Iterable[str], *, zone: ZoneInfo, due_at: datetime, exact: Exact) -> None:
        needed = frozenset(names)
        self._names = tuple(sorted(needed - {ROWS, ROW}))
        self._needs_rows, self._needs_row = ROWS in needed, ROW in needed
        self._zone, self._exact = zone, exact
        self._dates: Mapping[str, str] = date_variables(due_at.astimezone(zone))

    def of(self, context: TemplateContext) -> dict[str, object]:
        """The variables of one recipient. Fills ``exact`` anew."""
        try:
            return self._collect(context, self._decimal)
        except _Ambiguous:
            return self._collect(context, self._hooked)

    def _collect(self, context: TemplateContext, decimal: Callable[[str], object]) -> dict[str, object]:
        self._exact.texts.clear()
        target, first = context.target, context.rows[0] if context.rows else {}
        found: dict[str, object] = {}
        for name in self._names:
            if name in target:
                found[name] = self._plain(target[name], decimal)
            elif name in first:
                found[name] = self._plain(first[name], decimal)
            elif name in self._dates:
                found[name] = self._dates[name]
        if self._needs_row:
            found[ROW] = self._row({**self._dates, **first, **target}, decimal)
        if self._needs_rows:
            found[ROWS] = tuple([self._row(row, decimal) for row in context.rows])
        return found

    def _row(self, row: Row, decimal: Callable[[str], object]) -> Mapping[str, object]:
        columns = _Columns(row)
        for name, value in row.items():
            if type(value) not in _AS_THEY_ARE:
                columns[name] = self._plain(value, decimal)
        return MappingProxyType(columns)

    def _plain(self, value: Value, decimal: Callable[[str], object]) -> object:
        if type(value) in _AS_THEY_ARE:
            return value
        if isinstance(value, int):
            return value if value in _NATIVE_INTEGERS else decimal(str(value))
        if isinstance(value, Decimal):
            return _decimal_value(value, decimal)
        if isinstance(value, date | time):
            return self._moment(value)
        # A string type of a driver's own could pass for markup that needs no escaping.
        return str.__str__(value) if isinstance(value, str) else Binary()

    def _moment(self, value: date | time) -> str:
        if isinstance(value, time):
            return value.replace(tzinfo=None).isoformat("seconds")
        if not isinstance(value, datetime):
            return value.isoformat()
        if value.tzinfo is not None:
            value = value.astimezone(self._zone).replace(tzinfo=None)
        if not (value.hour or value.minute or value.second or value.microsecond):
            return value.date().isoformat()
        return value.isoformat(" ", "seconds")

    def _decimal(self, text: str) -> object:
        number = float(text)
        if number.is_integer():
            return self._hooked(text)  # the engine hands a whole float out as an integer: 10.00 would be lost
        if self._exact.texts.setdefault(number, text) != text:
            raise _Ambiguous
        return number

    def _hooked(self, text: str) -> HookedDecimal:
        return HookedDecimal(text, self._exact)


def _decimal_value(value: Decimal, decimal: Callable[[str], object]) -> object:
    text = str(value)
    if "E" in text and abs(value.adjusted()) <= _LARGEST_EXPONENT:
        text = format(value, "f")
    if "." in text and "E" not in text:
        return decimal(text)
    if not text.lstrip("-").isdecimal():
        return text  # NaN, Infinity, or beyond any column
    return int(text) if len(text) < 19 else decimal(text)
