"""A seeded extract of ten columns and a list of 3.6 million people who opted out, 5.4 per cent of the extract among them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

PIECE = 1_000_000
LISTED = 3_600_000
SHARE = 0.054


def numbers(first_nine: np.ndarray) -> np.ndarray:
    """The NHS numbers of these first nine digits; those that make none, or a placeholder, are left out."""
    total, rest = np.zeros(len(first_nine), np.int64), first_nine.copy()
    for weight in range(2, 11):
        total += rest % 10 * weight
        rest //= 10
    check = 11 - total % 11
    check[check == 11] = 0
    return (first_nine * 10 + check)[(check < 10) & (first_nine != 999_999_999)]


def people(count: int, seed: int) -> np.ndarray:
    """So many different numbers of the never-issued range, in random order; there are 90 million to choose from."""
    dice = np.random.default_rng(seed)
    return numbers(900_000_000 + dice.permutation(100_000_000)[: int(count * 1.12)].astype(np.int64))[:count]


def table(who: np.ndarray, seed: int) -> pa.Table:
    """One row for each, with columns as an admissions extract has them."""
    dice, rows = np.random.default_rng(seed), len(who)

    def one_of(*values: str) -> pa.Array:
        return pa.array(np.array(values)[dice.integers(0, len(values), rows)])

    def day(low: int, high: int) -> pa.Array:
        return pa.array(dice.integers(low, high, rows).astype(np.int32)).cast(pa.date32())

    return pa.table(
        {
            "nhs_number": pa.array(who).cast(pa.string()),
            "date_of_birth": day(-20_000, 18_000),
            "sex": one_of("F", "M"),
            "postcode": one_of("LS1 4AP", "M13 9PL", "EC1A 1BB"),
            "icd10": one_of("E11.9", "I10", "J45.9", "C50.1"),
            "admitted": day(17_000, 20_000),
            "discharged": day(17_000, 20_000),
            "length_of_stay": pa.array(dice.integers(0, 90, rows)),
            "cost": pa.array(np.round(dice.random(rows) * 9_999, 2)),
            "provider": one_of("RJ1", "RR8", "RW3"),
        }
    )


def build(text: Path, parquet: Path, listed: Path, rows: int) -> None:
    """The extract as text and as Parquet, and the list."""
    everybody = people(rows + LISTED, 7)
    who, strangers = everybody[:rows], everybody[rows:]
    plain = csv.WriteOptions(quoting_style="none", include_header=False)
    with text.open("wb") as out, pq.ParquetWriter(parquet, table(who[:1], 0).schema) as writer:
        out.write((",".join(table(who[:1], 0).column_names) + "\n").encode())
        for at in range(0, rows, PIECE):
            piece = table(who[at : at + PIECE], at)
            csv.write_csv(piece, out, plain)
            writer.write_table(piece)
    gone = who[np.random.default_rng(3).permutation(rows)[: int(rows * SHARE)]]
    every = np.concatenate([gone, strangers])[:LISTED]
    np.random.default_rng(5).shuffle(every)
    listed.write_text("\n".join(map(str, every.tolist())) + "\n")


if __name__ == "__main__":
    build(*map(Path, sys.argv[1:4]), int(sys.argv[4]))
