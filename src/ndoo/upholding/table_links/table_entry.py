"""What a manifest says of each of several tables that lead to each other, in a folder or in a schema of a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self

from ndoo.evidence.document import DocumentPart, JsonObject
from ndoo.evidence.manifest import ReleaseManifest
from ndoo.evidence.release_record import Counts, FileRecord, StoredRecord, TableRecord, read_counts
from ndoo.upholding.table_links.link import Link

Record = FileRecord | TableRecord | StoredRecord


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of a table, by its path in the folder."""

    path: str
    input: FileRecord
    output: FileRecord


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One table.

    Args:
        own: the column that says whose a row is; None where none does.
        also: further columns of NHS numbers.
        keys: in a database: the table's own keys. None in a folder, where nobody asks.
        paths: in a folder: its files. None in a database.
        files: where these are several, each of them.
        orphans: in a folder: rows that lead to what is not there.
        unused: of a table that leads to nobody and to which tables that lead to people refer: rows that stay though none of these that
            stays leads to them. None where nobody asks.
        required: in a database: the columns that may not be missing.
    """

    leads_to_person: bool
    own: str | None
    also: tuple[str, ...]
    links: tuple[Link, ...]
    input: Record
    output: Record
    rows: Counts
    keys: tuple[tuple[str, ...], ...] | None = None
    paths: tuple[str, ...] | None = None
    files: tuple[FileEntry, ...] = ()
    orphans: int | None = None
    unused: int | None = None
    required: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: DocumentPart) -> Self:
        """As a manifest says it, whoever wrote that; its files are not read.

        Raises:
            TypeError, LookupError: it makes no sense.
        """
        columns = said.part("columns")
        return cls(
            said.is_true("leads_to_person"),
            columns.text_or_null("own"),
            columns.texts("also"),
            tuple(
                Link(link.texts("columns"), link.text("to"), link.texts("columns_there"))
                for link in said.list_of_parts("links")
            ),
            StoredRecord.of(said.part("input")),
            StoredRecord.of(said.part("output")),
            read_counts(said.part("rows")),
            said.lists_of_texts_if_any("keys"),
            said.one_or_more("path") if "path" in said else None,
            orphans=said.count_if_any("orphans"),
            unused=said.count_if_any("unused"),
            required=said.texts_if_any("required"),
        )

    def document(self) -> JsonObject:
        """As it stands in the manifest."""
        links = [
            {"columns": list(link.columns), "to": link.target, "columns_there": list(link.target_columns)}
            for link in self.links
        ]
        several: list[JsonObject] = [
            {"path": one.path, "input": asdict(one.input), "output": asdict(one.output)} for one in self.files
        ]
        return {
            **({"path": [*self.paths] if several else self.paths[0]} if self.paths else {}),
            **({"files": several} if several else {}),
            "leads_to_person": self.leads_to_person,
            "columns": {"own": self.own, "also": list(self.also)},
            "links": links,
            **({"keys": [list(key) for key in self.keys]} if self.keys is not None else {}),
            "input": asdict(self.input),
            "output": asdict(self.output),
            "rows": asdict(self.rows),
            **({"orphans": self.orphans} if self.orphans is not None else {}),
            **({"unused": self.unused} if self.unused is not None else {}),
            **({"required": list(self.required)} if self.required else {}),
        }


def tables_in(manifest: ReleaseManifest) -> Mapping[str, TableEntry]:
    """Every table of a manifest, by its name. Raises TypeError, LookupError where it makes no sense."""
    return {name: TableEntry.of(said) for name, said in manifest.whole.part("tables").parts().items()}
