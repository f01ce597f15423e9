"""Parquet and Arrow: the rows that are kept against a decision row by row, and no byte of a removed row in what is released."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.columns import WhenMentioned
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.text import reference
from tests.fuzz.world import Options, folder, refuse_people_who_go, refuse_unverified, released, taken_apart

_WORD = re.compile(r"[\w ]{8,}", re.ASCII)
"""What is looked for: shorter texts, and bytes of no text, stand in a file by chance."""


def check_parquet(data: bytes) -> bool:
    """Is this Parquet released? What is released is right."""
    return _check(data, ".parquet", pq.read_table)


def check_arrow(data: bytes) -> bool:
    """Is this Arrow file released? What is released is right."""
    return _check(data, ".arrow", lambda path: ipc.open_file(path).read_all())


def _check(data: bytes, suffix: str, table_at: Callable[[Path], Any]) -> bool:
    options, content = taken_apart(data)
    with folder() as place:
        source, output = place / f"in{suffix}", place / f"out{suffix}"
        source.write_bytes(content)
        manifest = released(ReleaseKind.FILE, source, output, options)
        if manifest is None or not content.startswith((b"PAR1", b"ARROW1")):
            return manifest is not None
        refuse_people_who_go(output.read_bytes(), options)
        _compare(table_at(source), table_at(output), output.read_bytes(), manifest, options)
        refuse_unverified(output, options)
    return True


def _compare(source: Any, output: Any, content: bytes, manifest: dict[str, Any], options: Options) -> None:
    columns = manifest["columns"]
    cells = [_texts(source[name]) for name in (columns["nhs_number"], *columns["also"])]
    by_hand = reference.decide(
        list(zip(*cells, strict=True)),
        options.cleaned.answer,
        keep_missing=options.undecided is Undecidable.KEEP_MISSING,
    )
    kept = by_hand.kept
    rows = [repr(row) for row in _rows(source)]
    released_rows = [repr(row) for row in _rows(output)]
    if options.mentions is WhenMentioned.HOLD and "mentions" in manifest["rows"]["held"]:
        assert set(released_rows) <= {rows[at] for at in kept}, "a row that may not stay was kept"
        return
    assert released_rows == [rows[at] for at in kept], "other rows than the reference keeps"
    staying = _laid_anew(output)
    for at in set(range(len(rows))) - set(kept):
        for cell in _cells(source, at):
            if staying and _WORD.fullmatch(cell) and cell.encode() not in staying and cell.encode() in content:
                raise AssertionError("what stood in a removed row is among the bytes that were released")


def _laid_anew(table: Any) -> bytes:
    """The same rows as Arrow lays them from their values, so with nothing of other rows; nothing where Python has no such values."""
    held = io.BytesIO()
    try:
        anew = pa.Table.from_pylist(table.to_pylist(), schema=table.schema)
        with ipc.new_stream(held, anew.schema) as stream:
            stream.write_table(anew)
    except (pa.ArrowException, ValueError, OverflowError, TypeError, KeyError):
        return b""
    return held.getvalue()


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    """Each cell as it would be typed."""
    return [
        None if cell is None else cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)
        for cell in map(_plain, column)
    ]


def _plain(cell: Any) -> Any:
    """As Python sees it; where Python has no such value, as Arrow writes it."""
    try:
        return cell.as_py()
    except KeyError:  # a time zone that nobody knows
        return pa.repeat(cell, 1).to_string()
    except (ValueError, OverflowError, UnicodeDecodeError):
        return str(cell.cast(pa.binary()).as_py()) if pa.types.is_string(cell.type) else repr(cell)


def _rows(table: Any) -> list[tuple[Any, ...]]:
    return list(zip(*([_plain(cell) for cell in column] for column in table.columns), strict=True))


def _cells(table: Any, at: int) -> list[str]:
    """The row's texts."""
    return [cell for column in table.columns if isinstance(cell := _plain(column[at]), str)]
