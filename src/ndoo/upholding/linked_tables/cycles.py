"""What the keys come to of tables that lead to each other, or to themselves: a first walk gathers them, then all is settled."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import addressof
from dataclasses import dataclass

from ndoo.numbers.key_index import Edges, KeyIndex, Naming, U32s, edges_between, spread
from ndoo.numbers.key_kernel import ANCHORED, LEVELS, library
from ndoo.upholding.linked_tables.propagate import Following, PendingRows, TablePlan
from ndoo.upholding.table_links.people import People

_ANCHORS = bytes(bool(state & ANCHORED) for state in range(256))
_LEVELS = bytes(state & LEVELS for state in range(256))
_MARKS = bytes([0, ANCHORED]) * 128
_STAYS = 0


@dataclass(frozen=True, slots=True)
class CycleRows:
    """Some rows of a cycle, and the numbers of the keys that they have."""

    by: Following
    piece: PendingRows
    has: list[tuple[KeyIndex, U32s]]


class Circling(Following):
    """Takes in the rows of one table of a cycle; keeps none of them. Some thirty bytes a row stay in memory meanwhile."""

    def __init__(self, plan: TablePlan, people: People, naming: Naming, gathered: list[CycleRows]) -> None:
        super().__init__(plan, people, naming)
        self._keys = plan.keys
        self._gathered = gathered

    def decide(self, person: int, why: int, rows: int, verdict: int) -> None:
        """See `Decides`; every row is to stay, as far as anybody asks now."""
        piece, columns = self.looked_at(person, why, rows)
        has = [(key.index, key.index.add(self.names(key, columns, rows), rows)) for key in self._keys]
        self._gathered.append(CycleRows(self, piece, has))
        ctypes.memset(verdict, _STAYS, rows)


def settle(gathered: Sequence[CycleRows], indexes: Sequence[KeyIndex]) -> None:
    """What is known of each row goes along all links of the cycle, as often as it takes, to the keys of `indexes`."""
    first_key: dict[int, int] = {}
    nodes = 0
    for index in indexes:
        first_key[id(index)] = nodes
        nodes += index.count
    edges: list[Edges] = []
    first_row = []
    for one in gathered:
        first_row.append(nodes)
        for index, numbers in one.has:
            edges.append(edges_between(numbers, one.piece.rows, first_key[id(index)], nodes, to_keys=True))
        for key, names in one.piece.inner:
            numbers = one.by.follow(key, names, one.piece)
            edges.append(edges_between(numbers, one.piece.rows, first_key[id(key.index)], nodes, to_keys=False))
        nodes += one.piece.rows
    anchors = _spread(gathered, first_row, nodes, _ANCHORS, edges)
    for one, at in zip(gathered, first_row, strict=True):
        library().ndoo_key_join(addressof(one.piece.state), _marks(anchors, at, one.piece.rows), one.piece.rows)
        one.by.settle(one.piece)
    worst = _spread(gathered, first_row, nodes, _LEVELS, edges)
    for one in gathered:
        for index, numbers in one.has:
            index.tell(numbers, one.piece.rows, one.piece.state, one.piece.who)
    for index in indexes:
        at = first_key[id(index)]
        ctypes.memmove(index.state, bytes(worst[at : at + index.count]), index.count)
        library().ndoo_key_join(addressof(index.state), _marks(anchors, at, index.count), index.count)


def _spread(
    gathered: Sequence[CycleRows], first_row: Sequence[int], nodes: int, part: bytes, edges: Sequence[Edges]
) -> bytearray:
    """One part of the rows' states, gone along all edges."""
    levels = bytearray(nodes)
    for one, at in zip(gathered, first_row, strict=True):
        levels[at : at + one.piece.rows] = bytes(one.piece.state)[: one.piece.rows].translate(part)
    spread(levels, edges)
    return levels


def _marks(anchors: bytearray, first: int, count: int) -> bytes:
    return bytes(anchors[first : first + count]).translate(_MARKS)
