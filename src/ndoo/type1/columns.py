"""The columns of a table of coded entries: by their names, as GP systems and extracts call them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ndoo.domain.errors import UnfitData
from ndoo.type1.beside_code import kinds_of
from ndoo.type1.day_cell import DayOrder

NEEDED = ("nhs_number", "code", "date")


@dataclass(frozen=True, slots=True)
class ColumnPlaces:
    """Where each column stands, counted from 0. A row says what any of `codes` says; `scheme` may be left out."""

    number: int
    codes: tuple[int, ...]
    date: int
    scheme: int | None
    order: DayOrder = DayOrder.UNKNOWN
    """What the heading of the days says of the order of day and month."""
    beside: tuple[tuple[int, str], ...] = ()
    """Columns that say something of the entry in their row, and of which kind each is (`beside_code.kinds_of`)."""

    @property
    def every(self) -> tuple[int, ...]:
        """All of them, each once: the number, the day, the scheme where there is one, the codes, then what stands beside them."""
        scheme = () if self.scheme is None else (self.scheme,)
        return tuple(dict.fromkeys((self.number, self.date, *scheme, *self.codes, *(at for at, _ in self.beside))))


def places(names: Sequence[str]) -> ColumnPlaces:
    """Find the columns, whatever the case of their names and whatever stands between the words.

    A table may have several columns of codes, such as `CTV3Code` and `SNOMEDCode`. Other columns that by their name hold codes or terms
    are read as well, because a code of ours may stand in any of them, and so are those that say whether an entry counts or that
    somebody objected.

    Raises:
        UnfitData: a needed column is not there, or one of them is there twice.
    """
    known = _headings()
    plain = [re.sub("[^0-9a-z]", "", name.casefold()) for name in names]
    days = [known.without_order(name) for name in plain]
    number = [at for at, name in enumerate(plain) if name in known.number]
    code = [at for at, name in enumerate(plain) if name in known.code]
    date = [at for at, (name, _) in enumerate(days) if name in known.date]
    scheme = [at for at, name in enumerate(plain) if name in known.scheme]
    if missing := [name for name, found in zip(NEEDED, (number, code, date), strict=True) if not found]:
        raise UnfitData(
            "codes-columns",
            f"Coded entries need the columns nhs_number, code and date; missing here: {', '.join(missing)}. Rename the headings: "
            "docs/how-to/leave-out-type-1-opt-outs.md lists the names that are known.",
        )
    if any(len(found) > 1 for found in (number, date, scheme)) or len({plain[at] for at in code}) != len(code):
        raise UnfitData(
            "codes-columns",
            "Two columns of the coded entries have the same name, so it is not clear which is meant. Rename one.",
        )
    taken = {*number, *code, *date, *scheme}
    others = [at for at, name in enumerate(plain) if at not in taken and known.may_hold_codes(name)]
    beside = tuple((at, kind) for at, name in enumerate(plain) if at not in taken for kind in kinds_of(name))
    return ColumnPlaces(number[0], (*code, *others), date[0], scheme[0] if scheme else None, days[date[0]][1], beside)


@dataclass(frozen=True, slots=True)
class _Headings:
    """The names of `headings.toml`."""

    number: frozenset[str]
    code: frozenset[str]
    date: frozenset[str]
    scheme: frozenset[str]
    orders: tuple[tuple[str, DayOrder], ...]
    codes_within: re.Pattern[str]
    others_within: re.Pattern[str]

    def without_order(self, name: str) -> tuple[str, DayOrder]:
        """The name of a column of days, and the order of day and month that it says: `date_dd_mm_yyyy`."""
        said = ((name.removesuffix(end), order) for end, order in self.orders if name.endswith(end))
        return next(said, (name, DayOrder.UNKNOWN))

    def may_hold_codes(self, name: str) -> bool:
        """Is it likely by its name that codes or terms stand in the column?"""
        return self.codes_within.search(name) is not None and self.others_within.search(name) is None


@cache
def _headings() -> _Headings:
    told = tomllib.loads(files("ndoo.type1").joinpath("headings.toml").read_text(encoding="utf-8"))
    number, code, date, scheme = (frozenset(told[name]) for name in (*NEEDED, "scheme"))
    orders = [(end, DayOrder.DAY_FIRST) for end in told["day_first"]] + [
        (end, DayOrder.MONTH_FIRST) for end in told["month_first"]
    ]
    return _Headings(
        number, code, date, scheme, tuple(orders), re.compile(told["may_hold_codes"]), re.compile(told["holds_others"])
    )
