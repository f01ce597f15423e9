"""A count that is hidden beside a small one tells that it had to be: whoever replays the method knows a star more closely than any solver.

The attacker asks the method what it makes of every table that could stand behind the published one, and keeps those that become it; what
these leave of each star is reckoned by the sums alone. NAIVE is the method without its replay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from ndoo.domain.errors import NotPermitted
from ndoo.statistics import disclosure
from ndoo.statistics.cells import ALL, BANDS, DEAD, FEMALE, MALE, NOT_SAID, SEXES, Cell, age_cells, age_sums
from ndoo.statistics.disclosure import Method, controlled, looked_at_again
from ndoo.statistics.publication import Shown, ShownCells, shown
from ndoo.statistics.recover import Attacker
from ndoo.statistics.references import References
from ndoo.statistics.tables import written
from tests.spec.statistics_by_hand import counts_of

DAY = date(2026, 11, 1)
AGES = [*age_cells()]
Bounds = dict[Cell, tuple[int, int]]
NEARLY = {(band, sex): 40 + 17 * at for at, band in enumerate(BANDS[:5]) for sex in (FEMALE, MALE)}
TOWNS = {
    "a band": NEARLY | {("20-29", FEMALE): 45, ("20-29", MALE): 2, ("40-49", NOT_SAID): 12},
    "another band": NEARLY | {("10-19", FEMALE): 2, ("10-19", MALE): 45, ("40-49", NOT_SAID): 22},
}
OPEN = NEARLY | {("20-29", FEMALE): 45, ("20-29", MALE): 2}
"""Nobody's sex is unknown: then the star may be 6 or 7, too."""


def reckoned(said: Mapping[Cell, Shown]) -> Bounds | None:
    """Between which bounds each cell lies, by the sums; None where nothing fits."""
    cells = dict.fromkeys(cell for whole, parts in age_sums() for cell in (whole, *parts))
    known: Bounds = {}
    for cell in cells:
        one = said.get(cell)
        if one is None:
            known[cell] = 0, 10_000
        elif one.value is None:
            known[cell] = 1, 7
        else:
            known[cell] = (0, 0) if one.value == 0 else (max(8, one.value - 2), one.value + 2)
    for _ in range(6):
        for whole, parts in age_sums():
            low, high = known[whole]
            lows, highs = (sum(known[part][end] for part in parts) for end in (0, 1))
            known[whole] = max(low, lows), min(high, highs)
            for part in parts:
                least, most = known[part]
                known[part] = max(least, low - highs + most), min(most, high - lows + least)
    return known if all(low <= high for low, high in known.values()) else None


def behind(said: ShownCells, known: Bounds) -> Iterator[tuple[dict[Cell, Shown], Bounds]]:
    """Every table that could stand behind it: each star small, or any number that the sums allow."""
    stars = [cell for cell in AGES if said.cells[cell].value is None and cell != DEAD]
    values = [[None, *range(10, 5 * ((known[star][1] + 2) // 5) + 1, 5)] for star in stars]
    for tried in product(*values):
        first = dict(said.cells) | {
            star: replace(said.cells[star], value=value) for star, value in zip(stars, tried, strict=True)
        }
        if bounds := reckoned(first):
            yield first, bounds


def left(said: ShownCells) -> dict[Cell, set[int]]:
    """Every value of every cell that the method leaves."""
    method = Method(DAY, {}, frozenset(), Attacker())
    open_stars = {cell: replace(one, value=None) for cell, one in said.cells.items()}
    wide = reckoned({cell: one for cell, one in said.cells.items() if one.value is not None})
    assert wide and open_stars
    found = defaultdict[Cell, set[int]](set)
    for first, bounds in behind(said, wide):
        if method.ages(first) == said.cells:
            for cell, (low, high) in bounds.items():
                found[cell].update(range(low, min(high, low + 8) + 1))
    return found


@pytest.mark.parametrize("town", TOWNS)
def test_what_had_to_be_hidden_does_not_tell_what_it_hid(town: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counts_of(TOWNS[town])
    safe = controlled(counts, AGES, DAY, {})
    monkeypatch.setattr(disclosure, "tells", lambda *_: False)
    naive = controlled(counts, AGES, DAY, {})
    told = {
        cell: values for cell, values in left(naive).items() if counts.get(cell, 0) in range(1, 8) and len(values) < 5
    }
    assert told, "the attacker bites"
    assert all(safe.cells[cell].value is None for cell in AGES if cell.sex in SEXES and counts.get(cell)), (
        "by sex, nothing is said"
    )
    assert safe.cells[Cell("age_gen", "30-39", ALL)].value == naive.cells[Cell("age_gen", "30-39", ALL)].value


def test_a_publication_that_tells_by_its_method_refuses_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever made it: the very bytes are replayed before they are published."""
    counts = counts_of(TOWNS["a band"])
    with monkeypatch.context() as broken:
        broken.setattr(disclosure, "tells", lambda *_: False)
        naive = controlled(counts, AGES, DAY, {})
    with pytest.raises(NotPermitted) as refused:
        looked_at_again(written(naive, References({}, {}, {})), naive, [])
    assert refused.value.code == "statistics-recoverable"
    safe = controlled(counts, AGES, DAY, {})
    looked_at_again(written(safe, References({}, {}, {})), safe, [])


def test_a_count_is_hidden_alone_where_the_method_leaves_enough() -> None:
    """The star is 1 to 4 or 6 to 7, by what may have stood in the cell beside it."""
    counts = counts_of(OPEN)
    said = controlled(counts, AGES, DAY, {})
    stars = [cell for cell in AGES if said.cells[cell].value is None and cell != DEAD]
    assert len(stars) == 2
    assert left(said)[Cell("age_gen", "20-29", MALE)] == {1, 2, 3, 4, 6, 7}


def test_a_table_that_would_tell_without_its_sexes_too_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disclosure, "tells", lambda *_: True)
    counts = counts_of(TOWNS["a band"])
    said = controlled(counts, AGES, DAY, {})
    assert {said.cells[cell].text for cell in AGES if counts.get(cell) and cell != DEAD} == {"*"}


def test_a_table_that_the_method_refuses_becomes_no_publication() -> None:
    """Another publication of the day was careless, so whatever stands beside it is refused."""
    counts = counts_of({(band, FEMALE): 20 for band in BANDS[:6]} | {("0-9", NOT_SAID): 3})
    careless = ShownCells(DAY, {cell: shown(counts.get(cell, 0), 1) for cell in AGES})
    method = Method(DAY, {}, frozenset(), Attacker([careless]), earlier_accepted=True)
    first = {cell: shown(counts.get(cell, 0), 5) for cell in AGES}
    with pytest.raises(NotPermitted):
        method.ages(first)
    assert method.becomes(first) == {}
