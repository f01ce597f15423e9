"""How many people are of each combination of groups: counted in Arrow, because there may be as many combinations as people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BITS = 10
"""Of each column's group number in a combination's key."""
_PIECES = 8


@dataclass(slots=True)
class CombinationCounts:
    """Counts by combination. A key holds the numbers of the groups of `columns` columns, the first one in the highest bits."""

    columns: int
    _pieces: list[Any] = field(default_factory=list)

    def add(self, keys: Any) -> None:
        """Count these keys, an Arrow array of whole numbers."""
        counted = pc.value_counts(keys)
        self._pieces.append(pa.table({"key": counted.field("values"), "n": counted.field("counts")}))
        if len(self._pieces) > _PIECES:
            self._merged()

    def total(self) -> int:
        """Everybody."""
        return sum(pc.sum(piece["n"]).as_py() or 0 for piece in self._pieces)

    def margin(self, at: int) -> Counter[int]:
        """How many are in each group of one column."""
        whole = self._merged()
        by_group = (
            pa.table({"group": self._group(whole["key"], at), "n": whole["n"]})
            .group_by("group")
            .aggregate([("n", "sum")])
        )
        return Counter(dict(zip(by_group["group"].to_pylist(), by_group["n_sum"].to_pylist(), strict=True)))

    def together(self, a: int, b: int) -> list[tuple[tuple[int, int], int]]:
        """The groups of two columns in which somebody stands at once, and how many do."""
        whole = self._merged()
        pairs = pc.bit_wise_or(
            pc.shift_left(self._group(whole["key"], a), pa.scalar(BITS, pa.int64())), self._group(whole["key"], b)
        )
        summed = pa.table({"pair": pairs, "n": whole["n"]}).group_by("pair").aggregate([("n", "sum")])
        return [
            (divmod(pair, 1 << BITS), many)
            for pair, many in zip(summed["pair"].to_pylist(), summed["n_sum"].to_pylist(), strict=True)
        ]

    def combinations(self, most: int) -> list[tuple[tuple[int, ...], int]]:
        """The combinations of groups in which anybody stands, and how many do; none where there are more than `most`."""
        whole = self._merged()
        if len(whole) > most:
            return []
        groups = zip(*(self._group(whole["key"], at).to_pylist() for at in range(self.columns)), strict=True)
        return list(zip(groups, whole["n"].to_pylist(), strict=True))

    def is_part_of(self, other: CombinationCounts) -> bool:
        """Are there nowhere more than in `other`?"""
        mine, theirs = self._merged(), other._merged()
        both = pa.table({"key": mine["key"], "n": pc.negate(mine["n"])})
        left = pa.concat_tables([both, theirs]).group_by("key").aggregate([("n", "sum")])
        return not pc.any(pc.less(left["n_sum"], 0)).as_py()

    def _group(self, keys: Any, at: int) -> Any:
        down = pc.shift_right(keys, pa.scalar(BITS * (self.columns - 1 - at), pa.int64()))
        return pc.bit_wise_and(down, pa.scalar((1 << BITS) - 1, pa.int64()))

    def _merged(self) -> Any:
        if not self._pieces:
            return pa.table({"key": pa.array([], pa.int64()), "n": pa.array([], pa.int64())})
        if len(self._pieces) > 1:
            by_key = pa.concat_tables(self._pieces).group_by("key").aggregate([("n", "sum")])
            self._pieces = [pa.table({"key": by_key["key"], "n": by_key["n_sum"]})]
        return self._pieces[0]
