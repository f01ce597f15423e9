"""What a report on a cohort hides, nobody finds by subtraction: not from its own columns, by rows, or from an earlier report.

What was hidden before November 2026 is kept in `naive_impact`; what breaks it must not break ours.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ndoo.domain.settings import data_folder
from ndoo.impact.attacker import Triple
from ndoo.impact.suppression import Hidden, hidden
from ndoo.impact.ties import Group, Ties, ties_between
from tests.attack import naive_impact
from tests.attack.impact_attacker import Numbers, broken, counted, margins, town
from tests.conftest import Ndoo
from tests.support.numbers import some

NAMES = {n: f"{n:02}" for n in range(100)}
BROKEN_BEFORE = (27, 63, 76, 91, 106)
"""Cohorts of which a report gave somebody away."""


def triples(before: Numbers, lost: Numbers) -> dict[Group, Triple]:
    gone = margins(lost)
    return {group: Triple(many, many - gone[group]) for group, many in margins(before).items()}


@cache
def tied(before: tuple[tuple[tuple[int, ...], int], ...]) -> Ties:
    return ties_between(counted(dict(before)), [NAMES] * len(before[0][0]))


def ours(before: Numbers, lost: Numbers) -> frozenset[Group]:
    return hidden(triples(before, lost), tied(tuple(before.items()))).groups


def naively(before: Numbers, lost: Numbers) -> frozenset[Group]:
    sums = naive_impact.sums_of(counted(before), [NAMES] * len(next(iter(before))))
    return naive_impact.hidden(triples(before, lost), sums)


@pytest.mark.parametrize("seed", BROKEN_BEFORE)
def test_whoever_tries_every_loss_breaks_the_report_of_before(seed: int) -> None:
    before = broken(naively, *town(seed))
    assert before and list(before), "the attacker bites"
    now = broken(ours, *town(seed))
    assert now is not None and list(now) == []


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(20))
def test_nobody_is_found_in_hundreds_of_cohorts(lot: int) -> None:
    tried = 0
    for seed in range(1000 + 50 * lot, 1050 + 50 * lot):
        found = broken(ours, *town(seed))
        tried += found is not None
        assert not list(found or ()), seed
    print(f"{tried} cohorts in which something was hidden were tried, and nobody was found")


def written(folder: Path, heading: str, rows: list[str], gone: set[int]) -> None:
    (folder / "before.csv").write_text("\n".join([heading, *rows]) + "\n")
    (folder / "after.csv").write_text(
        "\n".join([heading, *(row for at, row in enumerate(rows) if at not in gone)]) + "\n"
    )


def groups(ndoo: Ndoo, *arguments: str) -> list[dict[str, int]]:
    """Of each column, who was lost of each group that is shown."""
    said = ndoo("impact", "before.csv", "after.csv", "--nhs-number", "nhs_number", "--json", *arguments)
    assert said.status == 0, said.told
    return [{group["group"]: group["lost"] for group in column["groups"]} for column in said.json["columns"]]


def test_two_columns_that_are_the_same_people_do_not_give_a_hidden_group(tmp_path: Path, ndoo: Ndoo) -> None:
    """A1 and A2 together are B1 and B2: with one of the four hidden, the other three gave it."""
    rows, gone = list[str](), set[int]()
    kinds = [("A1", "B1", 3), ("A1", "B2", 2), ("A2", "B1", 20), ("A2", "B2", 30), ("A3", "B3", 40), ("A4", "B4", 12)]
    people = iter(some(600))
    for a, b, lost in kinds:
        gone |= set(range(len(rows), len(rows) + lost))
        rows += [f"{next(people)},{a},{b}" for _ in range(100)]
    written(tmp_path, "nhs_number,ward,team", rows, gone)
    ward, team = groups(ndoo, "--by", "ward", "--by", "team")
    assert "A1" not in ward
    assert {"A1", "A2"}.isdisjoint(ward), "their sum is known from the teams, so both are hidden"
    assert team == {"B1": 23, "B2": 32, "B3": 40, "B4": 12}


def test_what_lies_in_a_group_does_not_tell_the_few_beside_it(tmp_path: Path, ndoo: Ndoo) -> None:
    """All of maternity are women: who was lost among women, less those of maternity, is two. Neither number is small."""
    rows, gone = list[str](), set[int]()
    people = iter(some(620))
    for ward, sex, many, lost in (
        ("maternity", "F", 200, 18),
        ("surgery", "F", 20, 2),
        ("surgery", "M", 200, 30),
        ("eyes", "M", 200, 9),
    ):
        gone |= set(range(len(rows), len(rows) + lost))
        rows += [f"{next(people)},{ward},{sex}" for _ in range(many)]
    written(tmp_path, "nhs_number,ward,sex", rows, gone)
    ward, sex = groups(ndoo, "--by", "ward", "--by", "sex")
    assert not ("maternity" in ward and "F" in sex)


def test_many_rows_of_few_people_are_few_people(tmp_path: Path, ndoo: Ndoo) -> None:
    """Ten rows a person, grouped by what only that person has: whoever is shown has not opted out, and whoever is not has."""
    people = some(40)
    rows = [f"{n},h{at:03},{'FM'[at % 2]}" for at, n in enumerate(people) for _ in range(10)]
    written(tmp_path, "nhs_number,hospital_id,sex", rows, set(range(120)))
    assert groups(ndoo, "--by", "hospital_id", "--rows") == [{}]
    few = [f"{n},{'AB'[at // 5 % 2]}" for at, n in enumerate(people) for _ in range(10)]
    written(tmp_path, "nhs_number,arm", few, {at for at in range(400) if at // 10 in (0, 1, 2, 5, 6, 7, 8, 9, 15, 16)})
    assert groups(ndoo, "--by", "arm") == [{}], "three were lost of A"
    assert groups(ndoo, "--by", "arm", "--rows") == [{}], "and thirty of its rows"
    written(tmp_path, "nhs_number,arm", few, set(range(40)))
    said = ndoo("impact", "before.csv", "after.csv", "--nhs-number", "nhs_number", "--by", "arm", "--rows", "--json")
    assert (said.json["lost"], said.json["columns"]) == (None, []), "forty rows, and four people"


def test_two_reports_on_one_cohort_are_not_subtracted(tmp_path: Path, ndoo: Ndoo) -> None:
    """Each is safe, and together area and practices give the one practice of which few were lost."""
    rows, gone = list[str](), set[int]()
    people = iter(some(900))
    for at, lost in enumerate((3, 15, 12, 20, 31, 17)):
        gone |= set(range(len(rows), len(rows) + lost))
        rows += [f"{next(people)},{'N' if at in (0, 5) else 'S'},practice {at}" for _ in range(100 + 10 * at)]
    written(tmp_path, "nhs_number,area,practice", rows, gone)
    (practices,) = groups(ndoo, "--by", "practice")
    assert practices == {"practice 2": 12, "practice 3": 20, "practice 4": 31, "practice 5": 17}, (
        "p0 and p1 are hidden, of both 18 were lost"
    )
    (areas,) = groups(ndoo, "--by", "area")
    assert areas == {}, "north less p5 would be the three of p0"
    assert groups(ndoo, "--by", "area", "--by", "practice") == [
        areas,
        {"practice 2": 12, "practice 3": 20, "practice 4": 31, "practice 5": 17},
    ]
    (record,) = (data_folder() / "impact").iterdir()
    assert record.stat().st_mode & 0o077 == 0
    assert not any(name in record.read_text() for name in ("practice 0", "practice 1", *some(3)))


def test_reports_by_more_columns_than_can_be_judged_together_are_refused(tmp_path: Path, ndoo: Ndoo) -> None:
    columns = [f"c{at}" for at in range(7)]
    rows = [",".join([n, *("xy"[at % 2] for _ in columns)]) for at, n in enumerate(some(80))]
    written(tmp_path, ",".join(["nhs_number", *columns]), rows, set(range(20)))
    assert groups(ndoo, "--by", "c0", "--by", "c1", "--by", "c2", "--by", "c3")
    said = ndoo(
        "impact",
        "before.csv",
        "after.csv",
        "--nhs-number",
        "nhs_number",
        "--by",
        "c4",
        "--by",
        "c5",
        "--by",
        "c6",
        "--json",
    )
    assert (said.status, said.json["error"]["code"]) == (5, "impact-earlier")


def test_what_earlier_reports_gave_away_is_said_and_nothing_is_added(
    tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first report was made by a method that showed too much."""
    rows, gone = list[str](), set[int]()
    people = iter(some(300))
    for at, lost in enumerate((3, 15, 12)):
        gone |= set(range(len(rows), len(rows) + lost))
        rows += [f"{next(people)},p{at},{'xy'[at // 2]}" for _ in range(100)]
    written(tmp_path, "nhs_number,practice,arm", rows, gone)
    with monkeypatch.context() as careless:
        careless.setattr("ndoo.impact.report.hidden", lambda *_, **__: Hidden(frozenset({(0, "p0")})))
        assert groups(ndoo, "--by", "practice") == [{"p1": 15, "p2": 12}]
    said = ndoo("impact", "before.csv", "after.csv", "--nhs-number", "nhs_number", "--by", "arm", "--json")
    assert said.json["columns"][0]["groups"] == []
    assert "Earlier reports on this cohort" in said.told
