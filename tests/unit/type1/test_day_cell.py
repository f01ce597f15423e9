"""A day is read as the systems of the United Kingdom write it, and where two can be meant, both are said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.type1.day_cell import UNDATED, UNREADABLE, DayOrder, read_day

EPOCH = date(1970, 1, 1)


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


@pytest.mark.parametrize(
    "cell",
    [
        "2021-06-21",
        "2021-06-21T09:30:00Z",
        "2021-06-21 09:30:00.000",
        "'2021-06-21",
        '="2021-06-21"',
        "2021/06/21",
        "2021.06.21 09:30",
        "20210621",
        "20210621093000",
        "202106210930",
        "20210621093000.000+0100",
        "20210621T093000",
        "20210621 09:30",
        "20210621.0",
        "21/06/2021",
        "21/6/2021",
        "21-06-2021",
        "21.06.2021",
        "21 06 2021",
        "21/06/2021 09:30",
        "21/06/2021 09:30:00",
        "21/06/2021, 9:30 AM",
        "06/21/2021",
        "6/21/2021 9:30:00 AM",
        "21-Jun-2021",
        "21-JUN-2021 09:30:00",
        "21 Jun 2021",
        "21 June 2021",
        "21st June 2021",
        "21Jun2021",
        "21JUN2021:09:30:00",
        "21.Jun.2021",
        "Jun 21 2021",
        "Jun 21, 2021",
        "June 21st, 2021",
        "Jun 21 2021 12:00AM",
        "Mon 21 Jun 2021",
        "Monday, 21 June 2021",
        "Mon Jun 21 2021 00:00:00 GMT+0100 (BST)",
        "\u00a021/06/2021\t",
        "２１/０６/２０２１",
        "\ufeff2021-06-21",
    ],
)
def test_a_day_is_read_in_every_form_that_people_have(cell: str) -> None:
    assert read_day(cell) == (day("2021-06-21"),) * 2


@pytest.mark.parametrize(
    "cell",
    [
        "21/06/21",
        "21-Jun-21",
        "210621",
        "44368",
        "44368.0",
        "09:30",
        "2021-06",
        "2021",
        "June 2021",
        "x",
        "2021-02-29",
        "20210229",
        "31/06/2021",
        "32/01/2021",
        "13/13/2021",
        "00/01/2021",
        "01062021",
        "2020-1-1",
        "01/02/2021 - 03/02/2021",
        "21/06/0000",
        "2021-21-06",
        "today",
    ],
)
def test_what_is_no_day_is_not_made_one(cell: str) -> None:
    assert read_day(cell) == (UNREADABLE,) * 2


@pytest.mark.parametrize("cell", ["", " ", "NULL", "\\N", "NaT", "-", '""'])
def test_a_word_for_none_is_no_day(cell: str) -> None:
    assert read_day(cell) == (UNDATED,) * 2


def test_day_and_month_are_told_apart_only_where_they_can_be() -> None:
    assert read_day("01/02/2021") == (day("2021-02-01"), day("2021-01-02"))
    assert read_day("1-2-2021 09:30") == (day("2021-02-01"), day("2021-01-02"))
    assert read_day("05/05/2021") == (day("2021-05-05"),) * 2


@pytest.mark.parametrize(
    ("order", "cell", "says"),
    [
        (DayOrder.DAY_FIRST, "01/02/2021", "2021-02-01"),
        (DayOrder.MONTH_FIRST, "01/02/2021", "2021-01-02"),
        (DayOrder.DAY_FIRST, "02/25/2021", None),
        (DayOrder.MONTH_FIRST, "25/02/2021", None),
        (DayOrder.DAY_FIRST, "2021-02-01", "2021-02-01"),
    ],
)
def test_what_the_heading_says_of_the_order_counts(order: DayOrder, cell: str, says: str | None) -> None:
    assert read_day(cell, order) == (day(says) if says else UNREADABLE,) * 2


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("2021-06-30T23:30:00Z", "2021-07-01"),
        ("2021-06-30 23:30:00.000+00:00", "2021-07-01"),
        ("2021-06-30T23:30:00+01:00", "2021-06-30"),
        ("2021-12-31T23:30:00Z", "2021-12-31"),
        ("2021-12-31T23:59:59-05:00", "2022-01-01"),
        ("20210630233000+0000", "2021-07-01"),
        ("202106302330", "2021-06-30"),
        ("30/06/2021 23:30 UTC", "2021-07-01"),
        ("Wed Jun 30 2021 23:30:00 GMT+0100 (BST)", "2021-06-30"),
        ("30/06/2021 11:30 PM", "2021-06-30"),
        ("30/06/2021 11:30 PM +0000", None),
        ("2021-06-30T25:30:00Z", None),
        ("0001-01-01T00:00:00+10:00", None),
    ],
)
def test_a_time_with_its_zone_is_a_day_in_london(cell: str, says: str | None) -> None:
    """Where an objection of half past midnight is taken for yesterday's, a withdrawal of its own day seems to come after it."""
    assert read_day(cell) == (day(says) if says else UNREADABLE,) * 2


@given(
    at=st.integers(0, 365 * 80),
    form=st.sampled_from(["%d/%m/%Y", "%d-%b-%Y", "%Y%m%d", "%d %B %Y", "%Y/%m/%d", "%d%b%Y", "%d.%m.%Y"]),
)
def test_a_day_is_always_among_its_readings(at: int, form: str) -> None:
    when = date(2000, 1, 1) + timedelta(at)
    assert (when - EPOCH).days in read_day(when.strftime(form))
