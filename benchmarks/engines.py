"""Tables where they lie: DuckDB and Spark on two local cores, each against its own plain anti-join in the same run.

`make bench WHICH=engines BENCH="spark duckdb 1000000 10000000"`: the numbers are rows; without a name, both engines. The plain
anti-join writes the same table or the same Parquet; it reads no damaged number, counts nothing, judges nothing and leaves no
manifest: it is what somebody would write by hand. Both ways are warmed and take turns; the medians are told. Each size runs
in a process of its own, whose peak of memory is its own too (of Spark, Python and Java are told apart).

The last column is the time of a row beside that at the smallest size: 1.00 is linear.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from tests.support.numbers import some

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.evidence.release import ReleaseKind
from ndoo.evidence.seal import load_sealer
from ndoo.numbers.cleaned_list import CleanedList
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.database_address import InDatabase, TableName, address_of
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold

PEOPLE, GONE, FILES = 120_000, 6_000, 8
WARM_ROWS = 1_000_000
MANY_ROWS = 50_000_000
"""From here on one round has to do; below it, three."""
_MADE = """
    SELECT people.n AS nhs_number, 'ward ' || (r % 17) AS ward, r % 1000000 AS episode, (r % 40000) * 0.5::DOUBLE AS cost
    FROM range({first}, {last}) AS t(r) JOIN people ON people.i = (r * 7919) % {people}"""
_PLAIN = "CREATE OR REPLACE TABLE plain AS SELECT * FROM {visits} WHERE NOT EXISTS (SELECT 1 FROM gone WHERE gone.n = nhs_number)"
Ways = tuple[Callable[[], object], Callable[[], object]]


class Bench:
    """One folder with the list, the key and the people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.people = some(PEOPLE)
        (folder / "gone.txt").write_text("\n".join(self.people[:GONE]))
        self.now = datetime.now(UTC)
        self.cleaned: CleanedList = read_list(
            folder / "gone.txt", Polarity.OPTED_OUT, checked_at=self.now, now=self.now
        )
        self.sealer = load_sealer(folder / "keys")

    def people_in(self, database: Any) -> None:
        database.register("given", pa.table({"n": self.people, "i": range(PEOPLE)}))
        database.execute("CREATE TABLE people AS SELECT * FROM given")

    def duckdb(self, rows: int) -> tuple[Ways, Ways]:
        """How a small table, and one of so many rows, are filtered by hand and upheld."""
        path = self.folder / "warehouse.duckdb"
        with duckdb.connect(str(path)) as database:
            self.people_in(database)
            database.execute(f"CREATE TABLE gone AS SELECT n FROM people WHERE i < {GONE}")  # noqa: S608  constants
            for name, many in (("small", WARM_ROWS), ("visits", rows)):
                database.execute(f"CREATE TABLE {name} AS {_MADE.format(first=0, last=many, people=PEOPLE)}")

        address = address_of(f"duckdb:///{path}")

        def ways(table: str) -> Ways:
            def by_hand() -> None:
                with duckdb.connect(str(path)) as database:
                    database.execute(_PLAIN.format(visits=table))

            def ours() -> None:
                source, into = (InDatabase(address, TableName(None, name)) for name in (table, "released"))
                wanted = Request(source, into, self.cleaned, self.now, columns=ColumnChoice("nhs_number"), replace=True)
                uphold(wanted, self.sealer)

            return by_hand, ours

        return ways("small"), ways("visits")

    def spark(self, rows: int) -> tuple[Ways, Ways]:
        """The same of Parquet in several files."""
        from pyspark.sql.functions import broadcast

        from ndoo.upholding.spark.session import session

        with duckdb.connect() as database:
            self.people_in(database)
            for name, many in (("small", WARM_ROWS), ("visits", rows)):
                (self.folder / name).mkdir()
                files = max(FILES, many // 10_000_000)
                for at in range(files):
                    made = _MADE.format(first=many * at // files, last=many * (at + 1) // files, people=PEOPLE)
                    database.execute(f"COPY ({made}) TO '{self.folder / name}/part-{at:03}.parquet' (FORMAT parquet)")
        spark = session(
            **{"spark.master": "local[2]", "spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "4"}
        )
        gone = spark.read.text(str(self.folder / "gone.txt")).withColumnRenamed("value", "nhs_number")

        def ways(name: str) -> Ways:
            def by_hand() -> None:
                visits = spark.read.parquet(str(self.folder / name))
                kept = visits.join(broadcast(gone), "nhs_number", "left_anti")
                kept.write.mode("overwrite").parquet(str(self.folder / "plain"))
                if rows >= MANY_ROWS:  # there is no room for both
                    shutil.rmtree(self.folder / "plain")

            def ours() -> None:
                output = self.folder / "released"
                shutil.rmtree(output, ignore_errors=True)
                request = Request(
                    self.folder / name,
                    output,
                    self.cleaned,
                    self.now,
                    columns=ColumnChoice("nhs_number"),
                    engine=ReleaseKind.PARQUET_FOLDER,
                )
                uphold(request, self.sealer)

            return by_hand, ours

        return ways("small"), ways("visits")


def _one(engine: str, rows: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ndoo-bench-"))
    try:
        warm, (by_hand, ours) = getattr(Bench(folder), engine)(rows)
        for way in (*warm, *warm):
            way()
        if rows < MANY_ROWS:
            by_hand(), ours()
        plain, upheld, peak = [], [], {"": 0}
        for _ in range(1 if rows >= MANY_ROWS else 3):
            plain.append(_lasting(by_hand))
            _forget_peaks()
            upheld.append(_lasting(ours))
            peak = {name: max(size, peak.get(name, 0)) for name, size in _peaks().items()}
        said = " + ".join(f"{size:,}" for size in peak.values())
        print(statistics.median(plain), statistics.median(upheld), os.getloadavg()[0], said, sep="\t")
    finally:
        shutil.rmtree(folder)


def _lasting(run: Callable[[], object]) -> float:
    begin = time.monotonic()
    run()
    return time.monotonic() - begin


def _processes() -> dict[str, Path]:
    """This one, and Spark's Java."""
    found = {"python": Path("/proc/self")}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = status.read_text()
        except OSError:
            continue
        if f"PPid:\t{os.getpid()}\n" in told and told.startswith("Name:\tjava\n"):
            found["java"] = status.parent
    return found


def _forget_peaks() -> None:
    for place in _processes().values():
        (place / "clear_refs").write_text("5")


def _peaks() -> dict[str, int]:
    """The most memory that each has had at once, in MB."""
    lines = {name: (place / "status").read_text().splitlines() for name, place in _processes().items()}
    return {
        name: int(next(line for line in told if line.startswith("VmHWM")).split()[1]) >> 10
        for name, told in lines.items()
    }


def main() -> None:
    words = sys.argv[1:]
    if words[:1] == ["one"]:
        _one(words[1], int(words[2]))
        return
    engines = [word for word in words if word in ("duckdb", "spark")] or ["duckdb", "spark"]
    sizes = [int(word) for word in words if word not in engines] or [1_000_000]
    print("| engine | rows | plain anti-join, s | upheld, s | ratio | peak, MB | load | a row, beside the smallest |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for engine in engines:
        first = 0.0
        for rows in sizes:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.engines", "one", engine, str(rows)],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            plain, ours, load, peak = done.stdout.strip().split("\t")
            first = first or float(ours) / rows
            print(
                f"| {engine} | {rows:,} | {float(plain):.1f} | {float(ours):.1f} | {float(ours) / float(plain):.2f} | {peak} "
                f"| {float(load):.1f} | {float(ours) / rows / first:.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
