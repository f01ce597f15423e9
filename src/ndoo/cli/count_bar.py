"""A bar that shows how much was kept, removed and held back, for whoever would rather look."""

from __future__ import annotations

import os
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import TextIO

import click

WIDTH, _LEAST = 48, 24
"""Cells of the bar at most, and as few as it has beside its legend: in a narrower terminal that stands below."""
_MARGIN, _GAP = "  ", "  "
_SIGNS = (("█", "#", "green"), ("░", "-", "red"), ("▒", "?", "yellow"))
"""Of kept, removed and held: told apart without colour too."""
_NAMES = ("kept", "removed", "held back")


def bar(counts: Sequence[int], out: TextIO) -> str | None:
    """The bar with its legend, as wide as `out` has room for; None where that is no terminal, or nothing was read.

    Args:
        counts: rows kept, removed and held back. One that is not nought has a cell at least.
    """
    if not sum(counts) or not out.isatty() or os.environ.get("TERM") == "dumb":
        return None
    drawn = (out.encoding or "").lower().replace("-", "") == "utf8"
    signs = [block if drawn else plain for block, plain, _ in _SIGNS]
    legend = ", ".join(
        f"{sign} {name} {count / sum(counts):.1%}"
        for sign, name, count in zip(signs, _NAMES, counts, strict=True)
        if count
    )
    columns = get_terminal_size().columns
    beside = columns - len(legend) - len(_MARGIN) - len(_GAP) - 1
    room, gap = (beside, _GAP) if beside >= _LEAST else (columns - 2 * len(_MARGIN), "\n" + _MARGIN)
    width, colour, parts = max(min(WIDTH, room), len(counts)), "NO_COLOR" not in os.environ, ""
    for cells, sign, (_, _, shade) in zip(_cells(counts, width), signs, _SIGNS, strict=True):
        parts += click.style(sign * cells, fg=shade) if colour and cells else sign * cells
    return f"{_MARGIN}{parts}{gap}{legend}"


def _cells(counts: Sequence[int], width: int) -> list[int]:
    """How many of the `width` cells each gets; what is left over, or too much, is the largest one's."""
    cells = [max(round(width * count / sum(counts)), 1) if count else 0 for count in counts]
    largest = max(range(len(counts)), key=lambda at: counts[at])
    cells[largest] += width - sum(cells)
    return cells
