"""The examples of docs/how-to/uphold-a-data-frame.md run as they are written."""

from __future__ import annotations

import inspect
import re
import runpy
import shutil
from pathlib import Path

import pytest

import ndoo
from tests.conftest import DATA, ROOT

PAGE = (ROOT / "docs" / "how-to" / "uphold-a-data-frame.md").read_text(encoding="utf-8")


def test_every_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    for name in ("flchain.csv", "flchain.opted_out.txt"):
        shutil.copy(DATA / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("page.py").write_text("\n".join(examples))
    runpy.run_path("page.py")
    assert len(examples) == 3
    assert (tmp_path / "released.parquet.manifest.json").is_file()


def test_every_argument_is_explained() -> None:
    assert [
        name for name in inspect.signature(ndoo.uphold).parameters if name != "frame" and f"`{name}`" not in PAGE
    ] == []
