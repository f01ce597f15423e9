"""What becomes of each resource of an export: the worst of what it says itself and of whatever it leads to.

Levels (`table_links/levels.py`) go along references, against their direction, over any number of resources. Besides:

- what is the same person comes to the same: linked patients, two versions of one patient;
- a `Binary` comes to the worst of whatever leads to it, and is theirs who lead to it;
- a resource about nobody to which nothing leads that stays, but something that does not, goes with that: a home, an implant;
- somebody's home to which nothing leads that stays is held.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterator
from ctypes import c_uint32, c_uint64
from dataclasses import dataclass, field
from sys import intern

from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.numbers.column import validate
from ndoo.numbers.kernel import uint8s, uint32s
from ndoo.numbers.key_index import Edges, KeyIndex, spread, uint64s
from ndoo.numbers.key_kernel import ABSENT, ANCHORED, LEVELS
from ndoo.upholding.decision.people_by_row import CELL, PeopleByRow
from ndoo.upholding.fhir.compartment import BINARY, PATIENT, PEOPLE
from ndoo.upholding.fhir.references import FhirReference
from ndoo.upholding.fhir.statements import PieceStatement
from ndoo.upholding.table_links.levels import Level
from ndoo.upholding.table_links.people import People, see

_LAST = LEVELS
"""As good as it gets, where the best of several is looked for: the worst level is 1."""


def _ints() -> array[int]:
    return array("I")


def _longs() -> array[int]:
    return array("Q")


@dataclass(slots=True)
class _Names:
    """Names, and whose each is: the number of a row or of a reference. A name is kept as its keyed digest of 64 bits."""

    of: array[int] = field(default_factory=_ints)
    digest: array[int] = field(default_factory=_longs)

    def add(self, of: int, name: str) -> None:
        self.of.append(of)
        self.digest.append(hash(name) & 0x7FFFFFFFFFFFFFFF | 1 << 63)  # the key is this process's; 0 would be a blank

    def numbers(self, index: KeyIndex, *, new: bool = False) -> Iterator[tuple[int, int]]:
        """Whose each is, and its number in the index, but for those that are not there."""
        names = (c_uint64 * len(self.digest)).from_buffer(self.digest) if self.digest else uint64s(0)
        found = (index.add if new else index.find)(names, len(self.digest))
        return ((of, number) for of, number in zip(self.of, found, strict=False) if number != ABSENT)


@dataclass(slots=True)
class GatheredStatements:
    """What all pieces say, while they are read: some hundred bytes for each, and some thirty for each reference."""

    kinds: list[str] = field(default_factory=list)
    about_somebody: bytearray = field(default_factory=bytearray)
    about_nobody: bytearray = field(default_factory=bytearray)
    homes: bytearray = field(default_factory=bytearray)
    doubts: bytearray = field(default_factory=bytearray)
    numbers: list[str] = field(default_factory=list)
    whose: array[int] = field(default_factory=_ints)
    owned: _Names = field(default_factory=_Names)
    identities: bytearray = field(default_factory=bytearray)
    """Of each owned name: is it of one resource of one server?"""
    referring: array[int] = field(default_factory=_ints)
    """The row in which each reference stands."""
    needed: bytearray = field(default_factory=bytearray)
    same_person: bytearray = field(default_factory=bytearray)
    meant: _Names = field(default_factory=_Names)
    otherwise: _Names = field(default_factory=_Names)
    if_own: _Names = field(default_factory=_Names)
    servers: set[str] = field(default_factory=set)
    """Those that references name which must lead somewhere."""
    relative: bool = False
    """Other such references name none."""
    around: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Of the row that stands for what is around the entries of a bundle: its first entry's row, and how many there are."""

    def take(self, said: PieceStatement, doubt: Level) -> int:
        """Take in one statement; the number of its row.

        Args:
            doubt: what it comes to at least.
        """
        row = len(self.kinds)
        self.kinds.append(intern(said.kind))
        self.about_somebody.append(said.about_somebody)
        self.about_nobody.append(said.about_nobody)
        self.homes.append(said.home)
        self.doubts.append(doubt)
        self.numbers += said.numbers
        self.whose.extend([row] * len(said.numbers))
        for name in said.names:
            self.owned.add(row, name)
            self.identities.append(name[0] in "/hu ")
        for reference in said.references:
            self._refer(row, reference)
        if said.mentioned:
            self._refer(row, FhirReference((), tuple(said.mentioned)))
        for reference in said.same_person:
            self._refer(row, reference, same_person=True)
        return row

    def _refer(self, row: int, reference: FhirReference, *, same_person: bool = False) -> None:
        at = len(self.referring)
        self.referring.append(row)
        self.needed.append(reference.needed)
        self.same_person.append(same_person)
        for name in reference.names:
            self.meant.add(at, name)
        for name in reference.otherwise:
            self.otherwise.add(at, name)
        if reference.base:
            self.if_own.add(at, reference.otherwise[0])
        if reference.needed and reference.base:
            self.servers.add(reference.base)
        elif reference.needed and len(reference.names) == 1 and reference.kind:
            self.relative = True

    @property
    def one_server(self) -> bool:
        """Every reference that must lead somewhere names one and the same server, which is then that of the export."""
        return len(self.servers) == 1 and not self.relative


@dataclass(slots=True)
class _Edges:
    begin: array[int] = field(default_factory=_ints)
    end: array[int] = field(default_factory=_ints)

    def add(self, begin: int, end: int) -> None:
        self.begin.append(begin)
        self.end.append(end)

    def whole(self) -> list[Edges]:
        """As the kernel wants them."""
        count = len(self.begin)
        if not count:
            return []
        kind = c_uint32 * count
        return [Edges(kind.from_buffer(self.begin), kind.from_buffer(self.end), count)]


class _Graph:
    """What leads to what. A node is a row, or, after all rows, a name."""

    def __init__(self, gathered: GatheredStatements) -> None:
        self._gathered = gathered
        self._first = len(gathered.kinds)
        index = KeyIndex()
        self.owners = [(row, self._first + name) for row, name in gathered.owned.numbers(index, new=True)]
        self.nodes = self._first + index.count
        self.leads = _Edges()
        """From a row to the names that its references lead to."""
        self._lead = _ints()
        """The reference of each of these."""
        self.lost = self._follow(index)
        """The rows with a reference that must lead to something, and does not."""
        self.up = _Edges()
        """Along which levels go."""
        self._raise()

    def _follow(self, index: KeyIndex) -> list[int]:
        gathered = self._gathered
        found = bytearray(len(gathered.referring))
        for reference, name in gathered.meant.numbers(index):
            found[reference] = 1
            self._leads(reference, name)
        there = found[:]
        for reference, name in gathered.otherwise.numbers(index):
            if not found[reference]:
                self._leads(reference, name)
        if gathered.one_server:
            for reference, _ in gathered.if_own.numbers(index):
                there[reference] = 1
        states = zip(gathered.referring, gathered.needed, there, strict=True)
        return [row for row, needed, is_there in states if needed and not is_there]

    def _leads(self, reference: int, name: int) -> None:
        self.leads.add(self._gathered.referring[reference], self._first + name)
        self._lead.append(reference)

    def _raise(self) -> None:
        gathered, kinds = self._gathered, self._gathered.kinds
        people, bytes_of = bytearray(self.nodes), bytearray(self.nodes)
        for row, name in self.owners:
            people[name] |= kinds[row] in PEOPLE
            bytes_of[name] |= kinds[row] == BINARY
        for reference, row, name in zip(self._lead, self.leads.begin, self.leads.end, strict=True):
            self.up.add(name, row)
            same = gathered.same_person[reference] and people[name]
            if same or bytes_of[name]:
                self.up.add(row, name)
                people[name] |= 2 * same
        for identity, (row, name) in zip(gathered.identities, self.owners, strict=True):
            self.up.add(row, name)
            if kinds[row] == BINARY or (kinds[row] in PEOPLE and (identity or people[name] & 2)):
                self.up.add(name, row)


def levels_of(gathered: GatheredStatements, people: People) -> tuple[bytes, bytes]:
    """The level of each row, and whether it leads to somebody."""
    graph = _Graph(gathered)
    rows = len(gathered.kinds)
    levels, leading = bytearray(graph.nodes), bytearray(graph.nodes)
    levels[:rows] = gathered.doubts
    _judge_numbers(gathered, people, levels, leading)
    up = graph.up.whole()
    spread(leading, up)
    for row in graph.lost:
        levels[row] = max(levels[row], Level.ORPHAN)
    if not people.keep_missing:
        for row, about in enumerate(gathered.about_somebody):
            if about and not leading[row]:
                levels[row] = max(levels[row], Level.MISSING)
    spread(levels, up)
    _go_along(gathered, graph, levels, keep_missing=people.keep_missing)
    spread(levels, up)
    _count_people(gathered, people, levels)
    if people.wants_columns:
        _see_rows(gathered, graph, people, levels)
    return bytes(levels[:rows]), bytes(leading[:rows])


def _judge_numbers(gathered: GatheredStatements, people: People, levels: bytearray, leading: bytearray) -> None:
    if not gathered.numbers:
        return
    column = validate(gathered.numbers)
    blank = 0 if people.keep_missing else int(Level.MISSING)
    states = people.judged(column.person, column.why, column.length, blank)
    for row, state in zip(gathered.whose, states, strict=True):
        levels[row] = max(levels[row], state & LEVELS)
        leading[row] |= bool(state & ANCHORED)


def _go_along(gathered: GatheredStatements, graph: _Graph, levels: bytearray, *, keep_missing: bool) -> None:
    """Resources about nobody that stay by themselves come to the best of what leads to them, but for others of their kind to which
    nothing leads."""
    alone = bytearray(nobody and not level for nobody, level in zip(gathered.about_nobody, levels, strict=False))
    best = bytearray(graph.nodes)
    for row, is_alone in enumerate(alone):
        best[row] = 0 if is_alone else _LAST - levels[row]
    for row, (first, count) in gathered.around.items():  # it is released with an entry that stays, if at all
        stays = not count or any(not (alone[at] or levels[at]) for at in range(first, first + count))
        best[row] *= stays or levels[row] > 0
    down = _Edges(graph.leads.begin[:], graph.leads.end[:])
    for row, name in graph.owners:
        if alone[row]:
            down.add(name, row)
    spread(best, down.whole())
    for row, is_alone in enumerate(alone):
        if is_alone and best[row]:
            levels[row] = _LAST - best[row]
        elif is_alone and gathered.homes[row] and not keep_missing:
            levels[row] = Level.MISSING


def _count_people(gathered: GatheredStatements, people: People, levels: bytearray) -> None:
    """Everybody who is a patient here, by what became of them; and whom each type of resource names."""
    places = defaultdict[str, list[int]](list)
    for at, row in enumerate(gathered.whose):
        if people.wants_columns or gathered.kinds[row] == PATIENT:
            places[gathered.kinds[row]].append(at)
    for kind, found in places.items():
        states, who = uint8s(len(found)), uint32s(len(found))
        for at, place in enumerate(found):
            number = read(gathered.numbers[place])
            who[at] = number.person if isinstance(number, NHSNumber) else 0xFFFFFFFF
            states[at] = levels[gathered.whose[place]]
        if kind == PATIENT:
            see(who, states, len(found), people.kept, people.removed, people.held)
        people.see_column(kind, who, states, len(found))


def _see_rows(gathered: GatheredStatements, graph: _Graph, people: People, levels: bytearray) -> None:
    """The patient to whom a resource leads, beside whoever else it names: a related person, by what became of the resource."""
    named = defaultdict[int, list[bytes]](list)
    for row, text in zip(gathered.whose, gathered.numbers, strict=True):
        if isinstance(number := read(text), NHSNumber):
            named[row].append(number.person.to_bytes(CELL, "little"))
    patients = {name: row for row, name in graph.owners if gathered.kinds[row] == PATIENT}
    for row, name in zip(graph.leads.begin, graph.leads.end, strict=True):
        kind = gathered.kinds[row]
        if name in patients and row in named:
            together = [whose + who for whose in named[patients[name]] for who in named[row]]
            rows = people.by_row.setdefault(kind, PeopleByRow([PATIENT, kind]))
            rows.add(*(((), together) if levels[row] else (together, ())))
