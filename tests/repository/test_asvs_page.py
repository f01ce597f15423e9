"""What is said to be met of OWASP ASVS is shown by something that is there, and no requirement is passed over."""

from __future__ import annotations

from itertools import groupby

from handbook.asvs import ANSWERS, answers

from tests.conftest import ROOT

SECTIONS = (
    "1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 "
    "5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:2 8.2:3 "
    "8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 "
    "12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 "
    "16.5:3 17.1:1 17.2:4 17.3:2"
)
"""How many requirements of levels 1 and 2 each section has: 253 in all."""


def test_every_requirement_of_levels_1_and_2_is_answered_once() -> None:
    numbers = [one.requirement for one in answers()]
    sections = [(section, list(found)) for section, found in groupby(numbers, lambda one: one.rpartition(".")[0])]
    assert " ".join(f"{section}:{len(found)}" for section, found in sections) == SECTIONS
    assert len(set(numbers)) == len(numbers) == 253


def _is_there(shown_by: str) -> bool:
    path, _, test = shown_by.partition("::")
    return (ROOT / path).exists() and (not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"))


def test_what_is_met_is_shown_by_something_that_is_there() -> None:
    assert [one for one in answers() if one.kind not in ANSWERS or not one.words] == []
    assert [one for one in answers() if bool(one.shown_by) != (one.kind == "met")] == []
    assert [one.requirement for one in answers() if not _is_there(one.shown_by)] == []
