"""A release of every kind in a folder, all of the same people, made as a user makes them; a folder of Parquet without Spark."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import write_deltalake

from ndoo.domain.answers import Polarity, Provenance
from ndoo.domain.settings import data_folder
from ndoo.evidence.manifest import ReleaseManifest, uphold_manifest
from ndoo.evidence.release_record import Columns, Counts, FileRecord, PeopleCounts, ReleaseRecord, UndecidedPolicy
from ndoo.evidence.seal import Sealer, load_sealer
from ndoo.numbers.opt_outs import OptOuts
from ndoo.upholding.parquet_and_arrow.parquet_folder import ParquetFolder
from ndoo.upholding.parquet_and_arrow.parquet_parts import parts_of, record_of
from ndoo.upholding.publication.table_sections import told_of
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some

PEOPLE = some(9, seed=77)
GONE = PEOPLE[0]
"""Opted out when everything was released; in no release."""
LATER = PEOPLE[1]
"""Opts out afterwards; in every release, in one row of theirs and, in linked tables and FHIR, one more that leads to it."""
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY)
SYSTEM = "https://fhir.nhs.uk/Id/nhs-number"
FOLDERS = ("linked", "fhir_folder", "parquet_folder", "delta")
FILES = ("csv", "gzip", "parquet", "fhir")
TABLES = ("sqlite", "duckdb")
KINDS = (*FILES, *FOLDERS, *TABLES)


@dataclass(frozen=True)
class Released:
    """Where one release lies, as `ndoo verify` takes it."""

    kind: str
    place: str
    path: Path
    """The file, the folder, or the file of the database."""


def release(kind: str, folder: Path, ndoo: Ndoo) -> Released:
    """Uphold PEOPLE by a list of GONE; the list lies in `folder`, which is the working folder, as gone.txt."""
    (folder / "gone.txt").write_text(GONE + "\n")
    name, make = _MAKERS[kind]
    place = make(folder, name, ndoo)
    return Released(kind, place, folder / place.partition("#")[0].removeprefix(f"{kind}:///"))


def _rows() -> list[str]:
    return [f"{number},{at}" for at, number in enumerate(PEOPLE)]


def _upheld(ndoo: Ndoo, *arguments: object) -> None:
    said = ndoo("uphold", *arguments, *LIST)
    assert said.status == 0, said.told


def _csv(folder: Path, name: str, ndoo: Ndoo) -> str:
    (folder / "in.csv").write_text("nhs_number,visit\n" + "\n".join(_rows()) + "\n")
    _upheld(ndoo, "in.csv", "-o", name)
    return name


def _parquet(folder: Path, name: str, ndoo: Ndoo) -> str:
    pq.write_table(pa.table({"nhs_number": PEOPLE, "visit": range(len(PEOPLE))}), folder / "in.parquet")
    _upheld(ndoo, "in.parquet", "-o", name)
    return name


def _linked(folder: Path, name: str, ndoo: Ndoo) -> str:
    (folder / "in_linked" / "deep").mkdir(parents=True)
    (folder / "in_linked" / "people.csv").write_text("nhs_number,id\n" + "\n".join(_rows()) + "\n")
    (folder / "in_linked" / "deep" / "visits.csv").write_text(
        "visit,id\n" + "".join(f"v{at},{at}\n" for at in range(9))
    )
    key = {"fields": "id", "reference": {"resource": "people", "fields": "id"}}
    resources = [
        {"name": "people", "path": "people.csv"},
        {"name": "visits", "path": "deep/visits.csv", "schema": {"foreignKeys": [key]}},
    ]
    (folder / "in_linked" / "datapackage.json").write_text(json.dumps({"name": "small", "resources": resources}))
    _upheld(ndoo, "in_linked", "-o", name)
    return name


def _patients() -> str:
    patients = [
        {"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]}
        for at, number in enumerate(PEOPLE)
    ]
    return "".join(json.dumps(patient) + "\n" for patient in patients)


def _observations() -> str:
    about = [
        {"resourceType": "Observation", "id": f"o{at}", "subject": {"reference": f"Patient/p{at}"}} for at in range(9)
    ]
    return "".join(json.dumps(one) + "\n" for one in about)


def _fhir(folder: Path, name: str, ndoo: Ndoo) -> str:
    (folder / "in.ndjson").write_text(_patients() + _observations())
    _upheld(ndoo, "in.ndjson", "-o", name)
    return name


def _fhir_folder(folder: Path, name: str, ndoo: Ndoo) -> str:
    (folder / "in_fhir").mkdir()
    (folder / "in_fhir" / "Patient.ndjson").write_text(_patients())
    (folder / "in_fhir" / "Observation.ndjson").write_text(_observations())
    _upheld(ndoo, "in_fhir", "-o", name)
    return name


def _delta(folder: Path, name: str, ndoo: Ndoo) -> str:
    write_deltalake(folder / "in_delta", pa.table({"nhs_number": PEOPLE, "visit": range(len(PEOPLE))}))
    _upheld(ndoo, "in_delta", "-o", name)
    return name


def _sqlite(folder: Path, name: str, ndoo: Ndoo) -> str:
    with sqlite3.connect(folder / name) as database:
        database.execute("CREATE TABLE visits (nhs_number TEXT, visit INTEGER)")
        database.executemany("INSERT INTO visits VALUES (?, ?)", [(number, at) for at, number in enumerate(PEOPLE)])
    database.close()
    _upheld(ndoo, f"sqlite:///{name}#visits", "--into", "released")
    return f"sqlite:///{name}#released"


def _duckdb(folder: Path, name: str, ndoo: Ndoo) -> str:
    with duckdb.connect(str(folder / name)) as database:
        database.execute("CREATE TABLE visits (nhs_number VARCHAR, visit INTEGER)")
        database.executemany("INSERT INTO visits VALUES (?, ?)", [(number, at) for at, number in enumerate(PEOPLE)])
    _upheld(ndoo, f"duckdb:///{name}#visits", "--into", "released")
    return f"duckdb:///{name}#released"


def _parquet_folder(folder: Path, name: str, ndoo: Ndoo) -> str:
    """As Spark writes it, without Spark."""
    for site, people in (("00", PEOPLE[1:4]), ("01", PEOPLE[4:])):
        place = folder / name / f"site={site}"
        place.mkdir(parents=True)
        pq.write_table(pa.table({"nhs_number": people, "visit": range(len(people))}), place / "part-00000.parquet")
    put_parquet_manifest(folder / name)
    return name


def put_parquet_manifest(released: Path, *, older: bool = False, people: Sequence[str] = PEOPLE[1:]) -> ReleaseManifest:
    """See `parquet_manifest`; by the key of this machine, into its place."""
    sealed = parquet_manifest(released, load_sealer(data_folder()), people, older=older)
    (released / "_manifest.json").write_bytes(sealed.written())
    return sealed


def parquet_manifest(released: Path, sealer: Sealer, people: Sequence[str], *, older: bool = False) -> ReleaseManifest:
    """The manifest of a folder of Parquet in which these people stayed. `older`: as it was when it named no files."""
    from ndoo.upholding.columns import Watch
    from ndoo.upholding.decision.row_decision import RowDecision

    dataset = ParquetFolder(parts_of(released))
    dataset.stream(
        Columns("nhs_number", ""), RowDecision(OptOuts(), 1), Watch(["nhs_number"]), None, None, lambda _: None
    )
    now, read, kept = datetime.now(UTC), len(PEOPLE), len(people)
    document = {
        **uphold_manifest(
            ReleaseRecord(
                created=now,
                input=FileRecord("in", "0" * 64, 1, "parquet folder", read),
                output=record_of(released.name, dataset.files),
                columns=Columns("nhs_number", "found by evidence"),
                rows=Counts(read, kept, read - kept),
                people=PeopleCounts(read, kept, read - kept, 0),
                undecided=UndecidedPolicy("hold"),
                provenance=Provenance(Polarity.OPTED_OUT, "gone.txt", None, date.fromisoformat(TODAY), 0, 21, 1),
            )
        ).document
    }
    if not older:
        document["files"] = told_of(dataset.files)
    return ReleaseManifest(sealer.seal(document))


_MAKERS: dict[str, tuple[str, Callable[[Path, str, Ndoo], str]]] = {
    "csv": ("out.csv", _csv),
    "gzip": ("out.csv.gz", _csv),
    "parquet": ("out.parquet", _parquet),
    "fhir": ("out.ndjson", _fhir),
    "linked": ("linked", _linked),
    "fhir_folder": ("fhir", _fhir_folder),
    "parquet_folder": ("spark", _parquet_folder),
    "delta": ("delta", _delta),
    "sqlite": ("released.sqlite", _sqlite),
    "duckdb": ("released.duckdb", _duckdb),
}
