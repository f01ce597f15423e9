"""The day in London, and how old something is there. Time is passed in; no function here reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def instant(text: str) -> datetime | date:
    """Read `2026-11-20`, or an ISO 8601 time; a time without a zone is London's.

    Raises:
        ValueError: for anything else. The message never repeats the text.
    """
    try:
        if "W" in text:  # a day of a week, such as 2026-W45-1, which Python reads and people mistake
            raise ValueError
        if len(text) == len("2026-11-20"):
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=LONDON)
        london_date(moment)  # the calendar's first and last hours have no day in some zones
    except (ValueError, OverflowError):
        raise ValueError("not a date such as 2026-11-20 or a time such as 2026-11-20T09:30+00:00") from None
    return moment


def london_date(when: datetime | date) -> date:
    """The calendar day in London. A plain date is one already.

    Raises:
        ValueError: for a time without a zone.
    """
    if not isinstance(when, datetime):
        return when
    if when.tzinfo is None:
        raise ValueError("a time needs its zone")
    return when.astimezone(LONDON).date()


def spoken(when: datetime | date) -> str:
    """For people: `2026-11-20`, or `2026-11-20 09:30 in London`; `01:30 BST` and then `01:30 GMT` in the hour that comes twice.

    Raises:
        ValueError: for a time without a zone.
    """
    day = london_date(when)
    return (
        f"{day} {when.astimezone(LONDON):%H:%M}{which_hour(when)} in London" if isinstance(when, datetime) else f"{day}"
    )


def which_hour(when: datetime) -> str:
    """` BST` or ` GMT` in the hour that the clocks of London show twice, on the last Sunday of October; else nothing.

    Raises:
        ValueError: for a time without a zone.
    """
    if when.tzinfo is None:
        raise ValueError("a time needs its zone")
    local = when.astimezone(LONDON)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f" {local.tzname()}" if twice else ""


def is_after(when: datetime | date, now: datetime) -> bool:
    """Does `when` lie in the future of `now`? A plain date does from the next London day on.

    Raises:
        ValueError: for a time without a zone.
    """
    if isinstance(when, datetime):
        if when.tzinfo is None or now.tzinfo is None:
            raise ValueError("a time needs its zone")
        # In UTC, because Python compares two times of one zone by the clock on the wall, which in London shows the
        # hour from 01:00 twice on the last Sunday of October.
        return when.astimezone(UTC) > now.astimezone(UTC)
    return when > london_date(now)


def age_in_days(when: datetime | date, now: datetime) -> int:
    """Whole London calendar days from `when` to `now`; negative in the future."""
    return (london_date(now) - london_date(when)).days
