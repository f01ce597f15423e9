"""What a rule asks of a flow: conditions over facts in three values: True, False, and None for unknown (Kleene)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import ClassVar, Protocol

from ndoo.policy.facts import GATEWAY, FlowFacts
from ndoo.policy.fields import fields
from ndoo.policy.flow import Value
from ndoo.policy.no_evidence import cites_no_duty, says_that_there_is_none

Truth = bool | None
"""None is unknown. `not`, `and` and `or` of Python would read it as False, so the connectives are spelt out here."""

_DUTIES = frozenset({"statutory_duty", "court_order"})
"""What a citation is asked for to show that somebody must give the data."""


class Condition(Protocol):
    """Something that a flow meets, does not meet, or may meet."""

    def truth(self, facts: FlowFacts) -> Truth:
        """Is it met?"""

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        """The facts whose absence leaves it unknown; asked only where `truth` is None."""

    def reads(self) -> Iterator[str]:
        """Every fact that it may look at."""

    def words(self) -> str:
        """The condition as a clause for people."""


@dataclass(frozen=True, slots=True)
class Among:
    """The fact has one of these values. `said` asks only what the flow says: then a fact left out is not among them."""

    fact: str
    values: frozenset[Value]
    said: bool = False

    def truth(self, facts: FlowFacts) -> Truth:
        possible = facts.possible(self.fact)
        if not possible or (self.said and self.fact in facts.meant):
            return False if self.said and not facts.is_open(self.fact) else None
        if self.values.issuperset(possible):
            return True
        return False if self.values.isdisjoint(possible) else None

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from facts.to_find(self.fact)

    def reads(self) -> Iterator[str]:
        yield self.fact

    def words(self) -> str:
        values = " or ".join(f"`{_shown(value)}`" for value in sorted(self.values, key=str))
        return f"`{self.fact}` is {'said to be ' if self.said else ''}{values}"


@dataclass(frozen=True, slots=True)
class Given:
    """The flow says something in this field; left out means that nobody has seen it, and so does a text that says as much.

    Such a text is passed over here alone: what it mentions is still read, such as a notice that has ended.
    """

    fact: str
    given: bool

    def truth(self, facts: FlowFacts) -> Truth:
        if facts.is_open(self.fact):
            return None
        return any(self._counts(facts, value) for value in facts.possible(self.fact)) is self.given

    def _counts(self, facts: FlowFacts, value: Value) -> bool:
        field = fields().get(self.fact)
        if field is None or field.left_out != "absent":
            return True
        if self.fact == "gateway.citation" and not _DUTIES.isdisjoint(facts.possible(GATEWAY)):
            return not (says_that_there_is_none(str(value)) or cites_no_duty(str(value)))
        return not says_that_there_is_none(str(value))

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield self.fact

    def reads(self) -> Iterator[str]:
        yield self.fact

    def words(self) -> str:
        return f"`{self.fact}` is {'given' if self.given else 'not given'}"


@dataclass(frozen=True, slots=True)
class Mentions:
    """One of the texts holds one of the phrases, as whole words; `silence`: or the flow has none of the texts.

    In a phrase `*` at the end of a word is any ending, `...` between two words is any words, and what `&` joins stands in
    one text in any order. `apart`: phrases in which the same words mean something else, and are passed over. `alone`: small words;
    where they are given, a text with any other beside the phrases does not count.
    Texts are written in too many ways to rest an answer on: a pack uses this for what leads to `review`, or takes `does_not_apply` away.
    """

    facts: tuple[str, ...]
    phrases: tuple[str, ...]
    silence: bool = False
    apart: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()

    def truth(self, facts: FlowFacts) -> Truth:
        texts = [str(value) for fact in self.facts for value in facts.possible(fact)]
        if not texts:
            return None if any(facts.is_open(fact) for fact in self.facts) else self.silence
        return any(_holds(text, self.phrases, self.apart, self.alone) for text in texts)

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from (fact for fact in self.facts if facts.is_open(fact))

    def reads(self) -> Iterator[str]:
        yield from self.facts

    def words(self) -> str:
        texts = " or ".join(f"`{fact}`" for fact in self.facts)
        phrases, apart = (" or ".join(f"“{p.replace('*', '')}”" for p in said) for said in (self.phrases, self.apart))
        beside = f" (other than in {apart})" if apart else ""
        verb = "is no more than" if self.alone else "mentions"
        return f"{texts} {verb} {phrases}{beside}{', or none of them is given' if self.silence else ''}"


_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}")
_WORD = re.compile(r"\d+|[^\W\d_]+")


@lru_cache(maxsize=4096)
def _holds(text: str, phrases: tuple[str, ...], apart: tuple[str, ...], alone: tuple[str, ...]) -> bool:
    """Does the text hold one of the phrases, other than inside one that stands apart, and alone where that is asked?"""
    plain = _plain_words(text)
    if apart:
        plain = _pattern(apart).sub("|", plain)
    said = _pattern(phrases)
    if not alone:
        return said.search(plain) is not None
    rest, times = said.subn("", plain)
    return times > 0 and {*alone}.issuperset(rest.split())


@lru_cache(maxsize=1024)
def _plain_words(text: str) -> str:
    """Words and numbers alone, in small letters: `N.C.P.E.S. 2026` is `ncpes 2026`, and `CAG7-07(a)` is `cag 7 07 a`."""
    joined = _INITIALS.sub(
        lambda found: found[0].replace(".", "") + " ", unicodedata.normalize("NFKC", text).casefold()
    )
    return " ".join(_WORD.findall(joined))


@lru_cache(maxsize=1024)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """What finds one of the phrases in a text of plain words, the longer of two that begin alike."""
    return re.compile("|".join(map(_phrase, sorted(phrases, key=len, reverse=True))))


def _phrase(phrase: str) -> str:
    parts = [rf"\b{_words(part)}\b" for part in phrase.split(" & ")]
    return parts[0] if len(parts) == 1 else r"\A" + "".join(f"(?=.*{part})" for part in parts)


def _words(phrase: str) -> str:
    pattern = ""
    for word in phrase.split():
        if word == "...":
            pattern += r"(?: \w+)*"
        else:
            pattern += f"{' ' if pattern else ''}{_plain_words(word)}" + (r"\w*" if word.endswith("*") else "")
    return pattern


@dataclass(frozen=True, slots=True)
class Dated:
    """The day lies between two days, both included; None is no limit."""

    first: date | None
    last: date | None

    def truth(self, facts: FlowFacts) -> Truth:
        return (self.first is None or self.first <= facts.as_of) and (self.last is None or facts.as_of <= self.last)

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from ()

    def reads(self) -> Iterator[str]:
        yield "as_of"

    def words(self) -> str:
        limits = [("from", self.first), ("to", self.last)]
        return "the day lies " + " ".join(f"{word} {day.isoformat()}" for word, day in limits if day)


@dataclass(frozen=True, slots=True)
class Fixed:
    """True or False whatever the flow says: the last rule of a procedure, or what a setting has settled."""

    value: bool
    because: str

    def truth(self, facts: FlowFacts) -> Truth:
        return self.value

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from ()

    def reads(self) -> Iterator[str]:
        yield from ()

    def words(self) -> str:
        return self.because


@dataclass(frozen=True, slots=True)
class _Several:
    """Several parts, of which one can settle it, whatever is unknown: by the value `_settles`."""

    parts: tuple[Condition, ...]

    _settles: ClassVar[bool]
    _word: ClassVar[str]

    def truth(self, facts: FlowFacts) -> Truth:
        result: Truth = not self._settles
        for part in self.parts:
            truth = part.truth(facts)
            if truth is self._settles:
                return truth
            if truth is None:
                result = None
        return result

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        for part in self.parts:
            if part.truth(facts) is None:
                yield from part.needs(facts)

    def reads(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.reads()

    def words(self) -> str:
        clauses = [f"({part.words()})" if isinstance(part, _Several) else part.words() for part in self.parts]
        return f" {self._word} ".join(clauses)


class All(_Several):
    """Every part is met; one part that fails settles it, whatever is unknown."""

    __slots__ = ()
    _settles, _word = False, "and"


class AnyOf(_Several):
    """One part is met; that settles it, whatever is unknown."""

    __slots__ = ()
    _settles, _word = True, "or"


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met; unknown stays unknown."""

    part: Condition

    def truth(self, facts: FlowFacts) -> Truth:
        truth = self.part.truth(facts)
        return None if truth is None else not truth

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from self.part.needs(facts)

    def reads(self) -> Iterator[str]:
        yield from self.part.reads()

    def words(self) -> str:
        return f"not ({self.part.words()})"


@dataclass(frozen=True, slots=True)
class InWords:
    """The part, told in other words: a table of a pack's own would make a sentence of many pages."""

    part: Condition
    told: str

    def truth(self, facts: FlowFacts) -> Truth:
        return self.part.truth(facts)

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from self.part.needs(facts)

    def reads(self) -> Iterator[str]:
        yield from self.part.reads()

    def words(self) -> str:
        return self.told


@dataclass(frozen=True, slots=True)
class UnknownIf:
    """Unknown where the part is met or may be, else False: a doubt that no single value of a fact expresses."""

    part: Condition

    def truth(self, facts: FlowFacts) -> Truth:
        return False if self.part.truth(facts) is False else None

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        """What is not said; if all is said, it contradicts itself, and every fact in it needs a second look."""
        read = list(dict.fromkeys(self.part.reads()))
        yield from [fact for fact in read if not facts.possible(fact)] or read

    def reads(self) -> Iterator[str]:
        yield from self.part.reads()

    def words(self) -> str:
        return f"unknown where {self.part.words()}"


@dataclass(frozen=True, slots=True)
class AsSaid:
    """The part is met by what the flow says already. It is never unknown, so nobody is asked for the sake of it."""

    part: Condition

    def truth(self, facts: FlowFacts) -> Truth:
        return self.part.truth(replace(facts, open=frozenset())) is True

    def needs(self, facts: FlowFacts) -> Iterator[str]:
        yield from ()

    def reads(self) -> Iterator[str]:
        yield from self.part.reads()

    def words(self) -> str:
        return self.part.words()


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
