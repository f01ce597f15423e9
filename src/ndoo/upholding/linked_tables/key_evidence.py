"""What the columns of a folder show of keys that nobody declared: gathered while its tables go past, and weighed by `undeclared`.

A table that leads to nobody is read before those that lead to people: a sample of each of its columns is kept, and of each pair of
columns that another table has too. In the tables that lead to people every cell is looked for in the samples. Of these tables
themselves the first rows are sampled, for second keys: a mother beside her child.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from ndoo.evidence.release_record import Counts
from ndoo.numbers.key_index import KeyIndex, U32s
from ndoo.numbers.opt_outs import OptOuts
from ndoo.numbers.plain_keys import SEVERAL, Baring, MetValues, PlainCells, ValueSample, WantedValues
from ndoo.upholding.columns import Watch
from ndoo.upholding.decision.glimpses import Leaf
from ndoo.upholding.decision.row_decision import RowDecision
from ndoo.upholding.linked_tables.headings_and_blanks import HeadingsAndBlanks, WordSearch
from ndoo.upholding.linked_tables.tables import Opened
from ndoo.upholding.linked_tables.text_sample import TextSample, met_among
from ndoo.upholding.table_links.glued_keys import KeysThere, TakenApart, glued
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

_SAMPLED, _SAMPLED_HEAD, _SAMPLED_KEYS = 2048, 512, 1024
_ROWS_OF_OTHERS = 1 << 20
"""In a table without numbers of its own, so many rows of columns that are no declared key are looked at."""
_ROWS_TO_JUDGE, _VALUES_TO_JUDGE = 1 << 16, 20
"""After so many rows a column is looked at no more, of which so many values or more are those of several people."""


@dataclass(slots=True)
class _Sampled:
    """One column, or two side by side, of which the values are looked for in other tables."""

    column: UndeclaredColumn
    values: ValueSample
    digits: ValueSample
    texts: TextSample = field(default_factory=TextSample)
    """Of a single column of a table that leads to nobody."""


class Sampling(RowDecision):
    """Keeps every row of a table that leads to nobody, and samples its columns."""

    def __init__(self, columns: Sequence[str], sampler: _Sampler) -> None:
        super().__init__(OptOuts(), 0)
        self.glimpsed = columns
        self._sampler = sampler

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Decides`."""
        self._sampler.glimpse(columns)


class _Sampler:
    """Takes in the cells of all columns of a table, as `Glimpses`."""

    def __init__(
        self,
        baring: Baring,
        names: Sequence[str],
        wanted: Sequence[_Sampled],
        words: WordSearch | None = None,
        *,
        with_texts: bool = False,
    ) -> None:
        self._baring, self._names = baring, names
        self._wanted, self._words, self._with_texts = wanted, words, with_texts

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """See `Glimpses`."""
        bare = [[self._baring.of(*leaf) for leaf in leaves] for leaves in columns]
        place = {name: at for at, name in enumerate(self._names)}
        if self._words is not None:
            self._words.glimpse({name: bare[at] for name, at in place.items()})
        for one in self._wanted:
            parts = [bare[place[name]] for name in one.column.names]
            for part in parts[0] if len(parts) == 1 else _paired(self._baring, parts[0], parts[1]):
                one.values.take(part)
                if len(parts) == 1:
                    one.digits.take(part, core=True)
            if self._with_texts and len(parts) == 1:
                for part, (cells, _) in zip(parts[0], columns[place[one.column.names[0]]], strict=True):
                    one.texts.take(part, cells)


def _paired(baring: Baring, one: Sequence[PlainCells], other: Sequence[PlainCells]) -> list[PlainCells]:
    """Two columns side by side; nothing where one of them is nested, and has not a cell for each row."""
    if len(one) == len(other) == 1 and one[0].rows == other[0].rows:
        return [baring.paired(one[0], other[0])]
    return []


@dataclass(slots=True)
class _Key:
    """A column of a table that leads to people, in which sampled values are looked for."""

    column: UndeclaredColumn
    is_known: bool
    """Its table is known by it, or may be."""
    met: MetValues
    met_digits: MetValues | None
    sample: ValueSample = field(default_factory=lambda: ValueSample(_SAMPLED_KEYS, whose=True))
    given_up: bool = False

    def is_shared(self) -> bool:
        """Are most of the values that stand in several rows those of several people?"""
        several = [value.who == SEVERAL for value in self.sample.values() if value.cells > 1]
        return len(several) >= _VALUES_TO_JUDGE and sum(several) * 2 > len(several)


class SampleSearch:
    """Looks for the samples, and for headings and blanks, in the rows of one table that leads to people."""

    def __init__(
        self, baring: Baring, index: KeyIndex, keys: Sequence[_Key], words: WordSearch, *, every_row: bool
    ) -> None:
        self.columns = tuple({name: None for key in keys for name in key.column.names} | dict.fromkeys(words.met))
        self._baring, self._index, self._keys, self._every_row = baring, index, keys, every_row
        self._words = words
        self._rows = self._judged_at = 0
        self._columns: Sequence[Sequence[Leaf]] = ()

    def glimpse(self, columns: Sequence[Sequence[Leaf]]) -> None:
        """The cells of `columns` in the rows of which `take` tells next."""
        self._columns = columns

    def take(self, rows: int, who: U32s) -> None:
        """Take in the rows that were shown, and whose they are."""
        self._rows += rows
        keys = [key for key in self._keys if not key.given_up]
        wanted = {name for key in keys for name in key.column.names} | {*self._words.met}
        bare = {
            name: [self._baring.of(*leaf) for leaf in leaves if leaf[1] == rows]
            for name, leaves in zip(self.columns, self._columns, strict=True)
            if name in wanted
        }
        for key in keys:
            parts = [bare[name] for name in key.column.names]
            for part in parts[0] if len(parts) == 1 else _paired(self._baring, parts[0], parts[1]):
                key.sample.take(part, who)
                key.met.take(self._index, part.plain, rows, who)
                if key.met_digits is not None:
                    key.met_digits.take(self._index, part.core, rows, who)
        self._words.take(bare, rows, who)
        if self._rows - self._judged_at >= _ROWS_TO_JUDGE:
            self._judged_at = self._rows
            for key in keys:
                too_many = self._rows >= _ROWS_OF_OTHERS and not self._every_row
                key.given_up = not key.is_known and (too_many or key.is_shared())


@dataclass(frozen=True, slots=True)
class _IndexedSample:
    """A sample, its values and their digits alone numbered in one index."""

    column: UndeclaredColumn
    values: WantedValues
    digits: WantedValues

    @classmethod
    def of(cls, sampled: _Sampled, index: KeyIndex) -> Self:
        return cls(sampled.column, WantedValues(sampled.values, index), WantedValues(sampled.digits, index))

    def met_by_digits(self, key: _Key) -> int:
        """How many of the values, letters before and behind left aside, stand there in one row or for one person."""
        if key.met_digits is None:
            return 0
        if not self.digits.sampled:
            return self.values.met_in(key.met_digits)[1]
        return max(self.digits.met_in(met)[1] for met in (key.met, key.met_digits))


class KeyEvidence:
    """Of one walk over a folder.

    Args:
        lead: the names of the tables that lead to people.
        numbers: of each table the columns of NHS numbers by which it is decided on.
        nobodys: None where nobody asks: then nothing is looked at.
    """

    def __init__(
        self,
        tables: Sequence[Opened],
        lead: Collection[str],
        numbers: Mapping[str, Sequence[str]],
        nobodys: Nobodys | None,
    ) -> None:
        self._tables, self._lead, self._numbers = tables, lead, numbers
        self._asked, self._nobodys = nobodys is not None, nobodys or Nobodys()
        self._candidates = Candidates([_columns_of(one, numbers[one.name]) for one in tables], lead, self._nobodys)
        self._baring = Baring((secrets.randbits(64), secrets.randbits(64)))
        self._words = HeadingsAndBlanks(tables, self._baring)
        self._sampled: list[_Sampled] = []
        self._rows: dict[str, int] = {}
        self._keys: list[_Key] = []
        self._glued: list[_Key] = []
        self._apart: list[TakenApart] = []
        self._wanted: list[_IndexedSample] | None = None
        self._index = KeyIndex()
        self._of_nobody = 0

    def sampling(self, one: Opened) -> RowDecision:
        """Decides on a table that leads to nobody: every row stays, and is looked at unless the caller said that it is nobody's."""
        if not self._asked:
            return RowDecision(OptOuts(), 0)
        mine = [
            _Sampled(column, ValueSample(_SAMPLED), ValueSample(_SAMPLED))
            for column in self._candidates.asked_of(one.name)
        ]
        self._sampled += mine
        words = None if one.name in self._nobodys.tables else self._words.beside(one)
        sampler = _Sampler(self._baring, one.columns, mine, words, with_texts=True)
        return Sampling(one.columns, sampler) if mine or words else RowDecision(OptOuts(), 0)

    def went_past(self, one: Opened, rows: Counts) -> None:
        """The table was read to its end."""
        self._rows[one.name] = rows.read

    def sought(self, one: Opened) -> SampleSearch | None:
        """What looks for samples, headings and blanks in a table that leads to people; None where nobody asks."""
        if not self._asked:
            return None
        if self._wanted is None:
            self._wanted = self._numbered()
        known, others = self._candidates.looked_for_in(one.name, [wanted.column for wanted in self._wanted])
        keys = [_Key(column, True, MetValues(self._index.count), MetValues(self._index.count)) for column in known]
        keys += [_Key(column, False, MetValues(self._of_nobody), None) for column in others]
        of_two = [
            _Key(column, declared, MetValues(self._of_nobody), None)
            for column, declared in (self._candidates.glued_in(one.name) if self._apart else ())
        ]
        self._keys += keys
        self._glued += of_two
        words = self._words.sought(one, self._candidates.keys_of(one.name))
        return SampleSearch(self._baring, self._index, [*keys, *of_two], words, every_row=bool(self._numbers[one.name]))

    def judged(self) -> Undeclared:
        """What comes of it, once every table went past.

        Raises:
            UsageFault: a table that leads to people was said to lead to nobody. UnfitData: see `HeadingsAndBlanks.refuse`.
        """
        if not self._asked:
            return Undeclared()
        self._words.refuse()
        known = [self._known(one) for one in self._tables]
        judge_nobodys(self._nobodys, known)
        overlaps = [
            overlap for wanted in self._wanted or () for key in self._keys if (overlap := self._overlap(wanted, key))
        ]
        return undeclared(known, overlaps, self._links_apart(), self._nobodys)

    def _links_apart(self) -> list[UndeclaredLink]:
        """What is found where texts are taken apart."""
        there = [
            KeysThere(key.column, key.sample.distinct, key.is_known, met_among(key.met))
            for key in (*(key for key in self._keys if len(key.column.names) == 1), *self._glued)
        ]
        return [link for taken in self._apart for keys in there if (link := glued(taken, keys))]

    def _overlap(self, wanted: _IndexedSample, key: _Key) -> Overlap | None:
        if key.column == wanted.column or len(key.column.names) != len(wanted.column.names):
            return None
        if wanted.column.table in self._lead and not key.is_known:
            return None
        met, one, one_cells = wanted.values.met_in(key.met)
        by_digits = wanted.met_by_digits(key)
        if not met and not by_digits:
            return None
        values, there = wanted.values, key.sample.distinct
        return Overlap(
            SampledValues(wanted.column, values.distinct, values.sampled, values.cells),
            key.column,
            there,
            met,
            one,
            one_cells,
            values.expected_among(there),
            by_digits,
        )

    def _numbered(self) -> list[_IndexedSample]:
        """Every sample, its values in one index: first those of tables that lead to nobody."""
        wanted = [_IndexedSample.of(sampled, self._index) for sampled in self._sampled if sampled.values.filled]
        self._apart = [
            sampled.texts.taken_apart(sampled.column, sampled.values.distinct, self._baring, self._index)
            for sampled in self._sampled
            if sampled.values.filled and len(sampled.column.names) == 1
        ]
        self._of_nobody = self._index.count
        for one in self._tables:
            if one.name in self._lead:
                heads = self._head_sampled(one)
                wanted += [_IndexedSample.of(sampled, self._index) for sampled in heads if sampled.values.filled]
                self._sampled += heads
        return wanted

    def _head_sampled(self, one: Opened) -> list[_Sampled]:
        """The first rows of a table that leads to people."""
        sampled = [
            _Sampled(column, ValueSample(_SAMPLED_HEAD), ValueSample(_SAMPLED_HEAD))
            for column in self._candidates.asked_of(one.name)
        ]
        if sampled:
            sampler = _Sampler(self._baring, one.columns, sampled)
            one.pieces[0].dataset.preview(Watch(one.columns, glimpses=sampler))
        return sampled

    def _known(self, one: Opened) -> TableKeys:
        seen = [
            *((each.column, each.values) for each in self._sampled),
            *((each.column, each.sample) for each in self._keys),
        ]
        samples = {
            column.names[0]: sample for column, sample in seen if column.table == one.name and len(column.names) == 1
        }
        rows = self._rows[one.name]
        return self._candidates.known(
            one.name,
            filled=[name for name, sample in samples.items() if sample.filled],
            unique=[name for name, sample in samples.items() if sample.filled == rows and sample.is_unique],
        )


def _columns_of(one: Opened, numbers: Sequence[str]) -> TableColumns:
    keys = (one.table.primary_key, *one.table.unique_keys)
    return TableColumns(one.name, tuple(one.columns), frozenset(numbers), one.table.links, keys)
