"""An import of millions of rows takes them all, in their order, in memory of one size, and leaves no file of numbers behind."""

from __future__ import annotations

import errno
import tempfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ndoo.domain.errors import NdooError
from ndoo.domain.nhs_number import Undecided
from ndoo.service.choices import sorted_rows
from ndoo.service.choices.import_row import KEY_BYTES, Refused
from ndoo.service.choices.sorted_rows import RefusedRows, SortedRows

KEYS = st.lists(st.integers(0, (1 << 8 * KEY_BYTES) - 1), max_size=60)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NDOO_DATA", str(tmp_path))
    return tmp_path


@given(keys=KEYS, held=st.integers(1, 70), read=st.integers(1, 9))
def test_rows_come_in_their_order_whatever_waits_in_the_file(keys: list[int], held: int, read: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorted_rows, "HELD", held)
        patch.setattr(sorted_rows, "_READ", read)
        rows = SortedRows()
        for key in keys:
            rows.add(key)
        assert list(rows) == list(rows) == sorted(keys)


def filled(count: int) -> SortedRows:
    rows = SortedRows()
    for at in range(count):
        rows.add((at * 7919) % count << 100)
    return rows


def test_memory_does_not_grow_with_the_file_and_nothing_is_left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_rows, "HELD", 1_000)
    monkeypatch.setattr(sorted_rows, "_READ", 10)
    tracemalloc.start()
    rows = filled(50_000)
    assert sum(1 for _ in rows) == 50_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000, "a list of them takes more than two million bytes"
    assert list(folder.iterdir()) == [], "the file has no name"


def test_a_full_disk_is_told_before_anything_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: Any) -> Any:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(sorted_rows, "HELD", 10)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(NdooError) as refused:
        filled(10)
    assert refused.value.code == "disk-full"


def test_rows_that_cannot_be_read_back_are_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_rows, "HELD", 10)
    rows = filled(20)
    assert rows._file is not None
    rows._file.truncate(KEY_BYTES * 15)
    with pytest.raises(NdooError) as refused:
        list(rows)
    assert refused.value.code == "import-not-readable"


def test_refused_rows_keep_their_place_and_their_reason() -> None:
    rows = RefusedRows()
    for row, reason in ((7, Refused.OLDER), (2, Undecided.CHECK_DIGIT), (4_000_000_000, Refused.OLDER)):
        rows.add(row, reason)
    rows.sort()
    rows.sort()
    assert list(rows) == [(2, Undecided.CHECK_DIGIT), (7, Refused.OLDER), (4_000_000_000, Refused.OLDER)]
    assert (len(rows), rows.reasons) == (3, {"check_digit": 1, "older_than_register": 2})
