"""A refusal that names its file is still the refusal that it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from ndoo.domain.named_file import naming
from ndoo.upholding.columns import MentionsFault


def test_a_refusal_of_columns_is_no_unexpected_fault_once_its_file_is_named() -> None:
    with pytest.raises(MentionsFault) as refused, naming(Path("in.csv")):
        raise MentionsFault("column-mentions", "Rows name somebody.", ["mother"])
    assert (refused.value.sentence, str(refused.value)) == ("in.csv: Rows name somebody.",) * 2
    assert refused.value.columns == ("mother",)
