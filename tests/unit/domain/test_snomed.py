"""An identifier whose check digit, partition or length is wrong is not taken for a SNOMED CT code."""

from __future__ import annotations

from ndoo.domain.snomed import is_snomed_identifier


def test_verhoeffs_digit_is_checked() -> None:
    assert is_snomed_identifier("73211009")
    assert is_snomed_identifier("827241000000103")
    assert not is_snomed_identifier("73211008")


def test_a_number_of_another_form_is_none() -> None:
    assert not is_snomed_identifier("73211999"), "no such partition"
    assert not is_snomed_identifier("00073211009"), "it begins with a nought"
    assert not is_snomed_identifier("1003"), "too short"
    assert not is_snomed_identifier("8272410000001038272"), "too long"
