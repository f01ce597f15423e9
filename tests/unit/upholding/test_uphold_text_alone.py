"""Text is upheld, verified and scanned without the libraries of columns, databases and pages, which take longer to load than a small
extract to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TODAY
from tests.support.numbers import some

_RUN = """
import sys
from ndoo.cli.main import run
sys.argv = ["ndoo", *sys.argv[1:]]
try:
    run()
except SystemExit as ended:
    print(ended.code, *(name for name in ({heavy}) if name in sys.modules))
"""
_COLUMNS_AND_PAGES = ("pyarrow", "numpy", "duckdb", "django", "sqlalchemy", "openpyxl", "python_calamine", "zstandard")
_NOT_ASKED = ("ndoo.policy", "ndoo.scanning.columnar_source", "ndoo.scanning.workbook_source", "xml.etree")
_LIST = ("--opted-out", "go.txt", "--checked-at", TODAY)


def loaded(folder: Path, *arguments: str) -> str:
    """The exit status of a command in a process of its own, and which of the heavy modules it has loaded."""
    code = _RUN.format(heavy=", ".join(map(repr, _COLUMNS_AND_PAGES + _NOT_ASKED)))
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()[-1] if done.stdout else done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("uphold", "in.csv", "-o", "out.csv", *_LIST),
        ("verify", "out.csv", *_LIST),
        ("scan", "in.csv", "--json"),
    ],
    ids=lambda command: command[0],
)
def test_text_waits_for_no_library_of_columns_or_pages(tmp_path: Path, command: tuple[str, ...]) -> None:
    numbers = some(40)
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in numbers))
    (tmp_path / "go.txt").write_text("\n".join(numbers[:3]) + "\n")
    if command[0] == "verify":
        assert loaded(tmp_path, "uphold", "in.csv", "-o", "out.csv", *_LIST).startswith("0")
    assert loaded(tmp_path, *command) == "0"
