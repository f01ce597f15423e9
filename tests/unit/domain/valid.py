"""Valid NHS numbers of every range, made when they are needed and written down nowhere."""

from __future__ import annotations

from hypothesis import strategies as st

from ndoo.domain.nhs_number import check_digit

NINES = st.integers(0, 999_999_999).map("{:09}".format)
TEN_DIGITS = st.integers(0, 9_999_999_999).map("{:010}".format)
VALID = NINES.filter(lambda nine: check_digit(nine) is not None and len(set(nine)) > 1).map(
    lambda nine: f"{nine}{check_digit(nine)}"
)
