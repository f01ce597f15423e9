"""Is it the right list, the right way round? Of 12 people as of 12 million, and without stopping honest runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.errors import NoUsableList
from ndoo.evidence.release_record import PeopleCounts
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.safeguards.plausibility import SMALLEST_CHANCE, USUAL_IN_A_GROUP, chance_of, judge_share
from tests.conftest import ROOT

LIST = CleanedList(Provenance(Polarity.ALLOWED, "file", None, date(2026, 11, 20), 2, 21, 1), NumberSet())


@dataclass(frozen=True)
class Use:
    """How a list is used."""

    cleaned: CleanedList | None = LIST
    expected_share: tuple[float, float] | None = None


def verdict(removed: int, kept: int, *, held: int = 0, alone: int = 0, use: Use | None = None) -> str:
    """`passes`, or the code of what is warned of, or of the refusal."""
    people = PeopleCounts(removed + kept + held, kept, removed, held)
    try:
        warned = judge_share(use or Use(), people, alone)
    except NoUsableList as error:
        assert error.exit_status == 4
        return error.code
    return ", ".join(one.code for one in warned) or "passes"


REFUSED = ("list-wrong-way-round", "list-removes-nobody", "list-wrong-share")


@pytest.mark.parametrize("people", [4, 5, 6, 8, 10, 12, 20, 50, 100, 312, 457, 459, 999, 1000, 1200, 12_000_000])
def test_everybody_removed_is_refused_at_any_size(people: int) -> None:
    assert verdict(people, 0) in REFUSED
    assert verdict(people, 0, use=Use(expected_share=(90, 100))) == "passes"


@pytest.mark.parametrize("people", [6, 8, 10, 12, 20, 50, 100, 312, 999, 1000, 12_000_000])
def test_a_list_the_wrong_way_round_is_refused_where_one_person_in_twenty_opted_out(people: int) -> None:
    """It releases exactly those who opted out: 23 of 312 people, and one of 12."""
    opted_out = max(1, people // 20)
    assert verdict(people - opted_out, opted_out) in REFUSED
    assert verdict(opted_out, people - opted_out) == "passes"


@pytest.mark.parametrize(
    ("removed", "kept"), [(0, 1), (1, 0), (1, 1), (0, 5), (1, 4), (2, 3), (2, 8), (4, 8), (10, 20), (0, 458)]
)
def test_a_small_honest_extract_is_not_stopped(removed: int, kept: int) -> None:
    assert verdict(removed, kept) in ("passes", "share-unusual")


@pytest.mark.parametrize(("removed", "kept"), [(3, 0), (3, 1), (2, 1), (2, 0), (1, 0), (4, 1)])
def test_what_too_few_people_cannot_tell_is_said_aloud(removed: int, kept: int) -> None:
    assert verdict(removed, kept) == "share-unusual"


def test_a_list_of_other_people_is_refused_as_soon_as_chance_does_not_explain_it() -> None:
    assert verdict(0, 458) == "share-unusual"
    assert verdict(0, 459) == "list-removes-nobody"
    assert verdict(1, 600) == "passes", "somebody is on it"
    assert verdict(0, 459, use=Use(expected_share=(0, 25))) == "passes"


def test_people_of_whom_the_list_knows_nobody_are_said_aloud() -> None:
    assert verdict(0, 0, held=12) == "list-of-others"
    assert verdict(0, 0, held=1000) == "list-wrong-share"
    assert verdict(0, 0) == "passes", "nobody is in the data"
    assert verdict(0, 0, held=12, use=Use(cleaned=None, expected_share=(0, 10))) == "passes"


def test_those_whom_type_1_alone_removes_are_left_aside() -> None:
    assert verdict(11, 1, alone=11) == "share-unusual", "the list removes nobody of one"
    assert verdict(12, 88, alone=7) == "passes"
    assert verdict(60, 40, alone=55) == "passes"
    assert verdict(100, 0, use=Use(cleaned=None)) == "passes", "there is no list to judge"
    assert verdict(5, 95, use=Use(cleaned=None, expected_share=(10, 20))) == "list-wrong-share"


@settings(max_examples=40)
@given(st.integers(1, 12), st.integers(0, 100))
def test_the_bound_is_exact(people: int, per_cent: int) -> None:
    """Against every outcome there is, each weighed by itself."""
    share = Fraction(per_cent, 100)
    each = {0: 1 - share, 1: share}
    weights = [Fraction(0)] * (people + 1)
    for outcome in product((0, 1), repeat=people):
        weight = Fraction(1)
        for one in outcome:
            weight *= each[one]
        weights[sum(outcome)] += weight
    for removed in range(people + 1):
        assert chance_of(range(removed, people + 1), people, per_cent) == sum(weights[removed:])
        assert chance_of(range(removed + 1), people, per_cent) == sum(weights[: removed + 1])


def refused_from(people: int) -> int | None:
    """The fewest removed of so many people that are refused."""
    return next((n for n in range(1, people + 1) if verdict(n, people - n) in REFUSED), None)


@settings(max_examples=30)
@given(st.integers(1, 998))
def test_more_removed_is_never_judged_milder(people: int) -> None:
    first = refused_from(people)
    if first is not None:
        assert all(verdict(n, people - n) in REFUSED for n in {first, (first + people) // 2, people})
        assert chance_of(range(first, people + 1), people, USUAL_IN_A_GROUP[1]) < SMALLEST_CHANCE


def test_honest_runs_are_next_to_never_stopped() -> None:
    for people in (*range(4, 40), 100, 312, 999):
        first = refused_from(people)
        assert first is not None
        assert chance_of(range(first, people + 1), people, 6) < Fraction(1, 50_000)


def test_the_table_of_the_documentation_is_what_is_done() -> None:
    """How many people it takes to notice, as docs/reference/lists.md says."""
    rows = re.findall(
        r"^\| ([0-9]+) \| ([0-9]+|none) \| ([0-9.]+) \| ([0-9.]+) \| ([0-9]+|never) \|$",
        (ROOT / "docs" / "reference" / "lists.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(rows) >= 10
    for row in rows:
        people, first = int(row[0]), refused_from(int(row[0]))
        told = [str(people), "none" if first is None else str(first)]
        for opted_out in (5, 10):
            chance = chance_of(range(first, people + 1), people, 100 - opted_out) if first else Fraction(0)
            told.append(f"{float(100 * chance):.1f}")
        stopped = chance_of(range(first, people + 1), people, 6) if first else Fraction(0)
        told.append(f"{float(1 / stopped):.0f}" if stopped > Fraction(1, 10**9) else "never")
        assert row == tuple(told)


@pytest.mark.parametrize(("limit", "in_force", "warned"), [(60, 21, True), (7, 21, False), (21, None, False)])
def test_a_limit_that_was_lifted_is_said(limit: int, in_force: int | None, warned: bool) -> None:
    provenance = Provenance(Polarity.ALLOWED, "file", None, date(2026, 11, 1), 21, limit, 1, limit_in_force=in_force)
    codes = verdict(5, 95, use=Use(CleanedList(provenance, NumberSet())))
    assert codes == ("list-limit-lifted" if warned else "passes")
