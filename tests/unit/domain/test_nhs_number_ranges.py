"""A number belongs to one country, and the list of another says nothing about it."""

from __future__ import annotations

import nhs_number
import pytest
from hypothesis import given

from ndoo.domain.nhs_number import NHSNumber, range_of, ranges, read
from tests.unit.domain.valid import VALID


def test_no_number_belongs_to_two_countries() -> None:
    table = ranges()
    edges = [edge for entry in table for edge in (entry.first, entry.last)]
    assert all(len(edge) == 10 and edge.isdigit() and edge.isascii() for edge in edges)
    assert edges == sorted(set(edges))
    for entry in table:
        assert (entry.first[9], entry.last[9]) == ("0", "9"), "first nine digits must say the same as ten"
        assert entry.people == (int(entry.first) // 10, int(entry.last) // 10)
        assert entry.use
        assert entry.source
        assert entry.read_on.year >= 2026


@given(VALID)
def test_the_country_is_the_second_opinion_s(digits: str) -> None:
    number = read(digits)
    assert isinstance(number, NHSNumber)
    found = range_of(number)
    region = next((r for r in nhs_number.REGIONS.values() if r.contains_number(digits)), None)
    words = {
        "Scotland": nhs_number.REGION_SCOTLAND,
        "Northern Ireland": nhs_number.REGION_NORTHERN_IRELAND,
        "England": nhs_number.REGION_ENGLAND_WALES_IOM,
        "reserved": nhs_number.REGION_RESERVED,
        "Ireland": nhs_number.REGION_EIRE,
        "never issued": nhs_number.REGION_SYNTHETIC,
    }
    if found is None:
        assert region in (None, nhs_number.REGION_UNALLOCATED)
    else:
        assert region is next(r for word, r in words.items() if found.use.startswith(word))
        assert found.in_national_register is (found.use.startswith(("England", "never issued")))


@pytest.mark.parametrize(
    ("nine", "use"),
    [
        ("009999999", None),
        ("010000000", "Scotland"),
        ("311299999", "Scotland"),
        ("311300000", None),
        ("320000000", "Northern"),
        ("399999999", "Northern"),
        ("400000000", "England"),
        ("499999999", "England"),
        ("500000000", "reserved"),
        ("600000000", "England"),
        ("799999999", "England"),
        ("800000000", "Ireland"),
        ("859999999", "Ireland"),
        ("860000000", None),
        ("900000000", "never issued"),
        ("999999999", "never issued"),
    ],
)
def test_the_edges_of_the_ranges_belong_to_them(nine: str, use: str | None) -> None:
    found = range_of(NHSNumber(nine + "0"))
    assert (found is None) if use is None else (found is not None and found.use.startswith(use))
