"""The group that a value stands in. Ages in bands of ten years, dates of birth as ages, other dates by year, the rest as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ndoo.domain.errors import UnfitData
from ndoo.domain.nhs_number import names_somebody

BLANK = "not recorded"
UNREADABLE = "not readable"
OLDEST = 90
_LONGEST = 80
_BIRTH = re.compile(r"(birth|dob)", re.IGNORECASE)
_AGE = re.compile(r"(^|[^a-z])age([^a-z]|$)", re.IGNORECASE)
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?")
_BRITISH = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
KINDS = ("as it is", "age", "birth", "year")
_NOTHING = frozenset(("", "null", "none", "nan", "na", "n/a"))


@dataclass(frozen=True, slots=True)
class Grouping:
    """How one column is grouped: `kind` is one of `KINDS`; `on` is the day at which people have an age."""

    column: str
    kind: str
    on: date

    @property
    def said(self) -> str:
        """In words, for the report."""
        return {
            "age": "age in bands of ten years",
            "birth": f"age on {self.on.isoformat()}, in bands of ten years",
            "year": "by calendar year",
            "as it is": "as recorded",
        }[self.kind]

    def group(self, value: str | None) -> str:
        """The group of a value.

        Raises:
            UnfitData: the value names a person.
        """
        text = " ".join((value or "").split())
        if text.lower() in _NOTHING:
            return BLANK
        if self.kind == "as it is":
            if names_somebody(text):
                raise UnfitData(
                    "impact-identifies",
                    f"The column {self.column!r} holds NHS numbers, so every group would be one person. Give another column.",
                )
            return "".join(c if c.isprintable() else "?" for c in text[:_LONGEST])
        if self.kind == "age":
            return _band(_whole(text))
        day = _day(text)
        if day is None:
            return UNREADABLE
        return str(day.year) if self.kind == "year" else _band(_years(day, self.on))


def grouping_for(column: str, values: Iterable[str | None], on: date) -> Grouping:
    """How to group a column, by its name and by some of its values."""
    told = [value for value in values if value and value.strip().lower() not in _NOTHING]
    if told and _BIRTH.search(column) and any(_day(value.strip()) for value in told):
        return Grouping(column, "birth", on)
    if told and _AGE.search(column) and 2 * sum(_whole(value.strip()) is not None for value in told) > len(told):
        return Grouping(column, "age", on)
    if told and all(_day(value.strip()) for value in told):
        return Grouping(column, "year", on)
    return Grouping(column, "as it is", on)


def in_order(groups: Iterable[str]) -> list[str]:
    """The groups as a reader looks for them: numbers by size, words by the alphabet, what is not known last."""

    def place(group: str) -> tuple[bool, float, str]:
        number = re.match(r"-?[0-9]+(\.[0-9]+)?", group)
        return group in (BLANK, UNREADABLE), float(number[0]) if number else float("inf"), group

    return sorted(groups, key=place)


def _band(age: int | None) -> str:
    if age is None or age < 0:
        return UNREADABLE
    return f"{OLDEST}+" if age >= OLDEST else f"{age // 10 * 10}-{age // 10 * 10 + 9}"


def _whole(text: str) -> int | None:
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> date | None:
    try:
        if _ISO.fullmatch(text):
            return date.fromisoformat(text[:10])
        if british := _BRITISH.fullmatch(text):
            day, month, year = map(int, british.groups())
            return date(year, month, day)
    except ValueError:
        pass
    return None


def _years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
