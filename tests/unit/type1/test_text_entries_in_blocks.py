"""Entries are read alike however the file is cut into blocks, and a file that changes or breaks off is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.type1 import latest_entry, text_entries
from ndoo.type1.status import read_status, usable
from tests.support.numbers import some

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PEOPLE = some(500, seed=31)


def entries(folder: Path) -> Path:
    rows = [
        f'{n},"{("9Nu0.", "9Nu1.", "C10..", "9Nu4.")[at % 4]}","a ""note"", or\ntwo",20{at % 20:02}-01-0{at % 9 + 1}'
        for at, n in enumerate(PEOPLE)
    ]
    (folder / "codes.csv").write_text("nhs_number,code,note,date\n" + "\n".join(rows))
    return folder / "codes.csv"


@pytest.mark.parametrize("block", [16, 64, 100, 4096])
def test_no_entry_is_lost_where_a_block_ends(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = entries(tmp_path)
    whole = read_status([path], NOW)
    lines = b"".join(map(bytes, whole.lines()))
    monkeypatch.setattr(text_entries, "_BLOCK", block)
    monkeypatch.setattr(text_entries, "_MAX_ROWS", 7)
    monkeypatch.setattr(latest_entry, "_LINES", 100)
    cut = read_status([path], NOW)
    assert cut.counts == whole.counts
    assert b"".join(map(bytes, cut.lines())) == lines
    assert whole.counts["dissent"] == 125
    assert lines.count(b"\n") == 500


def test_a_block_may_end_where_a_row_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of every length up to three rows: one of them is filled to its last byte by whole rows."""
    path = tmp_path / "codes.csv"
    path.write_text("nhs_number,code,date\n" + "".join(f"{n},9Nu0.,2020-01-01\n" for n in PEOPLE[:9]))
    for block in range(20, 90):
        monkeypatch.setattr(text_entries, "_BLOCK", block)
        assert read_status([path], NOW).counts["dissent"] == 9


def test_a_row_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_entries, "_BLOCK", 64)
    monkeypatch.setattr(text_entries, "_LONGEST_ROW", 1000)
    (tmp_path / "codes.csv").write_text("nhs_number,code,date\n" + "x" * 5000)
    with pytest.raises(UnfitData, match="Row 1"):
        read_status([tmp_path / "codes.csv"], NOW)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = entries(tmp_path)
    feed = text_entries.TextEntries.feed

    def and_grows(self: Any, reckoner: Any) -> None:
        feed(self, reckoner)
        with path.open("a") as file:
            file.write(f"\n{PEOPLE[2]},9Nu0.,,2020-01-01")

    monkeypatch.setattr(text_entries.TextEntries, "feed", and_grows)
    with pytest.raises(UnfitData, match="changed"):
        read_status([path], NOW)


def test_a_file_that_cannot_be_read_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = entries(tmp_path)

    def breaks(self: Any, reckoner: Any) -> None:
        raise OSError(5, "the disk")

    monkeypatch.setattr(text_entries.TextEntries, "feed", breaks)
    with pytest.raises(NoUsableList, match="to their end"):
        read_status([path], NOW)


def test_the_digest_of_many_entries_is_said_and_that_of_few_is_not(tmp_path: Path) -> None:
    import hashlib

    many = some(1100, seed=37)
    (tmp_path / "many.csv").write_text("nhs_number,code,date\n" + "".join(f"{n},9Nu0.,2020-01-01\n" for n in many))
    found = read_status([tmp_path / "many.csv", entries(tmp_path)], NOW)
    assert [source["sha256"] for source in found.counts["sources"]] == [
        hashlib.sha256((tmp_path / "many.csv").read_bytes()).hexdigest(),
        None,
    ]
    assert usable(found).record == found.counts
