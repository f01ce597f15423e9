"""A sample of the texts of a column, which are taken apart: see `table_links.glued_keys`."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Hashable, Sequence
from ctypes import addressof
from itertools import accumulate

from ndoo.numbers.kernel import int64s
from ndoo.numbers.key_index import KeyCells, KeyIndex
from ndoo.numbers.plain_keys import SEVERAL, Baring, MetValues, PlainCells, ValueSample
from ndoo.upholding.table_links.glued_keys import TEXTS, KeyReading, ReadAs, TakenApart, readings
from ndoo.upholding.table_links.undeclared import UndeclaredColumn

_NAME = 8
"""Bytes."""


class TextSample:
    """At most `TEXTS` distinct texts of a column, drawn by chance."""

    def __init__(self) -> None:
        self._values = ValueSample(TEXTS)
        self._texts: dict[int, str] = {}

    def take(self, bare: PlainCells, cells: KeyCells) -> None:
        """Take in the cells of some rows, which were laid bare."""
        self._values.take(bare)
        kept = {value.name for value in self._values.values()}
        names = ctypes.string_at(bare.plain, _NAME * bare.rows)
        new = {name: _text(cells, _place(names, name)) for name in kept - self._texts.keys()}
        self._texts = {name: text for name, text in self._texts.items() if name in kept} | new

    def taken_apart(self, column: UndeclaredColumn, distinct: float, baring: Baring, index: KeyIndex) -> TakenApart:
        """Every reading of every text, numbered in an index.

        Args:
            distinct: how many values the column has.
        """
        found = [readings(text) for text in self._texts.values()]
        every = list({one.parts: one for text in found for one in text}.values())
        named = {
            parts: known
            for wide in (1, 2)
            for parts, known in _named([one for one in every if len(one.parts) == wide], wide, baring, index).items()
        }
        texts = tuple(tuple(ReadAs(one, *named[one.parts]) for one in text if one.parts in named) for text in found)
        return TakenApart(column, distinct, texts)


def met_among(met: MetValues) -> dict[Hashable, bool]:
    """The values that stand in a column, and whether each leads to one person."""
    times = ctypes.string_at(met.times, met.count)
    return {at: many == 1 or met.who[at] != SEVERAL for at, many in enumerate(times) if many}


def _named(
    every: Sequence[KeyReading], wide: int, baring: Baring, index: KeyIndex
) -> dict[tuple[str, ...], tuple[int, int]]:
    """Of each reading its number and its bits."""
    bare = [_laid_bare([one.parts[at] for one in every], baring) for at in range(wide)]
    cells = bare[0] if wide == 1 else baring.paired(bare[0], bare[1])
    numbers = index.add(cells.plain, cells.rows)
    return {one.parts: (numbers[at], cells.bits[at]) for at, one in enumerate(every) if cells.plain[at]}


def _laid_bare(texts: Sequence[str], baring: Baring) -> PlainCells:
    raw = [text.encode() for text in texts]
    buffer, begin, end = ctypes.create_string_buffer(b"".join(raw)), int64s(len(raw)), int64s(len(raw))
    for at, (one, last) in enumerate(zip(raw, accumulate(map(len, raw)), strict=True)):
        begin[at], end[at] = last - len(one), last
    return baring.of(KeyCells(addressof(buffer), addressof(begin), addressof(end), 1, csv=False), len(raw))


def _place(names: bytes, name: int) -> int:
    """The first row with this name, which there is."""
    wanted = name.to_bytes(_NAME, sys.byteorder)
    at = names.index(wanted)
    while at % _NAME:
        at = names.index(wanted, at + 1)
    return at // _NAME


def _text(cells: KeyCells, row: int) -> str:
    at = row * cells.stride * _NAME
    begin, end = (ctypes.c_int64.from_address(edge + at).value for edge in (cells.begin, cells.end))
    return ctypes.string_at(cells.buffer + begin, end - begin).decode(errors="replace")
