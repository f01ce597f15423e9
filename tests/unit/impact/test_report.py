"""No sentence of a report rests on a difference that is smaller than the numbers are rounded to, and what is not shown is marked."""

from __future__ import annotations

from dataclasses import replace

from ndoo.impact.attacker import Triple
from ndoo.impact.picture import WIDTH, picture
from ndoo.impact.report import GroupLine, Impact, ReportColumn
from ndoo.impact.report_text import headline, paragraph

ALIKE = GroupLine("F", 10**8, 94 * 10**6, 6 * 10**6, 0.0600, 0.0599, 0.0601, 0.0001, 0.0003, 0.5, 0.5, 0.0004)
MORE = replace(ALIKE, rate=0.07, more_low=0.005, more_high=0.015, standardised_difference=0.02)
LESS = replace(MORE, more_low=-0.015, more_high=-0.005)


def table(*lines: GroupLine, hidden: int = 0) -> ReportColumn:
    return ReportColumn("sex", "as recorded", lines, hidden, None)


def test_a_difference_smaller_than_the_rounding_makes_no_headline() -> None:
    assert (ALIKE.verdict, MORE.verdict, LESS.verdict) == ("as the others", "more", "less")
    assert headline(table(ALIKE)) == "sex: no group clearly lost more or less than the others"
    assert headline(table(MORE)) == "sex: F lost more than the others"


def test_a_paragraph_names_no_group_for_a_difference_that_is_written_as_nothing() -> None:
    def told(line: GroupLine) -> str:
        return paragraph(Impact("people", 10**8, Triple(10**8, 94 * 10**6), (0.06, 0.059, 0.061), (table(line),)))

    assert "All standardised differences between the cohort before and after are below 0.001." in told(ALIKE)
    assert "No group shown lost clearly more than the others." in told(ALIKE)
    assert "is 0.020 (sex: F)" in told(MORE)


def test_groups_that_are_not_shown_are_marked_in_the_picture_and_said_in_its_words() -> None:
    assert "* 2 groups not shown" in picture(table(MORE, hidden=2), 0.06, 0)
    assert "1 group is not shown." in picture(table(MORE, hidden=1), 0.06, 0)
    assert "not shown" not in picture(table(MORE), 0.06, 0)
    assert WIDTH <= 390 - 2 * 24, "as wide as the page leaves room for on a telephone, where text is not made smaller"
