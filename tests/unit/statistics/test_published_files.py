"""A folder of published statistics is read as it was sealed, or not at all."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.statistics.published_files import RECORD, read_publication
from tests.conftest import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "one"
    shutil.copytree(ROOT / "examples" / "statistics" / "2026-11-01", made)
    return made


def test_a_publication_says_its_day_and_its_files(folder: Path) -> None:
    said = read_publication(folder)
    assert said.as_at == date(2026, 11, 1)
    assert said.files == {path.name: path.stat().st_size for path in folder.iterdir()}
    assert RECORD in said.files


@pytest.mark.parametrize("name", ["age_gen.csv", "index.html"])
def test_one_of_which_a_file_was_changed_is_none(folder: Path, name: str) -> None:
    changed = folder / name
    changed.write_bytes(changed.read_bytes().replace(b"5", b"6", 1))
    with pytest.raises(UnfitData):
        read_publication(folder)


@pytest.mark.parametrize("name", ["age_gen.csv", "index.html"])
def test_one_of_which_a_file_is_missing_is_none(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(UnfitData):
        read_publication(folder)
