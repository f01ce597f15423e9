"""`make places`: the same patients as linked CSV files, as a PostgreSQL schema and as a Spark folder, each upheld by one command.

The same people must be gone from all three. PostgreSQL and Java come from the package registry; about a minute.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NDOO = Path(sys.executable).with_name("ndoo")
LINKED = ROOT / "examples" / "linked"
LIST = ("--allowed", "cleaned.dat", "--checked-at", date.today().isoformat())
TABLES = ("treatments", "patients", "visits", "tests")
"""Those that are referred to first."""


def main() -> None:
    out = ROOT / "build" / "places"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    gone = uphold_everywhere(out)
    print("\nPeople who are in the extract and in no release:", {place: len(people) for place, people in gone.items()})
    if len({frozenset(people) for people in gone.values()}) != 1:
        sys.exit("The places do not agree.")
    print("The same people everywhere.")


def uphold_everywhere(out: Path) -> dict[str, set[str]]:
    """Fill the three places, uphold and verify each, and say whose rows are gone from each."""
    import pgserver

    shutil.copytree(LINKED, out / "clinic")
    shutil.copy(ROOT / "examples" / "data" / "pbcseq.allowed.dat", out / "cleaned.dat")
    as_folder_of_parquet(out / "visits")
    home = Path(tempfile.mkdtemp(prefix="ndoo-places-"))
    home.chmod(0o755)  # nobody runs PostgreSQL as root, so it may run as another account
    server = pgserver.get_server(home / "data", cleanup_mode="delete")
    try:
        as_schema(server.get_uri())
        os.environ["CLINIC"] = server.get_uri()
        return {
            "linked CSV files": folder(out),
            "PostgreSQL schema": schema(out, server.get_uri()),
            "Spark folder": spark(out),
        }
    finally:
        os.environ.pop("CLINIC", None)
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def run(out: Path, *words: str) -> None:
    """Show a command, run it, and stop if it fails."""
    print(f"\n$ ndoo {shlex.join(words)}", flush=True)
    ran = subprocess.run([NDOO, *words], cwd=out, env={**os.environ, "NDOO_DATA": str(out / "data")})
    if ran.returncode:
        sys.exit(ran.returncode)


def folder(out: Path) -> set[str]:
    run(out, "uphold", "clinic", "-o", "released", "--nhs-number", "patients.nhs_number", *LIST)
    run(out, "verify", "released", *LIST)
    return people() - {row["nhs_number"] for row in rows(out / "released" / "patients.csv")}


def schema(out: Path, address: str) -> set[str]:
    import psycopg

    to = ("--schema", "clinic", "--into", "clinic_released")
    run(out, "uphold", "env:CLINIC", *to, "--nhs-number", "patients.nhs_number", *LIST)
    run(out, "verify", "env:CLINIC", "--schema", "clinic_released", *LIST)
    with psycopg.connect(address) as open_:
        return people() - {number for (number,) in open_.execute("SELECT nhs_number FROM clinic_released.patients")}


def spark(out: Path) -> set[str]:
    import pyarrow.dataset as ds

    run(out, "uphold", "visits", "--engine", "spark", "-o", "visits_released", "--nhs-number", "nhs_number", *LIST)
    run(out, "verify", "visits_released", *LIST)
    stayed: Any = ds.dataset(out / "visits_released", partitioning="hive").to_table(["nhs_number"])
    return people() - set(stayed["nhs_number"].to_pylist())


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def people() -> set[str]:
    """Everybody in the extract."""
    return {row["nhs_number"] for row in rows(LINKED / "patients.csv")}


def as_schema(address: str) -> None:
    """The linked tables with their keys, as `datapackage.json` describes them."""
    import psycopg

    described = {
        one["name"]: one["schema"] for one in json.loads((LINKED / "datapackage.json").read_bytes())["resources"]
    }
    with psycopg.connect(address, autocommit=True) as open_:
        open_.execute("CREATE SCHEMA clinic")
        for table in TABLES:
            told = [f"{one['name']} text" for one in described[table]["fields"]]
            told += [f"PRIMARY KEY ({described[table]['primaryKey']})"] if "primaryKey" in described[table] else []
            for key in described[table].get("foreignKeys", []):
                to = key["reference"]
                told.append(f"FOREIGN KEY ({key['fields']}) REFERENCES clinic.{to['resource']} ({to['fields']})")
            open_.execute(f"CREATE TABLE clinic.{table} ({', '.join(told)})")
            with open_.cursor().copy(f"COPY clinic.{table} FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write((LINKED / f"{table}.csv").read_bytes())


def as_folder_of_parquet(place: Path) -> None:
    """One row for each visit, with the patient's number, in a folder for each stage of the disease."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = {row["patient"]: row["nhs_number"] for row in rows(LINKED / "patients.csv")}
    visits = [{"nhs_number": numbers[row["patient"]], **row} for row in rows(LINKED / "visits.csv")]
    for stage in sorted({row["stage"] for row in visits}):
        part = place / f"stage={stage or '__HIVE_DEFAULT_PARTITION__'}"
        part.mkdir(parents=True)
        chosen = [
            {name: row[name] for name in ("nhs_number", "visit", "day")} for row in visits if row["stage"] == stage
        ]
        pq.write_table(pa.Table.from_pylist(chosen), part / "part-0.parquet")


if __name__ == "__main__":
    main()
