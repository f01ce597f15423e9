"""`make bench WHICH=impact`: ten million people before and after, by sex, provider, diagnosis and date of birth."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from benchmarks.uphold import FOLDER, NDOO, built, machine, measured, upholding


def after(source: Path, listed: Path) -> Path:
    """What is left of the extract once the list was upheld; made once."""
    out = FOLDER / f"after-{source.name}"
    if not out.exists():
        measured(upholding(source, listed, out))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    text, parquet, listed = built(options.rows)
    print(f"Measured {machine()}.\n\n{options.rows:,} people before, 94.6 per cent of them after.\n")
    print("| | seconds (median) | fastest | peak MB |\n| --- | --- | --- | --- |")
    by = [part for name in ("sex", "provider", "icd10", "date_of_birth") for part in ("--by", name)]
    for name, source in (("text", text), ("Parquet", parquet)):
        command = [
            str(NDOO),
            "impact",
            str(source),
            str(after(source, listed)),
            *by,
            "--quiet",
            "-o",
            str(FOLDER / "impact.html"),
        ]
        runs = [measured(command) for _ in range(options.rounds)]
        seconds = [run[0] for run in runs]
        print(
            f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(r[1] for r in runs):.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
