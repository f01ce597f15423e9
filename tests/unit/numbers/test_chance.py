"""A column convinces by how many of its cells pass, not by the fact that some do."""

from __future__ import annotations

from ndoo.numbers.chance import ColumnEvidence, by_chance


def test_one_in_eleven_is_chance_and_more_is_not() -> None:
    assert not ColumnEvidence(1100, 100).convinces("ref")
    assert not ColumnEvidence(1100, 95).convinces("nhs_number")
    assert ColumnEvidence(1100, 300).convinces("ref")
    assert not ColumnEvidence(2, 2).convinces("ref")
    assert ColumnEvidence(1, 1).convinces("nhs_number")
    assert not ColumnEvidence(5, 0).convinces("nhs_number")
    assert ColumnEvidence(1100, 100).is_chance()
    assert by_chance(3, 3) < 1e-3 < by_chance(2, 2)
