"""Reads one cell of a column of days, in the ways in which the systems of the United Kingdom write them.

The kernel reads `2026-11-20` by itself; whatever else stands in a cell comes here. A year of two digits, a spreadsheet's count of days and
a time alone are no days that anybody could rely on.
"""

from __future__ import annotations

import re
from datetime import date
from enum import IntEnum

from ndoo.type1.bare_text import bare_text, is_none

_EPOCH = date(1970, 1, 1).toordinal()
UNDATED = -(1 << 31)
UNREADABLE = UNDATED + 1
"""The kernel's numbers for no day, and for a cell in which nobody can read one."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)"
)
_TIME = r"(?:[ t,:]+[0-9]{1,2}[:.]?[0-9]{2}(?:[ 0-9a-z:.,+()-]*))?"
_WEEKDAY = "(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[, ]+)?"
_DAY = "(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>[0-9]{4})(?P<between>[-/.])(?P<month>[0-9]{2})(?P=between)(?P<day>[0-9]{2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?:[0-9]{4}(?:[0-9]{2})?)?(?:\.[0-9]+)?(?:z|[+-][0-9]{4})?",
        rf"{_WEEKDAY}{_DAY}[-/. ]*{_MONTH}[-/., ]*(?P<year>[0-9]{{4}})",
        rf"{_WEEKDAY}{_MONTH}[-/. ]*{_DAY}[-/., ]+(?P<year>[0-9]{{4}})",
    )
)
_EITHER = re.compile(
    r"(?P<one>[0-9]{1,2})(?P<between>[-/. ])(?P<other>[0-9]{1,2})(?P=between)(?P<year>[0-9]{4})" + _TIME
)


class DayOrder(IntEnum):
    """Which of two numbers is the day. The numbers are the kernel's; both at once where a column shows both."""

    UNKNOWN = 0
    DAY_FIRST = 1
    MONTH_FIRST = 2


def read_day(cell: str, order: DayOrder = DayOrder.UNKNOWN) -> tuple[int, int]:
    """The day as days since 1970, read with the day first and with the month first; twice the same where there is one reading.

    Args:
        cell: the text.
        order: what the heading says, so that there is one reading only.
    """
    if is_none(cell):
        return UNDATED, UNDATED
    text = " ".join(bare_text(cell).casefold().split())
    for form in _FORMS:
        if (met := form.fullmatch(text)) is not None:
            parts = met.groupdict()
            month = _MONTHS.index(parts["name"][:3]) + 1 if "name" in parts else int(parts["month"])
            day = _day(parts["year"], month, int(parts["day"]))
            return day, day
    if (met := _EITHER.fullmatch(text)) is None:
        return UNREADABLE, UNREADABLE
    day_first = _day(met["year"], int(met["other"]), int(met["one"]))
    month_first = _day(met["year"], int(met["one"]), int(met["other"]))
    if order == DayOrder.DAY_FIRST or (not order and month_first == UNREADABLE):
        return day_first, day_first
    if order == DayOrder.MONTH_FIRST or day_first == UNREADABLE:
        return month_first, month_first
    return day_first, month_first


def _day(year: str, month: int, day: int) -> int:
    try:
        return date(int(year), month, day).toordinal() - _EPOCH
    except ValueError:
        return UNREADABLE
