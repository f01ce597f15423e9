"""Everybody on a list is asked about once, and a line that names nobody is counted, not dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.checking import numbers_file
from ndoo.checking.numbers_file import GatheredNumbers, gather, gather_text
from ndoo.domain.errors import UnfitData, UsageFault
from ndoo.domain.nhs_number import NHSNumber, read
from tests.support.numbers import some

PEOPLE = some(12, seed=51)


def gathered(folder: Path, text: str | bytes) -> GatheredNumbers:
    path = folder / "numbers"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return gather(path)


@pytest.mark.parametrize("heading", ["", "nhs_number\n", "NHS Number\r\n", "patient identifier\n", "id,\n"])
@pytest.mark.parametrize("end", ["\n", ",\n", "\r\n", ",\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_list_may_be_written_in_many_ways(heading: str, end: str, mark: str, tmp_path: Path) -> None:
    came = gathered(tmp_path, mark + heading + end.join(PEOPLE) + end)
    assert (came.read, came.asked, came.repeated, dict(came.held)) == (12, 12, 0, {})
    assert all(NHSNumber(number) in came.people for number in PEOPLE)


def test_every_line_is_accounted_for(tmp_path: Path) -> None:
    spaced = f"{PEOPLE[1][:3]} {PEOPLE[1][3:6]} {PEOPLE[1][6:]}"
    came = gathered(
        tmp_path, "\n".join([PEOPLE[0], spaced, PEOPLE[0], "", "hello 5", "1234567890", "9999999999", PEOPLE[2]])
    )
    assert (came.read, came.asked, came.repeated) == (8, 3, 1)
    assert dict(came.held) == {"missing": 1, "malformed": 1, "check_digit": 1, "placeholder": 1}


def test_a_list_that_was_sent_is_read_as_one_in_a_file(tmp_path: Path) -> None:
    text = "\n".join(["nhs_number", *PEOPLE, PEOPLE[0], "hello 5"])
    from_file, sent = gathered(tmp_path, text), gather_text(text.encode())
    assert list(sent.people.lines()) == list(from_file.people.lines()) != []
    assert (
        (sent.read, sent.asked, sent.held) == (from_file.read, from_file.asked, from_file.held) == (14, 12, sent.held)
    )


@pytest.mark.parametrize("text", ["", "\n", "nhs_number\n\n", "\ufeff"])
def test_a_list_of_nobody_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitData, match="no one to ask about"):
        gathered(tmp_path, text)


@pytest.mark.parametrize("text", ["nhs_number,sex\n9990000018,F\n", "a;b\n1;2\n", "a\tb\n", "a|b\n", "9990000018,F\n"])
def test_a_table_is_not_taken_for_a_list(text: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitData, match="table of several columns"):
        gathered(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [b"\xff\xfe9\x009\x00", b"PAR1abc", b"PK\x03\x04", b"\x1f\x8b\x08", b"a\0b\n", "9990000018".encode("utf-16")],
)
def test_what_is_no_text_is_said(text: bytes, tmp_path: Path) -> None:
    with pytest.raises(UnfitData, match="not plain text"):
        gathered(tmp_path, text)


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers_file, "_BLOCK", 50)
    with pytest.raises(UnfitData, match="not plain text"):
        gathered(tmp_path, "9" * 500)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageFault, match="is a folder"):
        gather(tmp_path)
    path = tmp_path / "numbers"
    path.write_text(PEOPLE[0])

    def failing(*_: object, **__: object) -> None:
        raise OSError(5, "x")

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(UsageFault, match="could not be read to its end"):
        gather(path)
    monkeypatch.setattr(Path, "is_file", failing)
    with pytest.raises(UsageFault, match="could not be read to its end"):
        gather(path)


CELLS = st.one_of(
    st.sampled_from([*PEOPLE[:4], "", "hello", "1234567890", "9999999999", " 999 000 4935", '"9990004935"'])
)


@given(cells=st.lists(CELLS, min_size=1, max_size=30), block=st.integers(40, 90), last=st.booleans())
def test_where_blocks_end_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], block: int, last: bool
) -> None:
    folder = tmp_path_factory.mktemp("list")
    before = numbers_file._BLOCK
    numbers_file._BLOCK = block
    try:
        came = gathered(folder, "nhs_number\n" + "\n".join([*cells, "5"]) + ("\n" if last else ""))
    finally:
        numbers_file._BLOCK = before
    judged = [read(cell) for cell in [*cells, "5"]]
    people = {number.reveal() for number in judged if isinstance(number, NHSNumber)}
    assert came.read == len(cells) + 1
    assert came.asked == len(people)
    assert sum(came.held.values()) == sum(not isinstance(number, NHSNumber) for number in judged)
