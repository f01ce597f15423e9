"""Can an edited output, or somebody put back into it, pass `verify`? Every edit breaks the promise that it touches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attack.scene import GO, HEADING, MUST_GO, STAY, Scene, of_allowed, row, table
from tests.attack.tampering import broken, claimed, manifest_of, rewrite

OUTPUTS: dict[str, Callable[[str], str]] = {
    "a_cell_edited": lambda text: text.replace("zyzzogetonitis", "healthy", 1),
    "a_row_added": lambda text: text + row(STAY[0]) + "\n",
    "a_row_taken_away": lambda text: text.removesuffix(row(STAY[-1]) + "\n"),
    "two_rows_swapped": lambda text: table(map(row, [STAY[1], STAY[0], *STAY[2:]])),
    "two_numbers_swapped": lambda text: text.replace(STAY[0], "x").replace(STAY[1], STAY[0]).replace("x", STAY[1]),
    "a_column_renamed": lambda text: text.replace("surname", "sirname", 1),
    "line_ends_changed": lambda text: text.replace("\n", "\r\n"),
    "a_mark_put_before": lambda text: "\ufeff" + text,
    "the_last_line_end_lost": lambda text: text.removesuffix("\n"),
    "a_blank_line_added": lambda text: text + "\n",
    "cut_in_a_row": lambda text: text[:-20],
    "cut_in_a_number": lambda text: text[: text.rindex(STAY[-1]) + 5],
    "heading_alone": lambda _: HEADING + "\n",
    "no_bytes": lambda _: "",
    "replaced_by_the_extract": lambda _: table(),
}


@pytest.mark.parametrize("edit", OUTPUTS)
def test_an_edited_output_is_not_what_was_released(edit: str, released: Scene) -> None:
    path = released.folder / "out.csv"
    path.write_bytes(OUTPUTS[edit](path.read_bytes().decode()).encode())
    assert "digest" in broken(released)


@pytest.mark.parametrize("by", ["allowed", "opted_out"])
def test_somebody_put_back_is_found_although_all_digests_and_seals_were_made_to_fit(by: str, released: Scene) -> None:
    """The last promise trusts nobody: it asks the list about every row."""
    document = claimed(released, table([*map(row, STAY), row(GO[0], MUST_GO)]))
    document["rows"].update(kept=9, removed=0)
    document["people"].update(kept=9, removed=0)
    document["output"]["rows"] = 9
    rewrite(released, document, resealed=True)
    assert broken(released, by=by) == {"nobody"}


def test_rows_without_a_number_are_not_let_in_by_a_count_that_is_too_small(released: Scene) -> None:
    document = claimed(released, table([*map(row, STAY), row(""), row("")]))
    document["rows"].update(kept=10, read=12, kept_without_number=1)
    document["output"]["rows"], document["input"]["rows"] = 10, 12
    rewrite(released, document, resealed=True)
    assert broken(released) == {"counts", "nobody"}


def test_rows_without_a_number_are_not_let_in_by_a_forged_claim(released: Scene) -> None:
    """The forger seals again, and the key that the reader named is not theirs."""
    sender = manifest_of(released)["seal"]["public_key"]
    document = claimed(released, table([*map(row, STAY), row("")]))
    document["rows"].update(kept=9, held={}, kept_without_number=1)
    document["output"]["rows"] = 9
    rewrite(released, document, resealed=True)
    assert broken(released, "--signed-by", sender) == {"seal", "counts"}


def test_a_newer_list_that_withholds_somebody_stops_the_reuse(released: Scene) -> None:
    """Right on the day of its release, and not to be used today."""
    released.put_lists(stay=STAY[1:], go=[STAY[0], *GO])
    assert broken(released) == {"nobody"}
    assert broken(released, by="opted_out") == {"nobody"}


def test_verify_itself_takes_no_stale_or_damaged_list(released: Scene) -> None:
    said = released.ndoo("verify", "out.csv", "--allowed", "allowed.dat", "--checked-at", "2020-01-01", "--json")
    assert (said.status, said.json["error"]["code"]) == (4, "list-stale")
    released.put(of_allowed()[:-7], "allowed.dat")
    assert released.verify().status == 4


def test_verify_of_nothing_is_not_a_success(released: Scene) -> None:
    assert released.verify(output="gone.csv").status == 2
