"""The log of a released Delta table: one version, which names the files that were released and nothing else.

No statistics of values stand in it, no history, no name, description, property or rule of the table that it was released from: any of
these may hold a value of somebody who was removed. What may stand there is written in one way only, so a log is judged by writing it
anew and comparing every byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

from ndoo.domain.errors import UnfitData
from ndoo.evidence.release import OF_DELTA
from ndoo.evidence.release_record import FileRecord
from ndoo.upholding.delta.schema import has_local_times, schema_text

_LARGEST = 1 << 28


@dataclass(frozen=True, slots=True)
class TableIdentity:
    """Which table it is, and when it was written."""

    table: UUID
    moment: int
    """Milliseconds since 1970."""

    @classmethod
    def new(cls, now: datetime) -> Self:
        """A table that nobody has seen."""
        return cls(uuid4(), int(now.timestamp() * 1000))


def log_of(written: TableIdentity, schema: Any, files: Mapping[str, FileRecord]) -> bytes:
    """The whole log of a table of these columns and files.

    Args:
        files: those that hold rows, by their paths in the folder, which have no escapes.

    Raises:
        UnfitData: a type that Delta tables do not have.
    """
    protocol: dict[str, Any] = {"minReaderVersion": 1, "minWriterVersion": 2}
    if has_local_times(schema):
        named = ["timestampNtz"]
        protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": named, "writerFeatures": named}
    actions: list[dict[str, Any]] = [
        {"commitInfo": {"timestamp": written.moment, "operation": "WRITE", "engineInfo": "ndoo"}},
        {"protocol": protocol},
        {
            "metaData": {
                "id": str(written.table),
                "format": {"provider": "parquet", "options": {}},
                "schemaString": schema_text(schema),
                "partitionColumns": [],
                "configuration": {},
                "createdTime": written.moment,
            }
        },
        *(
            {
                "add": {
                    "path": path,
                    "partitionValues": {},
                    "size": one.bytes,
                    "modificationTime": written.moment,
                    "dataChange": True,
                    "stats": json.dumps({"numRecords": one.rows}),
                }
            }
            for path, one in files.items()
        ),
    ]
    return "".join(json.dumps(action) + "\n" for action in actions).encode("ascii")


def record_of_log(text: bytes) -> FileRecord:
    """The log as one of the files of the release; no row stands in it."""
    return FileRecord(OF_DELTA, hashlib.sha256(text).hexdigest(), len(text), "delta log", 0)


def judge_log(place: Path, schema: Any, files: Mapping[str, FileRecord]) -> FileRecord:
    """The log of a released table, as one of its files.

    Args:
        files: as they were read, by their paths in the folder.

    Raises:
        UnfitData: it is not what is written for these files.
    """
    path = place / OF_DELTA
    if path.stat().st_size > _LARGEST:
        raise _other()
    text = path.read_bytes()
    try:
        about = next(action["metaData"] for action in map(json.loads, text.splitlines()) if "metaData" in action)
        written = TableIdentity(UUID(about["id"]), int(about["createdTime"]))
    except (ValueError, TypeError, LookupError, AttributeError, StopIteration, RecursionError):
        raise _other() from None
    if log_of(written, schema, files) != text:
        raise _other()
    return record_of_log(text)


def _other() -> UnfitData:
    return UnfitData(
        "delta-log-other",
        "The log of this table is not the one that is written for the files that were released: readers of Delta tables could see other "
        "rows, or more.",
    )
