"""Delta tables as others write them: with a history, deletion vectors, mapped columns, or a log that this library does not write itself."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
NAMES = {pa.string(): "string", pa.int64(): "long"}


def put_table(
    folder: Path,
    rows: pa.Table,
    *,
    deleted: Sequence[int] = (),
    mapped: Mapping[str, str] | None = None,
    configuration: Mapping[str, str] | None = None,
    features: Sequence[str] = (),
    add: Mapping[str, Any] | None = None,
) -> Path:
    """A table of one file and one version.

    Args:
        deleted: rows that a deletion vector deletes.
        mapped: what columns are called in the file, by their names.
        configuration: properties of the table.
        features: more that readers must know.
        add: what the log says of the file besides.
    """
    (folder / "_delta_log").mkdir(parents=True)
    names = dict(mapped or {})
    pq.write_table(rows.rename_columns([names.get(name, name) for name in rows.column_names]), folder / "part.parquet")
    known = [*features, *(["deletionVectors"] if deleted else []), *(["columnMapping"] if mapped else [])]
    fields = [
        {
            "name": field.name,
            "type": NAMES[field.type],
            "nullable": True,
            "metadata": {
                "delta.columnMapping.id": at,
                "delta.columnMapping.physicalName": names.get(field.name, field.name),
            }
            if mapped
            else {},
        }
        for at, field in enumerate(rows.schema, start=1)
    ]
    properties = {**(configuration or {}), **({"delta.columnMapping.mode": "name"} if mapped else {})}
    properties |= {"delta.columnMapping.maxColumnId": str(len(fields))} if mapped else {}
    said: dict[str, Any] = {
        "path": "part.parquet",
        "partitionValues": {},
        "size": (folder / "part.parquet").stat().st_size,
        "modificationTime": 1,
        "dataChange": True,
        "stats": json.dumps({"numRecords": rows.num_rows}),
    }
    if deleted:
        packed = deletion_vector(deleted)
        said["deletionVector"] = {
            "storageType": "i",
            "pathOrInlineDv": z85(packed),
            "sizeInBytes": len(packed),
            "cardinality": len(deleted),
        }
    protocol: dict[str, Any] = {"minReaderVersion": 1, "minWriterVersion": 2}
    if known:
        protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": known, "writerFeatures": known}
    about = {
        "id": "00000000-0000-0000-0000-000000000001",
        "format": {"provider": "parquet", "options": {}},
        "schemaString": json.dumps({"type": "struct", "fields": fields}),
        "partitionColumns": [],
        "configuration": properties,
        "createdTime": 1,
    }
    commit(folder, 0, {"protocol": protocol}, {"metaData": about}, {"add": {**said, **(add or {})}})
    return folder


def commit(folder: Path, version: int, *actions: Mapping[str, Any]) -> None:
    """One more version in the log."""
    text = "".join(json.dumps(action) + "\n" for action in actions)
    (folder / "_delta_log" / f"{version:020}.json").write_text(text)


def deletion_vector(rows: Sequence[int]) -> bytes:
    """Few rows below 65,536, as the format packs them."""
    low = sorted(rows)
    bitmap = (
        struct.pack("<ii", 12346, 1) + struct.pack("<HHI", 0, len(low) - 1, 16) + struct.pack(f"<{len(low)}H", *low)
    )
    packed = struct.pack("<iqi", 1681511377, 1, 0) + bitmap
    return packed + b"\0" * (-len(packed) % 4)


def z85(packed: bytes) -> str:
    """Bytes as text, in the alphabet of ZeroMQ."""
    return base64.b85encode(packed).decode().translate(str.maketrans(_B85, _Z85))
