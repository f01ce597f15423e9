"""`make demo`: the main job on a small real table, with the commands that a person would type."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path("examples/data")
OUT = Path("build/demo")


def run(*arguments: object) -> None:
    """Show the command, run it, and stop if it fails."""
    words = [str(argument) for argument in arguments]
    print(f"\n$ ndoo {shlex.join(words)}", flush=True)
    ndoo = Path(sys.executable).with_name("ndoo")
    status = subprocess.run(
        [ndoo, *words], cwd=ROOT, env={**os.environ, "NDOO_DATA": str(OUT / "ndoo-data")}
    ).returncode
    if status:
        sys.exit(status)


def main() -> None:
    """Uphold repeated visits of 312 people, 23 of whom opted out, and prove it."""
    (ROOT / OUT).mkdir(parents=True, exist_ok=True)
    released = OUT / "pbcseq.released.csv"
    listed = ("--allowed", DATA / "pbcseq.allowed.dat", "--checked-at", date.today())
    print("A registry extract of 1,945 visits, and the cleaned list of those who may be used (examples/README.md).")
    print("The list is treated as taken today; one older than 21 days would be refused.")
    run("uphold", DATA / "pbcseq.csv", "-o", released, *listed)
    run("verify", released, *listed)
    print(f"\nThe released file and its manifest are in {OUT}.")
    print(f"The program is {Path(sys.executable).with_name('ndoo')}.")


if __name__ == "__main__":
    main()
