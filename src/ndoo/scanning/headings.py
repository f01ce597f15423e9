"""What the name of a column or a table says. Names are cut into words; a name alone never decides what a column holds."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from ndoo.domain.nhs_number import masked
from ndoo.numbers.sight import may_be_in_text

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_PIECE = re.compile(r"[^\W_]+")
HIDDEN = "(a name that holds an NHS number)"
LONGEST = 120


@cache
def words(name: str) -> tuple[str, ...]:
    """`dateOfBirth`, `DATE_OF_BIRTH` and `Date of birth` are the same three words."""
    return tuple(word.lower() for word in _WORD.findall(name))


def is_called(name: str, names: tuple[str, ...]) -> bool:
    """Does one of these stand in the name, as whole words, or are they all of it, written together?"""
    here = words(name)
    together = "".join(here)
    for wanted in names:
        parts = tuple(wanted.split())
        if "".join(parts) == together or any(here[at : at + len(parts)] == parts for at in range(len(here))):
            return True
    return False


@cache
def lexicon(table: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words of one table of `lexicons/headings.toml`: whole ones, and beginnings."""
    text = files("ndoo.scanning").joinpath("lexicons").joinpath("headings.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)[table].split()
    return frozenset(e for e in entries if e[-1] != "*"), tuple(e[:-1] for e in entries if e[-1] == "*")


def found(name: str, table: str) -> list[str]:
    """The words of a name that stand in that table."""
    whole, beginnings = lexicon(table)
    pieces = dict.fromkeys((*words(name), *_PIECE.findall(name.lower())))  # hba1c is one word, and three
    return [word for word in pieces if word in whole or (beginnings and word.startswith(beginnings))]


def shown(name: str) -> str:
    """A name as it may be said to anybody: shortened, and without anything that could be an NHS number."""
    plain = "".join(character if character.isprintable() else " " for character in masked(name))
    if may_be_in_text(plain):
        return HIDDEN
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
