"""Refuses names of partitions, `site=07`, that are somebody's number, however they are escaped.

Hive and Spark write what a file system does not bear as `%23`, and what is written so twice as `%2523`. Such a name is published with
the rows, so each way of reading it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.numbers.opt_outs import OptOuts

_SENTENCE = "The name of a folder holds what is a valid NHS number, and would be published with the rows. Partition by another column."


def readings_of(name: str) -> Iterator[str]:
    """The name as it stands, and with its escapes undone, as often as there are any."""
    yield name
    for encoding in ("utf-8", "latin-1"):  # what Python makes of an escape, and what Spark makes of it
        before, plain = name, unquote(name, encoding)
        while plain != before:
            yield plain
            before, plain = plain, unquote(plain, encoding)


def refuse_unreadable_folder(name: str) -> None:
    """Raises UnfitData where a folder's name is no text, or has characters that no reader shows."""
    if not name.isprintable():
        raise UnfitData(
            "partition-unreadable",
            "The name of a folder has characters that cannot be shown, or is not written in UTF-8. Rename the folder.",
        )


def refuse_identifying_folder(name: str) -> None:
    """Raises UnfitData where a valid NHS number stands in a folder's name, whoever's it is."""
    if any(map(names_somebody, readings_of(name))):
        raise UnfitData("partition-identifies", _SENTENCE)


def refuse_withheld_folders(folders: Sequence[tuple[str, ...]], opt_outs: OptOuts) -> None:
    """Look at the values of partitions as at cells: in other scripts, and side by side.

    Args:
        folders: of each partition, the names of its folders.

    Raises:
        UnfitData: the number of somebody who may not be released stands there.
    """
    import pyarrow as pa

    from ndoo.upholding.other_cells.stray_numbers import MentionSearch

    rows = [[list(readings_of(part.partition("=")[2])) for part in parts] for parts in folders]
    if not any(rows):
        return
    names = [str(at) for at in range(len(rows[0]))]
    mentions = MentionSearch(names, (), opt_outs)
    deepest = max(len(texts) for row in rows for texts in row)
    for depth in range(deepest):
        cells = [[row[at][min(depth, len(row[at]) - 1)] for row in rows] for at in range(len(names))]
        mentions.batch(pa.RecordBatch.from_arrays([pa.array(column, pa.string()) for column in cells], names))
    if mentions.found:
        raise UnfitData("partition-identifies", _SENTENCE)
