"""Can the wrong column decide, or a second person in the row be overlooked? Named, and the caller decides."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from pyarrow import parquet

from ndoo.domain.nhs_number import check_digit
from ndoo.upholding.text import delimited
from tests.attack import naive
from tests.attack.scene import GO, MUST_GO, STAY, Scene, of_allowed, table

PAIR = "nhs_number,mother,marker"
OWN = ("--nhs-number", "nhs_number")


def pairs(*extra: tuple[str, str, str]) -> str:
    """A register of births: the child's own number, the mother's, a marker. All of these may stay."""
    rows = [(child, mother, "maystay") for child, mother in zip(STAY[:4], STAY[4:], strict=True)]
    return table([",".join(cells) for cells in (*rows, *extra)], heading=PAIR)


WITH_MOTHER_GONE = (STAY[0], GO[0], MUST_GO)


def random_ids(count: int, seed: int = 3) -> list[str]:
    """Ten digits with nothing behind them: one in eleven is a valid NHS number by chance."""
    return [f"{random.Random(f'{seed}-{at}').randrange(10**10):010}" for at in range(count)]


def test_a_second_column_of_numbers_is_not_left_unclassified(scene: Scene) -> None:
    scene.put(pairs())
    assert "'mother'" in scene.refuses(2, "column-unclassified", *OWN).told


def test_two_candidates_are_refused_with_their_names(scene: Scene) -> None:
    scene.put(pairs())
    said = scene.refuses(2, "column-several")
    assert "'nhs_number'" in said.told
    assert "'mother'" in said.told


def test_a_mother_who_opted_out_takes_the_childs_row_along(scene: Scene) -> None:
    extract = pairs(WITH_MOTHER_GONE)
    scene.put(extract)
    outcome = scene.upholds_both_ways(0, *OWN, "--also", "mother")
    assert outcome.manifest["columns"]["also"] == ["mother"]
    assert outcome.manifest["rows"]["removed"] == 1
    assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


def test_a_child_who_opted_out_goes_whatever_the_mother_chose(scene: Scene) -> None:
    scene.put(pairs((GO[0], STAY[0], MUST_GO)))
    assert scene.upholds_both_ways(0, *OWN, "--also", "mother").manifest["rows"]["removed"] == 1


def test_a_blank_mother_names_nobody(scene: Scene) -> None:
    extract = pairs((STAY[0], "", "maystay"), (STAY[1], '""', "maystay"))
    scene.put(extract)
    assert scene.upholds_both_ways(0, *OWN, "--also", "mother").output.decode() == extract


@pytest.mark.parametrize(
    "cell",
    [GO[0] + "\t", GO[0][:9], GO[0] + ".0", "9" * 10, "not known"],
    ids=["tab", "nine_digits", "float", "placeholder", "words"],
)
def test_a_mother_with_a_damaged_number_is_held(cell: str, scene: Scene) -> None:
    scene.put(pairs((STAY[0], cell, MUST_GO)))
    assert sum(scene.upholds_both_ways(6, *OWN, "--also", "mother").held.values()) == 1


def test_keep_missing_keeps_no_row_that_names_a_mother(scene: Scene) -> None:
    """A row without its own number is not a row with *no* number at all."""
    scene.put(pairs(("", GO[0], MUST_GO), ("", STAY[0], MUST_GO), ("", "x", MUST_GO), ("", "", "maystay")))
    why = ("--undecided", "keep-missing", "--justification", "not yet registered")
    outcome = scene.upholds_both_ways(6, *OWN, "--also", "mother", *why)
    assert outcome.manifest["rows"]["kept_without_number"] == 1


def test_a_column_that_may_stay_is_said_in_the_manifest(scene: Scene) -> None:
    scene.put(pairs())
    outcome = scene.upholds_both_ways(0, *OWN, "--ignore-column", "mother")
    assert outcome.manifest["columns"]["ignored"] == ["mother"]
    assert "'mother'" in outcome.said.told


@pytest.mark.parametrize(
    "more",
    [
        ("--also", "mother", "--ignore-column", "mother"),
        ("--also", "nhs_number"),
        ("--ignore-column", "nhs_number"),
        ("--also", "mother", "--also", "mother"),
    ],
    ids=["both", "own_again", "own_ignored", "twice"],
)
def test_a_column_named_twice_is_not_weighed(more: tuple[str, ...], scene: Scene) -> None:
    scene.put(pairs())
    scene.refuses(2, "column-twice", *OWN, *more)


@pytest.mark.parametrize("option", ["--nhs-number", "--also", "--ignore-column"])
def test_a_column_that_is_not_there_is_not_passed_over(option: str, scene: Scene) -> None:
    """A misspelt --also would uphold on one column less."""
    scene.put(pairs())
    assert "Did you mean 'mother'?" in scene.refuses(2, "column-missing", option, "mothers").told


def test_a_name_in_another_case_is_another_name(scene: Scene) -> None:
    scene.put(pairs())
    scene.refuses(2, "column-missing", "--nhs-number", "NHS_NUMBER")


def test_the_persons_own_column_may_not_be_ignored_away(scene: Scene) -> None:
    scene.put(table())
    scene.refuses(3, "column-not-found", "--ignore-column", "nhs_number")


def test_random_ten_digit_ids_are_no_candidates(scene: Scene) -> None:
    """A thousand of them hold about ninety valid numbers."""
    rows = [f"{n},{i},maystay" for n, i in zip(STAY * 125, random_ids(1000), strict=True)]
    scene.put(table(rows, heading="nhs_number,episode,marker"))
    assert scene.upholds(0, "--expect-removed", "0-100").manifest["columns"]["nhs_number"] == "nhs_number"


def test_a_column_that_only_says_nhs_number_does_not_decide(scene: Scene) -> None:
    """The name is on the hospital's own number; the NHS number stands under another."""
    rows = [f"{i},{n},x" for n, i in zip([*STAY, *GO], random_ids(12), strict=True)]
    scene.put(table(rows, heading="nhs_number,patient,marker"))
    assert scene.upholds(0).manifest["columns"]["nhs_number"] == "patient"


def test_a_column_that_holds_something_else_keeps_nobody(scene: Scene) -> None:
    """Named by the caller, and wrong: every row is held, and the true column is not overlooked."""
    rows = [f"R{at:03},{n},{MUST_GO}" for at, n in enumerate([*STAY, *GO])]
    scene.put(table(rows, heading="nhs_number,patient,marker"))
    scene.refuses(2, "column-unclassified", *OWN)
    outcome = scene.upholds(6, *OWN, "--ignore-column", "patient")
    assert outcome.held == {"malformed": 12}


def test_random_ids_named_as_the_persons_keep_nobody_by_chance(scene: Scene) -> None:
    """In the polarity of those who opted out, one id in eleven would pass for somebody who did not."""
    scene.put(table([f"{i},x" for i in random_ids(300)], heading="nhs_number,marker"))
    scene.refuses(3, "column-by-chance", *OWN, by="opted_out")


def test_no_column_of_numbers_is_not_a_file_without_opt_outs(scene: Scene) -> None:
    scene.put(table(["a,b", "c,d"], heading="x,y"))
    scene.refuses(3, "column-not-found")


def test_a_second_column_that_begins_late_is_seen_before_anything_is_published(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first rows show nothing: the numbers of mothers begin at row 220,000 of 260,000."""
    monkeypatch.setattr(delimited, "BLOCK", 1 << 21)  # as it is: a part of each block is looked at
    children = "".join(f"{n},,x\n" for n in STAY) * 27_500
    mothers = "".join(f"{n},{m},x\n" for n, m in zip(STAY, GO * 2, strict=True)) * 5_000
    scene.put(f"{PAIR}\n{children}{mothers}")
    scene.refuses(2, "column-unclassified", *OWN, "--expect-removed", "0-100")


def test_a_second_column_that_begins_late_is_seen_in_parquet(scene: Scene) -> None:
    """In the last of many row groups."""
    rows = pa.table({"nhs_number": STAY * 27_500, "mother": pa.nulls(220_000, pa.string())})
    late = pa.table({"nhs_number": STAY * 100, "mother": GO * 200})
    with parquet.ParquetWriter(scene.folder / "in.csv", rows.schema) as writer:
        writer.write_table(rows, row_group_size=20_000)
        writer.write_table(late)
    scene.refuses(2, "column-unclassified", *OWN, "--expect-removed", "0-100", output="out.parquet")


def test_a_number_of_another_country_in_a_second_column_is_seen(scene: Scene) -> None:
    """A Scottish number is somebody's number too."""
    chi = [
        f"{nine}{check_digit(str(nine))}"
        for nine in range(110_101_000 + 10**8, 110_101_100 + 10**8)
        if check_digit(str(nine)) is not None
    ][:8]
    scene.put(table([f"{n},{c},x" for n, c in zip(STAY, chi, strict=True)], heading="nhs_number,chi,marker"))
    assert "'chi'" in scene.refuses(2, "column-unclassified", *OWN).told


def test_columns_swapped_by_the_supplier_are_not_read_by_position(scene: Scene) -> None:
    """The column is found by its name on every run; only a file without a heading goes by position."""
    scene.put(table([f"{MUST_GO},{n}" for n in GO] + [f"maystay,{n}" for n in STAY], heading="marker,nhs_number"))
    assert scene.upholds_both_ways(0, *OWN).manifest["rows"]["removed"] == len(GO)


def test_a_person_with_rows_of_several_fates_is_counted_once(scene: Scene) -> None:
    """read = kept + removed + held, for people as for rows, although one child has three rows of three fates."""
    scene.put(pairs(WITH_MOTHER_GONE, (STAY[0], "x", MUST_GO)))
    people = scene.upholds_both_ways(6, *OWN, "--also", "mother").manifest["people"]
    assert people == {"read": 4, "kept": 4, "removed": 0, "held": 0}
