"""`make bench WHICH=type1`: the Type 1 status of 60 million coded entries, as text and as Parquet, and as a list of people.

Half of the entries are Type 1 codes of the three terminologies, a tenth of those withdrawals; the people are drawn at
random from the never-issued range, so that about 44 million of its 91 million are met. Whole processes, start included.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from benchmarks.extract import numbers
from benchmarks.uphold import FOLDER, NDOO, machine, measured

PIECE = 1_000_000
CODES = np.array(["827241000000103", "9Nu0.", "XaZ89", "827261000000102", "C10..", "H33..", "44054006", "9Nu4."])
WEIGHTS = [0.25, 0.1, 0.1, 0.05, 0.2, 0.14, 0.15, 0.01]


def entries(rows: int, seed: int) -> pa.Table:
    """So many entries; a person may have several."""
    dice = np.random.default_rng(seed)
    who = numbers(900_000_000 + dice.integers(0, 100_000_000, int(rows * 1.12)))[:rows]
    days = pa.array(dice.integers(16_000, 20_700, rows).astype(np.int32)).cast(pa.date32())
    return pa.table(
        {
            "nhs_number": pa.array(who).cast(pa.string()),
            "code": pa.array(CODES[dice.choice(len(CODES), rows, p=WEIGHTS)]),
            "date": days,
        }
    )


def built(rows: int) -> tuple[Path, Path]:
    """The entries as text and as Parquet; made once and kept."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    text, parquet = FOLDER / f"codes-{rows}.csv", FOLDER / f"codes-{rows}.parquet"
    if not parquet.exists():
        plain = csv.WriteOptions(quoting_style="none", include_header=False)
        with text.open("wb") as out, pq.ParquetWriter(parquet, entries(1, 0).schema) as writer:
            out.write(b"nhs_number,code,date\n")
            for at in range(0, rows, PIECE):
                piece = entries(min(PIECE, rows - at), at + 1)
                csv.write_csv(piece, out, plain)
                writer.write_table(piece)
    return text, parquet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=60_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--build", action="store_true", help="only make the entries")
    options = parser.parse_args()
    text, parquet = built(options.entries)
    if options.build:
        return
    print(f"Measured {machine()}.\n\n{options.entries:,} entries, {text.stat().st_size / 1e6:.0f} MB of text.\n")
    print("| | seconds (median) | fastest | peak MB |\n| --- | --- | --- | --- |")
    listed = ["-o", str(FOLDER / "status.csv")]
    for name, source, more in (
        ("text", text, []),
        ("Parquet", parquet, []),
        ("text, and a line a person", text, listed),
    ):
        runs = [measured([str(NDOO), "type1", "status", str(source), "--quiet", *more]) for _ in range(options.rounds)]
        seconds = [run[0] for run in runs]
        memory = max(run[1] for run in runs)
        print(f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
