"""`make bench`: ndoo beside what people use today, every figure measured in one run on this machine.

Each contender is a whole process, start included. Rounds alternate, the median counts, and the ratios are of medians.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench"
NDOO = Path(sys.executable).with_name("ndoo")

DUCK_TEXT = """import duckdb
duckdb.sql("COPY (SELECT x.* FROM read_csv('{text}', all_varchar=true) x {anti}) TO '{out}' (HEADER)")"""
DUCK_LIST = "ANTI JOIN read_csv('{listed}', header=false, columns={{'n': 'VARCHAR'}}) o ON x.nhs_number = o.n"
DUCK_PARQUET = """import duckdb
duckdb.sql("COPY (SELECT x.* FROM '{parquet}' x {anti}) TO '{out}' (FORMAT parquet)")"""
POLARS_LIST = """
o = pl.scan_csv('{listed}', has_header=False, schema={{'nhs_number': pl.String}})
x = x.join(o, on='nhs_number', how='anti')"""
POLARS_TEXT = "import polars as pl\nx = pl.scan_csv('{text}', infer_schema=False){anti}\nx.sink_csv('{out}')"
POLARS_PARQUET = "import polars as pl\nx = pl.scan_parquet('{parquet}'){anti}\nx.sink_parquet('{out}')"
PANDAS = """import pandas as pd
x = pd.read_csv('{text}', dtype=str)
o = pd.read_csv('{listed}', header=None, dtype=str)[0]
x[~x.nhs_number.isin(o)].to_csv('{out}', index=False)"""
PYARROW = """import pyarrow.parquet as pq
f = pq.ParquetFile('{parquet}')
with pq.ParquetWriter('{out}', f.schema_arrow) as w:
    for i in range(f.num_row_groups):
        w.write_table(f.read_row_group(i))"""
AWK = "awk -F, 'NR==FNR{{o[$1]; next}} FNR==1 || !($1 in o)' {listed} {text} > {out}"


@dataclass
class Contender:
    """One way to do the job, and what it took: seconds and megabytes of memory, a figure a round."""

    name: str
    command: list[str]
    rounds: int
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def built(rows: int) -> tuple[Path, Path, Path]:
    """The extract as text and as Parquet, and the list; made once and kept. In a process of its own, because a child's
    peak memory is never less than its parent's."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    places = (FOLDER / f"{rows}.csv", FOLDER / f"{rows}.parquet", FOLDER / f"{rows}.opted_out.txt")
    if not places[2].exists():
        subprocess.run([sys.executable, "-m", "benchmarks.extract", *places, str(rows)], check=True, cwd=ROOT)
    return places


def measured(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of one process."""
    os.sync()  # what others left to be written is not this one's to wait for
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"failed with {process.returncode}: {command[:3]}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def upholding(source: Path, listed: Path, out: Path) -> list[str]:
    return [
        str(NDOO),
        "uphold",
        str(source),
        "-o",
        str(out),
        "--nhs-number",
        "nhs_number",
        "--opted-out",
        str(listed),
        "--checked-at",
        date.today().isoformat(),
        "--quiet",
    ]


def without_the_search(command: list[str], text: Path) -> list[str]:
    """The same, with every other column left aside: what searching their cells costs is the difference."""
    with text.open(encoding="utf-8") as lines:
        names = next(lines).strip().split(",")
    others = [name for name in names if name != "nhs_number"]
    return [*command, *(word for name in others for word in ("--ignore-column", name))]


def contenders(text: Path, parquet: Path, listed: Path, rounds: int) -> dict[str, list[Contender]]:
    """All of them, text and Parquet."""

    def python(script: str, out: str, anti: str = "") -> list[str]:
        places = {"text": text, "parquet": parquet, "listed": listed, "out": FOLDER / out}
        return [sys.executable, "-c", script.format(anti=anti.format(**places), **places)]

    shell = {"text": text, "listed": listed, "out": FOLDER / "awk.csv"}
    return {
        "delimited text": [
            Contender("ndoo", upholding(text, listed, FOLDER / "ndoo.csv"), rounds),
            Contender(
                "ndoo, other cells not searched",
                without_the_search(upholding(text, listed, FOLDER / "ndoo.csv"), text),
                rounds,
            ),
            Contender("DuckDB anti-join, COPY", python(DUCK_TEXT, "duck.csv", DUCK_LIST), rounds),
            Contender("Polars anti-join, sink", python(POLARS_TEXT, "polars.csv", POLARS_LIST), rounds),
            Contender("awk", ["sh", "-c", AWK.format(**shell)], 1),
            Contender("pandas isin", python(PANDAS, "pandas.csv"), 1),
            Contender("DuckDB copy, no filter", python(DUCK_TEXT, "duck.csv"), rounds),
            Contender("Polars copy, no filter", python(POLARS_TEXT, "polars.csv"), rounds),
            Contender("cat, no filter", ["sh", "-c", f"cat {text} > {FOLDER / 'cat.csv'}"], rounds),
        ],
        "Parquet": [
            Contender("ndoo", upholding(parquet, listed, FOLDER / "ndoo.parquet"), rounds),
            Contender(
                "ndoo, other cells not searched",
                without_the_search(upholding(parquet, listed, FOLDER / "ndoo.parquet"), text),
                rounds,
            ),
            Contender("DuckDB anti-join, COPY", python(DUCK_PARQUET, "duck.parquet", DUCK_LIST), rounds),
            Contender("Polars anti-join, sink", python(POLARS_PARQUET, "polars.parquet", POLARS_LIST), rounds),
            Contender("PyArrow copy by row group, no filter", python(PYARROW, "pyarrow.parquet"), rounds),
            Contender("DuckDB copy, no filter", python(DUCK_PARQUET, "duck.parquet"), rounds),
            Contender("Polars copy, no filter", python(POLARS_PARQUET, "polars.parquet"), rounds),
        ],
    }


def race(field_: list[Contender], rounds: int) -> None:
    """Everybody once a round, in turn, so that a slow minute of the machine hits all alike."""
    for turn in range(rounds):
        for contender in field_:
            if turn < contender.rounds:
                seconds, memory = measured(contender.command)
                contender.seconds.append(seconds)
                contender.memory.append(memory)


def shown(title: str, field_: list[Contender]) -> list[str]:
    own = field_[0].median
    lines = [
        f"### {title}",
        "",
        "| | seconds (median) | fastest | times ndoo | peak MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for c in field_:
        lines.append(
            f"| {c.name} | {c.median:.2f} | {min(c.seconds):.2f} | {c.median / own:.2f} | {max(c.memory):.0f} |"
        )
    return [*lines, ""]


def others(text_by_rows: list[tuple[int, Path, Path, Path]]) -> list[str]:
    """Memory at several sizes, the start of the program, and the validator's speed."""
    lines = ["### Memory", "", "| rows | text, peak MB | Parquet, peak MB |", "| --- | --- | --- |"]
    for rows, text, parquet, listed in text_by_rows:
        _, of_text = measured(upholding(text, listed, FOLDER / "memory.csv"))
        _, of_parquet = measured(upholding(parquet, listed, FOLDER / "memory.parquet"))
        lines.append(f"| {rows:,} | {of_text:.0f} | {of_parquet:.0f} |")
    start = statistics.median(measured([str(NDOO), "--help"])[0] for _ in range(5))
    return [
        *lines,
        "",
        "### Start and validation",
        "",
        f"- `ndoo --help`: {start:.2f} s (median of 5)",
        f"- {validation()}",
        "",
    ]


VALIDATION = """import statistics, time, pyarrow as pa
from benchmarks.extract import people
from ndoo.numbers.column import validate
column, taken = pa.array(people(5_000_000, 11)).cast(pa.string()), []
for _ in range(5):
    begin = time.perf_counter(); validate(column); taken.append(time.perf_counter() - begin)
print(round(len(column) / statistics.median(taken) / 1e6))"""


def validation() -> str:
    """How many numbers a second the column validator reads."""
    done = subprocess.run([sys.executable, "-c", VALIDATION], check=True, cwd=ROOT, capture_output=True, text=True)
    return f"validating a column: {done.stdout.strip()} million numbers a second (text, one thread, median of 5)"


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "?",
    )
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "pandas", "pyarrow"))
    return (
        f"{date.today().isoformat()}, {os.cpu_count()} cores of {model}, Python {platform.python_version()}, {versions}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory-rows", type=int, nargs="*", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/reference/benchmarks.md")
    options = parser.parse_args()
    text, parquet, listed = built(options.rows)
    size = text.stat().st_size / 1e6
    lines: list[str] = []

    def tell(more: list[str]) -> None:
        print("\n".join(more), flush=True)
        lines.extend(more)

    tell(
        [
            f"Measured {machine()}.",
            "",
            f"{options.rows:,} rows, 10 columns, {size:.0f} MB of text; a list of 3.6 million people.",
            "",
        ]
    )
    for title, field_ in contenders(text, parquet, listed, options.rounds).items():
        race(field_, options.rounds)
        tell(shown(title, field_))
    tell(others([(rows, *built(rows)) for rows in options.memory_rows]))
    if options.write:
        page = ROOT / "docs" / "reference" / "benchmarks.md"
        head, _, _ = page.read_text(encoding="utf-8").partition("<!-- measured -->")
        page.write_text(head + "<!-- measured -->\n\n" + "\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
