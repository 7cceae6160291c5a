"""Cron expressions of five fields, and the errors that name the field that is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cronsim import CronSim, CronSimError

from tank.domain.errors import FieldProblem, Invalid

_FIELDS = (
    ("minute", "0–59"),
    ("hour", "0–23"),
    ("day of the month", "1–31, L (last day) or LW (last weekday)"),
    ("month", "1–12 or JAN–DEC"),
    ("day of the week", "0–7 or SUN–SAT (0 and 7 are Sunday), 5L (last Friday) or 5#2 (second Friday)"),
)
#: Longer than any sensible expression; what comes from outside is cut off before it is parsed.
_MAX_LENGTH = 200
_ANY_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 - wall-clock times are naive on purpose


class Cron:
    """A parsed expression. Fields are Vixie cron's, with L, LW and #.

    Where day of the month and day of the week are both restricted, either is enough (crontab(5)).
    """

    def __init__(self, expression: str) -> None:
        """Raises ``Invalid`` (code ``bad_cron``) that names the field, or says that it never fires."""
        self.expression = " ".join(expression[: _MAX_LENGTH + 1].split())
        self._check_shape()
        for index, (name, allowed) in enumerate(_FIELDS):
            self._check_field(index, name, allowed)
        try:
            parsed = CronSim(self.expression, _ANY_MOMENT)
            next(parsed)
        except (CronSimError, StopIteration):
            raise _bad(f"{self.expression!r} never fires: no month has such a day.", code="cron_never_fires") from None
        #: It fires in each hour of the day: an interval rather than a time of day.
        self.is_hourly: bool = set(parsed.hours) == set(range(24))

    def walls(self, start: datetime) -> Iterator[datetime]:
        """Wall-clock times (naive) from ``start`` on, ascending; ends where none follows within 50 years."""
        return CronSim(self.expression, start - timedelta(seconds=1))

    def _check_shape(self) -> None:
        if self.expression.startswith("@"):
            raise _bad(f"Nicknames such as {self.expression[:20]!r} are not accepted. {_FIVE}")
        if len(self.expression) > _MAX_LENGTH:
            raise _bad(f"The cron expression is longer than {_MAX_LENGTH} characters.")
        count = len(self.expression.split())
        if count != len(_FIELDS):
            seconds = " Seconds are not accepted." if count == len(_FIELDS) + 1 else ""
            raise _bad(f"A cron expression has five fields, this one has {count}.{seconds} {_FIVE}")

    def _check_field(self, index: int, name: str, allowed: str) -> None:
        """Parse one field beside stars: the library's own error may speak of a field that is fine by itself."""
        value = self.expression.split()[index]
        alone = ["*"] * len(_FIELDS)
        alone[index] = value
        try:
            CronSim(" ".join(alone), _ANY_MOMENT)
        except (CronSimError, ValueError, AssertionError):
            raise _bad(
                f"The {name} field {value!r} is not valid: it takes {allowed}, *, lists, ranges and steps."
            ) from None


_FIVE = "Write minute, hour, day of the month, month and day of the week, for example 0 9 * * 1-5."


def _bad(message: str, *, code: str = "bad_cron") -> Invalid:
    return Invalid(message, problems=[FieldProblem(field="cron", message=message, code=code)], code=code)
