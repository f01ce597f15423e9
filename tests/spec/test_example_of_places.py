"""`make places`: linked files, a PostgreSQL schema and a Spark folder, each by one command, lose the same people."""

from __future__ import annotations

from pathlib import Path

import pytest
from examples.places import uphold_everywhere


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR")
def test_the_same_people_are_gone_wherever_the_data_lies(tmp_path: Path) -> None:
    gone = uphold_everywhere(tmp_path)
    assert len(gone) == 3
    assert len({frozenset(people) for people in gone.values()}) == 1
    assert all(len(people) == 23 for people in gone.values())
