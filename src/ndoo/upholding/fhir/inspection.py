"""What an export that is to be released, or was, holds: the same for the draft of a release and for its verification."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from ndoo.evidence.document import JsonObject
from ndoo.evidence.release_record import ByChance, Counts, FileRecord
from ndoo.upholding.fhir.resources import FhirFile, Stored
from ndoo.upholding.fhir.search import Search
from ndoo.upholding.fhir.verdicts import ResourceVerdicts, types_in, verdicts_on
from ndoo.upholding.other_cells.stray_numbers import Sighting
from ndoo.upholding.publication.digest_of_many import digest_of
from ndoo.upholding.table_links.people import People

FORMAT = "fhir"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found."""

    verdicts: ResourceVerdicts
    people: People
    mentioned: list[str]
    """Types of resources in which somebody withheld is spoken of."""
    naming: Sequence[str]
    """Those in which NHS numbers stand in any way, whoever's."""
    by_chance: Sequence[ByChance]
    """As `MentionSearch.by_chance`, by types of resources."""
    ignored: Sequence[Sighting]
    """What stands in types of resources that are ignored."""
    files: dict[str, FileRecord]


def inspected(
    files: Mapping[str, FhirFile],
    people: People,
    kinds: Collection[str],
    ignored: Collection[str],
    progress: Callable[[int], object],
    *,
    alone: bool,
) -> Inspection:
    """Read what should all stay.

    Args:
        people: nobody was met by them so far.
        kinds: the types of resources that it holds.
        ignored: types of resources in which somebody may be spoken of, and `verdicts.DOCUMENTS`.
        alone: see `ResourceVerdicts`.

    Raises:
        UnfitData: a file is no FHIR, or damaged, or changes meanwhile.
    """
    search = Search(people.mentions(types_in(kinds), ()))
    verdicts = verdicts_on(files, people, progress, alone=alone, search=search, ignored=ignored)
    return Inspection(
        verdicts,
        people,
        [kind for kind in search.found if kind not in ignored],
        search.naming,
        search.by_chance,
        search.seen_in(ignored),
        {file.name: file_record(file.name, file.stored, file.rows) for file in verdicts.files},
    )


def file_record(name: str, stored: Stored, rows: int) -> FileRecord:
    """One file."""
    return FileRecord(name, stored.sha256, stored.bytes, FORMAT, rows)


def folder_record(name: str, files: Mapping[str, FileRecord]) -> FileRecord:
    """A folder as one record."""
    return FileRecord(
        name,
        digest_of({path: record.sha256 for path, record in sorted(files.items())}),
        sum(record.bytes for record in files.values()),
        FORMAT,
        sum(record.rows for record in files.values()),
    )


@dataclass(frozen=True, slots=True)
class ExportSections:
    """What the manifest of a FHIR export says beside what every manifest says.

    Args:
        resources: the counts of each type of resource.
        files: each file as it was read and as it is released, by its path in the release.
        left_out: files of the folder that hold no resources, counted by how they are named.
    """

    resources: Mapping[str, Counts]
    files: Mapping[str, tuple[FileRecord, FileRecord]]
    left_out: Mapping[str, int]

    def document(self) -> JsonObject:
        """See `release_record.Sections`."""
        return {
            "resources": {kind: {"rows": asdict(counts)} for kind, counts in self.resources.items()},
            "files": {
                name: {"input": asdict(source), "output": asdict(output)}
                for name, (source, output) in self.files.items()
            },
            "left_out": dict(self.left_out),
        }
