"""What is pinned of a feed is read whole, or the run stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.errors import UsageFault
from ndoo.upholding.safeguards.feed_shape import read_shape


def test_a_shape_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="the shape"):
        read_shape(tmp_path)
