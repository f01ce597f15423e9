"""Installs a wheel as a stranger does, in a fresh environment where no compiler is found, and runs the main job with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path


def try_wheel(root: Path, wheel: Path) -> None:
    """Raises CalledProcessError where it cannot be installed, or does not do the main job."""
    data = root / "examples" / "data"
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
        programs = place / "venv" / "bin"
        bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NDOO", "VIRTUAL"))}
        bare |= {"PATH": str(programs), "NDOO_DATA": str(place / "data")}
        _run(programs / "pip", "install", "--quiet", "--only-binary", ":all:", wheel, environment=bare, folder=place)
        listed = ("--allowed", data / "pbcseq.allowed.dat", "--checked-at", datetime.now(UTC).date())
        _run(programs / "ndoo", "uphold", data / "pbcseq.csv", "-o", "out.csv", *listed, environment=bare, folder=place)
        _run(programs / "ndoo", "verify", "out.csv", *listed, environment=bare, folder=place)
        print(f"{wheel.name}: installed without a compiler, upheld and verified in {time.monotonic() - began:.1f} s.")


def _run(*words: object, environment: dict[str, str], folder: Path) -> None:
    subprocess.run([str(word) for word in words], check=True, env=environment, cwd=folder)
