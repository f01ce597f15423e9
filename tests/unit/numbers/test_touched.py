"""Nobody in a set goes uncounted because the page they stand on was taken for an unused one."""

from __future__ import annotations

import mmap
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.numbers import touched
from ndoo.numbers.kernel import address_of
from ndoo.numbers.number_set import NumberSet
from tests.support.numbers import some
from tests.unit.numbers.test_number_set import number

PAGE = mmap.PAGESIZE
LENGTH = 40 * PAGE + 100
WHOLE = [(0, LENGTH)]


def used(pages: set[int]) -> list[tuple[int, int]]:
    """What is said of fresh memory in which these pages were written."""
    memory = mmap.mmap(-1, LENGTH, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    for page in pages:
        memory[page * PAGE + 99] = 1
    return list(touched.runs(address_of(memoryview(memory)), LENGTH))


@given(st.sets(st.integers(0, 40)))
def test_every_page_that_was_written_is_in_a_run(pages: set[int]) -> None:
    found = used(pages)
    assert {page for begin, length in found for page in range(begin // PAGE, -(-(begin + length) // PAGE))} == pages
    assert all(begin + length <= LENGTH for begin, length in found)
    assert all(before + length < after for (before, length), (after, _) in pairwise(found))


def test_another_system_s_file_of_that_name_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "freebsd14")
    assert used(set()) == used({3}) == WHOLE


@pytest.mark.parametrize("stored", [None, b"", b"short"])
def test_where_the_system_does_not_say_all_is_read(
    stored: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(touched, "_PAGEMAP", tmp_path / "pagemap")
    if stored is not None:
        (tmp_path / "pagemap").write_bytes(stored)
    assert used(set()) == used({3}) == WHOLE
    held = NumberSet()
    for person in (0, 999_999_999):
        held.add(number(person))
    assert held.count() == 2


def test_a_page_in_swap_is_not_taken_for_an_unused_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {1: 1 << 62, 2: 1 << 63, 4: 1 << 55}
    raw = b"".join(entries.get(page, 0).to_bytes(8, "little") for page in range(41))
    (tmp_path / "pagemap").write_bytes(raw)
    monkeypatch.setattr(touched, "_PAGEMAP", tmp_path / "pagemap")
    monkeypatch.setattr(touched, "_page_in_use", lambda: 2)
    assert list(touched.runs(0, LENGTH)) == [(PAGE, 2 * PAGE)]


def test_a_system_that_calls_every_page_unused_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel, a sandbox or a policy may fill the file with zeros: a full list would be counted as nobody's."""
    (tmp_path / "pagemap").touch()
    os.truncate(tmp_path / "pagemap", 1 << 40)  # zeros for every page that there can be, and no room taken
    monkeypatch.setattr(touched, "_PAGEMAP", tmp_path / "pagemap")
    assert used(set()) == WHOLE
    held = NumberSet()
    held.add(number(5))
    assert (held.count(), NumberSet().contains_all_of(held)) == (1, False)


def test_lines_of_a_list_are_counted_wherever_they_fall() -> None:
    people = some(400)
    block = bytearray("".join(f"{n}\n" for n in people).encode())
    held = NumberSet()
    held.add_lines(block, len(block), final=True)
    held.add(number(0))
    assert held.count() == 401
