"""Records of fixed width, letters, mails, and numbers cut into pieces: what has no separators is looked at all the same."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest

from ndoo.scanning.headings import HIDDEN
from ndoo.scanning.kinds import ColumnKind
from ndoo.scanning.scan_result import ScanVerdict
from tests.support.numbers import some
from tests.unit.scanning.seeing import text_in

NUMBERS = some(300, seed=12)


def records(count: int, shape: str = "{n}{day}1RX{ward}J4{n2}9") -> list[str]:
    dice = random.Random(3)
    return [
        shape.format(
            n=n,
            day=f"19{dice.randrange(30, 99)}{dice.randrange(10, 13)}{dice.randrange(10, 29)}",
            ward=f"{dice.randrange(10**6):06}",
            n2=dice.randrange(10),
            name="".join(dice.choices("ADEILNRST", k=6)),
        )
        for n in NUMBERS[:count]
    ]


@pytest.mark.parametrize(
    "shape",
    [
        "{n}{day}1RX{ward}J4{n2}9",
        "RX{ward}{n}{day}",
        "{day}{n}F",
        "{ward}{day}{n}",
        "{name}{ward}{n}{ward}",
        "A{n}B{ward}",
    ],
)
def test_records_of_fixed_width_hold_nhs_numbers(shape: str, tmp_path: Path) -> None:
    table = text_in(tmp_path, "\r\n".join(records(200, shape)), "records.txt")
    assert table.columns[0].kind is ColumnKind.NHS_NUMBER
    assert table.verdict is not ScanVerdict.NO
    assert not any(number in str(table) for number in NUMBERS)


def test_records_whose_digits_are_anybodys_hold_none(tmp_path: Path) -> None:
    dice = random.Random(4)
    lines = [
        f"{dice.randrange(10**10):010}{dice.randrange(10**8):08}1RX{dice.randrange(10**6):06}" for _ in range(2_000)
    ]
    table = text_in(tmp_path, "\n".join(lines), "records.txt")
    assert table.columns[0].kind is not ColumnKind.NHS_NUMBER
    assert ColumnKind.NHS_NUMBER not in table.columns[0].suspected


def test_a_few_records_raise_a_suspicion(tmp_path: Path) -> None:
    table = text_in(tmp_path, "\n".join(records(4)), "records.txt")
    assert ColumnKind.NHS_NUMBER in (table.columns[0].kind, *table.columns[0].suspected)
    assert table.verdict is not ScanVerdict.NO


@pytest.mark.parametrize("lines", [1, 40])
def test_a_letter_in_rtf_is_no_table_of_what_its_marks_part(lines: int, tmp_path: Path) -> None:
    said = "".join(
        f"Patient {n[:3]}\\~{n[3:6]}\\~{n[6:]} asthma\\par{'' if lines == 1 else chr(10)} " for n in NUMBERS[:lines]
    )
    table = text_in(tmp_path, "{\\rtf1\\ansi " + said + "}", "letters.rtf")
    assert any(ColumnKind.NHS_NUMBER in (column.kind, *column.holds) for column in table.columns)
    assert table.verdict is not ScanVerdict.NO


def test_a_mail_is_read_through_its_encoding(tmp_path: Path) -> None:
    body = base64.encodebytes(
        f"Dear colleague, the patient's NHS number is {NUMBERS[0]}; she has asthma.\n".encode()
    ).decode()
    table = text_in(tmp_path, f"From: a\nContent-Transfer-Encoding: base64\n\n{body}", "mail.eml")
    assert table.verdict is not ScanVerdict.NO
    soft = f"From: a\nContent-Transfer-Encoding: quoted-printable\n\nNHS No {NUMBERS[0][:4]}=\n{NUMBERS[0][4:]} seen\n"
    assert text_in(tmp_path, soft, "other.eml").verdict is not ScanVerdict.NO


def test_a_number_cut_over_columns_is_found_in_all_of_them(tmp_path: Path) -> None:
    body = "".join(f"{n[:3]},{n[3:6]},{n[6:]},7\n" for n in NUMBERS[:60])
    table = text_in(tmp_path, f"a,b,c,ward\n{body}")
    assert [column.kind for column in table.columns[:3]] == [ColumnKind.NHS_NUMBER] * 3
    assert table.columns[3].kind is not ColumnKind.NHS_NUMBER
    dice = random.Random(8)
    body = "".join(
        f"{dice.randrange(100, 999)},{dice.randrange(100, 999)},{dice.randrange(1000, 9999)},7\n" for _ in range(3_000)
    )
    table = text_in(tmp_path, f"a,b,c,ward\n{body}", "other.csv")
    assert not any(column.kind is ColumnKind.NHS_NUMBER for column in table.columns)


def test_a_heading_with_a_number_among_digits_is_not_told(tmp_path: Path) -> None:
    table = text_in(tmp_path, f"place,RX{NUMBERS[0]}77\n" + "a,b\n" * 20)
    assert [column.name for column in table.columns] == ["1", "2"]
    quoted = text_in(
        tmp_path, f"place,code {NUMBERS[0][:3]}?{NUMBERS[0][3:6]}?{NUMBERS[0][6:]} x\n" + "a,b\n" * 20, "other.csv"
    )
    assert all(column.name in ("1", "2", "place", HIDDEN) for column in quoted.columns)
