"""Text is upheld, and its draft verified, without the library of Arrow, which takes longer to load than a small extract to uphold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import TODAY
from tests.numbers import some

_RUN = """
import sys
from ndoo.cli.main import run
sys.argv = ["ndoo", "uphold", "in.csv", "-o", "out.csv", "--opted-out", "go.txt", "--checked-at", sys.argv[1]]
try:
    run()
except SystemExit as ended:
    print(ended.code, *(name for name in ("pyarrow", "numpy", "duckdb", "django") if name in sys.modules))
"""


def test_upholding_text_loads_no_library_of_columns(tmp_path: Path) -> None:
    numbers = some(40)
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in numbers))
    (tmp_path / "go.txt").write_text("\n".join(numbers[:3]) + "\n")
    done = subprocess.run(
        [sys.executable, "-c", _RUN, TODAY], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["0"], done.stderr
    assert (tmp_path / "out.csv").exists()
