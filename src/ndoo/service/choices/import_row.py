"""What a row of an import file says: a packed choice that sorts by person and time, or the reason why it says none.

Columns: `nhs_number`, `choice`, `recorded_at` (ISO 8601 with zone), `channel`, `by`, `proxy_role`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from ndoo.domain.nhs_number import NHSNumber, Undecided, check_digit, read
from ndoo.service.choices.models import By, Channel, Choice, ProxyRole

COLUMNS = ("nhs_number", "choice", "recorded_at", "channel", "by", "proxy_role")


class Refused(StrEnum):
    """Why a row is not taken, besides the reasons for which a number is none (`Undecided`)."""

    CELLS = "cells"
    CHOICE = "choice"
    TIME = "recorded_at"
    NO_ZONE = "recorded_at_without_zone"
    FUTURE = "recorded_at_in_future"
    CHANNEL = "channel"
    BY = "by"
    PROXY_ROLE = "proxy_role"
    OLDER = "older_than_register"
    SAME_TIME = "same_time"


MEANINGS: dict[Refused, str] = {
    Refused.CELLS: "not as many cells as the heading",
    Refused.CHOICE: "neither opt_out nor allow",
    Refused.TIME: "no time in ISO 8601",
    Refused.NO_ZONE: "a time without its zone",
    Refused.FUTURE: "a time that is yet to come",
    Refused.CHANNEL: "no channel of the register",
    Refused.BY: "neither self nor proxy",
    Refused.PROXY_ROLE: "a proxy without a known role, or a role without a proxy",
    Refused.OLDER: "older than that person's last choice here: nothing is put into the past",
    Refused.SAME_TIME: "another choice of that person at the same time: nobody can say which was last",
}

Reason = Refused | Undecided


def meaning(reason: str) -> str:
    """The reason in words."""
    return MEANINGS[Refused(reason)] if reason in set(Refused) else "no valid NHS number"


class ImportedChoice(NamedTuple):
    """What was chosen and how, as far as a file can say it. Two equal ones at one time are one event."""

    choice: Choice
    channel: Channel
    by: By
    proxy_role: ProxyRole | None


EVERY = tuple(
    ImportedChoice(choice, channel, by, role)
    for choice in Choice
    for channel in Channel
    for by, role in ((By.SELF, None), *((By.PROXY, role) for role in ProxyRole))
)
PLACE = {said: at for at, said in enumerate(EVERY)}

_BEGIN = datetime(1, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_ROW_BITS, _SAID_BITS, _TIME_BITS, _PERSON_BITS = 32, 8, 60, 30
KEY_BYTES = (_ROW_BITS + _SAID_BITS + _TIME_BITS + _PERSON_BITS + 7) // 8
"""Of a packed row."""
_CHOICES = {choice.value: choice for choice in Choice}
_CHANNELS = {channel.value: channel for channel in Channel}
_BYS = {by.value: by for by in By}
_ROLES: dict[str, ProxyRole | None] = {"": None, **{role.value: role for role in ProxyRole}}


def packed(cells: list[str], row: int, now: datetime) -> int | Reason:
    """The row as one whole number: person, time, what was said, row, the first weighing most.

    Args:
        cells: as many as `COLUMNS`, in their order.
    """
    number = read(cells[0])
    if not isinstance(number, NHSNumber):
        return number
    if (choice := _CHOICES.get(cells[1])) is None:
        return Refused.CHOICE
    at = moment(cells[2], now)
    if isinstance(at, Refused):
        return at
    if (channel := _CHANNELS.get(cells[3])) is None:
        return Refused.CHANNEL
    if (by := _BYS.get(cells[4])) is None:
        return Refused.BY
    said = PLACE.get(ImportedChoice(choice, channel, by, _ROLES[cells[5]])) if cells[5] in _ROLES else None
    if said is None:
        return Refused.PROXY_ROLE
    ticks = (at - _BEGIN) // _TICK
    return ((number.person << _TIME_BITS | ticks) << _SAID_BITS | said) << _ROW_BITS | row


def moment(cell: str, now: datetime) -> datetime | Refused:
    """A time in UTC, not later than now."""
    try:
        at = datetime.fromisoformat(cell)
        if at.tzinfo is None:
            return Refused.NO_ZONE
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return Refused.TIME
    return Refused.FUTURE if at > now else at


def person_of(key: int) -> int:
    """The first nine digits in a packed row."""
    return key >> _ROW_BITS + _SAID_BITS + _TIME_BITS


class Row(NamedTuple):
    """A packed row, taken apart."""

    digits: str
    at: datetime
    said: ImportedChoice
    row: int


def unpacked(key: int) -> Row:
    """The opposite of `packed`."""
    row, key = key & (1 << _ROW_BITS) - 1, key >> _ROW_BITS
    said, key = key & (1 << _SAID_BITS) - 1, key >> _SAID_BITS
    ticks, person = key & (1 << _TIME_BITS) - 1, key >> _TIME_BITS
    nine = f"{person:09}"
    return Row(f"{nine}{check_digit(nine)}", _BEGIN + ticks * _TICK, EVERY[said], row)
