"""Judges whether a release, beside earlier ones of the same people, would tell who opted out.

Those who went and those who came are judged apart: where they are one to nine, or where fewer than ten of them are there or not for
another reason than a choice, they stand out, and whoever joined is no cover for whoever left. So for everybody together; and for each
column that names people, where at least one of them is there or not by a choice: whoever left the children is no cover for a mother. So, too,
for the rows that went and came, by who of each row is still there: families who left are no cover for a mother whose child stays.
Releases can be put together too: this one is judged beside each earlier one, each two, and all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations, product

from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.decision.people_by_column import united
from ndoo.upholding.decision.people_by_row import NOBODY, PeopleByRow, cells_of

FEWEST = 10
"""Differences from which on nobody stands out: 1 to 9 are held (attack 2 of the catalogue)."""
MANY = 100_000
"""People who differ, up to which releases are put together: among more nobody stands out for having come or gone elsewhere."""
People = frozenset[bytes]
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """Who is in a release, and who was in the extract behind it."""

    kept: NumberSet
    everybody: NumberSet


class Released:
    """One release, by the columns that name its people, and by its rows where they are known."""

    def __init__(self, columns: Mapping[str, Compared], rows: Mapping[str, PeopleByRow] | None = None) -> None:
        self.columns, self.rows = columns, rows or {}
        first, *others = columns.values() or [
            Compared(NumberSet(), NumberSet())
        ]  # of nobody: an export without patients
        self.whole = first
        if others:
            self.whole = Compared(
                united(first.kept, *(column.kept for column in others)),
                united(first.everybody, *(column.everybody for column in others)),
            )


@dataclass(frozen=True, slots=True)
class _Side:
    """Who is in one of two releases and not in the other, and who of them for another reason than a choice."""

    differ: NumberSet
    otherwise: NumberSet
    whole: bool
    """Is it of everybody, and not of one column?"""

    @property
    def tells(self) -> bool:
        """Do they stand out?"""
        differ, otherwise = self.differ.count(), self.otherwise.count()
        return _stand_out(differ, otherwise) and (self.whole or differ > otherwise)

    def people(self) -> tuple[People, People] | None:
        """One by one; None where they are too many for that."""
        return None if self.differ.count() > MANY else (_people(self.differ), _people(self.otherwise))


def tell(now: Released, earlier: Iterable[Released]) -> bool:
    """Would this release, beside these, tell who opted out?"""
    gone, came = (defaultdict[str | None, list[tuple[People, People]]](list) for _ in range(2))
    for then in earlier:
        for sides, told in ((_sides(then, now), gone), (_sides(now, then), came)):
            for column, side in sides:
                if side.tells:
                    return True
                if (people := side.people()) is not None:
                    told[column].append(people)
        if any(side.tells for pair in _pairs(then, now) for side in pair) or _rows_tell(then, now):
            return True
    return any(_tell_together(gone[column], came[column]) for column in dict.fromkeys((*gone, *came)))


def _sides(one: Released, other: Released) -> Iterator[tuple[str | None, _Side]]:
    """Who is in the one and nowhere in the other: of everybody, and of each column."""
    yield None, _apart(one.whole, other.whole, whole=True)
    if len(one.columns) > 1:
        for name, column in one.columns.items():
            yield name, _apart(column, other.whole, whole=False)


def _pairs(then: Released, now: Released) -> Iterator[tuple[_Side, _Side]]:
    """Who left, and who came into, a column, though they may be met in another: somebody else of their row may have chosen."""
    if max(len(then.columns), len(now.columns)) > 1:
        same = [(name, name) for name in then.columns if name in now.columns]
        for before, after in (*same, *_renamed_columns(then.columns, now.columns)):
            first, second = then.columns[before], now.columns[after]
            yield _apart(first, second, whole=False), _apart(second, first, whole=False)


def _renamed_columns(then: Mapping[str, Compared], now: Mapping[str, Compared]) -> list[tuple[str, str]]:
    sizes = {name: column.everybody.count() for columns in (then, now) for name, column in columns.items()}
    alike = []
    for before, after in _without_namesake(then, now):
        both = united(then[before].everybody)
        both.retain_all(now[after].everybody)
        alike.append(_Alike(before, after, both.count(), min(sizes[before], sizes[after])))
    return _one_to_one(alike)


@dataclass(frozen=True, slots=True)
class _Alike:
    """A table or column of each of two releases.

    Args:
        shared: how many people or rows they have in common; of: how many the smaller has.
    """

    before: str
    after: str
    shared: int
    of: int

    @property
    def is_part(self) -> bool:
        """Does the larger hold half of the smaller?"""
        return 2 * self.shared >= self.of


def _without_namesake(then: Iterable[str], now: Iterable[str]) -> Iterator[tuple[str, str]]:
    return product([name for name in then if name not in now], [name for name in now if name not in then])


def _one_to_one(alike: Iterable[_Alike]) -> list[tuple[str, str]]:
    """Which has become which, those that share most first. One that is left over is what another was divided into, or was put together
    from, where half of it is there."""
    first, second = dict[str, str](), dict[str, str]()
    ranked = sorted((one for one in alike if one.shared), key=lambda one: one.shared, reverse=True)
    for one in ranked:
        if one.before not in first and one.after not in second:
            first[one.before], second[one.after] = one.after, one.before
    found = list(first.items())
    for one in ranked:
        if one.is_part and (one.before not in first or one.after not in second):
            first.setdefault(one.before, one.after)
            second.setdefault(one.after, one.before)
            found.append((one.before, one.after))
    return found


def not_by_row(now: Released, tables: Sequence[str], earlier: Iterable[Released]) -> tuple[str, ...]:
    """Of these tables, whose rows name several people, those that cannot be compared by row with an earlier release of several columns."""
    missed = set[str]()
    for then in earlier:
        if len(then.columns) > 1:
            missed.update({*tables} - {table for _, table, *_ in by_same_columns(then.rows, now.rows)})
    return tuple(table for table in tables if table in missed)


def _rows_tell(then: Released, now: Released) -> bool:
    """Would the rows tell that are in one release only? Those that differ in who of them is still there are told apart: whole families
    who left are no cover for a mother whose child stays. Rows of a table that is not known again in the other release are judged by who of
    them is there at all."""
    befores, afters = set[str](), set[str]()
    for before, after, one, other in by_same_columns(then.rows, now.rows):
        if _gone_tell(one, other) or _gone_tell(other, one):
            return True
        befores.add(before)
        afters.add(after)
    alone = [(rows, now.whole) for table, rows in then.rows.items() if table not in befores]
    alone += [(rows, then.whole) for table, rows in now.rows.items() if table not in afters]
    return any(_gone_tell(rows, _met_in(people, rows)) for rows, people in alone)


def _met_in(people: Compared, rows: PeopleByRow) -> PeopleByRow:
    """The people of these rows as rows of one person each, as far as they are in another release or the extract behind it."""
    named = {cell: int.from_bytes(cell, "little") for cell in rows.people() - {NOBODY}}
    kept = [cell for cell, person in named.items() if people.kept.has_person(person)]
    everybody = [cell for cell, person in named.items() if people.everybody.has_person(person)]
    return PeopleByRow(["person"], kept, [*{*everybody} - {*kept}])


def by_same_columns(
    then: Mapping[str, PeopleByRow], now: Mapping[str, PeopleByRow]
) -> Iterator[tuple[str, str, PeopleByRow, PeopleByRow]]:
    """Tables of one name, and of those that have no namesake each with what it has become; by the columns that are the same, in whatever
    order these stand and whatever stands beside them. None where but one is."""
    before, after = _Tables(then), _Tables(now)
    for name in then:
        if name in now and len(same := _same_columns(name, before, name, after)) > 1:
            yield name, name, *_by(same, name, before, name, after)
    by_pair = dict[tuple[str, str], tuple[PeopleByRow, PeopleByRow]]()
    by_rows, by_people = list[_Alike](), list[_Alike]()
    for one, other in _without_namesake(then, now):
        if len(same := _same_columns(one, before, other, after)) > 1:
            first, second = by_pair[one, other] = _by(same, one, before, other, after)
            of = min(len(rows.kept) + len(rows.others) for rows in (first, second))
            by_rows.append(_Alike(one, other, _shared_rows(first, second), of))
    found = _one_to_one(by_rows)
    taken = {name for pair in found for name in pair}
    for one, other in by_pair:
        if taken.isdisjoint((one, other)):
            people = [tables.people_of(name) for tables, name in ((before, one), (after, other))]
            by_people.append(_Alike(one, other, len(people[0] & people[1]), min(map(len, people))))
    for one, other in (*found, *_one_to_one(by_people)):
        yield one, other, *by_pair[one, other]


class _Tables:
    """The tables of a release; what was once asked of one is kept."""

    def __init__(self, tables: Mapping[str, PeopleByRow]) -> None:
        self._tables = tables
        self._by = dict[tuple[str, Names], PeopleByRow]()
        self._people = dict[tuple[str, Names], set[bytes]]()

    def columns(self, table: str) -> Names:
        return self._tables[table].columns

    def by(self, table: str, columns: Names) -> PeopleByRow:
        """See `PeopleByRow.by`."""
        if (table, columns) not in self._by:
            self._by[table, columns] = self._tables[table].by(columns)
        return self._by[table, columns]

    def people_of(self, table: str, *columns: str) -> set[bytes]:
        """Everybody whom one of these columns names, or any."""
        if (table, columns) not in self._people:
            of = self._tables[table]
            self._people[table, columns] = set().union(*map(of.people_of, columns or of.columns))
        return self._people[table, columns]


def _by(
    same: Sequence[tuple[str, str]], one: str, then: _Tables, other: str, now: _Tables
) -> tuple[PeopleByRow, PeopleByRow]:
    return then.by(one, tuple(name for name, _ in same)), now.by(other, tuple(name for _, name in same))


def _shared_rows(one: PeopleByRow, other: PeopleByRow) -> int:
    every = ((mine, theirs) for mine in (one.kept, one.others) for theirs in (other.kept, other.others))
    return sum(len(mine & theirs) for mine, theirs in every)


def _same_columns(before: str, then: _Tables, after: str, now: _Tables) -> list[tuple[str, str]]:
    """The columns that are the same: by name; and of those that have no namesake, by half of the people of one, most of them first."""
    mine, theirs = then.columns(before), now.columns(after)
    same = [(name, name) for name in mine if name in theirs]
    first = {name: then.people_of(before, name) for name in mine if name not in theirs}
    second = {name: now.people_of(after, name) for name in theirs if name not in mine}
    alike = [(len(people & first[one]), one, other) for one in first for other, people in second.items()]
    for shared, one, other in sorted(alike, reverse=True):
        if one in first and other in second and shared and 2 * shared >= min(len(first[one]), len(second[other])):
            same.append((one, other))
            del first[one], second[other]
    return same


def _gone_tell(there: PeopleByRow, here: PeopleByRow) -> bool:
    if not (gone := there.kept - here.kept):
        return False
    people = here.people()
    removed = {cell for row in here.others for cell in cells_of(row)} - people - {NOBODY}
    alike = defaultdict[tuple[bool | None, ...], list[bytes]](list)
    for row in gone:
        alike[tuple(None if cell == NOBODY else cell in people for cell in cells_of(row))].append(row)
    for rows in alike.values():
        otherwise = [row for row in rows if row not in here.others and removed.isdisjoint(cells_of(row))]
        if len(otherwise) < len(rows) and _stand_out(_people_of(rows), _people_of(otherwise)):
            return True
    return False


def _people_of(rows: Sequence[bytes]) -> int:
    """How many people they are of, by the column in which these are fewest."""
    return min((len({*column}) for column in zip(*map(cells_of, rows), strict=True) if NOBODY not in column), default=0)


def _stand_out(differ: int, otherwise: int) -> bool:
    """Would so many people, so many of them for another reason than a choice, be known to have chosen?"""
    return differ > 0 and min(differ, otherwise) < FEWEST


def _tell_together(gone: Sequence[tuple[People, People]], came: Sequence[tuple[People, People]]) -> bool:
    """Does this release tell with another, or with all others, what it does not tell alone?

    Put together, few people who came and went are met all the time; they tell only where one of them did so by choice.
    """
    together = [(one - other, otherwise - other) for (one, otherwise), (other, _) in permutations(gone, 2)]
    together += [(one & other, otherwise & as_well) for (one, otherwise), (other, as_well) in combinations(came, 2)]
    if came:
        one, otherwise = (frozenset.intersection(*people) for people in zip(*came, strict=True))
        together.append((one, otherwise))
    return any(len(one) > len(otherwise) and _stand_out(len(one), len(otherwise)) for one, otherwise in together)


def _apart(people: Compared, others: Compared, *, whole: bool) -> _Side:
    """Who is kept here and not there; whoever was in the extract there is not kept there by choice."""
    differ = united(people.kept)
    differ.discard_all(others.kept)
    otherwise = united(differ)
    otherwise.discard_all(others.everybody)
    return _Side(differ, otherwise, whole)


def _people(some: NumberSet) -> People:
    return frozenset(b"".join(some.lines()).split())
