"""What is right for keys that nobody declared: the slow and obvious way: every value of every column, in memory.

`undeclared` weighs the same evidence for all; here it is gathered as plainly as can be, for the folder's walk and the schema's SQL to be
held to. It takes no samples, so it agrees with them where a column has no more values than a sample holds.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ndoo.numbers.plain_keys import expected_by_chance
from ndoo.upholding.linked_tables.reference import Row, World
from ndoo.upholding.table_links.glued_keys import KeysThere, ReadAs, TakenApart, glued, readings
from ndoo.upholding.table_links.key_candidates import Candidates, TableColumns
from ndoo.upholding.table_links.undeclared import (
    Nobodys,
    Overlap,
    SampledValues,
    TableKeys,
    Undeclared,
    UndeclaredColumn,
    UndeclaredLink,
    judge_nobodys,
    undeclared,
)

_LONGEST = 48
_YMD = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_DMY = re.compile(r"((0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class PlainKey:
    """A cell laid bare; its digits alone where letters stand beside them; and how many choices there were, as a power of two."""

    plain: str
    core: str | None
    bits: int


def laid_bare(cell: str) -> PlainKey | None:
    """None for what is no key: a blank, or a long text."""
    bare = re.sub(r"[^a-z0-9.]", "", "".join(c.lower() if c.isascii() else "" for c in cell))
    if not 0 < len(bare) <= _LONGEST:
        return None
    plain = re.sub(r"^([0-9]+)\.0*$", r"\1", bare)
    plain = re.sub(r"(^|[a-z])0+(?=[0-9])", r"\1", plain)
    core = re.sub("[a-z]", "", plain) if re.fullmatch(r"[a-z]+[0-9]+[a-z]*|[0-9]+[a-z]+", plain) else None
    bits = sum(c.isdigit() for c in plain) * 10 // 3
    if (len(bare) == 8 and _YMD.match(bare)) or _DMY.fullmatch(bare):
        bits = 0
    elif _YMD.match(bare) and (len(bare) >= 12 or bare[8:9] == "t"):
        bits = 20
    return PlainKey(plain, core, bits)


def _read(cell: str) -> Iterator[ReadAs]:
    for one in readings(cell):
        bare = [part for text in one.parts if (part := laid_bare(text))]
        yield ReadAs(one, "|".join(part.plain for part in bare), min(sum(part.bits for part in bare), 255))


@dataclass(frozen=True, slots=True)
class KeyWorld:
    """A world, and what is said of its tables besides."""

    world: World
    said_keys: Mapping[str, tuple[tuple[str, ...], ...]]
    nobodys: Nobodys

    def undeclared(self) -> Undeclared:
        """The judgement over all columns."""
        lead = [name for name in self.world.sheets if self.world.leads(name)]
        tables = [self._columns_of(name) for name in self.world.sheets]
        candidates = Candidates(tables, lead, self.nobodys)
        known = [self._known(table, candidates) for table in tables]
        judge_nobodys(self.nobodys, known)
        asked = [column for table in tables for column in candidates.asked_of(table.name) if any(self._cells(column))]
        overlaps = []
        for name in lead:
            keys, others = candidates.looked_for_in(name, asked)
            pairs = [(column, key, key in keys) for key in (*keys, *others) for column in asked]
            overlaps += [
                overlap
                for column, key, is_known in pairs
                if column != key and len(column.names) == len(key.names) and (is_known or column.table not in lead)
                if (overlap := self._overlap(column, key, is_known=is_known))
            ]
        apart = [self._taken_apart(column) for column in asked if column.table not in lead and len(column.names) == 1]
        return undeclared(known, overlaps, list(self._glued(apart, lead, candidates, asked)), self.nobodys)

    def _taken_apart(self, column: UndeclaredColumn) -> TakenApart:
        texts: dict[str, str] = {}
        for row in self.world.sheets[column.table].rows:
            if bare := laid_bare(row[column.names[0]]):
                texts.setdefault(bare.plain, row[column.names[0]])
        return TakenApart(column, float(len(texts)), tuple(tuple(_read(text)) for text in texts.values()))

    def _glued(
        self,
        apart: Sequence[TakenApart],
        lead: Sequence[str],
        candidates: Candidates,
        asked: Sequence[UndeclaredColumn],
    ) -> Iterator[UndeclaredLink]:
        for taken in apart:
            for name in lead:
                known, others = candidates.looked_for_in(name, asked)
                keys = [(key, True) for key in known] + [(key, False) for key in others if len(key.names) == 1]
                for key, is_known in (*keys, *candidates.glued_in(name)):
                    cells = [cell.plain if cell else None for cell in self._cells(key)]
                    found: dict[Hashable, bool] = {
                        value: self._is_of_one(key, cells, value) for value in cells if value
                    }
                    if link := glued(taken, KeysThere(key, float(len(found)), is_known, found)):
                        yield link

    def _columns_of(self, name: str) -> TableColumns:
        sheet = self.world.sheets[name]
        numbers = frozenset(column for column in (sheet.own, *sheet.also) if column)
        return TableColumns(
            name, tuple(sheet.rows[0]) if sheet.rows else (), numbers, sheet.links, self.said_keys.get(name, ())
        )

    def _known(self, table: TableColumns, candidates: Candidates) -> TableKeys:
        cells = {name: list(self._cells(UndeclaredColumn(table.name, (name,)))) for name in table.columns}
        filled = [name for name, values in cells.items() if any(values)]
        unique = [
            name for name, values in cells.items() if all(values) and len({v.plain for v in values if v}) == len(values)
        ]
        return candidates.known(table.name, filled=filled, unique=unique)

    def _cells(self, column: UndeclaredColumn) -> Iterator[PlainKey | None]:
        for row in self.world.sheets[column.table].rows:
            parts = [laid_bare(row[name]) for name in column.names]
            if len(parts) == 1:
                yield parts[0]
            elif parts[0] and parts[1]:
                yield PlainKey(f"{parts[0].plain}|{parts[1].plain}", None, min(parts[0].bits + parts[1].bits, 255))
            else:
                yield None

    def _overlap(self, column: UndeclaredColumn, key: UndeclaredColumn, *, is_known: bool) -> Overlap | None:
        mine = [cell for cell in self._cells(column) if cell]
        there = list(self._cells(key))
        theirs = [cell.plain if cell else None for cell in there]
        plain, digits = {cell.plain for cell in mine}, {cell.core for cell in mine if cell.core}
        met = {value for value in plain if any(cell and cell.plain == value for cell in there)}
        one = {value for value in met if self._is_of_one(key, theirs, value)}
        by_digits = 0
        if is_known:
            cores = [cell.core if cell else None for cell in there]
            ways = [(digits, cores), (digits, theirs)] if digits else [(plain, cores)]
            by_digits = max(sum(self._is_of_one(key, way, str(v)) for v in values if v in way) for values, way in ways)
        if not met and not by_digits:
            return None
        of_width: dict[int, int] = {}
        for value in plain:
            bits = next(cell.bits for cell in mine if cell.plain == value)
            of_width[bits] = of_width.get(bits, 0) + 1
        distinct = float(len({cell.plain for cell in there if cell}))
        return Overlap(
            SampledValues(column, float(len(plain)), len(plain), len(mine)),
            key,
            distinct,
            len(met),
            len(one),
            sum(cell.plain in one for cell in mine),
            expected_by_chance(of_width, distinct),
            by_digits,
        )

    def _is_of_one(self, key: UndeclaredColumn, there: Sequence[str | None], value: str) -> bool:
        """Does this value stand in one row, or in rows of one person, as far as anybody knows?"""
        rows: list[Row] = [(key.table, at) for at, cell in enumerate(there) if cell == value]
        people = [self.world.whose(row) for row in rows]
        return len(rows) == 1 or len({person for known in people if len(known) == 1 for person in known}) <= 1
