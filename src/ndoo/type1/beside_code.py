"""Reads the columns that stand beside the code: whether an entry counts, and whether the column itself says that somebody objected.

What is struck out, or may be, decides nothing and is held: a withdrawal that was taken back lets nobody through, and an objection that was
taken back is not passed over. Neither is one that stands as a yes under a heading such as `Type 1 opt-out`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import IntFlag
from functools import cache
from importlib.resources import files

from ndoo.type1.bare_text import bare_text, is_none
from ndoo.type1.code_cell import CodeReader, CodeSays
from ndoo.type1.code_table import code_table

_OPT_OUT, _AGREEMENT, _TURNED, _STATUS = "opt_out", "agreement", "turned", "status"
_FOREIGN = re.compile("[^0-9a-z]+")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0+")
_BITS = {"\0": "0", "\1": "1"}
"""How some databases write a column of single bits."""
_EITHER = CodeSays.DISSENT | CodeSays.WITHDRAWN


class EntryStanding(IntFlag):
    """What a column says of whether the entry counts. The numbers are the kernel's."""

    COUNTS = 0
    STRUCK_OUT = 1
    UNCLEAR = 2


@dataclass(frozen=True, slots=True)
class BesideReading:
    """What one cell says: of a Type 1 opt-out by itself, and of the entry in its row."""

    says: CodeSays = CodeSays.NOTHING
    standing: EntryStanding = EntryStanding.COUNTS

    @property
    def bits(self) -> int:
        """As the kernel has it: of a Type 1 in the low byte, of the entry in the next."""
        return self.says | self.standing << 8


class BesideReader:
    """Reads the cells of one column beside the code.

    Args:
        kind: one of `kinds_of`.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._codes = CodeReader(code_table())

    def read(self, cell: str) -> BesideReading:
        """What the cell says; a blank one too."""
        text = _BITS.get(cell, cell).strip()
        blank = not text or (text.isprintable() and is_none(text))
        said = bare_text(text).casefold()
        if (met := _WHOLE_NUMBER.fullmatch(said)) is not None:
            said = met[1]
        said = _FOREIGN.sub("", said)
        if self._kind in (_OPT_OUT, _AGREEMENT, _TURNED):
            return BesideReading() if blank else BesideReading(says=self._objection(text, said))
        told = _told().standing[self._kind]
        if blank:
            return BesideReading(standing=EntryStanding.COUNTS if told.blank_counts else EntryStanding.UNCLEAR)
        if said in told.counts:
            return BesideReading()
        if said in told.struck_out:
            return BesideReading(standing=EntryStanding.STRUCK_OUT)
        if self._kind == _STATUS and _told().words.search(said):
            return BesideReading(says=self._objection(text, said))
        return BesideReading(standing=EntryStanding.UNCLEAR)

    def _objection(self, text: str, said: str) -> CodeSays:
        """What a cell says that is not blank, under a heading that speaks of an opt-out."""
        told = _told()
        if self._kind != _TURNED and said in told.nothing | (told.yes if self._kind == _AGREEMENT else told.no):
            return CodeSays.NOTHING
        reading = self._codes.read(text)
        if found := (reading.sure | reading.maybe | reading.near) & _EITHER:
            return found
        return CodeSays.WITHDRAWN if told.withdrawn.search(said) else CodeSays.DISSENT


def kinds_of(name: str) -> tuple[str, ...]:
    """What a column says beside the code, by its name in small letters and digits alone; nothing, where its name says nothing of it."""
    told = _told()
    found = [kind for kind, standing in told.standing.items() if standing.has(name)]
    if told.speaks_of_type1(name):
        found = [kind for kind in found if kind != _STATUS]
        found.append(told.sense(name))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _StandingWords:
    """One table `standing` of `headings.toml`."""

    headings: re.Pattern[str]
    but_not: re.Pattern[str] | None
    blank_counts: bool
    counts: frozenset[str]
    struck_out: frozenset[str]

    def has(self, name: str) -> bool:
        return self.headings.search(name) is not None and (self.but_not is None or not self.but_not.search(name))


@dataclass(frozen=True, slots=True)
class _BesideWords:
    """The tables `standing` and `opt_out` of `headings.toml`, and the codes, which may stand in a heading too."""

    standing: dict[str, _StandingWords]
    ours: re.Pattern[str]
    never_ours: re.Pattern[str]
    likely: re.Pattern[str]
    but_not: re.Pattern[str]
    agreement: re.Pattern[str]
    turned: re.Pattern[str]
    agreement_turned: re.Pattern[str]
    withdrawn: re.Pattern[str]
    words: re.Pattern[str]
    yes: frozenset[str]
    no: frozenset[str]
    nothing: frozenset[str]
    codes: tuple[str, ...]

    def speaks_of_type1(self, name: str) -> bool:
        """Does the heading itself speak of a Type 1 opt-out, and of nothing else?"""
        if any(code in name for code in self.codes):
            return True
        if self.ours.search(name) and not self.never_ours.search(name):
            return True
        return self.likely.search(name) is not None and self.but_not.search(name) is None

    def sense(self, name: str) -> str:
        """Is a yes the objection under this heading, or a no, or can nobody say?"""
        agreed = self.agreement.search(name) is not None
        if self.turned.search(name) or (agreed and self.agreement_turned.search(name)):
            return _TURNED
        return _AGREEMENT if agreed else _OPT_OUT


@cache
def _told() -> _BesideWords:
    read = tomllib.loads(files("ndoo.type1").joinpath("headings.toml").read_text(encoding="utf-8"))
    standing = {
        kind: _StandingWords(
            re.compile(words["headings"]),
            re.compile(words["but_not"]) if "but_not" in words else None,
            words["blank_counts"],
            frozenset(words["counts"]),
            frozenset(words["struck_out"]),
        )
        for kind, words in read["standing"].items()
    }
    told = read["opt_out"]
    codes = {
        _FOREIGN.sub("", text.casefold())
        for code in code_table().codes
        if code.meaning in ("dissent", "withdrawn")
        for _, text in code.spellings
    }
    return _BesideWords(
        standing,
        ours=re.compile(told["ours"]),
        never_ours=re.compile(told["never_ours"]),
        likely=re.compile(told["likely"]),
        but_not=re.compile(told["but_not"]),
        agreement=re.compile(told["agreement"]),
        turned=re.compile(told["turned"]),
        agreement_turned=re.compile(told["agreement_turned"]),
        withdrawn=re.compile(told["withdrawn"]),
        words=re.compile(told["words"]),
        yes=frozenset(told["yes"]),
        no=frozenset(told["no"]),
        nothing=frozenset(told["nothing"]),
        codes=tuple(sorted(codes)),
    )
