"""A code of an opt-out is never taken for some other entry, whatever stands around it; and another entry is never taken for one."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest

from ndoo.domain.snomed import is_snomed_identifier
from ndoo.type1.code_cell import CodeReader, CodeReading, CodeSays
from ndoo.type1.code_table import code_table
from tests.support.code_decorations import DECORATIONS, OF_NUMBERS, OF_READ_CODES, TERM, WITH_NUL, Decoration

DISSENT = ("827241000000103", "9Nu0", "XaZ89")
WITHDRAWN = ("827261000000102", "9Nu1", "XaZ8A")
NOTHING, TYPE2 = CodeSays.NOTHING, CodeSays.TYPE2


def reader() -> CodeReader:
    return CodeReader(code_table())


def read(cell: str) -> CodeReading:
    return reader().read(cell)


def decorations_of(code: str) -> tuple[Decoration, ...]:
    return (*DECORATIONS, *WITH_NUL, *(OF_NUMBERS if code.isdigit() else OF_READ_CODES))


@pytest.mark.parametrize("code", [*DISSENT, *WITHDRAWN])
def test_no_decoration_makes_a_code_of_an_opt_out_some_other_entry(code: str) -> None:
    says = CodeSays.DISSENT if code in DISSENT else CodeSays.WITHDRAWN
    known = reader()
    for decoration in decorations_of(code):
        found = known.read(decoration(code))
        assert (found.sure | found.maybe) & says, decoration(code)


@pytest.mark.parametrize("code", WITHDRAWN)
def test_a_decorated_withdrawal_is_never_sure(code: str) -> None:
    """It would let somebody through."""
    plain = {text for one in code_table().codes for _, text in one.spellings}
    known = reader()
    for decoration in decorations_of(code):
        cell = decoration(code)
        if cell.strip(" ").removesuffix(".0").removesuffix(".00") not in plain:
            assert known.read(cell).sure == NOTHING, cell


@pytest.mark.parametrize(
    "cell",
    [
        "'827241000000103",
        '="827241000000103"',
        "\t9Nu0.\u00a0",
        "\ufeffXaZ89",
        "9Nu0.11",
        "9Nu0..",
        "８２７２４１０００００0103",
        "827241000000103.",
    ],
)
def test_quotes_spaces_and_a_term_s_number_leave_a_dissent_what_it_is(cell: str) -> None:
    assert read(cell).sure == CodeSays.DISSENT


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (TERM, CodeSays.DISSENT),
        ("Dissent withdrawn from secondary use of GP patient identifiable data", CodeSays.WITHDRAWN),
        ("Type 1 opt-out", CodeSays.DISSENT),
        ("type 1 (GP) opt out", CodeSays.DISSENT),
        ("Type-1 opt-out withdrawn", CodeSays.WITHDRAWN),
        ("Opted out (type 1)", CodeSays.DISSENT),
        ("Objection - Type 1", CodeSays.DISSENT),
        ("Opt-out of secondary uses: Type One", CodeSays.DISSENT),
        ("secondary use of GP data: dissent", CodeSays.DISSENT),
        ("T1OO", CodeSays.DISSENT),
        ("T1 opt-out withdrawn", CodeSays.WITHDRAWN),
        ("9Nu0.;9Nu1.", CodeSays.DISSENT | CodeSays.WITHDRAWN),
        (
            "1959601000000119",
            CodeSays.DISSENT | CodeSays.WITHDRAWN,
        ),  # a description of the edition that the codes are in
        ("9Nu4. 881561000000100", TYPE2),
    ],
)
def test_what_may_be_an_opt_out_is_uncertain(cell: str, says: CodeSays) -> None:
    assert read(cell) == CodeReading(maybe=says)


@pytest.mark.parametrize(
    "cell", ["8.27241E+14", "8E+14", "'8.27241E+14", "8,27241e+14", "8.27241000000103E14", "1;8.27E+14"]
)
def test_a_power_of_ten_has_lost_its_digits(cell: str) -> None:
    assert read(cell).damaged


@pytest.mark.parametrize("cell", ["", "NULL", "nan", "\\N", "N/A", '""', "\u00a0", "#N/A", "<NA>"])
def test_a_word_for_none_is_no_code(cell: str) -> None:
    assert read(cell) == CodeReading(blank=True)


def test_a_code_but_for_its_case_is_told_apart() -> None:
    """`9NU0.` is a Read code of its own (of interpreters); `9nu0.` is none that anybody knows."""
    assert read("9NU0.") == CodeReading(near=CodeSays.DISSENT)
    assert read("9NU1.00 Interpreter") == CodeReading(near=CodeSays.WITHDRAWN)
    assert read("9NU0. 9Nu0.").maybe == CodeSays.DISSENT
    assert read("9nu0.").maybe == CodeSays.DISSENT
    assert (read("9NuO.").maybe, read("9Nul.").maybe) == (CodeSays.DISSENT, CodeSays.WITHDRAWN), (
        "a letter that looks like its digit"
    )


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["C10..", "E119", "44054006", "gout", "9NU0.", "9nu0."], False),
        (["H33zz"], True),
        (["9Nu4."], True),
        (["827241000000103"], False),
    ],
)
def test_a_read_code_with_small_letters_shows_that_case_was_kept(cells: list[str], kept: bool) -> None:
    known = reader()
    for cell in cells:
        known.read(cell)
    assert known.keeps_case is kept


def check_digit(body: str) -> str:
    return next(body + digit for digit in string.digits if is_snomed_identifier(body + digit))


_DICE = random.Random(17)
_LETTERS = string.ascii_letters + string.digits
_MAKERS: dict[str, Callable[[], str]] = {
    "international concepts": lambda: check_digit(f"{_DICE.randint(1000, 99_999_999)}00"),
    "concepts of the United Kingdom": lambda: check_digit(f"{_DICE.randint(1, 9_999_999)}100000010"),
    "codes of EMIS": lambda: check_digit(f"{_DICE.randint(1, 9_999_999)}1000006{_DICE.choice(('10', '11'))}"),
    "numbers": lambda: str(_DICE.randint(1, 10 ** _DICE.randint(3, 18))),
    "Read codes": lambda: (
        "".join(_DICE.choices(_LETTERS, k=_DICE.randint(3, 5))).ljust(5, ".") + _DICE.choice(("", "00", "11"))
    ),
    "CTV3": lambda: "X" + "".join(_DICE.choices(_LETTERS, k=4)),
    "ICD-10": lambda: f"{_DICE.choice(string.ascii_uppercase)}{_DICE.randint(0, 99):02}.{_DICE.randint(0, 9)}",
    "with a term": lambda: (
        check_digit(f"{_DICE.randint(1000, 99_999_999)}00") + " |Type 1 diabetes mellitus; patient dissents (finding)|"
    ),
    "several": lambda: ";".join(check_digit(f"{_DICE.randint(1000, 99_999_999)}00") for _ in range(4)),
}


@pytest.mark.parametrize("kind", _MAKERS)
def test_other_codes_are_plainly_other_codes(kind: str) -> None:
    """A person who is held for nothing is lost data: among thousands of other codes there is not one."""
    known, make = reader(), _MAKERS[kind]
    cells = {make() for _ in range(3000)}
    assert [cell for cell in cells if known.read(cell) != CodeReading()] == []


@pytest.mark.parametrize(
    "cell",
    [
        "1827241000000103",
        "827251000000100",
        "27241",
        "9Nu..",
        "9Nu2.",
        "9Nu6.",
        "93C1.",
        "XaZ8B",
        "XaZ8.",
        "Hep B e+ve",
        "2.5E5",
        "4e+ve",
        "171207006;1827241000000103",
        "type 1 diabetes",
        "dissent from sharing",
        "opt out",
        "C10E9",
        "39 null",
        "100% secondary use",
        "R&D",
    ],
)
def test_what_only_resembles_a_code_of_ours_is_another(cell: str) -> None:
    """Among them a SNOMED CT identifier, check digit and all, in which a code of ours stands as a part."""
    assert read(cell) == CodeReading()


def test_a_number_around_a_code_that_is_no_identifier_is_uncertain() -> None:
    assert not is_snomed_identifier("7827241000000103")
    assert read("7827241000000103").maybe == CodeSays.DISSENT
