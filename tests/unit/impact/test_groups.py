"""Ages and days are grouped so that nobody stands alone, and what cannot be read is said, not guessed."""

from __future__ import annotations

from datetime import date

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.impact.groups import grouping_for, in_order
from tests.support.numbers import some

ON = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("column", "values", "groups"),
    [
        ("date_of_birth", ["1936-11-23", "1936-11-22", "2026-11-22", "22/11/1930"], ["80-89", "90+", "0-9", "90+"]),
        ("DOB", ["2016-11-23 00:00:00", "2016-11-22", "", None], ["0-9", "10-19", "not recorded", "not recorded"]),
        (
            "dob",
            ["1950-01-01", "2030-01-01", "31/02/1950", "old"],
            ["70-79", "not readable", "not readable", "not readable"],
        ),
        ("age", ["0", "9", "10", "103.0", "-1", "NA"], ["0-9", "0-9", "10-19", "90+", "not readable", "not recorded"]),
        ("age_at_diagnosis", ["55"], ["50-59"]),
        ("patient age", ["1e999", "55", "56"], ["not readable", "50-59", "50-59"]),
        ("stage", ["1", "2"], ["1", "2"]),
        ("age group", ["50-59", "60+"], ["50-59", "60+"]),
        ("admitted", ["2025-12-31", "2026-01-01T10:00"], ["2025", "2026"]),
        ("birthplace", ["Leeds", " Leeds ", "Le\teds", "x" * 90], ["Leeds", "Leeds", "Le eds", "x" * 80]),
        ("sex", ["F", "M", "null", "a\0b"], ["F", "M", "not recorded", "a?b"]),
    ],
)
def test_a_value_stands_in_its_group(column: str, values: list[str | None], groups: list[str]) -> None:
    grouping = grouping_for(column, values, ON)
    assert [grouping.group(value) for value in values] == groups
    assert grouping.said


def test_a_column_of_words_is_no_age_whatever_its_name() -> None:
    assert grouping_for("age", ["55", "x"], ON).kind == "as it is"
    assert grouping_for("age", [], ON).kind == "as it is"


def test_a_column_that_names_people_groups_nobody() -> None:
    grouping = grouping_for("who", some(1), ON)
    with pytest.raises(UnfitData, match="NHS numbers"):
        grouping.group(some(1)[0])


def test_groups_stand_where_a_reader_looks_for_them() -> None:
    assert in_order(["90+", "not recorded", "10-19", "0-9", "b", "a", "not readable"]) == [
        "0-9",
        "10-19",
        "90+",
        "a",
        "b",
        "not readable",
        "not recorded",
    ]
