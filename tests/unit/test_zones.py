"""Wall-clock times as instants, at the edges of summer time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.errors import Invalid
from tank.services.zones import all_instants, first_instant, wall_time, zone_named

ZONES = ["Asia/Seoul", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
WALLS = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda wall: wall.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("zone", "wall", "expected"),
    [
        ("Asia/Seoul", "2026-11-22T09:00", "2026-11-22T00:00"),
        # 02:00–03:00 does not exist in New York on this night; the first moment after is 03:00 EDT.
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T07:00"),
        # 01:00–02:00 comes twice; the first coming is EDT.
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30"),
        # Lord Howe moves by half an hour: 02:00–02:30 is left out.
        ("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:30"),
        # Midnight itself does not exist in Cairo on this day.
        ("Africa/Cairo", "2026-04-24T00:00", "2026-04-23T22:00"),
        # Samoa left out a whole day.
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_wall_clock_time_is_its_first_moment(zone: str, wall: str, expected: str) -> None:
    moment = first_instant(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert moment == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_time_in_a_gap_never_comes_and_one_in_a_repeat_comes_twice() -> None:
    new_york = ZoneInfo("America/New_York")
    assert all_instants(datetime(2026, 3, 8, 2, 30), new_york) == []
    assert all_instants(datetime(2026, 11, 1, 1, 30), new_york) == [
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    ]


@given(wall=WALLS, zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_clocks_show_that_time_or_later_then_and_an_earlier_one_just_before(wall: datetime, zone: ZoneInfo) -> None:
    moment = first_instant(wall, zone)
    assert wall_time(moment, zone) >= wall
    assert wall_time(moment - timedelta(seconds=1), zone) < wall


@given(walls=st.tuples(WALLS, WALLS).map(sorted), zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_later_wall_clock_times_are_never_earlier_moments(walls: list[datetime], zone: ZoneInfo) -> None:
    assert first_instant(walls[0], zone) <= first_instant(walls[1], zone)


@given(moment=st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)), zone=st.sampled_from(ZONES).map(ZoneInfo))
def test_every_moment_is_among_the_moments_of_what_the_clocks_show(moment: datetime, zone: ZoneInfo) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert aware in all_instants(wall_time(aware, zone), zone)


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("KST", "Asia/Seoul"),
        ("asia/seoul", "Asia/Seoul"),
        ("Asia/Soeul", "Asia/Seoul"),
        ("Seoul", "Asia/Seoul"),
        ("New York", "America/New_York"),
    ],
)
def test_an_unknown_zone_is_refused_with_a_suggestion(typed: str, suggestion: str) -> None:
    with pytest.raises(Invalid, match=f"Did you mean {suggestion}") as caught:
        zone_named(typed)
    assert caught.value.code == "unknown_zone"


@pytest.mark.parametrize("typed", ["", "../../etc/passwd", "/etc/localtime", "\x00", "x" * 10_000, "localtime", "🕐"])
def test_a_hostile_zone_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        zone_named(typed)
