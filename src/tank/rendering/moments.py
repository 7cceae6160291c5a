"""Filters for dates and times, in Korean and English.

Patterns are filled in here rather than by the C library: no locale, no padding widths, the same on every machine.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import lru_cache

from tank.rendering.numbers import Filter, FilterError

_KOREAN_DAYS = ("월", "화", "수", "목", "금", "토", "일")
_ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
#: The patterns behind the names that ``date`` takes, by language.
_NAMED = {
    "ko": {"default": "%Y년 %-m월 %-d일", "long": "%Y년 %-m월 %-d일 %A", "short": "%Y.%m.%d", "iso": "%Y-%m-%d"},
    "en": {"default": "%B %-d, %Y", "long": "%A, %B %-d, %Y", "short": "%b %-d, %Y", "iso": "%Y-%m-%d"},
}
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
_LONGEST_PATTERN = 200


class Moments:
    """Date filters. They read ISO text (what date columns become), ``YYYYMMDD`` and ``YYYYMMDDHHMMSS``."""

    def __init__(self, language: str) -> None:
        self._language = "ko" if language == "ko" else "en"

    def filters(self) -> dict[str, Filter]:
        return {"date": self.date, "datetime": self.datetime, "time": self.time, "weekday": self.weekday}

    def date(self, value: object, pattern: str = "default") -> str | None:
        """``2026년 11월 22일`` or ``November 22, 2026``; ``long``, ``short``, ``iso``, or a pattern (``%Y/%m/%d``)."""
        if value is None:
            return None
        return self._formatted(_moment(value, "date"), _NAMED[self._language].get(pattern, pattern), "date")

    def datetime(self, value: object, pattern: str = "") -> str | None:
        """``2026년 11월 22일 14:05``, or a pattern."""
        if value is None:
            return None
        default = "%Y년 %-m월 %-d일 %H:%M" if self._language == "ko" else "%B %-d, %Y, %H:%M"
        return self._formatted(_moment(value, "datetime"), pattern or default, "datetime")

    def time(self, value: object, pattern: str = "%H:%M") -> str | None:
        """``14:05``, or a pattern."""
        if value is None:
            return None
        return self._formatted(_moment(value, "time"), pattern, "time")

    def weekday(self, value: object) -> str | None:
        """``일요일`` or ``Sunday``."""
        return None if value is None else self._formatted(_moment(value, "weekday"), "%A", "weekday")

    def _formatted(self, moment: dt.datetime, pattern: object, name: str) -> str:
        if not isinstance(pattern, str) or len(pattern) > _LONGEST_PATTERN:
            raise FilterError(f"{name}: the pattern is a text of at most {_LONGEST_PATTERN} characters.")

        korean = self._language == "ko"
        try:
            parts = _parts(pattern)
        except KeyError as unknown:
            known = " ".join(f"%{key}" for key in _DIRECTIVES)
            raise FilterError(f"{name}: %{unknown.args[0]} is not a part of a date. There are: {known}") from None
        return "".join([part if isinstance(part, str) else part(moment, korean) for part in parts])


@lru_cache(maxsize=256)
def _parts(pattern: str) -> tuple[str | Callable[[dt.datetime, bool], str], ...]:
    """A pattern taken apart: literal text, and what writes each directive. Raises ``KeyError``."""
    texts = _DIRECTIVE.split(pattern)
    return tuple(_DIRECTIVES[text] if place % 2 else text for place, text in enumerate(texts))


_DIRECTIVES: dict[str, Callable[[dt.datetime, bool], str]] = {
    "Y": lambda m, _: f"{m.year:04}",
    "y": lambda m, _: f"{m.year % 100:02}",
    "m": lambda m, _: f"{m.month:02}",
    "-m": lambda m, _: str(m.month),
    "d": lambda m, _: f"{m.day:02}",
    "-d": lambda m, _: str(m.day),
    "H": lambda m, _: f"{m.hour:02}",
    "-H": lambda m, _: str(m.hour),
    "I": lambda m, _: f"{(m.hour - 1) % 12 + 1:02}",
    "-I": lambda m, _: str((m.hour - 1) % 12 + 1),
    "M": lambda m, _: f"{m.minute:02}",
    "S": lambda m, _: f"{m.second:02}",
    "p": lambda m, korean: ("오전", "오후")[m.hour >= 12] if korean else ("AM", "PM")[m.hour >= 12],
    "A": lambda m, korean: _KOREAN_DAYS[m.weekday()] + "요일" if korean else _ENGLISH_DAYS[m.weekday()],
    "a": lambda m, korean: _KOREAN_DAYS[m.weekday()] if korean else _ENGLISH_DAYS[m.weekday()][:3],
    "B": lambda m, korean: f"{m.month}월" if korean else _MONTHS[m.month - 1],
    "b": lambda m, korean: f"{m.month}월" if korean else _MONTHS[m.month - 1][:3],
    "%": lambda _, __: "%",
}


def _moment(value: object, name: str) -> dt.datetime:
    """Read ISO text, or digits as ``YYYYMMDD`` and ``YYYYMMDDHHMM[SS]``, as legacy tables hold them."""
    text = str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""
    try:
        if text.isdecimal():
            return dt.datetime.fromisoformat(text if len(text) == 8 else f"{text[:8]}T{text[8:]}")
        if len(text) <= 8 and text[2:3] == ":":
            return dt.datetime.combine(dt.datetime(1970, 1, 1), dt.time.fromisoformat(text))  # noqa: DTZ001 - a bare time
        return dt.datetime.fromisoformat(text)
    except ValueError:
        shown = text[:40] or type(value).__name__
        raise FilterError(f'{name}: "{shown}" is not a date. A date looks like 2026-11-22 or 20261122.') from None
