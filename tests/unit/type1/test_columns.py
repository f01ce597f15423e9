"""Columns are found by the names that systems give them; a table of which nobody can say what is what is refused."""

from __future__ import annotations

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.type1.columns import ColumnPlaces, places
from ndoo.type1.day_cell import DayOrder


@pytest.mark.parametrize(
    "names",
    [
        ["nhs_number", "code", "date"],
        ["NHS Number", "Read Code", "Event Date"],
        ["NHS No.", "SNOMED Code", "Date"],
        ['"NHS_NUMBER"', "CODE", "DATE"],
        ["NHSNumber", "CTV3Code", "DateEvent"],
        ["NHS_NO", "snomed_ct_concept_id", "effective_date"],
        ["nhs-number", "conceptId", "EffectiveDateTime"],
        ["\ufeffNHS Number", "Clinical Code", "obsdate"],
    ],
)
def test_a_table_s_columns_are_found_whatever_the_system(names: list[str]) -> None:
    assert places(names) == ColumnPlaces(0, (1,), 2, None)


def test_several_columns_of_codes_are_read_and_so_is_what_may_hold_a_code() -> None:
    names = [
        "NHSNumber",
        "CTV3Code",
        "CTV3Text",
        "SNOMEDCode",
        "SNOMEDText",
        "DateEvent",
        "DateEventRecorded",
        "PracticeCode",
        "Code Term",
    ]
    assert places(names) == ColumnPlaces(0, (1, 3, 2, 4, 8), 5, None)
    others = [
        "nhs_number",
        "code",
        "date",
        "scheme",
        "practice",
        "postcode",
        "GP Code",
        "status_code",
        "readmission",
        "unit",
        "value",
        "note",
    ]
    assert places(others) == ColumnPlaces(0, (1,), 2, 3, beside=((7, "status"),))


def test_what_stands_beside_the_code_is_read_once_whatever_it_is_read_for() -> None:
    found = places(["nhs_number", "code", "date", "dissent_code", "Type 1 withdrawn", "unit"])
    assert found == ColumnPlaces(0, (1, 3), 2, None, beside=((3, "opt_out"), (4, "struck_out"), (4, "turned")))
    assert found.every == (0, 2, 1, 3, 4)


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("date", DayOrder.UNKNOWN),
        ("date_dd_mm_yyyy", DayOrder.DAY_FIRST),
        ("Event Date (DD/MM/YYYY)", DayOrder.DAY_FIRST),
        ("date (mm/dd/yyyy)", DayOrder.MONTH_FIRST),
        ("date_day_first", DayOrder.DAY_FIRST),
    ],
)
def test_the_name_of_the_days_may_say_their_order(name: str, order: DayOrder) -> None:
    assert places(["nhs_number", "code", name]).order == order


@pytest.mark.parametrize(
    "names",
    [
        ["nhs_number", "code"],
        ["nhs_number", "medcodeid", "obsdate"],
        ["nhs_number", "CodeId", "date"],
        ["nhs_number", "code", "EnteredDate"],
        ["nhs_number", "code", "RECORD_DATE"],
        ["nhs_number", "NHS No", "code", "date"],
        ["nhs_number", "code", "date", "event_date"],
        ["nhs_number", "code", "CODE", "date"],
        ["nhs_number", "code", "date", "scheme", "Code System"],
        ["patient", "code", "date"],
    ],
)
def test_a_table_whose_columns_nobody_can_tell_is_refused(names: list[str]) -> None:
    with pytest.raises(UnfitData, match=r"columns nhs_number, code and date|have the same name"):
        places(names)
