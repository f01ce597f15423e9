"""One line that shows how much was kept, removed and held back, for whoever would rather look."""

from __future__ import annotations

import os
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import TextIO

import click

WIDTH = 48
_SIGNS = (("█", "#", "green"), ("░", "-", "red"), ("▒", "?", "yellow"))
"""Of kept, removed and held: told apart without colour too."""
_NAMES = ("kept", "removed", "held back")


def bar(counts: Sequence[int], out: TextIO) -> str | None:
    """The line for `out`; None where that is no terminal, or nothing was read.

    Args:
        counts: rows kept, removed and held back. One that is not nought has a cell at least.
    """
    if not sum(counts) or not out.isatty() or os.environ.get("TERM") == "dumb":
        return None
    drawn = (out.encoding or "").lower().replace("-", "") == "utf8"
    colour = "NO_COLOR" not in os.environ
    parts, legend = "", []
    width = max(min(WIDTH, get_terminal_size().columns - 4), len(counts))
    for cells, count, (block, plain, shade), name in zip(_cells(counts, width), counts, _SIGNS, _NAMES, strict=True):
        sign = block if drawn else plain
        parts += click.style(sign * cells, fg=shade) if colour and cells else sign * cells
        if count:
            legend.append(f"{sign} {name} {count / sum(counts):.1%}")
    return f"  {parts}  {', '.join(legend)}"


def _cells(counts: Sequence[int], width: int) -> list[int]:
    """How many of the `width` cells each gets; what is left over, or too much, is the largest one's."""
    cells = [max(round(width * count / sum(counts)), 1) if count else 0 for count in counts]
    largest = max(range(len(counts)), key=lambda at: counts[at])
    cells[largest] += width - sum(cells)
    return cells
