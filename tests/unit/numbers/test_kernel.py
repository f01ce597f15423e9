"""The compiled reader says of every cell what the domain's reader says, inside its buffers and nowhere else."""

from __future__ import annotations

import ctypes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.errors import Fault
from ndoo.domain.nhs_number import LONGEST_CELL
from ndoo.numbers import compiled, kernel
from ndoo.numbers.kernel import address_of, int32s, int64s, library, uint8s, uint32s
from tests.support.numbers import some
from tests.unit.numbers.cells import CELLS, NOISE, NUMBERS, expected


def read_cells(cells: list[str], *, csv: bool) -> list[tuple[int, int]]:
    """The kernel's answers; the cells stand side by side, so that reading past one's end would show."""
    encoded = [cell.encode() for cell in cells]
    buffer = bytearray(b"".join(encoded) + b"5")
    begin, end, at = int64s(len(cells)), int64s(len(cells)), 0
    for place, cell in enumerate(encoded):
        begin[place], end[place] = at, at + len(cell)
        at += len(cell)
    person, why = uint32s(len(cells)), uint8s(len(cells))
    address = ctypes.addressof
    library.ndoo_cells(
        address_of(buffer), len(cells), 1, address(begin), address(end), csv, address(person), address(why)
    )
    return [(why[place], person[place]) for place in range(len(cells))]


def unquoted(raw: str) -> str:
    """A field without its CSV quoting, the obvious way."""
    if len(raw) >= 2 and raw[0] == raw[-1] == '"':
        return raw[1:-1].replace('""', '"')
    return raw


def quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


@given(st.lists(CELLS, max_size=8))
def test_a_plain_cell_is_read_as_the_domain_reads_it(cells: list[str]) -> None:
    assert read_cells(cells, csv=False) == [expected(cell) for cell in cells]


@given(st.lists(CELLS.map(quoted) | CELLS | st.text('"0 ', max_size=70), max_size=8))
def test_a_quoted_cell_is_read_as_the_domain_reads_it_once_unquoted(cells: list[str]) -> None:
    assert read_cells(cells, csv=True) == [expected(unquoted(cell)) for cell in cells]


@given(NUMBERS, st.integers(48, 70), st.sampled_from(["", '"', "'"]), st.booleans())
def test_a_cell_at_the_limit_is_judged_alike_quoted_or_not(number: str, width: int, quote: str, csv: bool) -> None:
    cell = quote + number.center(width) + quote
    raw = quoted(cell) if csv else cell
    assert read_cells([raw], csv=csv) == [expected(cell)]


@pytest.mark.parametrize(
    "length", [LONGEST_CELL - 1, LONGEST_CELL, LONGEST_CELL + 1, 2 * LONGEST_CELL, 2 * LONGEST_CELL + 1, 10_000]
)
@pytest.mark.parametrize("character", ['"', "9", " ", "é"])
def test_a_hostile_cell_stays_inside_the_buffer(length: int, character: str) -> None:
    for cell in (character * length, '"' + character * length + '"', quoted(character * length)):
        assert read_cells([cell], csv=True) == [expected(unquoted(cell))]
        assert read_cells([cell], csv=False) == [expected(cell)]


@given(st.lists(NOISE, min_size=1, max_size=20), st.data())
def test_several_columns_are_read_row_by_row(cells: list[str], data: st.DataObject) -> None:
    keys = data.draw(st.integers(1, 3))
    rows = len(cells) // keys
    buffer = bytearray(b"|".join(cell.encode() for cell in cells) + b"|")
    begin, end, at = int64s(len(cells)), int64s(len(cells)), 0
    for place, cell in enumerate(cells):
        begin[place], end[place] = at, at + len(cell.encode())
        at = end[place] + 1
    person, why = uint32s(rows * keys), uint8s(rows * keys)
    address = ctypes.addressof
    library.ndoo_cells(address_of(buffer), rows, keys, address(begin), address(end), 0, address(person), address(why))
    assert [(why[k], person[k]) for k in range(rows * keys)] == [expected(cell) for cell in cells[: rows * keys]]


def test_a_package_without_its_kernel_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "__file__", "/nowhere/compiled.py")
    with pytest.raises(ImportError, match="kernel is not built: install the package") as missing:
        kernel._load()
    assert "/nowhere" not in str(missing.value)


def test_a_kernel_of_another_version_is_said_to_be_one() -> None:
    """A tree was brought up to date and not built anew: every command ended in an unexpected fault."""
    with pytest.raises(Fault, match="another version") as refusal:
        compiled.load_compiled("_keys.so", {"ndoo_that_is_not_there_yet": ([], None)})
    assert refusal.value.code == "kernel-of-another-version"


def test_an_empty_array_still_has_an_address() -> None:
    for array in (int32s([]), int64s(0), uint32s(0), uint8s(0)):
        assert len(array) == 1
        assert ctypes.addressof(array)
    assert list(int32s([3, -1])) == [3, -1]
    assert [len(make(5)) for make in (int64s, uint32s, uint8s)] == [5, 5, 5]


def test_an_address_is_where_the_buffer_lies() -> None:
    buffer = bytearray(some(1)[0].encode())
    assert ctypes.string_at(address_of(buffer), 10) == bytes(buffer)
    assert ctypes.string_at(address_of(buffer, 4), 6) == bytes(buffer)[4:]
    assert address_of(memoryview(buffer), 1) == address_of(buffer) + 1
