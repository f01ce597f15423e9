"""Reads one cell of a column of days, in the ways in which the systems of the United Kingdom write them.

The kernel reads `2026-11-20` by itself; whatever else stands in a cell comes here. A year of two digits, a spreadsheet's count of days and
a time alone are no days that anybody could rely on.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from enum import IntEnum

from ndoo.domain.london import london_date
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
_TIME = r"(?P<time>[ t,:]+(?P<hour>[0-9]{1,2})[:.]?(?P<minute>[0-9]{2})(?:[ 0-9a-z:.,+()-]*))?"
_ZONE = re.compile(
    r"(?:(?P<utc>z|utc|gmt)|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))(?: ?\([a-z ]+\))?$"
)
_HALF_DAY = re.compile("[ap]m")
_WEEKDAY = "(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[, ]+)?"
_DAY = "(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_FORMS = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>[0-9]{4})(?P<between>[-/.])(?P<month>[0-9]{2})(?P=between)(?P<day>[0-9]{2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})(?:\.0)?",
        rf"{_WEEKDAY}{_DAY}[-/. ]*{_MONTH}[-/., ]*(?P<year>[0-9]{{4}})",
        rf"{_WEEKDAY}{_MONTH}[-/. ]*{_DAY}[-/., ]+(?P<year>[0-9]{{4}})",
    )
)
_HL7 = re.compile(r"([0-9]{8})([0-9]{2})([0-9]{2})([0-9]{2})?(?:\.[0-9]+)?(z|[+-][0-9]{4})?")
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
    if (met := _HL7.fullmatch(text)) is not None:
        text = f"{met[1]} {met[2]}:{met[3]}{met[5] or ''}"
    for form in _FORMS:
        if (met := form.fullmatch(text)) is not None:
            parts = met.groupdict()
            month = _MONTHS.index(parts["name"][:3]) + 1 if "name" in parts else int(parts["month"])
            day = _day(met, month, int(parts["day"]))
            return day, day
    if (met := _EITHER.fullmatch(text)) is None:
        return UNREADABLE, UNREADABLE
    day_first = _day(met, int(met["other"]), int(met["one"]))
    month_first = _day(met, int(met["one"]), int(met["other"]))
    if order == DayOrder.DAY_FIRST or (not order and month_first == UNREADABLE):
        return day_first, day_first
    if order == DayOrder.MONTH_FIRST or day_first == UNREADABLE:
        return month_first, month_first
    return day_first, month_first


def _day(met: re.Match[str], month: int, day: int) -> int:
    """The day in London, where a time with its zone is said; else the day as it is written."""
    try:
        when = date(int(met["year"]), month, day)
        time = met["time"] or ""
        zone = _ZONE.search(time)
        if zone is not None:
            if _HALF_DAY.search(time):
                return UNREADABLE
            ahead = timedelta(hours=int(zone["hours"] or 0), minutes=int(zone["minutes"] or 0))
            place = timezone(-ahead if zone["sign"] == "-" else ahead)
            when = london_date(datetime(when.year, month, day, int(met["hour"]), int(met["minute"]), tzinfo=place))
    except (ValueError, OverflowError):
        return UNREADABLE
    return when.toordinal() - _EPOCH
