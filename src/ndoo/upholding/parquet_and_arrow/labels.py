"""Refuses a columnar file whose own description names somebody. Columns' names and metadata are published with every row that stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody
from ndoo.upholding.columns import refuse_identifying_names


def refuse_identifying(schema: Any) -> None:
    """Look at every name and all metadata of an Arrow schema, nested fields too.

    Raises:
        UnfitData: a valid NHS number stands in one; the sentence does not say which.
    """
    fields = [field for top in schema for field in _within(top)]
    refuse_identifying_names([field.name for field in fields])
    if any(
        names_somebody(text)
        for metadata in (schema.metadata, *(f.metadata for f in fields))
        for text in _texts(metadata)
    ):
        raise UnfitData(
            "metadata-identifies",
            "The file's metadata holds what is a valid NHS number, and would be published with the rows. Write the file "
            "without it.",
        )


def _within(field: Any) -> Iterator[Any]:
    yield field
    kind = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
    if pa.types.is_nested(kind):
        for at in range(kind.num_fields):
            yield from _within(kind.field(at))


def _texts(metadata: Any) -> Iterator[str]:
    for pair in (metadata or {}).items():
        yield from (raw.decode("latin-1") for raw in pair)
