"""The bounds of what is told agree with each other and with what is published of them."""

from ndoo.disclosure.small_counts import FEWEST_VALUES, SMALL
from ndoo.evidence import rounded_counts


def test_what_is_too_small_is_the_same_in_statistics_and_in_a_manifest_that_travels() -> None:
    assert (
        rounded_counts.rounded(SMALL[0])
        == rounded_counts.rounded(SMALL[-1])
        == 0
        < rounded_counts.rounded(SMALL[-1] + 1)
    )


def test_a_small_count_is_left_more_values_than_one_and_no_more_than_there_are() -> None:
    assert 1 < FEWEST_VALUES <= len(SMALL) + 1
