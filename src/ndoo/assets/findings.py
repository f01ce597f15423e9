"""What a scan found, and where: the JSON of `ndoo scan TARGET --json`, taken in strictly; no value is in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ndoo.domain.errors import UnfitData
from ndoo.domain.london import is_after, london_date
from ndoo.domain.nhs_number import masked
from ndoo.policy.documents import parsed_json, text_of

ANSWERS = ("yes", "no", "unsure")
_USER = re.compile(r"(?<=://)[^/@]*@")
_UNFIT = (
    "This is not the JSON of `ndoo scan`: a table needs its name, its columns and confidential_patient_information."
)


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One table as a scan found it; `patient_information` is yes, no or unsure."""

    target: str
    name: str
    patient_information: str
    because: str
    columns: tuple[str, ...]
    is_release: bool = False
    """Is it, byte for byte, what a sealed manifest says was released?"""


def plain_target(target: str) -> str:
    """A place without user name, password and closing slash, as an asset names it."""
    return masked(_USER.sub("", target)).rstrip("/")


@dataclass(frozen=True, slots=True)
class FoundScan:
    """What one scan of a place found, and when it was made; None where its document does not say."""

    target: str
    tables: list[FoundTable]
    at: datetime | None = None


def read_scan(document: Any, target: str = "") -> FoundScan:
    """One scan, with its tables and its time. Arguments and refusals are those of `read_findings`."""
    tables = read_findings(document, target)
    at = None
    if document.get("scanned_at") is not None:
        try:
            at = datetime.fromisoformat(document["scanned_at"])
            is_after(at, at)  # refuses a time without its zone
        except (TypeError, ValueError):
            raise UnfitData("findings-unread", _UNFIT) from None
    return FoundScan(plain_target(target or str(document.get("target", ""))), tables, at)


def read_findings(document: Any, target: str = "") -> list[FoundTable]:
    """The tables of one scan.

    Args:
        target: what was scanned, where the document does not say; empty where nobody says.

    Raises:
        UnfitData: it is no such document.
    """
    try:
        where = plain_target(target or str(document.get("target", "")))
        return [_table(one, where) for one in document["tables"]]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise UnfitData("findings-unread", _UNFIT) from None


def scan_days(scans: Iterable[FoundScan], now: datetime) -> dict[str, date]:
    """By place: the day in London of its newest scan; of one that does not say when it was made, or that is dated in the
    future, today."""
    days: dict[str, date] = {}
    for one in scans:
        day = london_date(min(one.at or now, now))
        days[one.target] = max(day, days.get(one.target, day))
    return days


def undated(scans: Iterable[FoundScan], now: datetime) -> frozenset[str]:
    """The places of which a scan does not say when it was made, or says a day in the future."""
    return frozenset(one.target for one in scans if one.at is None or is_after(one.at, now))


def findings_from(path: Path, target: str = "") -> FoundScan:
    """One scan, out of the file in which its JSON was kept.

    Raises:
        UsageFault: there is no such file. UnfitData: it is no finding.
    """
    return read_scan(parsed_json(masked(path.name), text_of(path)), target)


def _table(told: Mapping[str, Any], target: str) -> FoundTable:
    answer, because = told["confidential_patient_information"], told.get("because", "")
    if answer not in ANSWERS or not isinstance(told["name"], str):
        raise ValueError
    because = because if isinstance(because, str) else " ".join(map(str, because))
    columns = tuple(masked(str(column["name"])) for column in told["columns"])
    return FoundTable(
        target, masked(told["name"]), str(answer), masked(because), columns, told.get("is_release") is True
    )
