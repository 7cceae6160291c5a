"""Which days are business days: public holidays, weekends, and what the company says on top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyCalendar:
    """The company's own days beside a country's public holidays. A working day outweighs every holiday."""

    #: ISO 3166 code of the country whose public holidays and weekend count; empty for weekends alone.
    country: str = "KR"
    #: Name by date.
    holidays: Mapping[date, str] = field(default_factory=dict)
    #: Days that are worked although they are a weekend or a holiday: name by date.
    working_days: Mapping[date, str] = field(default_factory=dict)


class DayOffKind(StrEnum):
    """Why a day is not a business day."""

    WEEKEND = "weekend"
    PUBLIC_HOLIDAY = "public_holiday"
    COMPANY_HOLIDAY = "company_holiday"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A day that is not a business day."""

    kind: DayOffKind
    #: For example ``설날`` or ``Saturday``.
    name: str
