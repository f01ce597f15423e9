"""Can a damaged number carry a person who opted out past the list? Held or removed, never kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ndoo.domain.nhs_number import check_digit
from tests.attack import naive
from tests.attack.scene import GO, LOW, MUST_GO, PEOPLE, STAY, Scene, of_allowed, row, table

Damage = Callable[[str], str]


def spread(number: str, gap: str) -> str:
    """3-3-4 with something in the places."""
    return f"{number[:3]}{gap}{number[3:6]}{gap}{number[6:]}"


def in_digits_from(zero: str) -> Damage:
    """The same number in another script's digits."""
    return lambda number: "".join(chr(ord(zero) + int(digit)) for digit in number)


def wrong_check_digit(number: str) -> str:
    return number[:9] + str((int(number[9]) + 1) % 10)


def swapped(number: str) -> str:
    """Two unlike neighbours change places: the slip of the typist that the check digit is for."""
    at = next(at for at in range(3, 9) if number[at] != number[at + 1])
    return number[:at] + number[at + 1] + number[at] + number[at + 2 :]


MALFORMED: dict[str, Damage] = {
    "scientific_notation": lambda n: f"{n[0]}.{n[1:3]}E+09",
    "scientific_notation_with_every_digit": lambda n: f"{n[0]}.{n[1:]}e9",
    "trailing_point_zero": lambda n: n + ".0",
    "trailing_point": lambda n: n + ".",
    "thousands_separators": lambda n: f"{n[0]}'{n[1:4]}'{n[4:7]}'{n[7:]}",
    "plus_sign": lambda n: "+" + n,
    "minus_sign": lambda n: "-" + n,
    "text_mark_of_a_spreadsheet": lambda n: "'" + n,
    "formula_of_a_spreadsheet": lambda n: f'"=""{n}"""',
    "eleven_digits": lambda n: n + "0",
    "eleven_digits_zero_first": lambda n: "0" + n,
    "nine_digits": lambda n: n[:9],
    "nine_digits_first_lost": lambda n: n[1:],
    "two_numbers_in_a_cell": lambda n: f"{n} {n}",
    "full_width_digits": in_digits_from("０"),
    "arabic_indic_digits": in_digits_from("٠"),
    "eastern_arabic_digits": in_digits_from("۰"),
    "devanagari_digits": in_digits_from("०"),
    "mathematical_bold_digits": in_digits_from("𝟎"),
    "one_full_width_digit": lambda n: n[:9] + chr(ord("０") + int(n[9])),
    "letter_o_for_zero": lambda n: n.replace("0", "O") if "0" in n else "O" + n[1:],
    "letter_l_for_one": lambda n: "l" + n[1:],
    "tab_behind": lambda n: n + "\t",
    "tab_before": lambda n: "\t" + n,
    "tabs_in_the_places": lambda n: spread(n, "\t"),
    "line_feed_behind_in_quotes": lambda n: f'"{n}\n"',
    "carriage_return_behind_in_quotes": lambda n: f'"{n}\r"',
    "non_breaking_space_behind": lambda n: n + "\u00a0",
    "non_breaking_spaces_in_the_places": lambda n: spread(n, "\u00a0"),
    "narrow_spaces_in_the_places": lambda n: spread(n, "\u202f"),
    "double_spaces_in_the_places": lambda n: spread(n, "  "),
    "space_and_hyphen_together": lambda n: spread(n, " -"),
    "spaces_4_3_3": lambda n: f"{n[:4]} {n[4:7]} {n[7:]}",
    "spaces_in_pairs": lambda n: " ".join(n[at : at + 2] for at in range(0, 10, 2)),
    "space_between_every_digit": lambda n: " ".join(n),
    "points_in_the_places": lambda n: spread(n, "."),
    "slashes_in_the_places": lambda n: spread(n, "/"),
    "underscores_in_the_places": lambda n: spread(n, "_"),
    "en_dashes_in_the_places": lambda n: spread(n, "–"),
    "minus_signs_in_the_places": lambda n: spread(n, "−"),
    "zero_width_space_inside": lambda n: spread(n, "\u200b"),
    "zero_width_space_behind": lambda n: n + "\u200b",
    "zero_width_joiner_before": lambda n: "\u200d" + n,
    "byte_order_mark_before": lambda n: "\ufeff" + n,
    "soft_hyphens_in_the_places": lambda n: spread(n, "\u00ad"),
    "right_to_left_mark": lambda n: "\u200f" + n,
    "label_before": lambda n: "NHS " + n,
    "hash_before": lambda n: "#" + n,
    "brackets": lambda n: f"({n})",
    "markup": lambda n: f"<b>{n}</b>",
    "hexadecimal": lambda n: hex(int(n)),
    "bytes_of_python": lambda n: f"b'{n}'",
    "one_quote_only": lambda n: f"'{n}",
    "two_pairs_of_quotes": lambda n: f"''{n}''",
    "curly_quotes": lambda n: f"“{n}”",
    "asterisks_for_the_middle": lambda n: n[:3] + "****" + n[7:],
    "very_long": lambda n: n + "0" * 5000,
    "word_null": lambda _: "NULL",
    "word_none": lambda _: "None",
    "word_nan": lambda _: "nan",
    "word_na_with_a_slash": lambda _: "N/A",
    "word_not_known": lambda _: "not known",
    "backslash_n": lambda _: "\\N",
    "hyphen_for_nothing": lambda _: "-",
    "overflow_of_a_spreadsheet": lambda _: "##########",
}
MISSING: dict[str, Damage] = {
    "blank": lambda _: "",
    "blanks": lambda _: "     ",
    "empty_quotes": lambda _: '""',
    "blanks_in_quotes": lambda _: '"   "',
    "quotes_in_quotes": lambda _: '""""""',
}
FAILING: dict[str, Damage] = {"check_digit_wrong": wrong_check_digit, "two_digits_swapped": swapped}
PLACEHOLDERS: dict[str, Damage] = {
    "zeros": lambda _: "0" * 10,
    "ones_which_pass_the_check": lambda _: "1" * 10,
    "nines_which_pass_the_check": lambda _: "9" * 10,
    "nines_with_hyphens": lambda _: "999-999-9999",
}
TOLERATED: dict[str, Damage] = {
    "spaces_3_3_4": lambda n: spread(n, " "),
    "hyphens_3_3_4": lambda n: spread(n, "-"),
    "one_space_only": lambda n: f"{n[:3]} {n[3:]}",
    "spaces_around": lambda n: f"  {n}   ",
    "quotes_of_the_table": lambda n: f'"{n}"',
    "single_quotes": lambda n: f"'{n}'",
    "quotes_and_spaces": lambda n: f'" {spread(n, " ")} "',
}


def holds(scene: Scene, cell: str, reason: str) -> None:
    """The row is in no output, in both polarities; it is counted under its reason; the others are as they came."""
    stay = list(map(row, STAY))
    extract = table([*stay, row(cell, MUST_GO), row(GO[0], MUST_GO)])
    scene.put(extract)
    outcome = scene.upholds_both_ways(6, "--nhs-number", "nhs_number")
    assert outcome.output.decode() == table(stay)
    assert outcome.held == {reason: 1}
    assert outcome.manifest["rows"]["removed"] == 1
    assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


@pytest.mark.parametrize("form", MALFORMED)
def test_a_number_of_another_form_is_not_guessed_at(form: str, scene: Scene) -> None:
    holds(scene, MALFORMED[form](GO[1]), "malformed")


@pytest.mark.parametrize("form", MISSING)
def test_a_blank_is_nobody_and_not_somebody_allowed(form: str, scene: Scene) -> None:
    holds(scene, MISSING[form](GO[1]), "missing")


@pytest.mark.parametrize("form", FAILING)
def test_a_slip_of_the_pen_is_not_another_person(form: str, scene: Scene) -> None:
    holds(scene, FAILING[form](GO[1]), "check_digit")


@pytest.mark.parametrize("form", PLACEHOLDERS)
def test_a_placeholder_is_not_a_person(form: str, scene: Scene) -> None:
    holds(scene, PLACEHOLDERS[form](GO[1]), "placeholder")


@pytest.mark.parametrize("form", TOLERATED)
def test_a_number_as_people_write_it_is_still_removed(form: str, scene: Scene) -> None:
    extract = table([*map(row, STAY), row(TOLERATED[form](GO[1]), MUST_GO)])
    scene.put(extract)
    outcome = scene.upholds_both_ways(0)
    assert outcome.manifest["rows"]["removed"] == 1
    if not form.startswith("quotes_of"):
        assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


@pytest.mark.parametrize("form", TOLERATED)
def test_a_number_as_people_write_it_is_kept_as_written(form: str, scene: Scene) -> None:
    extract = table([row(TOLERATED[form](number)) for number in STAY])
    scene.put(extract)
    assert scene.upholds_both_ways(0).output == extract.encode()


@pytest.mark.parametrize("lost", [1, 2], ids=["one_zero", "both_zeros"])
def test_a_number_that_lost_its_leading_zeros_is_not_given_them_back(lost: int, scene: Scene) -> None:
    holds(scene, LOW[lost:], "malformed")


def test_a_number_with_its_leading_zeros_is_removed(scene: Scene) -> None:
    """The reader that guesses types loses the zeros, and lets the person through."""
    extract = table([*map(row, STAY), row(LOW, MUST_GO)])
    scene.put(extract)
    assert scene.upholds_both_ways(0).manifest["rows"]["removed"] == 1
    assert MUST_GO not in naive.anti_join(extract, of_allowed([LOW]))
    assert MUST_GO in naive.type_guessing_anti_join(extract, of_allowed([LOW])), "the attack does not bite"


@pytest.mark.parametrize(
    "first_nine",
    ["123456789", "321654987", "555123456", "812345678"],
    ids=["scottish", "northern_irish", "reserved", "irish"],
)
def test_a_number_of_another_country_is_not_allowed_by_its_absence(first_nine: str, scene: Scene) -> None:
    """The national register cannot know of it, so a list of those who opted out says nothing about it."""
    nine = next(str(n) for n in range(int(first_nine), int(first_nine) + 20) if check_digit(str(n)) is not None)
    extract = table([*map(row, STAY), row(f"{nine}{check_digit(nine)}", MUST_GO)])
    scene.put(extract)
    assert scene.upholds(6, by="opted_out").held == {"not_covered": 1}
    assert scene.upholds(0, by="allowed").manifest["rows"]["removed"] == 1
    assert MUST_GO in naive.anti_join(extract, of_allowed(GO)), "the attack does not bite"


def test_a_whole_column_turned_to_floats_is_refused(scene: Scene) -> None:
    """One blank cell makes pandas write 9434765919.0 all the way down: then no column holds NHS numbers."""
    scene.put(table([row(f"{number}.0") for number in STAY] + [row("")]))
    scene.refuses(3, "column-not-found")


def test_a_whole_column_turned_to_floats_keeps_nobody(scene: Scene) -> None:
    scene.put(table([row(f"{number}.0", MUST_GO) for number in PEOPLE]))
    outcome = scene.upholds_both_ways(6, "--nhs-number", "nhs_number")
    assert outcome.manifest["rows"]["kept"] == 0


def test_every_row_undecided_keeps_nobody_and_says_so(scene: Scene) -> None:
    scene.put(table([row("", MUST_GO)] * 5))
    outcome = scene.upholds_both_ways(6, "--nhs-number", "nhs_number")
    assert outcome.output.decode() == table([])
    assert outcome.held == {"missing": 5}


def test_undecided_rows_stop_the_run_where_they_must(scene: Scene) -> None:
    scene.put(table([*map(row, STAY), row("", MUST_GO)]))
    scene.refuses(3, "rows-undecided", "--undecided", "stop")


def test_keep_missing_keeps_no_damaged_number(scene: Scene) -> None:
    """Only a row with no number at all may stay, and only with a justification."""
    damaged = [row(form(GO[1]), MUST_GO) for form in (*MALFORMED.values(), *FAILING.values(), *PLACEHOLDERS.values())]
    scene.put(table([*map(row, STAY), row(""), *damaged]))
    scene.refuses(2, "justification", "--undecided", "keep-missing")
    outcome = scene.upholds_both_ways(
        6, "--undecided", "keep-missing", "--justification", "unregistered visitors", "--nhs-number", "nhs_number"
    )
    assert outcome.manifest["rows"]["kept_without_number"] == 1
    assert outcome.manifest["rows"]["kept"] == len(STAY) + 1
