"""What codes mean, since when, and who says so: the dated table of `codes.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

SCHEMES = ("snomed_ct", "read2", "ctv3")


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """One meaning: `spellings` are pairs of scheme and text. Case counts."""

    meaning: str
    says: str
    spellings: tuple[tuple[str, str], ...]
    source: str
    read_on: date
    confirmed_by: str

    @property
    def name(self) -> str:
        """What a setting or an answer calls it: its meaning and its first code."""
        return f"{self.meaning} {self.spellings[0][1]}"


@dataclass(frozen=True, slots=True)
class CodeTable:
    """All codes, the ways of naming a scheme, and the days that bound them."""

    version: str
    codes: tuple[CodeMeaning, ...]
    scheme_names: tuple[tuple[str, str], ...]
    earliest: date
    """A day before this one is what a system writes where it has no date."""
    type2_end: date

    @property
    def unconfirmed(self) -> tuple[str, ...]:
        """The codes that nobody has confirmed yet and that have an effect."""
        return tuple(code.name for code in self.codes if not code.confirmed_by)


@cache
def code_table() -> CodeTable:
    """The table of the package."""
    told = tomllib.loads(files("ndoo.type1").joinpath("codes.toml").read_text(encoding="utf-8"))
    codes = tuple(
        CodeMeaning(
            e["meaning"],
            e["says"],
            tuple((scheme, text) for scheme in SCHEMES for text in e[scheme]),
            e["source"],
            e["read_on"],
            e["confirmed_by"],
        )
        for e in told["code"]
    )
    names = tuple((scheme, name) for scheme in SCHEMES for name in told["schemes"][scheme])
    return CodeTable(told["version"], codes, names, told["dates"]["earliest"], told["dates"]["type2_end"])
