"""What the manifest of a folder says: one for all tables, and what it names, read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ndoo.evidence.document import JsonObject
from ndoo.evidence.release_record import FileRecord
from ndoo.upholding.linked_tables.described_files import FILE
from ndoo.upholding.linked_tables.descriptor import Package
from ndoo.upholding.linked_tables.walk import Walked
from ndoo.upholding.publication.digest_of_many import digest_of
from ndoo.upholding.table_links.table_entry import FileEntry, TableEntry

FORMAT = "linked tables"


def sections(
    package: Package,
    walked: Sequence[Walked],
    outputs: Mapping[str, FileRecord],
    descriptor: bytes,
    leads_to_nobody: Sequence[str],
) -> FolderSections:
    """What the manifest of linked tables says beside what every manifest says."""
    return FolderSections(
        {one.name: _of_table(one, outputs, package) for one in walked},
        tuple(sorted(set(leads_to_nobody))),
        descriptor,
        {path: raw for path, raw in package.files.items() if path != FILE},
    )


@dataclass(frozen=True, slots=True)
class FolderSections:
    """Each table's own counts and files, and the descriptor: of a folder of linked tables.

    Args:
        descriptor: `datapackage.json` as it is released.
        others: the files that it names for more, by their paths.
    """

    tables: Mapping[str, TableEntry]
    leads_to_nobody: tuple[str, ...]
    descriptor: bytes
    others: Mapping[str, bytes]

    def document(self) -> JsonObject:
        """See `release_record.Sections`."""
        digest = hashlib.sha256(self.descriptor).hexdigest()
        others = [{"path": path, "sha256": hashlib.sha256(raw).hexdigest()} for path, raw in self.others.items()]
        described: JsonObject = {"name": FILE, "sha256": digest, "bytes": len(self.descriptor)}
        return {
            "tables": {name: entry.document() for name, entry in self.tables.items()},
            "leads_to_nobody": list(self.leads_to_nobody),
            "descriptor": {**described, **({"files": others} if others else {})},
        }


def inputs_of(walked: Sequence[Walked]) -> dict[str, FileRecord]:
    """Every file of every table as it was read, by its path."""
    return {passed.path: passed.input for one in walked for passed in one.files}


def _of_table(one: Walked, outputs: Mapping[str, FileRecord], package: Package) -> TableEntry:
    table = package[one.name]
    read = {passed.path: passed.input for passed in one.files}
    written_anew = {path: outputs[path] for path in read}
    several = tuple(FileEntry(path, read[path], written_anew[path]) for path in table.paths)
    return TableEntry(
        one.leads_to_person,
        one.columns.own,
        tuple(one.columns.also),
        tuple(table.links),
        of_files(one.name, read),
        of_files(one.name, written_anew),
        one.rows,
        paths=tuple(table.paths),
        files=several if len(several) > 1 else (),
        orphans=one.orphans,
        unused=one.unused,
    )


def whole(name: str, files: Mapping[str, FileRecord], package: Package, descriptor: bytes) -> FileRecord:
    """A folder as one record: the digest is of the lines `sha256  path`, the descriptor's first, then in its order."""
    described = {**package.files, FILE: descriptor}
    digests = {path: hashlib.sha256(raw).hexdigest() for path, raw in described.items()}
    digests |= {path: files[path].sha256 for table in package.tables for path in table.paths}
    return FileRecord(
        name,
        digest_of(digests),
        sum(record.bytes for record in files.values()) + sum(map(len, described.values())),
        FORMAT,
        sum(record.rows for record in files.values()),
    )


def of_files(name: str, files: Mapping[str, FileRecord]) -> FileRecord:
    """A table as one record: that of its file; of several, the digest is of the lines `sha256  path`."""
    first, *others = files.values()
    if not others:
        return first
    every = (first, *others)
    digest = digest_of({path: record.sha256 for path, record in files.items()})
    return FileRecord(
        name, digest, sum(one.bytes for one in every), first.format, sum(one.rows for one in every), first.dialect
    )


def described_anew(package: Package, outputs: Mapping[str, FileRecord]) -> bytes:
    """The descriptor byte for byte; where it states sizes and digests of the files, with those of the output.

    Args:
        outputs: by path.
    """
    if not any({"bytes", "hash"} & set(resource) for resource in package.document["resources"]):
        return package.raw
    resources = []
    for table, resource in zip(package.tables, package.document["resources"], strict=True):
        record = outputs[table.paths[0]]
        told = {"bytes": record.bytes, "hash": f"sha256:{record.sha256}"}
        resources.append({**resource, **{key: told[key] for key in told if key in resource}})
    return (json.dumps({**package.document, "resources": resources}, indent=2, ensure_ascii=False) + "\n").encode()
