"""What the manifest of one table says beside what every manifest says: of a file, of a folder of Parquet, of a table in a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ndoo.evidence.document import JsonObject
from ndoo.evidence.release_record import FileRecord

HELD_BESIDE = "held_table"
"""Of a database: where held rows were put."""


@dataclass(frozen=True, slots=True)
class TableSections:
    """See `release_record.Sections`.

    Args:
        malformed: of rows held as malformed, how many show what.
        held_columns: of the file of held rows, the columns that stand before those of the table; None where there is no such file.
        files: the files of a folder, by their paths.
        table_version: of a Delta table, the version that was upheld.
        required: in a database, the columns that may not be missing.
        held_table: in a database, where held rows were put.
    """

    malformed: Mapping[str, int] = field(default_factory=dict)
    held_columns: tuple[str, ...] | None = None
    files: Mapping[str, FileRecord] | None = None
    table_version: int | None = None
    required: tuple[str, ...] = ()
    held_table: str | None = None

    def document(self) -> JsonObject:
        """See `release_record.Sections`."""
        return {
            **({"malformed": dict(self.malformed)} if self.malformed else {}),
            **({"held_rows": {"columns": list(self.held_columns)}} if self.held_columns is not None else {}),
            **({"files": told_of(self.files)} if self.files is not None else {}),
            **({"table_version": self.table_version} if self.table_version is not None else {}),
            **({"required": list(self.required)} if self.required else {}),
            **({HELD_BESIDE: {"name": self.held_table}} if self.held_table is not None else {}),
        }


def told_of(files: Mapping[str, FileRecord]) -> dict[str, JsonObject]:
    """Each file of a folder as the manifest names it."""
    return {path: {"sha256": one.sha256, "bytes": one.bytes, "rows": one.rows} for path, one in files.items()}
