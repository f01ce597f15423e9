"""No list is used that is too old, from the future, or of an age that nobody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ndoo.checking import freshness
from ndoo.checking.freshness import Age, AgeLimit, age_limits, judge_age, limit_on
from ndoo.domain.errors import NoUsableList
from ndoo.domain.london import LONDON
from tests.unit.checking.sentences import assert_readable

ZONES = [UTC, LONDON, ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Auckland")]
SPRING, AUTUMN = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
MIDNIGHTS = [datetime(2026, month, 1, hour, tzinfo=UTC) for month in (1, 7) for hour in (0, 23)]
EDGES = [SPRING, AUTUMN, *MIDNIGHTS, datetime(2028, 2, 29, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]
NEAR = st.timedeltas(-timedelta(hours=3), timedelta(hours=3))
CLOCKS = st.builds(
    lambda at, off, zone: (at + off).astimezone(zone),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
    | st.sampled_from(EDGES),
    NEAR,
    st.sampled_from(ZONES),
)
AGES = st.timedeltas(-timedelta(days=400), timedelta(days=400)) | st.builds(
    lambda days, off: timedelta(days=days) + off, st.integers(-22, 22), NEAR
)


def london_day(moment: datetime) -> date:
    return moment.astimezone(UTC).astimezone(LONDON).date()


@given(CLOCKS, AGES, st.sampled_from(ZONES), st.booleans(), st.none() | st.integers(0, 366))
@example(AUTUMN - timedelta(minutes=10), timedelta(minutes=-20), LONDON, False, None)
@example(datetime(2026, 7, 22, 22, 59, tzinfo=UTC), timedelta(days=21), UTC, False, None)
@example(datetime(2026, 7, 22, 23, 0, tzinfo=UTC), timedelta(days=21, seconds=1), UTC, False, None)
def test_no_clock_lets_a_stale_or_future_list_pass(
    now: datetime, age: timedelta, zone: ZoneInfo, plain: bool, limit: int | None
) -> None:
    taken: datetime | date = (now.astimezone(UTC) - age).astimezone(zone)
    day = london_day(taken)
    future = taken.timestamp() > now.timestamp()
    if plain:
        taken, future = day, day > london_day(now)
    days, most = (london_day(now) - day).days, 21 if limit is None else limit
    if future or days > most:
        with pytest.raises(NoUsableList) as refused:
            judge_age(taken, now, limit)
        assert refused.value.code == ("list-from-future" if future else "list-stale")
        assert refused.value.exit_status == 4
        assert_readable(refused.value.sentence)
        if not future:
            assert f"{days} days old. It may be no more than {most} days old." in refused.value.sentence
    else:
        assert judge_age(taken, now, limit) == Age(taken, days, most, 21)


def test_a_list_of_unknown_age_is_refused_before_anything_else() -> None:
    with pytest.raises(NoUsableList, match="--checked-at") as refused:
        judge_age(None, datetime(2010, 1, 1, tzinfo=UTC))
    assert refused.value.code == "list-age-unknown"
    assert_readable(refused.value.sentence)


@pytest.mark.parametrize("limit", [None, 30])
def test_a_clock_without_a_zone_judges_nothing(limit: int | None) -> None:
    for taken in (date(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC)):
        with pytest.raises(ValueError, match="zone"):
            judge_age(taken, datetime(2026, 11, 20), limit)
    with pytest.raises(ValueError, match="zone"):
        judge_age(datetime(2026, 11, 20), datetime(2026, 11, 20, tzinfo=UTC), limit)


def test_a_limit_of_no_days_takes_today_s_list_only() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert judge_age(date(2026, 11, 20), now, 0).limit_days == 0
    with pytest.raises(NoUsableList):
        judge_age(date(2026, 11, 19), now, 0)


@pytest.mark.parametrize("now", [datetime(2018, 5, 24, 22, 59, tzinfo=UTC), datetime(1990, 1, 1, tzinfo=UTC)])
def test_no_list_is_older_than_the_opt_out(now: datetime) -> None:
    with pytest.raises(NoUsableList, match="25 May 2018") as refused:
        judge_age(now, now)
    assert refused.value.code == "list-before-opt-out"
    assert_readable(refused.value.sentence)
    assert judge_age(now, datetime(2018, 5, 24, 23, tzinfo=UTC), 100_000).limit_days == 100_000


def test_the_opt_out_begins_at_london_s_midnight() -> None:
    now = datetime(2018, 5, 24, 23, 0, tzinfo=UTC)
    assert judge_age(now, now) == Age(now, 0, 21, 21)


def test_every_limit_is_dated_and_says_where_it_stands() -> None:
    table = age_limits()
    starts = [limit.start for limit in table]
    assert starts == sorted(set(starts))
    assert starts[0] == date(2018, 5, 25), "no day of the opt-out is without a limit"
    for limit in table:
        assert 0 < limit.days <= 366
        document, *_, address, read = limit.citation.split(", ")
        assert document
        assert address.startswith("https://")
        assert date.fromisoformat(read.removeprefix("read ")) >= date(2026, 11, 1)


@given(
    st.lists(
        st.tuples(st.dates(date(2018, 5, 25), date(2030, 1, 1)), st.integers(1, 60)),
        min_size=1,
        max_size=5,
        unique_by=lambda entry: entry[0],
    ),
    st.dates(date(2018, 5, 25), date(2031, 1, 1)),
)
def test_the_limit_is_the_newest_whose_day_has_come(entries: list[tuple[date, int]], day: date) -> None:
    table = tuple(AgeLimit(start, days, "") for start, days in sorted(entries))
    due = [(start, days) for start, days in entries if start <= day]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "age_limits", lambda: table)
        if due:
            assert limit_on(day) == max(due)[1]
        else:
            with pytest.raises(NoUsableList):
                limit_on(day)


def test_the_table_is_read_in_the_order_of_its_days(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"days": 7, "document": "D", "section": "S", "address": "A", "read_on": date(2026, 1, 2)}
    entries = [{**entry, "from": date(2027, 1, 1)}, {**entry, "from": date(2018, 5, 25), "days": 21}]
    monkeypatch.setattr(freshness.tomllib, "loads", lambda _: {"list_age": entries})
    assert age_limits.__wrapped__() == (
        AgeLimit(date(2018, 5, 25), 21, "D, S, A, read 2026-01-02"),
        AgeLimit(date(2027, 1, 1), 7, "D, S, A, read 2026-01-02"),
    )
