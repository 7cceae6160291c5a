"""Filters for numbers and money, in Korean and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import cache
from typing import TypeAlias

from tank.rendering.variables import Exact, HookedDecimal

#: Enough for Oracle's NUMBER (40 digits) and a sum of millions of them.
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)
_MOST_DIGITS = 20

#: Symbol and number of decimals (ISO 4217). Others are written with their code: ``1,234.50 CHF``.
_CURRENCIES = {"USD": ("$", 2), "EUR": ("€", 2), "GBP": ("£", 2), "JPY": ("¥", 0), "CNY": ("CN¥", 2)}
_WITHOUT_DECIMALS = frozenset({"KRW", "JPY", "VND", "CLP", "ISK"})

Filter: TypeAlias = Callable[..., object]


class FilterError(ValueError):
    """A filter was given something that it cannot work with; the message is for the template's author."""


class Numbers:
    """Number filters that work on decimals exactly. NULL goes in and comes out as nothing."""

    def __init__(self, language: str, exact: Exact) -> None:
        self._korean = language == "ko"
        self._exact = exact

    def filters(self) -> dict[str, Filter]:
        return {
            "number": self.number,
            "money": self.money,
            "won": self.won,
            "percent": self.percent,
            "round": self.round,
            "abs": self.abs,
            "sum": self.sum,
        }

    def number(self, value: object, digits: int | None = None) -> str | None:
        """``1,234,567.5``; with ``digits``, rounded half up to so many decimals."""
        if value is None:
            return None
        return format(self._rounded(value, digits, "number"), ",f")

    def won(self, value: object) -> str | None:
        """``1,234,000원`` or ``₩1,234,000``, in whole won."""
        if value is None:
            return None
        amount = self._rounded(value, 0, "won")
        return f"{amount:,f}원" if self._korean else _signed("₩", amount)

    def money(self, value: object, currency: str = "KRW") -> str | None:
        """An amount in a currency, by its ISO 4217 code, with the currency's own number of decimals."""
        if currency == "KRW" or value is None:
            return self.won(value)
        if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise FilterError(f'money: "{_shown(currency)}" is not a currency code such as KRW or USD.')
        symbol, digits = _CURRENCIES.get(currency, ("", 0 if currency in _WITHOUT_DECIMALS else 2))
        amount = self._rounded(value, digits, "money")
        return _signed(symbol, amount) if symbol else f"{amount:,f} {currency}"

    def percent(self, value: object, digits: int | None = None) -> str | None:
        """A ratio as a percentage: 0.125 is ``12.5%``."""
        if value is None:
            return None
        ratio = _CONTEXT.multiply(self._decimal(value, "percent"), Decimal(100))
        if digits is None:
            return f"{_CONTEXT.normalize(ratio):,f}%"
        return f"{_quantized(ratio, digits, 'percent'):,f}%"

    def round(self, value: object, digits: int = 0) -> object:
        """Rounded half up, still a number."""
        return None if value is None else self._back(self._rounded(value, digits, "round"))

    def abs(self, value: object) -> object:
        return None if value is None else self._back(_CONTEXT.abs(self._decimal(value, "abs")))

    def sum(self, values: object, attribute: str | None = None, start: object = 0) -> object:
        """The sum of numbers, or of one column of rows: ``rows|sum(attribute="AMT")``. NULL counts as nothing."""
        if not isinstance(values, Iterable) or isinstance(values, (str, bytes)):
            raise FilterError(f'sum: "{_shown(values)}" is not a list.')
        total = self._decimal(start, "sum")
        for item in values:
            value = item if attribute is None else _column(item, attribute)
            if value is not None:
                total = _CONTEXT.add(total, self._decimal(value, "sum"))
        return self._back(total)

    def text(self, value: object) -> str:
        """A value as it would leave the template."""
        if value is None:
            return ""
        if isinstance(value, HookedDecimal):
            return value.text
        if isinstance(value, (bool, str)):
            return str(value)
        if isinstance(value, int):
            return self._exact.whole(value)
        if isinstance(value, float):
            return self._exact.text(value)
        raise FilterError("Only text, numbers and dates can be written; a list needs a loop, binary data cannot be.")

    def _decimal(self, value: object, name: str) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, (int, float, str, HookedDecimal)):
            raise FilterError(f'{name}: "{_shown(value)}" is not a number.')
        text = self.text(value).strip()
        try:
            number = Decimal(text.replace(",", ""))
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number.adjusted()) > 150:
            raise FilterError(f'{name}: "{_shown(value)}" is not a number.')
        return number

    def _rounded(self, value: object, digits: int | None, name: str) -> Decimal:
        number = self._decimal(value, name)
        return number if digits is None else _quantized(number, digits, name)

    def _back(self, number: Decimal) -> object:
        """Give a result back to the engine so that it leaves with its own digits."""
        text = format(number, "f")
        if "." in text or abs(number) >= 2**63:
            return HookedDecimal(text, self._exact)
        return int(text)


def _quantized(number: Decimal, digits: object, name: str) -> Decimal:
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= _MOST_DIGITS:
        raise FilterError(f"{name}: the number of decimals is 0 to {_MOST_DIGITS}.")
    # The precision must hold every digit before and after the point, or quantize refuses.
    unit, context = _rounding(max(number.adjusted(), 0) + digits + 2, digits)
    rounded = number.quantize(unit, context=context)
    return rounded if rounded else abs(rounded)  # no "-0"


@cache
def _rounding(precision: int, digits: int) -> tuple[Decimal, Context]:
    return Decimal(1).scaleb(-digits), Context(prec=precision, rounding=ROUND_HALF_UP)


def _signed(symbol: str, amount: Decimal) -> str:
    return f"-{symbol}{-amount:,f}" if amount < 0 else f"{symbol}{amount:,f}"


def _column(row: object, name: str) -> object:
    try:
        return row[name]  # type: ignore[index]
    except (TypeError, KeyError) as problem:
        raise FilterError(f'sum: an element has no column "{_shown(name)}".') from problem


def _shown(value: object) -> str:
    """A value for an error message, cut short: it may be a whole document."""
    text = str(value) if isinstance(value, (str, int, float)) else type(value).__name__
    return text if len(text) <= 40 else text[:40] + "…"
