"""A list is read whole and exactly, wherever its blocks end, or refused whole with the right line."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import threading
from pathlib import Path, PosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.checking import list_file
from ndoo.checking.impostors import REJECTION, is_heading
from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.errors import NoUsableList
from ndoo.domain.nhs_number import NHSNumber, Undecided, read
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some
from tests.unit.checking.lists import DAY, KNOWN, MARK, STRANGERS, load, refusal


def naive(data: bytes, *, table: bool) -> list[str] | int:
    """The numbers of a list, or the line that is none, read in the most obvious way."""
    text = data.removeprefix(MARK).decode("latin-1")
    lines = text.split("\n")
    numbers: list[str] = []
    for at, line in enumerate(lines):
        if at == 0 and table and len(lines) > 1 and is_heading(line.encode("latin-1")):
            continue
        cell = read(line.removesuffix("\r").removesuffix(","))
        if isinstance(cell, NHSNumber):
            numbers.append(cell.reveal())
        elif cell is Undecided.MISSING and not "\n".join(lines[at:]).strip("\r\n"):
            break
        else:
            return at + 1
    return numbers


LINES = st.sampled_from(KNOWN) | st.sampled_from(
    [f"{n[:3]} {n[3:6]} {n[6:]}" for n in KNOWN[:5]] + [f'"{n}"' for n in KNOWN[5:8]]
)
ODD = st.sampled_from(
    [
        "",
        ",",
        " ",
        "\r",
        "1" * 10,
        "abc",
        KNOWN[0][:9],
        KNOWN[0] + ",,",
        ",,",
        '""',
        "NULL",
        "nhs_number",
        "\x1a",
        "9" * 300,
    ]
)


@st.composite
def lists(draw: st.DrawFn) -> bytes:
    """Lists as they come: most are good, some have one bad line, some end in blank lines."""
    lines = draw(st.lists(LINES, max_size=40))
    if draw(st.integers(0, 3)) == 0:
        lines.insert(draw(st.integers(0, len(lines))), draw(ODD))
    if draw(st.integers(0, 3)) == 0:
        lines.insert(0, draw(st.sampled_from(["nhs_number", '"NHS Number"', "patient", "NHS no."])))
    ends = st.sampled_from(draw(st.sampled_from([["\n"], ["\r\n"], [",\n"], [",\r\n"], ["\n", "\r\n", ",\n"]])))
    text = "".join(line + draw(ends) for line in lines)
    if draw(st.booleans()):
        text = text[:-1]
    return (
        draw(st.sampled_from([b"", MARK])) + (text + draw(st.sampled_from(["", "", "\n", "\r\n\n", "\n\n\n"]))).encode()
    )


@settings(max_examples=300)
@given(lists(), st.sampled_from([".dat", ".csv", ".txt", ".CSV"]), st.integers(1, 400), st.booleans())
def test_a_list_is_read_as_a_person_would_wherever_blocks_end(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str, block: int, crowded: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / f"generated{suffix}"
    path.write_bytes(data)
    wanted = naive(data, table=suffix.lower() == ".csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(list_file, "_BLOCK", block)
        patch.setattr(list_file, "_CROWD", -1 if crowded else 1 << 30)
        if wanted == [] or not data.removeprefix(MARK).strip():
            assert refusal(path).code == "list-empty"
        elif isinstance(wanted, int):
            error = refusal(path)
            assert error.code in ("list-unreadable", "list-header")
            assert f"Line {wanted} " in error.sentence
        else:
            made = load(path)
            people = set(wanted)
            digest = hashlib.sha256(data).hexdigest() if len(people) > 1 else None
            assert made.provenance == Provenance(Polarity.ALLOWED, "file", digest, DAY, 2, 21, len(people))
            assert made.asked is None
            for number in (*KNOWN, *STRANGERS):
                assert (read(number) in made.listed) is (number in people)


@pytest.mark.parametrize("end", ["\n", ",\r\n"])
def test_a_list_of_several_blocks_loses_nobody_and_counts_its_lines(tmp_path: Path, end: str) -> None:
    numbers = some(30_000)
    path = tmp_path / "list.dat"
    data = "".join(number + end for number in numbers).encode()
    while len(data) <= 2 * list_file._BLOCK:
        data += data
    path.write_bytes(data)
    made = load(path)
    assert made.provenance.numbers == 30_000 == made.listed.count()
    assert made.provenance.sha256 == hashlib.sha256(data).hexdigest()
    lines = data.count(b"\n")
    path.write_bytes(data + b"9990000001\n" + data[:1000])
    assert f"Line {lines + 1} " in refusal(path).sentence


def test_a_heading_and_a_mark_do_not_shift_the_line_that_is_named(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(MARK + f"nhs_number\n{KNOWN[0]}\nabc\n".encode())
    assert "Line 3 " in refusal(path).sentence
    path.write_bytes(MARK + f"{KNOWN[0]}\nabc\n".encode())
    assert "Line 2 " in refusal(path).sentence
    path.write_bytes(b"nhs\nabc\n")
    assert "Line 2 " in refusal(path).sentence


def test_a_heading_alone_is_an_empty_list(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"nhs_number\n")
    assert refusal(path).code == "list-empty"
    path.write_bytes(b"nhs_number")
    assert refusal(path).code == "list-header"


@pytest.mark.parametrize("data", [b"", MARK, b"\n", b"\r\n\r\n", b"  ", MARK + b"\n\n", b" \n" * 10])
def test_an_empty_list_is_never_nobody(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.dat"
    path.write_bytes(data)
    error = refusal(path)
    assert error.code == "list-empty"
    assert "never means that everybody, or nobody, opted out" in error.sentence


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (REJECTION, "list-is-rejection"),
        (MARK + REJECTION + b"\r\n", "list-is-rejection"),
        (b'{"status": "pending"}\n', "list-is-receipt"),
        ("9990000000\n".encode("utf-16"), "list-encoding"),
        (b"\x1f\x8b\x08\0\0", "list-not-readable"),
        (b"PK\x03\x04", "list-spreadsheet"),
        (b"<html>", "list-is-markup"),
        (b"PAR1", "list-not-text"),
        (b"nhs_number\n", "list-header"),
    ],
)
def test_another_thing_in_place_of_a_list_says_nothing_about_anybody(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "list.dat"
    path.write_bytes(data)
    assert refusal(path).code == code


@pytest.mark.parametrize("data", [b"9" * 5_000_000, b"x" * 200_000, KNOWN[0].encode() + b"\n" + b" " * 100_000])
def test_a_line_without_an_end_is_refused_in_bounded_memory(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "list.dat"
    path.write_bytes(data)
    assert refusal(path).code in ("list-unreadable", "list-header")


def test_blank_lines_between_numbers_are_refused_and_those_at_the_end_are_not(tmp_path: Path) -> None:
    path = tmp_path / "list.dat"
    path.write_bytes(f"{KNOWN[0]}\n{KNOWN[1]}\n\n\r\n\n".encode())
    assert load(path).provenance.numbers == 2
    path.write_bytes(f"{KNOWN[0]}\n\n{KNOWN[1]}\n".encode())
    assert "Line 2 " in refusal(path).sentence


def test_a_list_through_a_pipe_is_read_as_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb", buffering=0) as pipe:
            for piece in (
                MARK[:1],
                MARK[1:],
                b"nhs_",
                b"number\r",
                b"\n",
                KNOWN[0][:4].encode(),
                KNOWN[0][4:].encode(),
                b",\r\n",
            ):
                pipe.write(piece)
                threading.Event().wait(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    made = load(path)
    writer.join()
    assert made.provenance.numbers == 1
    assert read(KNOWN[0]) in made.listed


def test_the_digest_of_a_list_of_one_would_give_the_number_away(tmp_path: Path) -> None:
    path = tmp_path / "list.dat"
    path.write_text(f"{KNOWN[0]}\n{KNOWN[0]},\n")
    assert load(path).provenance.sha256 is None
    path.write_text(f"{KNOWN[0]}\n{KNOWN[1]}\n")
    assert load(path).provenance.sha256 is not None


@pytest.mark.parametrize("inside", [b"nhs_number\n", MARK + KNOWN[0].encode() + b"\n"], ids=["heading", "mark"])
def test_what_is_passed_over_at_the_start_is_not_passed_over_where_a_block_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bytes
) -> None:
    monkeypatch.setattr(list_file, "_BLOCK", 1)
    first = b"".join(n.encode() + b"\n" for n in KNOWN[:23])
    assert len(first) < list_file._HEAD < len(first) + 11
    path = tmp_path / "list.csv"
    path.write_bytes(first + inside + first)
    assert "Line 24 " in refusal(path).sentence


def test_how_much_may_wait_for_its_line_to_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "list.dat"
    monkeypatch.setattr(list_file, "_LONGEST_LINE", 300)
    path.write_bytes(KNOWN[0].encode() + b"\n" * 301)
    assert load(path).provenance.numbers == 1
    path.write_bytes(KNOWN[0].encode() + b"\n" * 302)
    assert refusal(path).code == "list-unreadable"


def test_a_long_list_and_only_that_gets_large_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def recorded(*, crowded: bool) -> NumberSet:
        seen.append(crowded)
        return NumberSet(crowded=crowded)

    monkeypatch.setattr(list_file, "NumberSet", recorded)
    monkeypatch.setattr(list_file, "_CROWD", 22)
    path = tmp_path / "list.dat"
    for text in (f"{KNOWN[0]}\n{KNOWN[1]}\n", f"{KNOWN[0]}\n{KNOWN[1]}\n\n"):
        path.write_text(text)
        load(path)
    assert seen == [False, True]


@pytest.mark.parametrize("blank", [b"\n" * 300, b"   \n" * 100, b" " * 300 + b"\n"])
def test_a_list_that_begins_with_blank_lines_is_not_called_empty(tmp_path: Path, blank: bytes) -> None:
    path = tmp_path / "list.dat"
    path.write_bytes(blank + KNOWN[0].encode() + b"\n")
    assert "Line 1 " in refusal(path).sentence
    path.write_bytes(blank * 300)
    assert refusal(path).code == "list-empty"


def test_a_packed_list_names_whom_it_names_unpacked_or_nobody(tmp_path: Path) -> None:
    """Half of a packed list is no list: whoever stands in the other half would be forgotten."""
    text = b"nhs_number\n" + "".join(f"{one}\n" for one in some(300)).encode()
    packed, path = gzip.compress(text, mtime=0), tmp_path / "list.csv.gz"
    path.write_bytes(packed)
    plain = tmp_path / "list.csv"
    plain.write_bytes(text)
    found = load(path)
    assert list_file._numbers(path).people.contains_all_of(list_file._numbers(plain).people)
    assert found.provenance.numbers == 300
    assert found.provenance.sha256 == hashlib.sha256(packed).hexdigest(), "of the file as it is stored"
    path.write_bytes(gzip.compress(text[:2000]) + gzip.compress(text[2000:]))
    assert load(path).provenance.numbers == 300
    for broken in (packed[:-1], packed[:-9], packed[:40], packed + b"x", packed[:-6] + b"\0" + packed[-5:]):
        path.write_bytes(broken)
        with pytest.raises(NoUsableList) as said:
            load(path)
        assert said.value.code == "list-not-readable"
    path.write_bytes(gzip.compress(packed))
    with pytest.raises(NoUsableList) as said:
        load(path)
    assert said.value.code == "list-compressed"


def test_a_packed_list_that_is_written_over_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    """The file holds another list, of as many bytes, whenever somebody goes back to its start."""
    lists = KNOWN[:15], KNOWN[15:]
    packed = [gzip.compress("\n".join(one).encode(), compresslevel=0, mtime=0) for one in lists]
    named = {hashlib.sha256(stored).hexdigest(): one for stored, one in zip(packed, lists, strict=True)}

    class Turning(io.FileIO):
        def seek(self, place: int, whence: int = 0, /) -> int:
            contents = path.read_bytes()
            path.write_bytes(packed[contents == packed[0]])
            return super().seek(place, whence)

    class Place(PosixPath):
        def open(self, *_: object, **__: object) -> Any:
            return Turning(str(self))

    path = tmp_path / "list.gz"
    for first in packed:
        path.write_bytes(first)
        cleaned = load(Place(path))
        numbers = [read(number) for number in named[cleaned.provenance.sha256 or ""]]
        assert all(isinstance(number, NHSNumber) and number in cleaned.listed for number in numbers)
