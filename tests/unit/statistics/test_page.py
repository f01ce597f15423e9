"""Nobody is misled by a page of statistics: what is hidden is marked, and text is large enough to be read on a telephone."""

from __future__ import annotations

import re

import pytest

from ndoo.statistics.cells import AGE_GEN, ALL, DEAD, REG_GEO, RES_GEO, TOTAL, UNALLOCATED, Cell, age_cells
from ndoo.statistics.page import page
from ndoo.statistics.publication import Shown, ShownCells
from ndoo.statistics.references import References
from tests.conftest import ROOT
from tests.spec.statistics_by_hand import DAY


def test_a_practice_that_may_not_be_shown_is_marked_and_not_left_out() -> None:
    """It may have the highest rate: who reads that another one has it is told that this is among those that may be shown."""
    shown = {cell: Shown(100, 5) for cell in (*age_cells(), Cell(REG_GEO, UNALLOCATED), Cell(RES_GEO, UNALLOCATED))}
    practices = {name: Cell(REG_GEO, name) for name in "pqr"}
    sizes = {practices["p"]: 900, practices["q"]: 800, practices["r"]: 60}
    places = References({name: ("", "", f"Practice {name}") for name in practices}, {}, {})
    counts = {"p": Shown(50, 5), "q": Shown(30, 5), "r": Shown(None, 5)}

    def told(counts: dict[str, Shown]) -> str:
        cells = shown | {practices[name]: said for name, said in counts.items()}
        return page(ShownCells(DAY, cells, sizes), places, "x", None)

    some = told(counts)
    assert "Among the practices that may be shown, the rate is highest at Practice p" in some
    assert some.index(">Practice q</text>") < some.index(">Practice r  *</text>")
    assert "Practice r</th><td>r</td><td>*</td><td>60</td><td></td>" in some
    assert "Among the practices, the rate is highest at Practice p" in told(counts | {"r": Shown(0, 5)})
    none = told(dict.fromkeys(practices, Shown(None, 5)))
    assert "Opt-outs by practice are not shown" in none and "Practice p" not in none


def test_where_no_sex_may_be_shown_the_chart_has_everybody_and_no_age_that_is_hidden_is_passed_over() -> None:
    cells = {cell: Shown(None, 5) for cell in (*age_cells(), Cell(REG_GEO, UNALLOCATED), Cell(RES_GEO, UNALLOCATED))}
    cells |= {
        Cell(AGE_GEN, "30-39", ALL): Shown(100, 5),
        Cell(AGE_GEN, "40-49", ALL): Shown(150, 5),
        DEAD: Shown(25, 5),
    }
    sizes = {Cell(AGE_GEN, band, ALL): 1_000 for band in ("30-39", "40-49", "90+")}
    told = page(ShownCells(DAY, cells | {TOTAL: Shown(500, 5)}, sizes), References({}, {}, {}), "x", None)
    assert "Of the ages that may be shown: people aged 40 to 49 opted out most often" in told
    assert "opted out, by age; by sex it" in told and "90+  *</text>" in told and "40-49: Everybody 15.00" in told
    assert "About 500 people have opted out. About 25 people who have died had opted out too." in told


def text_sizes(page: str, width: int) -> set[float]:
    """How large each text of the page's charts is on a screen of this width, in pixels: the page's rule for its body leaves them less
    room, and a chart is made smaller where that is less than the width it was drawn for."""
    rem = float(re.search(r"body \{ font: (\d+)px", page)[1])  # type: ignore[index]
    edges = float(re.search(r"padding: ([\d.]+)rem;? ?\}", page)[1]) * 16  # type: ignore[index]
    widest = float(re.search(r"svg \{ width: 100%; max-width: ([\d.]+)rem", page)[1]) * 16  # type: ignore[index]
    assert rem >= 16
    sizes = set()
    for svg in re.findall(r"(?s)<svg .*?</svg>", page):
        drawn_for = float(re.search(r'viewBox="0 0 ([\d.]+) ', svg)[1])  # type: ignore[index]
        scale = min(width - 2 * edges, widest) / drawn_for
        sizes |= {float(size) * scale for size in re.findall(r'font-size="([\d.]+)"', svg)}
        assert "<text" in svg and 'font-size="' in svg.partition(">")[0], "what has no size of its own has the chart's"
    return sizes


@pytest.mark.parametrize(
    "example", ["statistics/2026-10-01/index.html", "statistics/2026-11-01/index.html", "impact/impact.html"]
)
@pytest.mark.parametrize("width", [390, 1280])
def test_text_in_a_chart_is_twelve_pixels_at_least_on_a_telephone_and_on_a_desk(example: str, width: int) -> None:
    sizes = text_sizes((ROOT / "examples" / example).read_text(encoding="utf-8"), width)
    assert sizes and min(sizes) >= 12
    assert max(sizes) <= 20, "and does not shout"
