"""Cron expressions: what is refused, and how it is said."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tank.domain.errors import Invalid
from tank.services.cron import Cron


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("60 9 * * *", "minute field '60'"),
        ("0 24 * * *", "hour field '24'"),
        ("0 9 0 * *", "day of the month field '0'"),
        ("0 9 * 13 *", "month field '13'"),
        ("0 9 * * 8", "day of the week field '8'"),
        ("0 9 * * FRI-MON", "day of the week field 'FRI-MON'"),
        ("*/0 9 * * *", "minute field '\\*/0'"),
        ("0 0 9 * * *", "has 6. Seconds are not accepted"),
        ("0 9 * *", "has 4"),
        ("", "has 0"),
        ("@reboot", "Nicknames"),
        ("@daily", "Nicknames"),
        ("0 9 30 2 *", "never fires"),
        ("0 9 31 4,6,9,11 *", "never fires"),
        ("0 9 ² * *", "day of the month"),
        ("1" * 5_000 + " * * * *", "longer than"),
        ("\x00 * * * *", "minute"),
    ],
)
def test_a_bad_expression_says_what_is_wrong(expression: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        Cron(expression)
    assert caught.value.code in {"bad_cron", "cron_never_fires"}
    assert [problem.field for problem in caught.value.problems] == ["cron"]


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("0 9 * * 1-5", "2026-11-23T09:00"),
        ("  30   9 L * * ", "2026-11-30T09:30"),
        ("0 9 LW * *", "2026-11-30T09:00"),
        ("0 9 * * MON#2", "2026-12-14T09:00"),
        ("0 9 * * 5L", "2026-11-27T09:00"),
        ("0 9 29 2 *", "2028-02-29T09:00"),
        # Both day fields restricted: either is enough (crontab(5)).
        ("0 9 13 * FRI", "2026-11-27T09:00"),
        ("0 9 30 2 MON", "2027-02-01T09:00"),
    ],
)
def test_the_first_time_of_an_expression(expression: str, first: str) -> None:
    assert next(Cron(expression).walls(datetime(2026, 11, 22, 12))) == datetime.fromisoformat(first)


def test_the_start_itself_counts() -> None:
    assert next(Cron("0 9 * * *").walls(datetime(2026, 11, 22, 9))) == datetime(2026, 11, 22, 9)


@pytest.mark.parametrize(
    ("expression", "is_hourly"), [("*/5 * * * *", True), ("0 0-23 * * 1", True), ("* 9 * * *", False)]
)
def test_an_interval_fires_in_every_hour(expression: str, is_hourly: bool) -> None:
    assert Cron(expression).is_hourly is is_hourly


@given(st.text(alphabet="0123456789*/,-#LWMONFRI @²\t\x00한", max_size=40))
def test_whatever_is_typed_is_parsed_or_refused(expression: str) -> None:
    try:
        cron = Cron(expression)
    except Invalid:
        return
    walls = list(islice(cron.walls(datetime(2026, 1, 1)), 3))
    assert walls == sorted(walls)
    assert walls
