"""Text as it comes: no heading, ragged rows, quotes that never close, every encoding, and files that end too soon."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from ndoo.scanning import text_source
from ndoo.scanning.scan_result import ScanVerdict
from tests.support.numbers import some
from tests.unit.scanning.seeing import column, kinds, seen, text_in

NUMBERS = some(60)


def rows(extra: str = ",x") -> str:
    return "".join(f"{n}{extra}\n" for n in NUMBERS)


@pytest.mark.parametrize(
    "first",
    [
        f"{NUMBERS[0]},x",
        "a@example.org,x",
        "1980-05-01,x",
        "12345678,x",
        "2.5,x",
        "0" * 64 + ",x",
        ",",
        "Sarah Smith,Leeds",
        "LS1 4AP,x",
        "Sarah,Smith",
    ],
)
def test_a_first_row_of_data_is_not_told_as_names(first: str, tmp_path: Path) -> None:
    assert list(kinds(text_in(tmp_path, f"{first}\n{rows()}"))) == ["1", "2"]


def test_a_value_that_comes_again_below_is_no_name(tmp_path: Path) -> None:
    assert list(kinds(text_in(tmp_path, "left,3\nright,4\nleft,5\n"))) == ["1", "2"]
    assert list(kinds(text_in(tmp_path, "side,\nright,4\nleft,5\n"))) == ["side", "2"]


def test_rows_that_do_not_fit_are_looked_at_all_the_same(tmp_path: Path) -> None:
    table = text_in(
        tmp_path,
        f"place,colour\n{'a,b' + chr(10)}" * 1
        + "".join(f"p{at},c{at}\n" for at in range(30))
        + f"odd,{NUMBERS[0]},row\n",
    )
    assert table.rows == 32
    assert "nhs_number" in {str(kind) for c in table.columns for kind in (c.kind, *c.holds, *c.suspected)}
    assert table.verdict is not ScanVerdict.NO
    assert "Rows that do not fit the heading" in table.notes[0]


@pytest.mark.parametrize(
    "fault", [f'stray " quote,{NUMBERS[0]}', f'"open,{NUMBERS[0]}', f"a\0b,{NUMBERS[0]}", f"a\rb,{NUMBERS[0]}"]
)
def test_a_damaged_row_hides_nothing(fault: str, tmp_path: Path) -> None:
    body = "".join(f"p{at},c{at}\n" for at in range(2000))
    table = text_in(tmp_path, f"place,colour\n{body}{fault}\n{body}")
    assert table.verdict is not ScanVerdict.NO
    assert table.rows >= 4001


def test_a_quote_that_never_closes_does_not_swallow_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "BLOCK", 4096)
    monkeypatch.setattr(text_source, "_LONGEST_OPEN", 8192)
    body = "".join(f"p{at},c{at}\n" for at in range(5000))
    table = text_in(tmp_path, f'place,colour\n{body}"open,x\n{body}{NUMBERS[0]},{NUMBERS[1]}\n')
    assert table.rows == 10_002
    assert table.verdict is not ScanVerdict.NO


def test_a_text_that_is_no_table_is_read_as_lines(tmp_path: Path) -> None:
    letter = (
        "Dear Doctor,\n" + "Thank you, for seeing, this patient.\nShe is well.\n" * 20 + f"NHS number {NUMBERS[0]}\n"
    )
    table = text_in(tmp_path, letter, "letter.txt")
    assert kinds(table) == {"line": "free_text"}
    assert "nhs_number" in table.columns[0].holds


def test_a_table_that_turns_out_to_be_none_is_read_as_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "_HEAD", 64)
    monkeypatch.setattr(text_source, "_MOST_IRREGULAR", 10)
    text = "a,b\n" + "x,y\n" * 30 + "one,two,three and more words here now\n" * 200 + f"ref,{NUMBERS[0]}, is hers\n"
    table = text_in(tmp_path, text)
    assert list(kinds(table)) == ["line"]
    assert column(table, "line").suspected or column(table, "line").holds
    kept = "a,b\n" + "x,y\n" * 300 + "one,two,three\n" * 25
    assert list(kinds(text_in(tmp_path, kept))) == ["a", "b", "(rows that do not fit the heading)"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    table = text_in(tmp_path, f"person,café\n{rows(',résumé')}".encode(encoding))
    assert kinds(table) == {"person": "nhs_number", "café": "none"}
    assert table.rows == 60


def test_rows_cross_the_edges_of_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "BLOCK", 7)
    table = text_in(tmp_path, f"person,other\n{rows()}".removesuffix("\n"))
    assert (table.rows, kinds(table)["person"]) == (60, "nhs_number")


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\r\n\n"])
def test_an_empty_file_says_so(content: bytes, tmp_path: Path) -> None:
    table = text_in(tmp_path, content)
    assert (table.rows, table.verdict, table.notes) == (0, ScanVerdict.NO, ("It is empty.",))


def test_what_is_no_text_is_not_read(tmp_path: Path) -> None:
    for content in (b"\x01\x02\x03\x04" * 500, b"abc\0\1\2" * 50):
        assert text_in(tmp_path, content).verdict is ScanVerdict.UNSURE


def test_a_packed_file_that_is_cut_is_never_no(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f"p{at},c{at * 7919 % 1000}\n" for at in range(9000)).encode())
    for stored in (whole[:-5000], whole[:12]):
        table = text_in(tmp_path, stored, "in.csv.gz")
        assert table.verdict is ScanVerdict.UNSURE
        assert "missing or damaged" in " ".join(table.notes)
    assert text_in(tmp_path, whole, "in.csv.gz").verdict is ScanVerdict.NO


def test_a_file_that_cannot_be_read_to_its_end_is_never_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ndoo.scanning.examined import Examined
    from ndoo.scanning.survey import TableSurvey

    examined = Examined(TableSurvey([]), 0)
    assert list(text_source._stored(tmp_path, examined, 10, lambda _: None)) == []
    assert not examined.whole


def test_a_list_in_one_column_keeps_its_heading_and_its_rows(tmp_path: Path) -> None:
    assert kinds(text_in(tmp_path, "nhs_number\n" + "\n".join(NUMBERS))) == {"nhs_number": "nhs_number"}
    assert kinds(text_in(tmp_path, "\n".join(NUMBERS))) == {"1": "nhs_number"}
    assert kinds(text_in(tmp_path, "".join(f"{n},\n" for n in NUMBERS), "cleaned.dat")) == {
        "1": "nhs_number",
        "2": "none",
    }


def test_a_first_line_with_a_fault_makes_no_table(tmp_path: Path) -> None:
    table = text_in(tmp_path, f'a " b,c\n{rows()}')
    assert list(kinds(table)) == ["line"]
    assert table.columns[0].kind == "nhs_number"


def test_a_large_table_is_sampled_and_says_what_may_be_unseen(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("day,colour\n" + "".join(f"d{at},c{at % 7}\n" for at in range(40_000)))
    table = seen(path)
    assert table.rows == table.numbers_in == 40_000
    assert 4_000 < table.sampled <= 5_000
    assert 0.0005 < table.unseen < 0.0009
    assert table.told()["unseen_at_most"] == table.unseen


def test_a_heading_longer_than_what_is_looked_at_first_makes_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_source, "_HEAD", 64)
    table = text_in(tmp_path, f"{'a_long_name_' * 20},b\n{rows()}")
    assert list(kinds(table)) == ["line"]
    assert table.columns[0].kind == "nhs_number"


def test_a_packed_table_larger_than_one_block_and_one_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "BLOCK", 1 << 12)
    body = "".join(f"d{at},c{at % 7}\n" for at in range(12_000))
    table = text_in(tmp_path, gzip.compress(f"day,colour\n{body}".encode()), "in.csv.gz")
    assert (table.rows, table.sampled) == (12_000, 5_000)
