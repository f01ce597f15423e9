"""No list is a day younger than it is because of a zone, a clock change or a midnight."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.london import LONDON, age_in_days, instant, is_after, london_date, spoken, which_hour

ZONES = [UTC, LONDON, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), timezone(timedelta(hours=14))]
YEARS = (datetime(2020, 1, 1), datetime(2040, 1, 1))
MOMENTS = st.builds(
    lambda at, zone: at.replace(tzinfo=UTC).astimezone(zone), st.datetimes(*YEARS), st.sampled_from(ZONES)
)


def london_by_hand(moment: datetime) -> date:
    """Summer time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)

    def last_sunday(month: int) -> datetime:
        last = datetime(utc.year, month, 31, 1)
        return last - timedelta(days=(last.weekday() + 1) % 7)

    summer = last_sunday(3) <= utc < last_sunday(10)
    return (utc + timedelta(hours=summer)).date()


@given(MOMENTS)
def test_the_day_is_london_s_whatever_the_zone(moment: datetime) -> None:
    assert london_date(moment) == london_by_hand(moment)


@pytest.fixture(params=["Asia/Kolkata", "America/New_York"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine stands in another zone than London's, which the service sets for itself."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_the_day_is_london_s_wherever_the_machine_stands() -> None:
    for moment in (datetime(2026, 11, 20, 0, 30, tzinfo=UTC), datetime(2026, 11, 20, 23, 30, tzinfo=UTC)):
        assert london_date(moment) == date(2026, 11, 20)
    assert london_date(instant("2026-11-20T23:30")) == date(2026, 11, 20)


@given(st.dates())
def test_a_plain_day_stays_that_day(day: date) -> None:
    assert london_date(day) == day
    assert type(london_date(day)) is date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        ("2026-11-20T23:59+00:00", date(2026, 11, 20)),
        ("2026-06-20T23:00Z", date(2026, 6, 21)),
        ("2026-06-20T22:59:59Z", date(2026, 6, 20)),
        ("2026-06-20T23:59", date(2026, 6, 20)),
        ("2026-06-20T00:00", date(2026, 6, 20)),
        ("2026-01-01T00:30+01:00", date(2025, 12, 31)),
        ("2026-03-29T01:30", date(2026, 3, 29)),
        ("2026-10-25T01:30", date(2026, 10, 25)),
    ],
)
def test_what_a_person_types_is_that_london_day(text: str, day: date) -> None:
    assert london_date(instant(text)) == day


def test_a_day_is_not_made_a_midnight() -> None:
    assert type(instant("2026-11-20")) is date
    assert instant("2026-11-20T00:00") == datetime(2026, 11, 20, tzinfo=LONDON)
    assert instant("2026-11-20T00:00+05:30").utcoffset() == timedelta(hours=5, minutes=30)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "20/11/2026",
        "2026-11-31",
        "2026-02-29",
        "2026-11-2",
        "26-11-20",
        "2026-13-01",
        "2026-11-20T25:00",
        "1763596800",
        "２０２６-11-20",
        "2026-11-20T09:30+99:00",
        "2026-11-20 ",
        " 2026-11-20",
        "9999-12-31T23:59-12:00",
        "0001-01-01T00:00+12:00",
        "2026-W45-1",
        "2026W451",
        "2026-W45",
        "2026-W45-1T09:30",
        "2026-W45-1T09:30+00:00",
    ],
)
def test_what_is_no_time_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"^not a date such as 2026-11-20 or a time such as 2026-11-20T09:30\+00:00$"
    ) as refusal:
        instant(text)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


@given(MOMENTS)
def test_a_time_read_back_is_the_same_moment(moment: datetime) -> None:
    assert instant(moment.isoformat()) == moment


def test_a_time_without_a_zone_is_not_guessed() -> None:
    naive, aware = datetime(2026, 11, 20, 9), datetime(2026, 11, 20, 9, tzinfo=UTC)
    for refuse in (
        lambda: london_date(naive),
        lambda: is_after(naive, aware),
        lambda: is_after(aware, naive),
        lambda: is_after(aware.date(), naive),
        lambda: age_in_days(naive, aware),
        lambda: age_in_days(aware, naive),
    ):
        with pytest.raises(ValueError, match=r"^a time needs its zone$"):
            refuse()


@given(MOMENTS, MOMENTS)
def test_the_future_is_the_same_in_every_zone(one: datetime, other: datetime) -> None:
    assert is_after(one, other) is (one.timestamp() > other.timestamp())


@given(MOMENTS, st.integers(1, 7200), st.sampled_from(ZONES))
def test_a_list_from_the_hour_that_london_has_twice_is_still_from_the_future(
    now: datetime, seconds: int, zone: ZoneInfo
) -> None:
    later = (now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(zone)
    assert is_after(later, now)
    assert not is_after(now, later)
    assert not is_after(now, now)


@pytest.mark.parametrize("zone", ZONES)
def test_in_the_repeated_hour_the_wall_clock_is_not_believed(zone: ZoneInfo) -> None:
    summer, winter = (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC))
    assert is_after(winter.astimezone(zone), summer.astimezone(zone))
    assert not is_after(summer.astimezone(zone), winter.astimezone(zone))


@given(MOMENTS, st.integers(-400, 400))
def test_a_plain_day_is_future_from_the_next_london_midnight_on(now: datetime, days: int) -> None:
    day = london_by_hand(now) + timedelta(days=days)
    assert is_after(day, now) is (days > 0)
    assert age_in_days(day, now) == -days


@given(MOMENTS, MOMENTS)
def test_an_age_is_the_number_of_london_midnights_between(when: datetime, now: datetime) -> None:
    assert age_in_days(when, now) == (london_by_hand(now) - london_by_hand(when)).days


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (date(2026, 11, 20), "2026-11-20"),
        (datetime(2026, 11, 20, 23, 30, 59, tzinfo=UTC), "2026-11-20 23:30 in London"),
        (datetime(2026, 6, 20, 23, 30, tzinfo=UTC), "2026-06-21 00:30 in London"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 01:30 BST in London"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 01:30 GMT in London"),
    ],
)
def test_people_are_told_the_day_and_the_minute_of_their_own_clock(when: date | datetime, said: str) -> None:
    assert spoken(when) == said


def test_a_time_without_its_zone_is_in_no_hour() -> None:
    with pytest.raises(ValueError, match="zone"):
        which_hour(datetime(2026, 10, 25, 1, 30))
