"""Columns of text that pass through Parquet as dictionaries: the file is, byte for byte, the one that they make as text, and so is all that is found in it."""

from __future__ import annotations

import io
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.columnar import parquet_reader, reader
from ndoo.columnar.parquet_footer import ColumnChunk
from ndoo.columnar.parquet_reader import ParquetReader
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import NdooError
from ndoo.evidence.release_record import Columns
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.parquet_and_arrow.parquet import Parquet
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify.witness import Witness
from tests.engines.parquet_worlds import GO, MARK, STAY, Made, made
from tests.engines.worlds import cleaned_list

FILES = 40
LISTS = {
    "opted out": cleaned_list(Polarity.OPTED_OUT, GO, None),
    "allowed": cleaned_list(Polarity.ALLOWED, STAY[::2], [*STAY, *GO]),
}


@dataclass(frozen=True)
class Came:
    """What came of one file."""

    kept: bytes
    held: bytes
    told: Any
    found: Any


def _counted(mentions: MentionSearch) -> Any:
    return bytes(mentions._of), sorted(map(bytes, mentions._positions)), mentions.found, mentions.by_chance


def _passed(source: Made, by: str, folder: Path) -> Came | str:
    question = ReleaseQuestion(LISTS[by], by_what_is_named=True)
    columns = Columns("nhs_number", "", ())
    kept_at, held_at = folder / "kept", folder / "held"
    try:
        dataset = Parquet(source.path)
        witness = Witness(dataset.names, columns, question, keep_missing=False, crowded=False)
        naming = MentionSearch(dataset.names, (), question.opt_outs)
        watch = Watch(
            dataset.names,
            naming,
            MentionSearch(dataset.names, ("nhs_number", *source.names[:-2]), question.opt_outs),
            witness,
        )
        deciding = RowDecision(question.opt_outs, 1, keep_missing=False)
        with ExitStack() as stack:
            kept_file, held_file = (stack.enter_context(path.open("wb")) for path in (kept_at, held_at))
            held = stack.enter_context(dataset.held_sink(held_file.fileno(), held_at))
            kept = stack.enter_context(dataset.sink(kept_file.fileno(), kept_at))
            record = dataset.stream(columns, deciding, watch, kept, held, lambda _: None)
            stored = kept.finish(), held.finish()
    except NdooError as error:
        return f"{error.code} {error.sentence}"
    told = record, stored, deciding.rows(), deciding.people(), watch.malformed
    assert witness.mentions
    found = *map(_counted, (naming, witness.mentions)), watch.seen, witness.watch.seen
    return Came(kept_at.read_bytes(), held_at.read_bytes(), told, found)


@pytest.fixture(params=[1 << 17, 300], ids=["one batch", "small batches"], autouse=True)
def batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In small ones, the longest words of a dictionary make that a few rows are decoded at once."""
    if request.param == 300:
        monkeypatch.setattr(parquet_reader, "AT_WORST", 1 << 11)
    for module in (reader, parquet_reader):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", request.param)


def _lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every footer says that all text stands in dictionaries of no size."""
    monkeypatch.setattr(ColumnChunk, "only_dictionary", True)
    monkeypatch.setattr(parquet_reader, "_SMALL", 1 << 40)


def _marked(content: bytes, names: list[str]) -> bool:
    """Is a word in the file that only somebody had who went, in its bytes or, once they are unpacked, in a dictionary?"""
    file = pq.ParquetFile(io.BytesIO(content), read_dictionary=names)
    values = [column.dictionary for batch in file.iter_batches() for column in batch if hasattr(column, "dictionary")]
    return MARK.encode() in content or any(MARK in str(array.cast(pa.large_binary()).to_pylist()) for array in values)


@pytest.mark.parametrize("lies", [False, True], ids=["true footers", "footers that lie"])
@pytest.mark.parametrize("telling", [False, True], ids=["plain words", "words with numbers"])
def test_a_file_is_the_one_that_text_makes(
    telling: bool, lies: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lies:
        _lies(monkeypatch)
    taken = 0
    for seed in range(FILES):
        dice = Random(f"{seed} {telling}")
        source = made(tmp_path / "in.parquet", dice, telling=telling)
        by = dice.choice((*LISTS,))
        came = _passed(source, by, tmp_path)
        with monkeypatch.context() as undone:
            undone.setattr(ParquetReader, "by_dictionaries", lambda self: self)
            expected = _passed(source, by, tmp_path)
        assert came == expected, seed
        own = ParquetReader(source.path).by_dictionaries().own_dictionaries
        taken += bool(own)
        assert isinstance(came, str) or not _marked(came.kept, sorted(own)), seed
    assert taken > FILES / 3
