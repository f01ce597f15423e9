"""What a column is, and what a table is, where it is not plain: hints, doubts, codes that look alike, the three limbs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ndoo.scanning.column_verdict import _tail, judged
from ndoo.scanning.headings import is_called, shown, words
from ndoo.scanning.kinds import ColumnKind
from ndoo.scanning.scan_result import ColumnFinding, ScanVerdict
from ndoo.scanning.survey import TableSurvey
from ndoo.scanning.table_verdict import limbs, together
from tests.support.numbers import some
from tests.support.worlds_of_data import chi
from tests.unit.scanning.seeing import column, kinds, seen, text_in

NUMBERS = some(400)
DICE = random.Random(8)


def judge(heading: str, cells: list[str]) -> ColumnFinding:
    survey = TableSurvey([heading])
    survey.take_texts([cells])
    return judged(heading, survey.sights[0], survey.values(0))


def ten() -> str:
    return f"{DICE.randrange(10**10):010}"


def test_one_number_alone_is_suspected_and_not_proved() -> None:
    alone = judge("ref", [NUMBERS[0], "x1", "x2"])
    assert (alone.kind, alone.suspected) == (ColumnKind.NONE, (ColumnKind.NHS_NUMBER,))
    example = judge("notes", ["see 943 476 5919 there", "nothing here at all"])
    assert example.suspected == (ColumnKind.NHS_NUMBER,)
    assert judge("nhs_number", [NUMBERS[0]]).kind is ColumnKind.NHS_NUMBER


def test_a_column_that_says_nhs_and_holds_other_things_is_suspected() -> None:
    assert judge("nhs_no", ["9.43E+09"] * 30).suspected == (ColumnKind.NHS_NUMBER,)
    assert judge("nhs_no", ["f" * 64] * 30).suspected == (ColumnKind.NHS_NUMBER,)
    assert judge("ref", ["9.43E+09"] * 30).suspected == (ColumnKind.NHS_NUMBER,)
    assert "hashed" in judge("ref", ["f" * 64, "a" * 64]).because


def test_ids_by_the_thousand_are_no_numbers_though_hundreds_pass() -> None:
    ids = judge("episode", [ten() for _ in range(3000)])
    assert (ids.kind, ids.suspected) == (ColumnKind.NONE, ())
    inside = judge("log", [f"sent {ten()} and then {ten()} to them" for _ in range(1000)])
    assert ColumnKind.NHS_NUMBER not in (inside.kind, *inside.holds, *inside.suspected)


def test_numbers_of_other_countries_are_suspected_and_not_called_english() -> None:
    from tests.support.labelled_columns import _book

    books = judge("isbn", [_book(DICE, 0) for _ in range(200)])
    assert (books.kind, books.suspected) == (ColumnKind.NONE, (ColumnKind.NHS_NUMBER,))


def test_chi_numbers_are_told_from_nhs_numbers_also_without_their_zero() -> None:
    numbers = [chi(DICE) for _ in range(200)]
    assert judge("ref", numbers).kind is ColumnKind.CHI_NUMBER
    assert judge("chi", [str(int(n)) for n in numbers if n[0] == "0"]).kind is ColumnKind.CHI_NUMBER


@pytest.mark.parametrize(
    ("heading", "cells", "kind"),
    [
        ("dob", ["1980", "1991"], ColumnKind.DATE_OF_BIRTH),
        ("year_of_birth", ["1980", "1991"], ColumnKind.DATE_OF_BIRTH),
        ("dob", ["red", "green"], ColumnKind.NONE),
        ("seen", ["2024-01-02"] * 30, ColumnKind.NONE),
        ("seen", [f"20{at:02}-01-02" for at in range(30)], ColumnKind.NONE),
        ("d", [f"{1930 + at}-01-02" for at in range(90)], ColumnKind.DATE_OF_BIRTH),
        ("d", [f"02 Jan {1930 + at}" for at in range(90)], ColumnKind.DATE_OF_BIRTH),
        ("d", [f"Jan 2, {1930 + at}" for at in range(90)], ColumnKind.DATE_OF_BIRTH),
        ("d", [f"{1930 + at}0102" for at in range(70)], ColumnKind.DATE_OF_BIRTH),
        ("d", [f"01/13/{1930 + at}" for at in range(70)], ColumnKind.DATE_OF_BIRTH),
        ("d", [f"01/02/{at:02}" for at in range(90)], ColumnKind.DATE_OF_BIRTH),
        ("d", ["02 Xxx 1990", "99/99/1990", "31 12 1700"] * 9, ColumnKind.NONE),
        ("name", ["Sarah Smith", "Omar Khan", "Xy Zz"], ColumnKind.NAME),
        ("name", ["serum sodium", "full blood count"], ColumnKind.NONE),
        ("surname", ["Qwertz", "Asdfg"], ColumnKind.NAME),
        ("drug_name", ["Sarah Smith", "Omar Khan"], ColumnKind.NONE),
        ("c1", ["Sarah Smith", "Omar Khan"], ColumnKind.NAME),
        ("c1", ["Sarah", "Omar", "Grace", "Liam", "Ewa", "Tunde", "Priya", "Khan"], ColumnKind.NAME),
        ("email_verified", ["true", "false"], ColumnKind.NONE),
        ("mobile", ["7700900120", "7700900121"], ColumnKind.PHONE),
        ("c1", ["7700900120", "7700900123"], ColumnKind.NONE),
        ("diagnosis", ["E11", "I10X", "S82.10"], ColumnKind.ICD10),
        ("c1", ["A12", "B12", "C12", "D12"], ColumnKind.NONE),
        ("c1", ["A12.1", "A13.1", "A14", "A15.2"], ColumnKind.NONE),
        ("c1", ["C10E.", "H33..", "G20.."], ColumnKind.READ_CODE),
        ("c1", ["aB1cD", "bC2dE", "cD3eF"], ColumnKind.NONE),
        ("read_code", ["aB1cD", "C10E.00", "XaZ89"], ColumnKind.READ_CODE),
        ("c1", ["1234.56", "12.34", "99999"], ColumnKind.NONE),
        ("c1", ["N/A", "null", ""], ColumnKind.NONE),
        ("c1", ["", ""], ColumnKind.NONE),
        ("home address", ["Flat 2, The Old Mill", "12 Mill Road", "Rose Cottage"], ColumnKind.ADDRESS),
    ],
)
def test_a_kind_needs_its_form_and_a_heading_only_helps(heading: str, cells: list[str], kind: ColumnKind) -> None:
    assert judge(heading, cells).kind is kind


def test_codes_that_look_alike_are_told_apart() -> None:
    assert judge("c1", ["E11.9", "I10X", "J45.9", "R07.4", "N18.3"]).kind is ColumnKind.ICD10
    assert judge("c1", ["W37.1", "Y53.4", "Z94.2", "H22.9", "K40.2"]).kind is ColumnKind.OPCS4


def test_free_text_says_what_stands_in_it() -> None:
    notes = judge(
        "notes",
        [
            "Write to sarah@example.org or ring 0113 496 0000 today please.",
            "She lives at 12 Mill Road, LS1 4AP, dob 1/2/1980, with E11.9 and 73211009 noted.",
        ],
    )
    assert set(notes.holds) == {
        ColumnKind.EMAIL,
        ColumnKind.PHONE,
        ColumnKind.ADDRESS,
        ColumnKind.POSTCODE,
        ColumnKind.DATE_OF_BIRTH,
        ColumnKind.ICD10,
        ColumnKind.SNOMED_CT,
    }


def test_names_are_cut_into_words() -> None:
    assert words("dateOfBirth") == words("DATE_OF_BIRTH") == words("Date of birth") == ("date", "of", "birth")
    assert is_called("NHSNumber", ("nhs number",))
    assert is_called("nhsnumber", ("nhs number",))
    assert not is_called("acid_level", ("id",))
    assert shown("x" * 500).endswith("…")
    assert shown("a\tb") == "a b"
    assert shown(f"see {NUMBERS[0][:3]}.{NUMBERS[0][3:6]}.{NUMBERS[0][6:]}") == "(a name that holds an NHS number)"


def answers(table: str, *columns: tuple[str, ColumnKind], because: str = "", **more: object) -> tuple[ScanVerdict, ...]:
    found = [ColumnFinding(name, kind, 1.0, 0.9, because) for name, kind in columns]
    three = limbs(table, found, named_by_file=bool(more.get("named")))
    return (*(limb.verdict for limb in three), together(three, whole=bool(more.get("whole", True)))[0])


YES, NO, UNSURE = ScanVerdict.YES, ScanVerdict.NO, ScanVerdict.UNSURE


def test_the_three_limbs() -> None:
    nhs, name = ("ref", ColumnKind.NHS_NUMBER), ("who", ColumnKind.NAME)
    assert answers("t", nhs, ("dx", ColumnKind.ICD10)) == (YES, YES, YES, YES)
    assert answers("t", nhs, ("hba1c", ColumnKind.NONE)) == (YES, YES, YES, YES)
    assert answers("chemotherapy", nhs) == (YES, YES, YES, YES)
    assert answers("t", nhs) == (YES, YES, UNSURE, UNSURE)
    assert answers("contacts", name, ("mail", ColumnKind.EMAIL)) == (YES, NO, NO, NO)
    assert answers("contacts", name, ("zzq", ColumnKind.NONE)) == (YES, UNSURE, UNSURE, UNSURE)
    assert answers("contacts", name, ("said", ColumnKind.FREE_TEXT)) == (YES, UNSURE, UNSURE, UNSURE)
    assert answers("dialysis unit", name) == (YES, YES, YES, YES)
    assert answers("staff", name, ("ward", ColumnKind.NONE)) == (YES, NO, NO, NO)
    assert answers("staff", name, ("diagnosis", ColumnKind.NONE)) == (YES, YES, YES, YES)
    assert answers("t", ("b", ColumnKind.DATE_OF_BIRTH), ("p", ColumnKind.POSTCODE), ("dx", ColumnKind.ICD10)) == (
        YES,
        YES,
        YES,
        YES,
    )
    assert answers("t", ("p", ColumnKind.POSTCODE), ("dx", ColumnKind.ICD10)) == (UNSURE, YES, YES, UNSURE)
    assert answers("t", ("age", ColumnKind.NONE), ("dx", ColumnKind.ICD10)) == (UNSURE, YES, YES, UNSURE)
    assert answers("t", ("study_id", ColumnKind.NONE), ("dx", ColumnKind.ICD10)) == (UNSURE, YES, YES, UNSURE)
    assert (
        answers("t", ("key", ColumnKind.NONE), ("dx", ColumnKind.ICD10), because="it looks like hashed identifiers")[0]
        is UNSURE
    )
    assert answers("t", ("said", ColumnKind.FREE_TEXT)) == (UNSURE, UNSURE, UNSURE, UNSURE)
    assert answers("t", ("dx", ColumnKind.ICD10)) == (NO, YES, YES, NO)
    assert answers("t", ("price", ColumnKind.NONE)) == (NO, NO, NO, NO)
    assert answers("t", ("price", ColumnKind.NONE), whole=False) == (NO, NO, NO, UNSURE)
    assert answers("t", ("price", ColumnKind.NONE), named=True) == (YES, YES, UNSURE, UNSURE)


def test_chance_is_reckoned_for_few_and_for_many() -> None:
    assert _tail(2, 2, 0.5) == pytest.approx(0.25)
    assert _tail(10, 1, 0.5) == 1.0
    assert _tail(600, 600, 0.5) < 1e-100
    assert _tail(600, 400, 0.5) < 1e-10


def test_many_columns_are_not_all_listed(tmp_path: Path) -> None:
    heading = ",".join(f"result_{at}" for at in range(9))
    table = text_in(tmp_path, f"ref,{heading}\n" + "".join(f"{n}{',1' * 9}\n" for n in NUMBERS))
    assert "and 5 more" in table.because


def test_a_suspicion_is_no_proof_and_never_no(tmp_path: Path) -> None:
    table = text_in(tmp_path, f"ref,dx\n{NUMBERS[0]},E11.9\nx1,I10X\nx2,J45.9\n")
    assert table.verdict is UNSURE
    assert "There may be NHS numbers in it ('ref')" in table.because


def test_a_column_named_after_somebody_holds_a_number(tmp_path: Path) -> None:
    table = text_in(tmp_path, "a,b\n1,2\n", f"of {NUMBERS[0]}.csv")
    assert table.name == "of **********.csv"
    assert table.limbs
    assert table.limbs[0].because == "the name of the file holds an NHS number"


def test_folders_of_programs_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.csv").write_text("a\n1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "y.csv").write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "sub" / "y.csv")
    (tmp_path / "sub" / "y.csv-wal").write_text("")
    assert seen(tmp_path).name == "sub/y.csv"
    assert kinds(seen(tmp_path)) == {"a": "none"}
    assert column(seen(tmp_path), "a").because == "nothing that is known here"
