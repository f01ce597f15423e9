"""A file is a workbook by what is in it, and not by its name."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ndoo.scanning.workbook_source import holds_sheets


def test_a_name_makes_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "visits.xlsx"
    path.write_text("nhs_number\n")
    assert not holds_sheets(path, path.read_bytes())
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("visits.csv", "nhs_number\n")
    assert not holds_sheets(path, path.read_bytes())
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
    assert holds_sheets(path, path.read_bytes())
