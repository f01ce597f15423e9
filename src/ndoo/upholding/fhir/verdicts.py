"""What becomes of an export: the verdict on every resource, file by file, and what of each file stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from ndoo.domain.errors import UnfitData
from ndoo.evidence.release_record import Counts
from ndoo.upholding.fhir.compartment import PATIENT, is_about_nobody
from ndoo.upholding.fhir.decision import GatheredStatements, levels_of
from ndoo.upholding.fhir.folder import ending_of
from ndoo.upholding.fhir.resources import FhirFile, FhirPiece, PieceKind, Stored
from ndoo.upholding.fhir.search import Marks, Search
from ndoo.upholding.fhir.statements import BUNDLE, PieceStatement, statement_of
from ndoo.upholding.table_links.levels import REASONS, Level
from ndoo.upholding.table_links.people import People

DOCUMENTS = ".data"
"""`TYPE.data`, among columns to ignore: documents in resources of this type that nobody can search may stay."""


@dataclass(slots=True)
class Bundle:
    """What stands around the entries of one bundle, which are rows."""

    first: int
    rows: int
    level: int = Level.STAYS


@dataclass(slots=True)
class FileRead:
    """The rows and the bundles of one file."""

    name: str
    document: bool
    first: int
    rows: int = 0
    bundles: list[Bundle] = field(default_factory=list)
    stored: Stored = field(default_factory=lambda: Stored("", 0))


@dataclass(frozen=True, slots=True)
class ResourceVerdicts:
    """Every resource in the order in which they were read: its type, its level, and whether it leads to somebody.

    Args:
        alone: the export is one file, which is released also where nothing of it stays.
    """

    kinds: list[str]
    levels: bytes
    leading: bytes
    files: list[FileRead]
    alone: bool

    def counts(self, file: FileRead | None = None) -> Counts:
        """Of all of them, or of one file."""
        first, last = (file.first, file.first + file.rows) if file else (0, len(self.kinds))
        return _counts(
            Counter(zip(self.kinds[first:last], self.levels[first:last], self.leading[first:last], strict=True))
        )

    def by_kind(self) -> dict[str, Counts]:
        """Of each type, in the order of their names."""
        found: dict[str, Counter[tuple[str, int, int]]] = {}
        for key, many in Counter(zip(self.kinds, self.levels, self.leading, strict=True)).items():
            found.setdefault(key[0], Counter())[key] = many
        return {kind: _counts(found[kind]) for kind in sorted(found)}

    @property
    def by_type1_alone(self) -> int:
        return self.levels.count(int(Level.REMOVED_BY_TYPE1))

    @property
    def astray(self) -> int:
        """Resources that lead to nobody, or to what is not there."""
        return self.levels.count(int(Level.ORPHAN)) + self.levels.count(int(Level.MISSING))

    def released_as(self) -> dict[str, str]:
        """The path in the release of each file that is released, by its path in the export.

        Files of which nothing stays are not: their names may tell whose they were. Where all that stays is about nobody, and
        somebody was in it, the rest gets a name of its own.
        """
        if self.alone:
            return {file.name: file.name for file in self.files}
        taken = {file.name.partition("/")[0].partition(".")[0].lower() for file in self.files}
        rests = (name for name in map("rest-{}".format, count(1)) if name not in taken)
        return {
            file.name: next(rests) + ending_of(file.name) if self._lost_everybody(file) else file.name
            for file in self.files
            if not file.rows or self._has(file, (Level.STAYS,))
        }

    def _lost_everybody(self, file: FileRead) -> bool:
        rows = range(file.first, file.first + file.rows)
        somebody = {self.levels[row] for row in rows if not is_about_nobody(self.kinds[row])}
        return bool(somebody) and Level.STAYS not in somebody

    def stays(self, file: FileRead) -> Iterator[bool]:
        """Which pieces of a file stay, in order.

        Raises:
            UnfitData: what stands around the entries of a bundle names somebody, and would be released.
        """
        for piece, bundle in self._pieces(file):
            if bundle is None:
                yield not self.levels[piece]
                continue
            stays = not bundle.rows or self._has(bundle, (Level.STAYS,)) or (file.document and self.alone)
            if stays and bundle.level:
                raise UnfitData(
                    "fhir-bundle-names-somebody",
                    f"{file.name!r}: what stands around the entries of a bundle, such as its link, identifier or signature, names "
                    "somebody who is not released, or nobody can tell whom. Take that out of the bundle.",
                )
            yield stays

    def held(self, file: FileRead) -> Iterator[bool]:
        """Which pieces of a file are held."""
        for piece, bundle in self._pieces(file):
            if bundle is None:
                yield self.levels[piece] in REASONS
            else:
                yield file.document or self._has(bundle, REASONS)

    def _pieces(self, file: FileRead) -> Iterator[tuple[int, Bundle | None]]:
        at = file.first
        for bundle in file.bundles:
            yield from ((row, None) for row in range(at, bundle.first + bundle.rows))
            at = bundle.first + bundle.rows
            yield at, bundle
        yield from ((row, None) for row in range(at, file.first + file.rows))

    def _has(self, rows: FileRead | Bundle, levels: Collection[int]) -> bool:
        """Is one of these rows at one of these levels?"""
        return any(level in levels for level in set(self.levels[rows.first : rows.first + rows.rows]))


def verdicts_on(
    files: Mapping[str, FhirFile],
    people: People,
    progress: Callable[[int], object],
    *,
    alone: bool,
    search: Search | None = None,
    ignored: Collection[str] = (),
    marks: Marks | None = None,
) -> ResourceVerdicts:
    """Read every resource of all files, and decide what becomes of each.

    Args:
        alone: see `ResourceVerdicts`.
        search: where all are to stay, what looks at everything that they say.
        ignored: types of resources of which documents that nobody can search may stay, as `TYPE` or `TYPE.data`.
        marks: where it is given, resources in which it finds somebody are held.

    Raises:
        UnfitData: a file is no FHIR, or damaged.
    """
    gathered, read, around = GatheredStatements(), list[FileRead](), list[tuple[Bundle, PieceStatement, Level]]()
    past = 0
    for name, one in files.items():
        file = FileRead(name, one.document, len(gathered.kinds))

        def take(piece: FhirPiece, file: FileRead = file) -> None:
            said = statement_of(piece, "" if piece.form is PieceKind.RESOURCE else f"{file.name} {len(file.bundles)}")
            searched = {said.kind, said.kind + DOCUMENTS}.isdisjoint(ignored)
            doubt = max(said.doubt, Level.UNSEARCHABLE if said.unsearchable and searched else Level.STAYS)
            if search:
                search.look(said.kind, said.texts)
            if piece.form is PieceKind.BUNDLE:
                file.bundles.append(Bundle(len(gathered.kinds) - piece.entries, piece.entries))
                around.append((file.bundles[-1], said, doubt))
                return
            row = gathered.take(said, doubt)
            if marks:
                marks.look(said.kind, row, said.texts)

        def passed(now: int, before: int = past) -> None:
            progress(before + now)

        file.stored = one.read(take, passed)
        file.rows = len(gathered.kinds) - file.first
        past += file.stored.bytes
        read.append(file)
    rows = len(gathered.kinds)
    for bundle, said, doubt in around:
        row = gathered.take(said, doubt)
        gathered.around[row] = (bundle.first, bundle.rows)
        if marks:
            marks.look(said.kind, row, said.texts)
    for row in marks.found() if marks else ():
        gathered.doubts[row] = max(gathered.doubts[row], Level.MENTIONS)
    levels, leading = levels_of(gathered, people)
    for (bundle, _, _), level in zip(around, levels[rows:], strict=True):
        bundle.level = level
    return ResourceVerdicts(gathered.kinds[:rows], levels[:rows], leading[:rows], read, alone)


def everybody_stays(verdicts: ResourceVerdicts) -> ResourceVerdicts:
    """The same where nobody has to go."""
    for file in verdicts.files:
        for bundle in file.bundles:
            bundle.level = Level.STAYS
    rows = len(verdicts.kinds)
    return ResourceVerdicts(verdicts.kinds, bytes(rows), bytes([1]) * rows, verdicts.files, verdicts.alone)


def types_in(kinds: Collection[str]) -> list[str]:
    """The types of resources, and that of what is around them."""
    return sorted({*kinds, BUNDLE})


def _counts(found: Counter[tuple[str, int, int]]) -> Counts:
    levels: Counter[Level] = Counter()
    without = 0
    for (kind, level, leading), many in found.items():
        levels[Level(level)] += many
        without += many * (level == Level.STAYS and kind == PATIENT and not leading)
    kept = levels.pop(Level.STAYS, 0)
    removed = levels.pop(Level.REMOVED, 0) + levels.pop(Level.REMOVED_BY_TYPE1, 0)
    held = {str(REASONS[level]): levels[level] for level in sorted(levels)}
    return Counts(kept + removed + sum(held.values()), kept, removed, held, without)
