"""Weighs ten-digit windows: those inside longer numbers and keys, in odd groupings, and in cells side by side.

One window in eleven is a valid number by chance, and some of these belong to people who opted out by chance as well. How many
is known: the kernel adds up, for every window, which share of the ten digits around it is somebody's who is withheld. So a column is judged by
whether more was met than that explains, at one position in its digits or in all of them:

- one window of somebody withheld where 0.01 or fewer were expected, or so many that chance gives them less than once in a
  million times: it is theirs, and stops the run;
- windows at one position that are valid far more often than one in eleven: the column holds NHS numbers there, whoever's;
- anything else is what chance explains, and is counted in the manifest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ndoo.evidence.release_record import ByChance
from ndoo.numbers.chance import RARE, ColumnEvidence, poisson_tail
from ndoo.numbers.kernel import AT_BYTE, CODES, FILLED_UP, LONGER_GROUPS, SIDE_BY_SIDE, MentionedNumber, Position
from ndoo.numbers.positions import holds_numbers

ONE_IS_MUCH = 0.01
"""Where so few are expected by chance, one is no accident."""
_KIND = 28
_AS_WRITTEN = (FILLED_UP, SIDE_BY_SIDE, LONGER_GROUPS, CODES)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the windows of all columns came to: names of columns, each in the order of the columns."""

    withheld: tuple[str, ...]
    """Numbers of people withheld stand here, and chance does not explain it."""
    numbers: tuple[str, ...]
    """NHS numbers stand at one position in the cells, whoever's they are."""
    by_chance: tuple[ByChance, ...]


def weigh_windows(names: Sequence[str], columns: Iterable[MentionedNumber], positions: Iterable[Position]) -> Weighed:
    """Judge what the kernel counted.

    Args:
        names: of the columns.
        columns: what was counted of each of them.
        positions: what was counted at positions; `column` counts from 1.
    """
    by_column: dict[int, list[Position]] = {}
    for position in positions:
        by_column.setdefault(position.column - 1, []).append(position)
    withheld: set[int] = set()
    numbers: set[int] = set()
    for at, here in by_column.items():
        trials = sum(position.key >> _KIND != AT_BYTE for position in here)
        for position in here:
            beside = range(at, at + max(position.span, 1))
            if _is_theirs(position.withheld, position.expected * trials) or _is_doubtful(position):
                withheld.update(beside)
            if holds_numbers(position, len(here)):
                numbers.update(beside)
    explained = []
    for at, (name, column) in enumerate(zip(names, columns, strict=False)):
        if _is_theirs(column.windows_withheld, column.expected):
            withheld.add(at)
        elif column.windows_withheld and at not in withheld:
            explained.append(ByChance(name, column.windows_withheld, round(column.expected, 3)))
    return Weighed(_named(names, withheld), _named(names, numbers), tuple(explained))


def _named(names: Sequence[str], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(names[at] for at in sorted(places))


def _is_theirs(met: int, expected: float) -> bool:
    return met > 0 and (expected <= ONE_IS_MUCH or poisson_tail(met, expected) < RARE)


def _is_doubtful(position: Position) -> bool:
    """Written as a number is written, and of somebody whom the list of the allowed does not know."""
    evidence = ColumnEvidence(position.windows, position.valid)
    return position.unknown > 0 and position.key >> _KIND in _AS_WRITTEN and not evidence.may_be_chance()
