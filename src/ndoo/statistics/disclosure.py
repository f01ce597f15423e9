"""What may stand in the tables, so that nobody finds a small count by subtraction, from this month or from any other?

Small counts are suppressed and the others rounded; then the attacker of `recover` looks at the whole publication beside
every earlier one, and as long as it finds anything, one more cell of a sum that gives it away is suppressed, the smallest
first. Where no cell is left to suppress, the national total is rounded, then suppressed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from ndoo.domain.errors import NotPermitted
from ndoo.statistics.cells import AGE_GEN, DEAD, NATIONAL, TOTAL, Cell
from ndoo.statistics.publication import STEP, Publication, Shown, shown
from ndoo.statistics.recover import Attacker, Found
from ndoo.statistics.tables import read_tables


def controlled(
    counts: Mapping[Cell, int], cells: Sequence[Cell], as_at: date, list_sizes: Mapping[Cell, int],
    earlier: Sequence[Publication] = (), *, earlier_accepted: bool = False,
) -> Publication:  # fmt: skip
    """Decide how each of `cells` is shown, so that the attacker finds nothing in it.

    Args:
        earlier_accepted: somebody has seen what earlier publications give away by themselves.

    Raises:
        NotPermitted: something can be found whatever is suppressed, or in earlier publications alone.
    """
    sizes = {cell: list_sizes[cell] for cell in cells if cell in list_sizes}
    said = {cell: shown(counts.get(cell, 0), 1 if cell in NATIONAL else STEP) for cell in cells}
    attacker = Attacker(earlier)
    while True:
        publication = Publication(as_at, dict(said), sizes)
        found = attacker.found(publication)
        mine = [one for one in found if one.as_at == as_at]
        if len(found) > len(mine) and not earlier_accepted:
            raise NotPermitted(
                "statistics-earlier-recoverable",
                "From earlier publications alone a count of 1 to 7 people can be worked out. See to that first, or say with "
                "--earlier-accepted-by who has seen it. Nothing was published.",
            )
        if not mine:
            return publication
        before = dict(said)
        for one in mine:
            _settle(one, said, before)
        if said == before:
            raise _recoverable()


def looked_at_again(files: Mapping[str, bytes], publication: Publication, earlier: Sequence[Publication]) -> None:
    """Play the attacker once more, on the very bytes that are about to be published.

    Raises:
        NotPermitted: they say something else than was decided, or give a small count away.
    """
    steps = {cell: publication.cells[cell].step for cell in NATIONAL}
    read = read_tables(files, publication.name, steps)
    if len(read) != 1 or {c: s.text for c, s in read[0].cells.items()} != {
        c: s.text for c, s in publication.cells.items()
    }:
        raise _recoverable()
    if any(one.as_at == publication.as_at for one in Attacker(earlier).found(read[0])):
        raise _recoverable()


def _recoverable() -> NotPermitted:
    return NotPermitted(
        "statistics-recoverable",
        "From this publication, with every earlier one, a count of 1 to 7 people could be worked out, and nothing that could "
        "still be suppressed changes that. Nothing was published.",
    )


def _settle(one: Found, said: dict[Cell, Shown], before: Mapping[Cell, Shown]) -> None:
    """Say less in a sum in which this was found, unless that was done in this round already."""
    near = [cell for cell in said if cell not in NATIONAL and _together(cell, one.cell)]
    if any(said[cell] != before[cell] for cell in near):
        return
    others = [cell for cell in near if said[cell].value]
    if one.cell not in NATIONAL and others:
        cell = min(others, key=lambda cell: (cell == one.cell, said[cell].value or 0, cell))
        said[cell] = replace(said[cell], value=None)
        return
    cell = DEAD if one.cell == DEAD else TOTAL
    if said[cell].step == 1 and said[cell].value is not None:
        said[cell] = shown(said[cell].value or 0, STEP)
    else:
        said[cell] = replace(said[cell], value=None)


def _together(one: Cell, other: Cell) -> bool:
    """Do they stand in one sum, the national total left aside?"""
    if one.table != other.table or DEAD in (one, other):
        return False
    return one.table != AGE_GEN or one.group == other.group or one.sex == other.sex
