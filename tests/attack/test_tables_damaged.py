"""Can a damaged table be read as another table? Refused with its row, and nothing written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attack import naive
from tests.attack.scene import GO, HEADING, MUST_GO, STAY, Scene, of_allowed, row, table

EXTRACT = table()


def test_two_columns_of_one_name_are_nobodys_column(scene: Scene) -> None:
    """Readers rename one of the two, and do not agree which; the naive one takes the wrong number."""
    rows = [f"{STAY[0]},{MUST_GO},{GO[0]},x"]
    extract = table(rows, heading="nhs_number,marker,nhs_number,diagnosis")
    scene.put(extract)
    scene.refuses(3, "columns-double", "--nhs-number", "nhs_number")
    assert MUST_GO in naive.first_of_the_name(extract, of_allowed(GO)), "the attack does not bite"


def test_two_columns_of_one_name_but_for_spaces_are_nobodys_column(scene: Scene) -> None:
    scene.put(table([f"{STAY[0]},{MUST_GO},{GO[0]},x"], heading="nhs_number,marker, nhs_number ,diagnosis"))
    scene.refuses(3, "columns-double", "--nhs-number", "nhs_number")


def test_a_row_with_a_field_too_few_shifts_nobodys_number(scene: Scene) -> None:
    """A lost delimiter moves the next cell under the heading of the one before."""
    extract = table([*map(row, STAY), f"x{GO[0]},{MUST_GO},zyzzogetonitis"])
    scene.put(extract)
    assert "Row 9 " in scene.refuses(3, "row-ragged").told
    assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


def test_a_row_with_a_field_too_many_shifts_nobodys_number(scene: Scene) -> None:
    extract = table([*map(row, STAY), f"x,{GO[0]},{MUST_GO},Quillfeather,zyzzogetonitis"])
    scene.put(extract)
    assert "Row 9 " in scene.refuses(3, "row-ragged").told
    assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


def test_an_unquoted_comma_in_a_name_shifts_nobodys_number(scene: Scene) -> None:
    scene.put(table([f"Quillfeather, J,{GO[0]},{MUST_GO}"], heading="surname,nhs_number,marker"))
    scene.refuses(3, "row-ragged", "--nhs-number", "nhs_number")


def test_a_quote_never_closed_swallows_nobody(scene: Scene) -> None:
    scene.put(table([*map(row, STAY), f'{STAY[0]},maystay,"Quillfeather,x', row(GO[0], MUST_GO)]))
    assert "Row 9:" in scene.refuses(3, "quote-open").told


def test_a_quote_closed_rows_later_swallows_nobody(scene: Scene) -> None:
    """An open quote and a later one make one long cell of all rows between them, opted out or not."""
    swallowed = [f'{STAY[0]},maystay,"Quillfeather,x', row(GO[0], MUST_GO), f'{STAY[1]},maystay,Quill"feather,x']
    extract = table([*map(row, STAY), *swallowed])
    scene.put(extract)
    scene.refuses(3, "quote-stray")
    assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


@pytest.mark.parametrize(
    "cell",
    ['Quill"feather', '"Quill"feather', '"Quillfeather" ', ' "Quillfeather"'],
    ids=["inside", "closed_early", "space_behind", "space_before"],
)
def test_a_stray_quote_is_not_guessed_at(cell: str, scene: Scene) -> None:
    scene.put(table([f"{STAY[0]},maystay,{cell},zyzzogetonitis", *map(row, STAY)]))
    assert "Row 1:" in scene.refuses(3, "quote-stray").told


def test_a_stray_quote_may_stay_where_quotes_are_said_to_be_plain(scene: Scene) -> None:
    extract = table([f'{STAY[0]},maystay,5" scar,x', f'{GO[0]},{MUST_GO},6",x', f'{STAY[1]},maystay,7",x'])
    scene.put(extract)
    outcome = scene.upholds_both_ways(0, "--no-quotes", "--nhs-number", "nhs_number")
    assert (outcome.manifest["rows"]["kept"], outcome.manifest["rows"]["removed"]) == (2, 1)


def test_a_file_cut_in_the_middle_of_a_row_is_not_whole(scene: Scene) -> None:
    cut = EXTRACT[: EXTRACT.rindex(",Quillfeather")]
    scene.put(cut)
    assert "Row 18 " in scene.refuses(3, "row-ragged").told
    assert naive.half_a_file_is_a_file(cut.encode(), of_allowed(GO)), "the attack does not bite"


def test_a_file_cut_in_the_middle_of_a_number_is_not_whole(scene: Scene) -> None:
    cut = EXTRACT[: EXTRACT.rindex(STAY[-1]) + 6]
    scene.put(cut)
    scene.refuses(3, "row-ragged")
    assert STAY[-1][:6] in naive.half_a_file_is_a_file(cut.encode(), of_allowed(GO)), "the attack does not bite"


def test_one_column_cut_in_the_middle_of_a_number_holds_the_stump(scene: Scene) -> None:
    """Nothing but the number's own length tells that this file is cut."""
    scene.put("nhs_number\n" + "".join(f"{n}\n" for n in STAY) + GO[0][:6])
    outcome = scene.upholds_both_ways(6)
    assert outcome.held == {"malformed": 1}
    assert GO[0][:6].encode() not in outcome.output.splitlines()


def test_a_file_cut_inside_quotes_is_not_whole(scene: Scene) -> None:
    scene.put(EXTRACT + f'{GO[0]},{MUST_GO},"Quillf')
    scene.refuses(3, "quote-open")


@pytest.mark.parametrize("place", ["number", "elsewhere", "end"])
def test_a_nul_byte_ends_no_cell(place: str, scene: Scene) -> None:
    """Readers written in C take a cell to end there, so the number that they compare is another one."""
    damaged = {
        "number": row(GO[0][:9] + "\0" + GO[0][9], MUST_GO),
        "elsewhere": row(STAY[0], "may\0stay"),
        "end": "\0" * 512,
    }
    scene.put(table([*map(row, STAY), damaged[place]]))
    assert "Row 9:" in scene.refuses(3, "nul-byte").told


def test_a_bare_carriage_return_hides_no_row(scene: Scene) -> None:
    """Half the readers see a row of somebody who opted out behind it, the other half a long last cell."""
    scene.put(table([*map(row, STAY), row(STAY[0]) + "\r" + row(GO[0], MUST_GO)]))
    assert "Row 9:" in scene.refuses(3, "bare-cr").told


def test_a_bare_carriage_return_in_a_cell_hides_no_row(scene: Scene) -> None:
    scene.put(table([f"{STAY[0]},maystay,Quill\rfeather,zyzzogetonitis"]))
    scene.refuses(3, "bare-cr")


def test_carriage_returns_alone_are_no_line_ends(scene: Scene) -> None:
    scene.put(table(end="\r"))
    scene.refuses(3, "bare-cr")


@pytest.mark.parametrize(
    "end",
    ["\u2028", "\u0085", "\v", "\f", "\x1e"],
    ids=["line_separator", "next_line", "vertical_tab", "form_feed", "record_separator"],
)
def test_a_character_that_some_take_for_a_line_end_hides_no_row(end: str, scene: Scene) -> None:
    """A reader with `splitlines` sees two rows; here it is text in a cell, and that row's number decides."""
    hidden = f"{GO[0]},{MUST_GO},Quillfeather{end}{STAY[0]} maystay,x"
    scene.put(table([*map(row, STAY), hidden]))
    assert scene.upholds_both_ways(0).manifest["rows"]["removed"] == 1


def test_mixed_line_ends_are_kept_as_they_came(scene: Scene) -> None:
    mixed = [f"{HEADING}\r\n", f"{row(STAY[0])}\n", f"{row(GO[0], MUST_GO)}\r\n", f"{row(STAY[1])}\r\n", row(STAY[2])]
    scene.put("".join(mixed))
    assert scene.upholds_both_ways(0).output.decode() == "".join([*mixed[:2], *mixed[3:]])


def test_a_last_row_without_its_line_end_is_judged_too(scene: Scene) -> None:
    scene.put(table(map(row, STAY)) + row(GO[0], MUST_GO))
    assert scene.upholds_both_ways(0).manifest["rows"]["removed"] == 1


def test_a_last_row_without_its_line_end_does_not_glue_two_rows(scene: Scene) -> None:
    scene.put(table([row(GO[0], MUST_GO)]) + row(STAY[0]))
    outcome = scene.upholds_both_ways(0, "--nhs-number", "nhs_number")
    assert outcome.output.decode() == f"{HEADING}\n{row(STAY[0])}"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "input-empty"),
        ("\n\n\n", "input-empty"),
        ("\r\n", "input-empty"),
        ("   \n", "input-empty"),
        (f"{HEADING}\n", "column-not-found"),
        (HEADING, "column-not-found"),
    ],
    ids=["no_bytes", "line_feeds", "one_line_end", "spaces", "heading_alone", "heading_cut"],
)
def test_a_table_of_nothing_is_not_upheld(content: str, code: str, scene: Scene) -> None:
    """An empty output would look like a dataset from which everybody opted out."""
    scene.put(content)
    scene.refuses(3, code)


def test_a_heading_alone_is_upheld_where_its_column_is_named(scene: Scene) -> None:
    scene.put(f"{HEADING}\n")
    outcome = scene.upholds_both_ways(0, "--nhs-number", "nhs_number")
    assert outcome.manifest["rows"]["read"] == 0
    assert outcome.output.decode() == f"{HEADING}\n"


@pytest.mark.parametrize(
    "damage",
    [
        lambda n: n,
        lambda n: n[:9] + str((int(n[9]) + 1) % 10),
        lambda n: n + "\t",
        lambda n: n[:9],
        lambda n: n + ".0",
        lambda n: f"{n[0]}.{n[1:3]}E+09",
        lambda n: n.translate({48 + d: 0xFF10 + d for d in range(10)}),
        lambda n: n[:3] + "–" + n[3:6] + "–" + n[6:],
        lambda _: "9" * 10,
    ],
    ids=["whole", "check_digit", "tab", "nine_digits", "float", "scientific", "full_width", "dashes", "placeholder"],
)
def test_the_first_patient_is_not_taken_for_the_heading(damage: Callable[[str], str], scene: Scene) -> None:
    """Without a heading, the first row would be kept whoever's it is, and their number be a column's name."""
    scene.put(table([*map(row, STAY)], heading=row(damage(GO[0]), MUST_GO)))
    scene.refuses(3, "heading-missing")


def test_no_heading_is_fine_where_the_caller_says_so(scene: Scene) -> None:
    scene.put(table([*map(row, STAY)], heading=row(GO[0], MUST_GO)))
    outcome = scene.upholds_both_ways(0, "--no-header")
    assert outcome.output.decode() == "".join(row(n) + "\n" for n in STAY)


def test_blank_lines_are_rows_of_nobody(scene: Scene) -> None:
    """They are counted and left out, so that no row is lost between the counts."""
    scene.put(table([row(STAY[0]), "", row(GO[0], MUST_GO), "", "", row(STAY[1])]))
    outcome = scene.upholds_both_ways(6, "--nhs-number", "nhs_number")
    assert outcome.held == {"missing": 3}
    assert outcome.output.decode() == table([row(STAY[0]), row(STAY[1])])


def test_a_delimiter_inside_quotes_divides_nothing(scene: Scene) -> None:
    kept = [f'{STAY[0]},maystay,"Quillfeather, {STAY[3]}, J",x', row(STAY[1]), row(STAY[2])]
    scene.put(table([*kept[:1], f'{GO[0]},"{MUST_GO},",x,y', *kept[1:]]))
    assert scene.upholds_both_ways(0, "--nhs-number", "nhs_number").output.decode() == table(kept)


def test_a_line_end_inside_quotes_begins_no_row(scene: Scene) -> None:
    """The naive reader of lines takes the second half of the cell for a row of its own, and keeps it."""
    split = f'{GO[0]},x,"seen\n{STAY[0]},{MUST_GO},by",x'
    extract = table([*map(row, STAY), split])
    scene.put(extract)
    assert scene.upholds_both_ways(0).output.decode() == table(map(row, STAY))
    by_line = [line for line in extract.splitlines() if line[:10] not in GO]
    assert MUST_GO in "\n".join(by_line), "the attack does not bite"


def test_a_quoted_cell_with_line_ends_stays_whole(scene: Scene) -> None:
    extract = table([f'{STAY[0]},maystay,"Quill\r\nfeather\n""J""",x', row(STAY[1]), row(STAY[2])])
    scene.put(extract)
    assert scene.upholds_both_ways(0).output.decode() == extract


@pytest.mark.parametrize("delimiter", ["\t", ";", "|", "^", "~", ":", "\x1f", "\x01"])
def test_another_delimiter_is_found_and_nobody_slips_through(delimiter: str, scene: Scene) -> None:
    scene.put(EXTRACT.replace(",", delimiter))
    assert scene.upholds_both_ways(0).manifest["rows"]["removed"] == 2


@pytest.mark.parametrize("said", [",,", "\n", '"', "é"], ids=["two", "line_feed", "quote", "not_ascii"])
def test_a_delimiter_that_cannot_be_meant_is_refused(said: str, scene: Scene) -> None:
    scene.put(EXTRACT)
    scene.refuses(2, "delimiter", "--delimiter", said)


def test_the_wrong_delimiter_keeps_nobody(scene: Scene) -> None:
    scene.put(EXTRACT)
    scene.refuses(2, "delimiter-other", "--delimiter", ";")
