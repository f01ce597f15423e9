"""Named columns of any table that can be upheld, batch by batch; of delimited text every value as it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa

from ndoo.columnar.faults import damaged, faults
from ndoo.domain.errors import UnfitData
from ndoo.domain.named_file import naming
from ndoo.upholding.column_names import column_missing
from ndoo.upholding.columns import Watch
from ndoo.upholding.datasets.formats import open_dataset
from ndoo.upholding.input_files.source import compression_of
from ndoo.upholding.parquet_and_arrow.columnar import Columnar
from ndoo.upholding.text.delimited import Delimited
from ndoo.upholding.text.dialect import Reading, TextDialect

_BLOCK = 1 << 24


def some_columns(
    path: Path, wanted: Sequence[str], progress: Callable[[int], object] = lambda _: None
) -> Iterator[Any]:
    """Arrow record batches that hold the columns `wanted`, in that order.

    Args:
        progress: told how many stored bytes of the table were read.

    Raises:
        UsageFault: there is no such file, or no such column.
        UnfitData: the table is damaged.
    """
    with naming(path), ThreadPoolExecutor(1) as worker:
        dataset = open_dataset(path, Reading(), worker)
        if missing := [name for name in wanted if name not in dataset.names]:
            raise column_missing(missing[0], dataset.names)
    if isinstance(dataset, Delimited):
        try:
            yield from (batch.select(list(wanted)) for batch in _of_text(path, dataset, wanted, progress))
        except (pa.ArrowException, OSError, UnicodeError):
            raise damaged() from None
    elif isinstance(dataset, Columnar):
        for batch in dataset.batches(wanted):
            with faults():
                batch.validate(full=True)  # these values are shown: text must be text
            progress(int(dataset.reader.read_share * dataset.size))
            yield batch
    else:
        raise UnfitData(
            "format-refused", "A workbook is not counted here. Save the table as CSV, every column as text."
        )


def number_columns(path: Path) -> list[str]:
    """The columns of a table that hold NHS numbers, as far as the first rows show. Raises as `some_columns` does."""
    with ThreadPoolExecutor(1) as worker:
        dataset = open_dataset(path, Reading(), worker)
        watch = Watch(dataset.names)
        dataset.preview(watch)
    return watch.convincing()


def _of_text(path: Path, dataset: Delimited, wanted: Sequence[str], progress: Callable[[int], object]) -> Iterator[Any]:
    from pyarrow import csv

    dialect = dataset.dialect
    if not dialect.delimiter.isascii():
        raise UnfitData(
            "delimiter-not-ascii",
            "Fields are separated by a character outside ASCII. Save this text with commas or tabs.",
        )
    with pa.OSFile(str(path)) as stored, _behind_heading(path, stored, dialect) as stream:
        if not stream.read(1):
            return
    with pa.OSFile(str(path)) as stored, _behind_heading(path, stored, dialect) as stream:
        for batch in csv.open_csv(
            stream,
            csv.ReadOptions(block_size=_BLOCK, encoding=dialect.encoding, column_names=list(dataset.names)),
            csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.quotes else False,
                newlines_in_values=dialect.quotes,
            ),
            csv.ConvertOptions(
                include_columns=list(wanted), column_types=dict.fromkeys(wanted, pa.string()), strings_can_be_null=False
            ),
        ):
            progress(stored.tell())
            yield batch


def _behind_heading(path: Path, stored: Any, dialect: TextDialect) -> Any:
    packing = compression_of(path)
    if packing in ("xz", "zip"):
        raise UnfitData(
            "packing-not-read", "A file that is packed with xz or ZIP is not read here. Unpack it, and name that."
        )
    stream = pa.CompressedInputStream(stored, packing) if packing else stored
    stream.read(dialect.body_at)
    return stream
