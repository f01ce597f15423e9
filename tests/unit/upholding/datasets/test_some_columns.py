"""A packing that is not read here is named, and nothing is taken for the table."""

from __future__ import annotations

import lzma
import zipfile
from pathlib import Path

import pytest

from ndoo.domain.errors import UnfitData
from ndoo.upholding.datasets.some_columns import some_columns


@pytest.mark.parametrize("name", ["visits.csv.xz", "visits.csv.zip"])
def test_a_packing_that_is_not_read_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("xz"):
        path.write_bytes(lzma.compress(b"nhs_number,ward\n1,a\n"))
    else:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("visits.csv", "nhs_number,ward\n1,a\n")
    with pytest.raises(UnfitData) as refusal:
        list(some_columns(path, ["ward"]))
    assert refusal.value.code == "packing-not-read"
