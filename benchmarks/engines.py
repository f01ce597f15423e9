"""Tables where they lie: DuckDB and Spark on two local cores, each against its own plain anti-join in the same run.

`make bench WHICH=engines BENCH="1000000 10000000"`: the numbers are rows. The plain anti-join reads no damaged number, counts
nothing, judges nothing and leaves no manifest: it is what somebody would write by hand.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
from tests.numbers import some

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.in_place.address import TableName, address_of
from ndoo.upholding.in_place.database import open_database
from ndoo.upholding.in_place.job import TableRequest, uphold_table
from ndoo.upholding.job import Request

PEOPLE, GONE = 120_000, 6_000
_MADE = """
    CREATE TABLE visits AS SELECT people.n AS nhs_number, 'ward ' || (r % 17) AS ward, r AS episode, r * 0.5::DOUBLE AS cost
    FROM range({rows}) AS t(r) JOIN people ON people.i = (r * 7919) % {people}"""
_PLAIN = "CREATE OR REPLACE TABLE plain AS SELECT * FROM visits WHERE NOT EXISTS (SELECT 1 FROM gone WHERE gone.n = nhs_number)"


def _lasting(run: Callable[[], object]) -> float:
    begin = time.monotonic()
    run()
    return time.monotonic() - begin


def _told(engine: str, rows: int, plain: float, ours: float) -> None:
    print(
        f"| {engine} | {rows:,} | {plain:.1f} | {ours:.1f} | {ours / plain:.2f} | {os.getloadavg()[0]:.1f} |",
        flush=True,
    )


def _run(rows: int, folder: Path) -> None:
    people = some(PEOPLE)
    (folder / "gone.txt").write_text("\n".join(people[:GONE]))
    now, path = datetime.now(UTC), folder / "warehouse.duckdb"
    cleaned = read_list(folder / "gone.txt", Polarity.OPTED_OUT, checked_at=now, now=now)
    sealer = load_sealer(folder / "keys")
    with duckdb.connect(str(path)) as database:
        database.register("given", pa.table({"n": people, "i": range(PEOPLE)}))
        database.execute("CREATE TABLE people AS SELECT * FROM given")
        database.execute(f"CREATE TABLE gone AS SELECT n FROM people WHERE i < {GONE}")  # noqa: S608  constants
        database.execute(_MADE.format(rows=rows, people=PEOPLE))
        plain = min(_lasting(lambda: database.execute(_PLAIN)) for _ in range(2))
        database.execute(f"COPY visits TO '{folder}/visits.parquet' (FORMAT parquet)")
    wanted = TableRequest(TableName(None, "visits"), TableName(None, "released"), cleaned, now, nhs_number="nhs_number")
    _told(
        "DuckDB in place",
        rows,
        plain,
        _lasting(lambda: uphold_table(open_database(address_of(f"duckdb:///{path}")), wanted, sealer)),
    )
    _spark(rows, folder, cleaned, now, sealer)


def _spark(rows: int, folder: Path, cleaned: object, now: datetime, sealer: object) -> None:
    from pyspark.sql.functions import broadcast

    from ndoo.upholding.spark.folder import uphold_parquet
    from ndoo.upholding.spark.session import session

    spark = session(**{"spark.master": "local[2]", "spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "4"})
    gone = spark.read.text(str(folder / "gone.txt")).withColumnRenamed("value", "nhs_number")

    def by_hand() -> None:
        visits = spark.read.parquet(str(folder / "visits.parquet"))
        visits.join(broadcast(gone), "nhs_number", "left_anti").write.mode("overwrite").parquet(str(folder / "plain"))

    by_hand()  # and all that is compiled once
    plain = _lasting(by_hand)
    request = Request(folder / "visits.parquet", folder / "released", cleaned, now, nhs_number="nhs_number")  # type: ignore[arg-type]
    _told("Spark, two cores", rows, plain, _lasting(lambda: uphold_parquet(request, sealer)))  # type: ignore[arg-type]


def main() -> None:
    print(
        "| engine | rows | plain anti-join, s | upheld, s | ratio | load |\n| --- | ---: | ---: | ---: | ---: | ---: |"
    )
    for rows in map(int, sys.argv[1:] or ["1000000"]):
        folder = Path(tempfile.mkdtemp(prefix="ndoo-bench-"))
        try:
            _run(rows, folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
