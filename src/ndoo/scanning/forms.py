"""The checks that a pattern cannot make: the checks that a pattern cannot make: check digits, dates, lists of categories and words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from ndoo.domain.snomed import is_snomed_identifier

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?:[T ].*)?"),
    re.compile(r"(?P<d>\d{1,2})[-/. ](?P<m>\d{1,2})[-/. ](?P<y>\d{4}|\d{2})(?:[T ].*)?"),
    re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/. ](?P<n>[A-Za-z]{3})[a-z]*[-/., ]{1,2}(?P<y>\d{4}|\d{2})(?: .*)?"),
    re.compile(r"(?P<n>[A-Za-z]{3})[a-z]* (?P<d>\d{1,2})(?:st|nd|rd|th)?,? (?P<y>\d{4})(?: .*)?"),
    re.compile(r"(?P<y>(?:18|19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{2})(?P<m>\d{2})(?P<y>(?:18|19|20)\d{2})"),
)
_YEAR = re.compile(r"(?:18|19|20)\d{2}")
_HASH = re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})")


def year_of(text: str) -> int | None:
    """The year of a date in one of the forms that people write; None where it is none."""
    for form in _DATES:
        if (met := form.fullmatch(text)) is None:
            continue
        parts = met.groupdict()
        if "n" in parts:
            if parts["n"].lower() not in _MONTHS:
                continue
            month = _MONTHS.index(parts["n"].lower()) + 1
        else:
            month = int(parts["m"])
        day, year = int(parts["d"]), int(parts["y"])
        if len(parts["y"]) == 2:
            year += 1900 if year > 30 else 2000
        if month > 12 >= day:
            month, day = day, month
        if 1 <= month <= 12 and 1 <= day <= 31 and 1850 <= year <= 2100:
            return year
    return None


def a_year(text: str) -> int | None:
    """A year alone."""
    return int(text) if _YEAR.fullmatch(text) else None


def phone(text: str) -> bool:
    """Ten or eleven digits, the country's code aside."""
    digits = "".join(c for c in text if c.isdigit())
    return 10 <= len(digits) <= 14


def read_code(text: str) -> bool:
    """Not merely five letters or five digits: dots at the end, or a CTV3 code, or letters and digits mixed as Read mixes them."""
    code = text[:5]
    if len(text) not in (5, 7) or (len(text) == 7 and text.replace(".", "").isdigit()):
        return False
    if "." in code:
        return True
    mixed = any(c.isdigit() for c in code) and any(c.islower() for c in code) and any(c.isupper() for c in code)
    return (code[0] == "X" and code[1].isalpha()) or mixed


@cache
def name_words() -> tuple[frozenset[str], frozenset[str]]:
    """Given names, and family names."""
    text = files("ndoo.scanning").joinpath("lexicons").joinpath("names.toml").read_text(encoding="utf-8")
    entries = tomllib.loads(text)
    return frozenset(entries["given"].split()), frozenset(entries["family"].split())


@cache
def _word() -> re.Pattern[str]:
    return re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def known_names(text: str) -> int:
    """How many of its words are given or family names that are common in England."""
    given, family = name_words()
    return sum(word in given or word in family for word in (w.lower() for w in _word().findall(text)))


def known_name(text: str) -> bool:
    """Is one of its words such a name?"""
    return known_names(text) > 0


def address(text: str) -> bool:
    """A number with a street, or several words with a street's kind of word among them."""
    return bool(_STREET.search(text))


_STREET = re.compile(
    r"(?i)(?:\b(?:flat|unit|apartment|apt|po box) \w{1,5}\b|\b\d{1,4}[a-z]?,? [a-z])|"
    r"\b(?:road|rd|street|lane|avenue|ave|close|drive|crescent|terrace|gardens|grove|way|court|mews|row|hill|square|house|farm|cottage)\b"
)


def sentence(text: str) -> bool:
    """Five words or more, and more letters than anything else."""
    return len(text) >= 20 and len(_word().findall(text)) >= 5


def hashed(text: str) -> bool:
    """As long as a digest, and hexadecimal."""
    return bool(_HASH.fullmatch(text))


CHECKS: dict[str, Callable[[str], bool]] = {
    "": lambda text: True,
    "snomed": is_snomed_identifier,
    "phone": phone,
    "read_code": read_code,
    "address": address,
    "free_text": sentence,
    "date": lambda text: year_of(text) is not None,
}
"""By the name that a detector gives its check. Codes and names are judged as a column (`column_verdict.py`)."""
