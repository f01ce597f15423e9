"""A column is validated as its cells would be, one by one, whatever Arrow type, slice or null it comes with."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.nhs_number import Undecided
from ndoo.numbers import kernel
from ndoo.numbers.column import Column, can_hold_numbers, is_text, validate
from tests.support.numbers import some
from tests.unit.numbers.cells import CELLS, COLUMNS, NOBODY, NUMBERS, expected

TEXT = [pa.string(), pa.large_string(), pa.string_view()]
BYTES = [pa.binary(), pa.large_binary(), pa.binary_view()]
WHOLE = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
OTHER = [
    pa.float32(),
    pa.float64(),
    pa.bool_(),
    pa.date32(),
    pa.timestamp("s"),
    pa.decimal128(12, 1),
    pa.list_(pa.string()),
    pa.struct([("a", pa.string())]),
]


def answers(column: Column) -> list[tuple[int, int]]:
    assert len(column.reasons) == column.length
    return list(zip(column.reasons, list(column.person)[: column.length], strict=True))


@st.composite
def sliced(draw: st.DrawFn, kinds: list[Any], values: st.SearchStrategy[list[Any]]) -> Any:
    """An Arrow array that begins and ends inside its buffers."""
    cells = draw(values)
    array = pa.array(cells, draw(st.sampled_from(kinds)))
    start = draw(st.integers(0, len(cells)))
    return array.slice(start, draw(st.integers(0, len(cells) - start)))


@given(COLUMNS)
def test_a_list_of_text_is_read_cell_by_cell(cells: list[str | None]) -> None:
    assert answers(validate(cells)) == [expected(cell) for cell in cells]
    assert answers(validate(iter(cells))) == [expected(cell) for cell in cells]


@given(sliced(TEXT, COLUMNS))
def test_arrow_text_is_read_cell_by_cell(array: Any) -> None:
    assert answers(validate(array)) == [expected(cell) for cell in array.to_pylist()]


@given(sliced(BYTES, st.lists(st.none() | CELLS.map(str.encode) | st.binary(max_size=20), max_size=12)))
def test_text_stored_as_bytes_is_read_cell_by_cell(array: Any) -> None:
    cells = [None if cell is None else cell.decode("latin-1") for cell in array.to_pylist()]
    assert answers(validate(array)) == [expected(cell) for cell in cells]


@given(sliced([pa.string(), pa.large_string()], COLUMNS), st.integers(0, 12))
def test_a_dictionary_is_read_through_to_its_values(array: Any, start: int) -> None:
    coded = array.dictionary_encode()
    assert answers(validate(coded)) == [expected(cell) for cell in array.to_pylist()]
    assert answers(validate(coded.slice(start))) == [expected(cell) for cell in array.to_pylist()[start:]]


def test_a_null_inside_a_dictionary_is_missing() -> None:
    number = some(1)[0]
    array = pa.DictionaryArray.from_arrays(pa.array([1, 0, None], pa.int8()), pa.array([number, None]))
    assert validate(array).reasons == bytes([kernel.MISSING, kernel.VALID, kernel.MISSING])
    whole = pa.DictionaryArray.from_arrays(pa.array([0, 0, None], pa.int8()), pa.array([int(number)]))
    assert validate(whole).reasons == bytes([kernel.VALID, kernel.VALID, kernel.MISSING])


@given(
    sliced(
        [pa.int64()],
        st.lists(
            st.none()
            | NUMBERS.map(int)
            | st.integers(-(2**63), 2**63 - 1)
            | st.sampled_from([10**9, 10**9 - 1, 10**10 - 1, 10**10, -1, 0]),
            max_size=12,
        ),
    )
)
def test_a_whole_number_is_never_given_back_a_zero_that_it_lost(array: Any) -> None:
    def one(value: int | None) -> tuple[int, int]:
        if value is None:
            return kernel.MISSING, NOBODY
        return expected(str(value)) if 10**9 <= value < 10**10 else (kernel.MALFORMED, NOBODY)

    assert answers(validate(array)) == [one(value) for value in array.to_pylist()]


@pytest.mark.parametrize("kind", WHOLE, ids=str)
def test_every_width_of_whole_number_is_read(kind: Any) -> None:
    number = int(some(1)[0])
    wide = kind in (pa.int64(), pa.uint64())
    array = pa.array([1, None, number if wide else 127], kind)
    assert validate(array).reasons == bytes(
        [kernel.MALFORMED, kernel.MISSING, kernel.VALID if wide else kernel.MALFORMED]
    )


def test_a_whole_number_too_large_for_its_sign_is_malformed() -> None:
    array = pa.array([2**64 - 1, 2**63, 2**63 + int(some(1)[0]), None], pa.uint64())
    assert validate(array).reasons == bytes([kernel.MALFORMED] * 3 + [kernel.MISSING])


@pytest.mark.parametrize("kind", [*TEXT, *BYTES, *WHOLE, pa.null()], ids=str)
def test_a_column_of_nothing_is_all_missing(kind: Any) -> None:
    for length in (0, 1, 9):
        column = validate(pa.nulls(length, kind))
        assert answers(column) == [(kernel.MISSING, NOBODY)] * length
        assert column.valid == 0
        assert column.undecided() == Counter({Undecided.MISSING: length} if length else {})


def test_empty_strings_are_missing_even_where_arrow_keeps_no_bytes_for_them() -> None:
    for kind in (*TEXT, *BYTES):
        assert validate(pa.array([""] * 3 if kind in TEXT else [b""] * 3, kind)).reasons == bytes([kernel.MISSING] * 3)


@pytest.mark.parametrize("kind", OTHER, ids=str)
def test_a_type_that_may_have_lost_digits_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"^NHS numbers are read from text or whole numbers only$"):
        validate(pa.nulls(3, kind))
    with pytest.raises(TypeError, match="text or whole numbers only"):
        validate(pa.nulls(3, pa.dictionary(pa.int8(), pa.float64())))
    assert not can_hold_numbers(kind)


@pytest.mark.parametrize("cells", [[9.99e9], [9_990_000_000], [Decimal(1)], [b"9990000000"], [None, "x", float("nan")]])
def test_a_list_of_anything_but_text_is_refused_without_repeating_it(cells: list[Any]) -> None:
    with pytest.raises(TypeError, match=r"^NHS numbers are read from text or whole numbers only$"):
        validate(cells)


@given(st.lists(st.none() | NUMBERS | st.text(st.characters(exclude_categories=[]), max_size=4), max_size=6))
def test_half_a_character_is_malformed_and_not_a_crash(cells: list[str | None]) -> None:
    assert answers(validate(cells)) == [expected(cell) for cell in cells]
    assert answers(validate(["\ud800", *cells])) == [expected(cell) for cell in ["\ud800", *cells]]


def test_the_counts_add_up() -> None:
    valid = some(3)
    wrong = valid[0][:9] + str((int(valid[0][9]) + 1) % 10)
    column = validate([*valid, wrong, wrong, "1" * 10, "x", "", None, None])
    assert column.length == 10
    assert column.valid == 3
    assert column.undecided() == Counter(
        {
            Undecided.CHECK_DIGIT: 2,
            Undecided.PLACEHOLDER: 1,
            Undecided.MALFORMED: 1,
            Undecided.MISSING: 3,
        }
    )


@pytest.mark.parametrize("kind", [*TEXT, *BYTES], ids=str)
def test_text_of_every_kind_can_hold_numbers(kind: Any) -> None:
    assert is_text(kind)
    assert can_hold_numbers(kind)
    assert can_hold_numbers(pa.dictionary(pa.int32(), kind))


@pytest.mark.parametrize("kind", [*WHOLE, pa.null()], ids=str)
def test_whole_numbers_and_nothing_can_hold_numbers_but_are_no_text(kind: Any) -> None:
    assert not is_text(kind)
    assert can_hold_numbers(kind)


def test_arrow_is_loaded_only_when_a_column_is_validated() -> None:
    code = "import sys, ndoo.numbers.column; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
