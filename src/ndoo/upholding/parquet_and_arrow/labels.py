"""Refuses a columnar file whose own description names somebody. Columns' names and metadata are published with every row that stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.upholding.column_names import refuse_identifying_names
from ndoo.upholding.other_cells.stray_numbers import MentionSearch


def refuse_identifying(schema: Any) -> None:
    """Look at every name and all metadata of an Arrow schema, nested fields too.

    Raises:
        UnfitData: a valid NHS number stands in one; the sentence does not say which.
    """
    refuse_identifying_names([field.name for field in _fields(schema)])
    if any(names_somebody(text.decode("latin-1")) for text in _metadata(schema)):
        raise _identifies()


def refuse_withheld(schema: Any, mentions: MentionSearch) -> None:
    """Look at the same as at cells: encoded, escaped, in pieces.

    Raises:
        UnfitData: the number of somebody who may not be released stands there.
    """
    names = [field.name.encode(errors="surrogateescape") for field in _fields(schema)]
    if mentions.finds_in([*names, *_metadata(schema)]):
        raise _identifies()


def _identifies() -> UnfitData:
    return UnfitData(
        "metadata-identifies",
        "The file's metadata holds what is a valid NHS number, and would be published with the rows. Write the file "
        "without it.",
    )


def _fields(schema: Any) -> Iterator[Any]:
    for top in schema:
        yield from _within(top)


def _metadata(schema: Any) -> Iterator[bytes]:
    for metadata in (schema.metadata, *(field.metadata for field in _fields(schema))):
        for pair in (metadata or {}).items():
            yield from pair


def _within(field: Any) -> Iterator[Any]:
    yield field
    kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
    if pa.types.is_nested(kind):
        for at in range(kind.num_fields):
            yield from _within(kind.field(at))
