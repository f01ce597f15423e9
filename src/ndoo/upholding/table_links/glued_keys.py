"""Keys that stand in a cell with something else: two columns glued together, words or digits before or behind, a power of ten.

A text is taken apart in many ways; the same way goes for every value of its column. A way is evidence where most values, read like
this, are keys that lead to one person, and chance does not explain it. Parts of small numbers are keys of everything: they count where
the whole cell is used up, or nearly all values are keys and half of the keys stand here.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from ndoo.upholding.table_links import key_names
from ndoo.upholding.table_links.undeclared import UndeclaredColumn, UndeclaredLink, is_beyond_chance

TEXTS = 128
"""So many distinct texts of a column are taken apart."""
_MOST, _NEARLY_ALL, _SPARSE = 0.5, 0.9, 0.15
_FEW = 5
_LONGEST = 48
_CUT = 8
_LEAST_DIGITS = 4
_TOKENS = re.compile(r"[0-9a-z]+")
_DIGITS = re.compile(r"[0-9]+")
_YEAR, _PART = r"(?:1[89]|20)[0-9]{2}", r"(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY = (
    rf"{_YEAR}(?P<by>[-/. ]?)(?:0?[1-9]|1[0-2])(?:(?P=by){_PART})?"
    rf"|{_PART}(?P<parted>[-/. ]?)(?:{_PART}|{_MONTH})(?P=parted)(?:{_YEAR}|[0-9]{{2}})"
)
_CLOCK = r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-6][0-9](?:[.,][0-9]+)?)?(?: ?[ap]m)?(?:z|[+-][0-9]{2}:?[0-9]{2})?"
_TIME = re.compile(rf"(?:{_DAY})(?:[t ]+{_CLOCK})?|{_CLOCK}")
"""Written as people write them, with the same sign twice: `100003-1` and `12-3456` are keys with something behind or before them."""
_NUMBER = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]+)?|[-+]?[0-9]+(?:\.[0-9]+)?e[-+]?[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class KeyReading:
    """One way to read a text: as one key, or as a key of two columns."""

    way: str
    parts: tuple[str, ...]
    whole: bool = False
    """Is nothing of the text left aside, nor cut where no sign stands?"""


def readings(text: str) -> list[KeyReading]:
    """All ways but that it is a key as it stands. None for days, times and long texts; a fraction only without its zeros."""
    said = text.strip(" \t\r\n\"'=").lower()
    if len(said) > _LONGEST or (_TIME.fullmatch(said) and not said.isdigit()):
        return []
    if not said.isdigit() and _NUMBER.fullmatch(said):
        number = Decimal(said.replace(",", "."))
        is_key = number == number.to_integral_value() and number.adjusted() < _LONGEST
        return [KeyReading("number", (str(abs(int(number))),), whole=True)] if is_key else []
    tokens = _TOKENS.findall(said)
    found = [*_of_tokens(tokens), *_of_digits(said), *_cut("".join(tokens)), *_of_two(tokens)]
    return list({(one.way, one.parts): one for one in found}.values())


def _of_tokens(tokens: Sequence[str]) -> Iterator[KeyReading]:
    """What stands between other signs, from either end; and all but the first or last."""
    if len(tokens) < 2:
        return
    for at in range(min(3, len(tokens))):
        yield KeyReading(f"word {at}", (tokens[at],))
        yield KeyReading(f"word -{at}", (tokens[-1 - at],))
    for at in range(1, min(4, len(tokens) - 1)):
        yield KeyReading(f"from {at}", ("".join(tokens[at:]),))
        yield KeyReading(f"to {at}", ("".join(tokens[:-at]),))


def _of_digits(said: str) -> Iterator[KeyReading]:
    runs = _DIGITS.findall(said)
    if runs and not said.isdigit():
        yield KeyReading("first digits", (runs[0],))
        yield KeyReading("last digits", (runs[-1],))


def _cut(bare: str) -> Iterator[KeyReading]:
    """Where no sign parts the key from the rest: so many characters before or behind, or so many that are the key."""
    for at in range(1, _CUT + 1):
        for way, part in ((f"without first {at}", bare[at:]), (f"without last {at}", bare[:-at])):
            if sum(map(str.isdigit, part)) >= _LEAST_DIGITS:
                yield KeyReading(way, (part,))
    for size in range(_LEAST_DIGITS, _LEAST_DIGITS + _CUT):
        if len(bare) > size and sum(map(str.isdigit, bare)) >= _LEAST_DIGITS:
            yield KeyReading(f"first {size}", (bare[:size],))
            yield KeyReading(f"last {size}", (bare[-size:],))


def _of_two(tokens: Sequence[str]) -> Iterator[KeyReading]:
    """As a key of two columns, in either order: parted by other signs, or anywhere."""
    several = len(tokens) > 1
    pieces = tokens if several else list(tokens[0]) if tokens else []
    for at in range(1, min(len(pieces), 2 * _CUT)):
        one, other = "".join(pieces[:at]), "".join(pieces[at:])
        for way in (f"two {at}", f"two -{len(pieces) - at}"):
            yield KeyReading(way, (one, other), whole=several)
            yield KeyReading(f"{way} turned", (other, one), whole=several)
    if len(tokens) > 2:
        for way, one, other in (
            ("in front", *tokens[:2]),
            ("at the end", *tokens[-2:]),
            ("at the ends", tokens[0], tokens[-1]),
        ):
            yield KeyReading(f"two {way}", (one, other))
            yield KeyReading(f"two {way} turned", (other, one))


@dataclass(frozen=True, slots=True)
class ReadAs:
    """A reading that was laid bare: `name` is the same for the same key."""

    reading: KeyReading
    name: Hashable
    bits: int
    """As of `expected_by_chance`."""


@dataclass(frozen=True, slots=True)
class TakenApart:
    """The sampled texts of one column."""

    column: UndeclaredColumn
    distinct: float
    """Values of the column, sampled or not."""
    texts: tuple[tuple[ReadAs, ...], ...]


@dataclass(frozen=True, slots=True)
class KeysThere:
    """Where keys are looked for.

    Args:
        found: those readings that stand there, by name; and whether each leads to one person.
    """

    column: UndeclaredColumn
    distinct: float
    is_known: bool
    found: Mapping[Hashable, bool]


@dataclass(slots=True)
class _Way:
    """What one way of reading shows."""

    whole: bool
    bits: dict[Hashable, int] = field(default_factory=dict)
    of_one: int = 0
    """Texts that are read as a key of one person."""


def glued(taken: TakenApart, there: KeysThere) -> UndeclaredLink | None:
    """Does a column hold these keys, with something else?"""
    ways: dict[str, _Way] = {}
    wide = len(there.column.names)
    for text in taken.texts:
        for one in text:
            if len(one.reading.parts) == wide:
                way = ways.setdefault(one.reading.way, _Way(one.reading.whole))
                way.whole &= one.reading.whole
                way.bits[one.name] = one.bits
                way.of_one += there.found.get(one.name, False)
    if any(_is_evidence(way, taken, there) for way in ways.values()):
        return UndeclaredLink(taken.column, there.column)
    return None


def _is_evidence(way: _Way, taken: TakenApart, there: KeysThere) -> bool:
    met = [there.found[name] for name in way.bits if name in there.found]
    one, share = sum(met), way.of_one / len(taken.texts)
    is_single = one < 2 and share < 1  # one text of a few that repeats what stands there
    if is_single or share < _MOST or one < _NEARLY_ALL * len(met):
        return False
    expected = sum(min(1.0, there.distinct / 2.0**bits) for bits in way.bits.values())
    if is_beyond_chance(one, expected) and (way.whole or expected <= _SPARSE * len(way.bits)):
        return True
    keys = one / len(taken.texts) * taken.distinct / there.distinct
    enough = share >= _NEARLY_ALL and one >= _FEW and keys >= _MOST
    if way.whole:
        return enough or there.is_known
    name = taken.column.names[0]
    says_so = len(there.column.names) > 1 or key_names.is_key(name) or key_names.is_of_person(name)
    return enough and there.is_known and says_so
