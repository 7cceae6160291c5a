"""How many tries to sign in are let through: slower and slower, and nobody is locked out for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from tank.domain.account import TooManyTries
from tank.domain.ports.store import Tables

#: Who has not failed for so long begins anew.
_FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Limit:
    """So many failures in a row are free; then each doubles the wait, up to so many seconds."""

    free: int
    longest: int

    def wait(self, failures: int) -> timedelta:
        beyond = failures - self.free
        return timedelta(seconds=min(2 ** min(beyond, 20), self.longest) if beyond >= 0 else 0)


#: One person at one place; one place that tries many accounts; one account that is tried from many places. The last one
#: is mild: a stranger must not be able to keep its owner out.
_PAIR, _PLACE, _ACCOUNT = _Limit(5, 900), _Limit(50, 300), _Limit(50, 10)


@dataclass(frozen=True, slots=True)
class SignInTry:
    """One try, counted as failed until it has succeeded: a thousand at once must not all be the first."""

    name: str
    address: str

    def _limits(self) -> Mapping[str, _Limit]:
        return {self._pair: _PAIR, f"place {self.address}": _PLACE, f"account {self.name}": _ACCOUNT}

    @property
    def _pair(self) -> str:
        return f"pair {self.address} {self.name}"

    def begin(self, tables: Tables, at: datetime) -> None:
        """Count it. Raises ``TooManyTries``, and then counts nothing."""
        limits = self._limits()
        waits = [
            last_at + limits[key].wait(failures) - at
            for key, (failures, last_at) in tables.sign_in_tries.failures(list(limits)).items()
            if at - last_at < _FORGOTTEN_AFTER
        ]
        if (longest := max(waits, default=timedelta(0))) > timedelta(0):
            raise TooManyTries(ceil(longest.total_seconds()))
        tables.sign_in_tries.failed(list(limits), at=at, forget_before=at - _FORGOTTEN_AFTER)

    def succeeded(self, tables: Tables) -> None:
        others: Sequence[str] = [key for key in self._limits() if key != self._pair]
        tables.sign_in_tries.forgive([self._pair])
        tables.sign_in_tries.undo(others)


def tidy_tries(tables: Tables, at: datetime) -> None:
    """Forget what no longer counts."""
    tables.sign_in_tries.tidy(before=at - _FORGOTTEN_AFTER)
