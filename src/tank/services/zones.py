"""Wall-clock times of a zone as UTC instants, with summer time's gaps and repeats defined in one place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from tank.domain.errors import FieldProblem, Invalid

#: What people type for the zones of this part of the world.
_NICKNAMES = {
    "KST": "Asia/Seoul",
    "JST": "Asia/Tokyo",
    "SEOUL": "Asia/Seoul",
    "KOREA": "Asia/Seoul",
    "ROK": "Asia/Seoul",
}


def zone_named(name: str, *, field: str = "zone") -> ZoneInfo:
    """The IANA zone. Raises ``Invalid`` with a suggestion where there is none of that name."""
    if name in _names():
        return ZoneInfo(name)
    suggestion = _suggestion(name)
    hint = f" Did you mean {suggestion}?" if suggestion else " Use an IANA name, for example Asia/Seoul."
    problem = FieldProblem(field=field, message=f"There is no time zone {name!r}.{hint}", code="unknown_zone")
    raise Invalid(problem.message, problems=[problem], code="unknown_zone")


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory", "posixrules"}


def _suggestion(name: str) -> str:
    typed = name.strip().replace(" ", "_")[:64]
    if typed.upper() in _NICKNAMES:
        return _NICKNAMES[typed.upper()]
    by_folded = {known.casefold(): known for known in _names()}
    if typed.casefold() in by_folded:
        return by_folded[typed.casefold()]
    by_city = {known.rsplit("/", 1)[-1].casefold(): known for known in sorted(_names(), reverse=True)}
    close = get_close_matches(typed.casefold(), [*by_folded, *by_city], n=1, cutoff=0.7)
    return (by_folded | by_city)[close[0]] if close else ""


def first_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment (UTC) at which the zone's clocks show ``wall`` (naive) or later.

    So a time that a summer-time gap leaves out is the first moment after the gap, and a time that comes twice is
    its first coming.
    """
    if not _exists(wall, zone):
        wall = wall.replace(second=0, microsecond=0)
        while not _exists(wall, zone):
            wall += timedelta(minutes=1)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def all_instants(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Every moment (UTC) at which the zone's clocks show ``wall`` (naive): none in a gap, two in a repeat."""
    if not _exists(wall, zone):
        return []
    return sorted({wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the zone's clocks show at a moment, naive."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _exists(wall: datetime, zone: ZoneInfo) -> bool:
    return wall_time(wall.replace(tzinfo=zone).astimezone(UTC), zone) == wall
