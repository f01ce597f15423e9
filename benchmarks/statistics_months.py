"""`make bench WHICH=statistics_months`: how long one month of a made-up England takes beside 24 earlier ones, and how much memory.

All that `ndoo statistics` does with the counts is in it: the control, the method replayed, the files written, and what is in them judged anew.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator
from datetime import date

from ndoo.statistics.cells import (
    AGE_GEN,
    ALL,
    BANDS,
    DEAD,
    NOT_SAID,
    REG_GEO,
    RES_GEO,
    SEXES,
    TOTAL,
    UNALLOCATED,
    Cell,
    age_cells,
)
from ndoo.statistics.disclosure import controlled, looked_at_again
from ndoo.statistics.publication import ShownCells
from ndoo.statistics.references import AREA_COLUMNS, PRACTICE_COLUMNS, References
from ndoo.statistics.tables import written

PRACTICES, AREAS, MONTHS = 7_000, 33_000, 24


def main() -> None:
    """Make the months, then time the last one."""
    draw = random.Random(1)
    places = [
        [Cell(table, f"{at:05}") for at in range(many)] for table, many in ((REG_GEO, PRACTICES), (RES_GEO, AREAS))
    ]
    sizes = {cell: draw.randrange(500, 20_000) for cell in places[0]}
    cells = [*age_cells()] + [cell for some in places for cell in (*some, Cell(some[0].table, UNALLOCATED))]
    named = [
        {
            cell.group: [cell.group if name in ("GP_PRACTICE", "LSOA_CODE") else "Somewhere" for name in columns]
            for cell in some
        }
        for some, columns in zip(places, (PRACTICE_COLUMNS, AREA_COLUMNS), strict=True)
    ]
    references = References(*named, sizes)
    earlier: list[ShownCells] = []
    for month, counts in enumerate(_months(draw, places, sizes)):
        wall, cpu = time.perf_counter(), time.process_time()
        seen = earlier if month == MONTHS else []
        said = controlled(
            counts, cells, date(2024 + month // 12, month % 12 + 1, 1), sizes, seen, earlier_accepted=True
        )
        if month == MONTHS:
            looked_at_again(written(said, references), said, earlier)
        earlier.append(said)
    print(
        f"{len(cells):,} cells beside {MONTHS} earlier months: {time.perf_counter() - wall:.1f} s, of the processor "
        f"{time.process_time() - cpu:.1f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB; "
        f"{sum(one.value is None for one in said.cells.values()):,} stars"
    )


def _months(draw: random.Random, places: list[list[Cell]], sizes: dict[Cell, int]) -> Iterator[dict[Cell, int]]:
    living = {
        Cell(AGE_GEN, band, sex): draw.randrange(5 if sex == NOT_SAID else 300_000) for band in BANDS for sex in SEXES
    }
    for month in range(MONTHS + 1):
        counts = {DEAD: 100_000 + 500 * month}
        for (_, band, sex), many in living.items():
            for one, other in ((ALL, ALL), (ALL, sex), (band, ALL), (band, sex)):
                counts[Cell(AGE_GEN, one, other)] = counts.get(Cell(AGE_GEN, one, other), 0) + many
        for some in places:
            of_each = counts[TOTAL] / len(some)
            counts |= {cell: min(sizes.get(cell, TOO_MANY) // 3, int(draw.expovariate(1 / of_each))) for cell in some}
            counts[Cell(some[0].table, UNALLOCATED)] = max(0, counts[TOTAL] - sum(counts[cell] for cell in some))
        yield counts
        living = {
            cell: max(0, many + draw.randrange(-100, 200)) if many > 50 else many for cell, many in living.items()
        }


TOO_MANY = 10**9

if __name__ == "__main__":
    main()
