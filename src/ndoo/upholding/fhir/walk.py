"""What becomes of each FHIR resource? It comes to the worst of what it says itself and of whatever it refers to."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from ctypes import addressof
from dataclasses import dataclass, field

import pyarrow as pa

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.evidence.manifest import Counts
from ndoo.numbers.column import validate
from ndoo.numbers.kernel import uint8s, uint32s
from ndoo.numbers.key_index import Edges, spread
from ndoo.numbers.key_kernel import ANCHORED, LEVELS, library
from ndoo.upholding.fhir.pieces import Source
from ndoo.upholding.fhir.saying import PATIENT, Saying, is_about_nobody, said_by
from ndoo.upholding.linked.following import People
from ndoo.upholding.linked.levels import REASONS, Level
from ndoo.upholding.mentions import Mentions


@dataclass(slots=True)
class Settled:
    """Every resource in the order in which they were read: its type, its level, and whether it leads to somebody."""

    kinds: list[str]
    levels: bytes
    anchors: bytes
    files: list[int] = field(default_factory=list)
    """How many resources each file has."""

    def counts(self, first: int = 0, count: int | None = None, kind: str | None = None) -> Counts:
        """Of a stretch of them, or of one type."""
        last = len(self.kinds) if count is None else first + count
        found: Counter[Level] = Counter()
        without = 0
        for at in range(first, last):
            if kind in (None, self.kinds[at]):
                found[Level(self.levels[at])] += 1
                without += not self.levels[at] and self.kinds[at] == PATIENT and not self.anchors[at]
        kept = found.pop(Level.STAYS, 0)
        removed = found.pop(Level.REMOVED, 0) + found.pop(Level.REMOVED_BY_TYPE1, 0)
        held = {str(REASONS[level]): found[level] for level in sorted(found)}
        return Counts(kept + removed + sum(held.values()), kept, removed, held, without)

    @property
    def by_type1_alone(self) -> int:
        return self.levels.count(int(Level.REMOVED_BY_TYPE1))

    @property
    def astray(self) -> int:
        """Resources that lead to nobody, or to what is not there."""
        return self.levels.count(int(Level.ORPHAN)) + self.levels.count(int(Level.MISSING))

    def each(self) -> Iterator[bool]:
        """Which of them stay, in order."""
        return (not level for level in self.levels)

    def held(self) -> Iterator[bool]:
        """Which of them are held."""
        return (Level(level) in REASONS for level in self.levels)


@dataclass(slots=True)
class _Gathered:
    """What is said, while it is being read; some two hundred bytes a resource."""

    kinds: list[str] = field(default_factory=list)
    about: bytearray = field(default_factory=bytearray)
    nowhere: bytearray = field(default_factory=bytearray)
    numbers: list[str] = field(default_factory=list)
    whose: array[int] = field(default_factory=lambda: array("I"))
    names: dict[str, int] = field(default_factory=dict)
    there: bytearray = field(default_factory=bytearray)
    has: tuple[array[int], array[int]] = field(default_factory=lambda: (array("I"), array("I")))
    refers: tuple[array[int], array[int]] = field(default_factory=lambda: (array("I"), array("I")))

    def take(self, saying: Saying) -> None:
        row = len(self.kinds)
        self.kinds.append(saying.kind)
        self.about.append(saying.about_somebody)
        self.nowhere.append(saying.nowhere)
        for number in saying.numbers or ([""] if saying.kind == PATIENT else []):
            self.numbers.append(number)
            self.whose.append(row)
        for key in saying.keys:
            self.there[self._name(key)] = 1
            self.has[0].append(row)
            self.has[1].append(self.names[key])
        for reference in saying.refers_to:
            self.refers[0].append(self._name(reference))
            self.refers[1].append(row)

    def _name(self, key: str) -> int:
        found = self.names.setdefault(key, len(self.names))
        if found == len(self.there):
            self.there.append(0)
        return found


def settled(
    sources: Sequence[Source], people: People, progress: Callable[[int], object], *, mentions: Mentions | None = None
) -> Settled:
    """Read every resource of all files, and settle what becomes of each.

    Args:
        mentions: where all are to stay, what looks at them.

    Raises:
        UnfitData: a file is no FHIR, or damaged.
    """
    gathered, files = _Gathered(), []
    for source in sources:
        before = len(gathered.kinds)
        for piece in source.each(progress):
            if piece.resource is not None:
                gathered.take(said_by(piece.resource, piece.full_url))
                if mentions:
                    mentions.look(gathered.kinds[-1], pa.array([piece.raw], pa.large_binary()))
        files.append(len(gathered.kinds) - before)
    return _settled(gathered, people, files)


def _settled(gathered: _Gathered, people: People, files: list[int]) -> Settled:
    rows = len(gathered.kinds)
    nodes = rows + len(gathered.names)
    levels, anchors = bytearray(nodes), bytearray(nodes)
    _by_numbers(gathered, people, levels, anchors)
    needed = bytes(
        not there and not is_about_nobody(name) for name, there in zip(gathered.names, gathered.there, strict=True)
    )
    for name, row in zip(*gathered.refers, strict=True):
        gathered.nowhere[row] |= needed[name]
    edges = [_edges(gathered.has[0], 0, gathered.has[1], rows), _edges(gathered.refers[0], rows, gathered.refers[1], 0)]
    spread(anchors, edges)
    for row in range(rows):
        if gathered.nowhere[row]:
            levels[row] = max(levels[row], Level.ORPHAN)
        if not anchors[row] and gathered.about[row] and not people.keep_missing:
            levels[row] = max(levels[row], Level.MISSING)
    spread(levels, edges)
    _count_people(gathered, people, levels)
    return Settled(gathered.kinds, bytes(levels[:rows]), bytes(anchors[:rows]), files)


def _by_numbers(gathered: _Gathered, people: People, levels: bytearray, anchors: bytearray) -> None:
    if not gathered.numbers:
        return
    column = validate(gathered.numbers)
    blank = 0 if people.keep_missing else int(Level.MISSING)
    states = people.judged(column.person, column.why, column.length, blank)
    for row, state in zip(gathered.whose, states, strict=True):
        levels[row] = max(levels[row], state & LEVELS)
        anchors[row] |= bool(state & ANCHORED)


def _count_people(gathered: _Gathered, people: People, levels: bytearray) -> None:
    """Everybody who is a patient here, by what became of them."""
    places = [at for at, row in enumerate(gathered.whose) if gathered.kinds[row] == PATIENT]
    states, who = uint8s(len(places)), uint32s(len(places))
    for at, place in enumerate(places):
        number = read(gathered.numbers[place])
        who[at] = number.person if isinstance(number, NHSNumber) else 0xFFFFFFFF
        states[at] = levels[gathered.whose[place]]
    library().ndoo_key_seen(
        addressof(who), addressof(states), len(places), Level.REMOVED_BY_TYPE1, people.kept.address, people.removed.address,
        people.held.address,
    )  # fmt: skip


def _edges(begin: array[int], first: int, end: array[int], offset: int) -> Edges:
    froms, tos = uint32s(len(begin)), uint32s(len(end))
    for at, (one, other) in enumerate(zip(begin, end, strict=True)):
        froms[at], tos[at] = one + first, other + offset
    return Edges(froms, tos, len(begin))
