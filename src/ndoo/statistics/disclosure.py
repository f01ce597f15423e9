"""What may stand in the tables, so that nobody finds a small count by subtraction, from this month or from any other.

What would tell of a few people is suppressed and the rest rounded, national numbers too; then the attacker of `recover` looks at the
table by age beside every earlier publication, and as long as it finds anything, one more cell of a sum that gives it away is
suppressed: the next in the order of the files, whatever it counts; then the national number, and at last the whole table. A table of few
bands, and a table of places, is taken in as it is, or withheld as a whole: which of its few cells had to be hidden would say what
they count. So a small cell may cost cells, and a small table the table, but never the month.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ndoo.domain.errors import NotPermitted
from ndoo.statistics.cells import AGE_GEN, BANDS, DEAD, NATIONAL, REG_GEO, RES_GEO, SEXES, TOTAL, UNALLOCATED, Cell
from ndoo.statistics.publication import METHOD, STEP, Shown, ShownCells, shown
from ndoo.statistics.recover import Attacker, RecoveredCount
from ndoo.statistics.replay import tells
from ndoo.statistics.tables import read_tables

FEW = 4
"""Bands in which anybody has opted out, up to which the table by age is shown as it is, or withheld as a whole; and cells of a table of
places with anybody, up to which it is withheld where one of them is small."""


def controlled(
    counts: Mapping[Cell, int],
    cells: Sequence[Cell],
    as_at: date,
    list_sizes: Mapping[Cell, int],
    earlier: Sequence[ShownCells] = (),
    *,
    earlier_accepted: bool = False,
    exact_national: bool = False,
) -> ShownCells:
    """Decide how each of `cells` is shown, so that the attacker finds nothing in it.

    Args:
        earlier_accepted: somebody has seen what earlier publications give away by themselves.
        exact_national: the official form: changes of the national numbers are exact, and are not judged.

    Raises:
        NotPermitted: something can be found in earlier publications alone.
    """
    steps = dict.fromkeys(NATIONAL, 1 if exact_national else STEP)
    sizes = {cell: list_sizes[cell] for cell in cells if cell in list_sizes}
    said = {cell: shown(counts.get(cell, 0), steps.get(cell, STEP), sizes.get(cell)) for cell in cells}
    method = Method(as_at, sizes, codes_of(cells), Attacker(earlier), earlier_accepted, exact_national)
    first = {cell: one for cell, one in said.items() if cell.table == AGE_GEN}
    ages = method.ages(first)
    judged = method.places(ages, said)
    if method.tells(judged):
        by_sex = {cell: one for cell, one in first.items() if cell.sex in SEXES}
        judged = method.places(first | _withheld(by_sex) | {DEAD: ages[DEAD]}, said)
    if method.gives_away(judged) or method.tells(judged):
        living = {cell: one for cell, one in first.items() if cell != DEAD}
        judged = method.places(method.ages(first | _withheld(living)), said)
    return ShownCells(as_at, {cell: judged[cell] for cell in cells}, sizes, method=METHOD)


def codes_of(cells: Iterable[Cell]) -> frozenset[str]:
    """The practices that are named."""
    return frozenset(cell.group for cell in cells if cell.table == REG_GEO) - {UNALLOCATED}


@dataclass(frozen=True, slots=True)
class Method:
    """How what each cell shows by itself becomes what is published.

    Args:
        sizes: the list sizes of cells; codes: the practices that will be named.
        earlier_accepted, exact_national: see `controlled`.
    """

    as_at: date
    sizes: Mapping[Cell, int]
    codes: frozenset[str]
    attacker: Attacker
    earlier_accepted: bool = False
    exact_national: bool = False

    def ages(self, said: Mapping[Cell, Shown]) -> dict[Cell, Shown]:
        """The table by age.

        Raises:
            NotPermitted: something is found, and nothing more can be suppressed; or see `controlled`.
        """
        judged = dict(said)
        few = len({cell.group for cell, one in judged.items() if cell.group in BANDS and one.value != 0}) <= FEW
        while giving_away := self.gives_away(judged):
            before = dict(judged)
            if few:
                judged |= _withheld({cell: one for cell, one in judged.items() if cell != DEAD})
            for one in giving_away:
                if not few or one.cell == DEAD:
                    _settle(one, judged, before)
            if judged == before:
                raise _recoverable()
        return judged

    def places(self, ages: Mapping[Cell, Shown], said: Mapping[Cell, Shown]) -> dict[Cell, Shown]:
        """The whole, with the tables of places beside the table by age."""
        judged = dict(ages)
        for table in (REG_GEO, RES_GEO):
            there = {cell: one for cell, one in said.items() if cell.table == table}
            if len([one for one in there.values() if one.value != 0]) <= FEW:
                there = _whole_or_stars(there)
            for _ in range(2):
                if there and self.gives_away({**judged, **there}):
                    there = _withheld(there)
            judged |= there
        return judged

    def tells(self, cells: Mapping[Cell, Shown]) -> bool:
        """Does the method tell more of this publication than its solver found? See `replay`."""
        publication = self._published(cells)
        mine, _, others = self.attacker.systems(publication)
        return tells(publication, mine, others, self.becomes)

    def becomes(self, said: Mapping[Cell, Shown]) -> Mapping[Cell, Shown]:
        """The table by age that would be published; nothing, where the method refuses this one."""
        try:
            return self.ages(said)
        except NotPermitted:
            return {}

    def _published(self, cells: Mapping[Cell, Shown]) -> ShownCells:
        sizes = {cell: size for cell, size in self.sizes.items() if cell in cells}
        return ShownCells(self.as_at, cells, sizes, method=METHOD, codes=self.codes)

    def gives_away(self, cells: Mapping[Cell, Shown]) -> list[RecoveredCount]:
        """What the solver finds in it.

        Raises:
            NotPermitted: see `controlled`.
        """
        found = [
            one
            for one in self.attacker.found(self._published(cells))
            if not (self.exact_national and one.since and one.cell in NATIONAL)
        ]
        mine = [one for one in found if one.as_at == self.as_at]
        if len(found) > len(mine) and not self.earlier_accepted:
            raise NotPermitted(
                "statistics-earlier-recoverable",
                "From earlier publications alone a count of 1 to 7 people can be worked out. See to that first, or say with "
                "--earlier-accepted-by who has seen it. Nothing was published.",
            )
        return mine


def _withheld(said: Mapping[Cell, Shown]) -> dict[Cell, Shown]:
    """Nothing but where nobody is; where that was all that was said, nothing. In a small table, which cell had to be hidden would say
    what it counts."""
    rest = {cell: one if one.value == 0 else Shown(None, STEP) for cell, one in said.items()}
    return rest if rest != said else dict.fromkeys(said, Shown(None, STEP))


def _whole_or_stars(said: Mapping[Cell, Shown]) -> dict[Cell, Shown]:
    """A few cells as they are, or stars where one of them is one, whatever they count: that they had to be withheld would tell."""
    if all(one.value is not None for one in said.values()):
        return dict(said)
    return {cell: one if one.value == 0 else Shown(None, STEP) for cell, one in said.items()}


def looked_at_again(files: Mapping[str, bytes], publication: ShownCells, earlier: Sequence[ShownCells]) -> None:
    """Read the very bytes that are about to be published, as the attacker will.

    Raises:
        NotPermitted: they say something else than was decided.
    """
    steps = {cell: publication.cells[cell].step for cell in NATIONAL}
    read = read_tables(files, publication.name, steps, METHOD)
    if len(read) != 1 or {c: s.text for c, s in read[0].cells.items()} != {
        c: s.text for c, s in publication.cells.items()
    }:
        raise _recoverable()
    exact = any(publication.cells[cell].step == 1 for cell in NATIONAL)
    as_read = read[0]
    method = Method(as_read.as_at, as_read.list_sizes, codes_of(as_read.cells), Attacker(earlier), True, exact)
    if publication.method != METHOD or method.gives_away(as_read.cells) or method.tells(as_read.cells):
        raise _recoverable()


def _recoverable() -> NotPermitted:
    return NotPermitted(
        "statistics-recoverable",
        "From this publication, with every earlier one, a count of 1 to 7 people could be worked out, and nothing that could "
        "still be suppressed changes that. Nothing was published.",
    )


def _settle(one: RecoveredCount, said: dict[Cell, Shown], before: Mapping[Cell, Shown]) -> None:
    """Say less in a sum in which this was found, unless that was done in this round already."""
    near = _near(one.cell, list(said))
    if any(said[cell] != before[cell] for cell in near):
        return
    left = next((cell for cell in near if said[cell].value), None)
    if left:
        said[left] = replace(said[left], value=None)
        return
    national = DEAD if one.cell == DEAD else TOTAL
    if said[national].value is not None:
        said[national] = replace(said[national], value=None)
        return
    said |= _withheld(said)


def _near(found: Cell, cells: Sequence[Cell]) -> list[Cell]:
    """The cells that stand in a sum with this one, the next in the order of the files first, the national numbers left aside.

    In the table by age, the same band comes before the same sex; the cell itself comes last, for what it counts is wanted most.
    """
    if found in NATIONAL or found.table != AGE_GEN:
        return []
    here = [cell for cell in cells if cell not in NATIONAL]
    at = here.index(found) if found in here else 0
    here = here[at + 1 :] + here[: at + 1]
    band = [cell for cell in here if cell.group == found.group and cell.sex != found.sex]
    sex = [cell for cell in here if cell.sex == found.sex and cell.group != found.group]
    return [*band, *sex, *(cell for cell in here if cell == found)]
