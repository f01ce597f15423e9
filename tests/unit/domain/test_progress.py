"""Whoever waits for a long loop is told how far it is, and of a short one that it is done."""

from __future__ import annotations

import pytest

from ndoo.domain.progress import told_of_each


@pytest.mark.parametrize(
    ("many", "told"), [(0, [0]), (3, [3]), (1_000, [1_000, 1_000]), (2_500, [1_000, 2_000, 2_500])]
)
def test_every_item_comes_and_some_are_told(many: int, told: list[int]) -> None:
    said: list[int] = []
    assert list(told_of_each(range(many), said.append)) == list(range(many))
    assert said == told
