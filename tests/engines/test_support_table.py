"""`docs/reference/support.md` is true: what it says is refused is refused with that sentence, and what it says is done is done."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pyarrow.csv
import pyarrow.parquet
import pytest
from deltalake import write_deltalake

from ndoo.cli.pages import GENERATED
from ndoo.upholding.what_works_where import SourceKind, Wish, refused, support_page
from tests.conftest import ROOT, TODAY, Ndoo
from tests.engines.databases import Place, made
from tests.engines.test_schema_agrees import load
from tests.unit.upholding.fhir.exports import SYSTEM
from tests.unit.upholding.linked_tables.scene import GO, PEOPLE, scene

ASKED: dict[Wish, tuple[str, ...]] = {
    Wish.ALLOWED: ("--allowed", "stay.txt"),
    Wish.OPTED_OUT: ("--opted-out", "gone.txt"),
    Wish.REQUESTED: ("--allowed", "stay.txt", "--requested", "asked.txt"),
    Wish.TYPE1: ("--opted-out", "gone.txt", "--type1", "codes.csv"),
    Wish.HELD: ("--opted-out", "gone.txt", "--held", "parked"),
    Wish.KEEP_MISSING: (
        "--opted-out",
        "gone.txt",
        "--undecided",
        "keep-missing",
        "--justification",
        "none was ever given",
    ),
    Wish.MENTIONS: ("--opted-out", "gone.txt", "--mentions", "hold"),
    Wish.EXPECTED: ("--opted-out", "gone.txt", "--expect-removed", "0-100"),
    Wish.FLOW: ("--opted-out", "gone.txt", "--flow", "flow.toml"),
    Wish.MESH: ("--mesh", "profile"),
    Wish.ASSET: ("--opted-out", "gone.txt", "--asset", "hospital"),
    Wish.SHAPE: ("--opted-out", "gone.txt", "--shape", "shape.json"),
    Wish.SKIP_ROWS: ("--opted-out", "gone.txt", "--skip-rows", "1"),
    Wish.SKIP_FOOTER: ("--opted-out", "gone.txt", "--skip-footer", "1"),
    Wish.DELIMITER: ("--opted-out", "gone.txt", "--delimiter", ","),
    Wish.ENCODING: ("--opted-out", "gone.txt", "--encoding", "utf-8"),
    Wish.NO_QUOTES: ("--opted-out", "gone.txt", "--no-quotes"),
    Wish.NO_HEADER: ("--opted-out", "gone.txt", "--no-header"),
    Wish.NULL: ("--opted-out", "gone.txt", "--null", "NULL"),
    Wish.SHEET: ("--opted-out", "gone.txt", "--sheet", "Sheet"),
    Wish.VERSION: ("--opted-out", "gone.txt", "--table-version", "0"),
    Wish.NOBODYS: ("--opted-out", "gone.txt", "--leads-to-nobody", "wards"),
}
ALSO = {SourceKind.FOLDER: "notes.nhs_number", SourceKind.SCHEMA: "notes.nhs_number"}


def _made(source: SourceKind, folder: Path, place: Place | None) -> tuple[list[str], list[str], list[str]]:
    """What is upheld, where it goes, and how that is verified; all of it is there."""
    table = "nhs_number,mother\n" + "".join(f"{number},\n" for number in PEOPLE)
    if source is SourceKind.FOLDER:
        scene(folder / "in")
        return ["in", "--nhs-number", "patients.nhs_number"], ["-o", "out"], ["out"]
    if source is SourceKind.FHIR:
        lines = [
            json.dumps({"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]})
            for at, number in enumerate(PEOPLE)
        ]
        (folder / "in.ndjson").write_text("\n".join(lines))
        return ["in.ndjson"], ["-o", "out.ndjson"], ["out.ndjson"]
    if place and source is SourceKind.SCHEMA:
        load(place, scene(folder / "in"))
        call = [place.address, "--schema", "clinic", "--replace", "--nhs-number", "patients.nhs_number"]
        return call, ["--into", "released"], [f"{place.address}#released"]
    if place:
        place.make("visits", {"nhs_number": "TEXT", "mother": "TEXT"}, [(number, None) for number in PEOPLE])
        call = [place.address, "--table", "visits", "--replace", "--nhs-number", "nhs_number"]
        return call, ["--into", "upheld"], [f"{place.address}#upheld"]
    (folder / "in.csv").write_text(table)
    if source is SourceKind.DELTA:
        rows = {"nhs_number": PEOPLE, "mother": pyarrow.nulls(len(PEOPLE), "string")}
        write_deltalake(folder / "in", pyarrow.table(rows))
        return ["in", "--nhs-number", "nhs_number"], ["-o", "out"], ["out"]
    ends = {
        SourceKind.TEXT: "csv",
        SourceKind.WORKBOOK: "xlsx",
        SourceKind.COLUMNAR: "parquet",
        SourceKind.SPARK: "parquet",
    }[source]
    if ends == "parquet":
        strings = pyarrow.csv.ConvertOptions(column_types={"nhs_number": "string", "mother": "string"})
        pyarrow.parquet.write_table(
            pyarrow.csv.read_csv(folder / "in.csv", convert_options=strings), folder / "in.parquet"
        )
    elif ends == "xlsx":
        book = openpyxl.Workbook()
        for row in table.splitlines():
            book.active.append(row.split(","))
        book.save(folder / "in.xlsx")
        book.close()
    out = "out.csv" if ends == "xlsx" else f"out.{ends}"
    engine = ["--engine", "spark"] if source is SourceKind.SPARK else []
    return [f"in.{ends}", "--nhs-number", "nhs_number", *engine], ["-o", out], [out]


def _put_title(path: Path) -> None:
    """A line above the heading; the wishes that come after are about the same people."""
    if path.suffix == ".csv":
        path.write_text("Report\n" + path.read_text())
        return
    book = openpyxl.load_workbook(path)
    book.active.insert_rows(1)
    book.active["A1"] = "Report"
    book.save(path)
    book.close()


@pytest.mark.parametrize("source", SourceKind, ids=lambda source: source.name.lower())
def test_every_cell(source: SourceKind, ndoo: Ndoo, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    places = made("postgresql", tmp_path, request) if source in (SourceKind.TABLE, SourceKind.SCHEMA) else iter([None])
    for place in places:
        call, into, proven = _made(source, tmp_path, place)
        (tmp_path / "shape.json").unlink(missing_ok=True)
        (tmp_path / "gone.txt").write_text(GO)
        (tmp_path / "stay.txt").write_text("\n".join(PEOPLE[1:]))
        (tmp_path / "asked.txt").write_text("\n".join(PEOPLE))
        (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{PEOPLE[1]},9Nu0.,2020-01-01\n")
        (tmp_path / "flow.toml").write_text((next((ROOT / "examples" / "flows").glob("5-*.toml"))).read_text())
        for wish in sorted(Wish, key=lambda wish: wish is Wish.SKIP_ROWS):
            _one(source, wish, [*call, *into], proven, ndoo)


def _one(source: SourceKind, wish: Wish, call: list[str], proven: list[str], ndoo: Ndoo) -> None:
    when = [] if wish is Wish.MESH else ["--checked-at", TODAY]
    more = ASKED.get(wish, ("--opted-out", "gone.txt"))
    if wish is Wish.ALSO:
        more = (*more, "--also", ALSO.get(source, "mother"))
    no = refused(source, wish)
    if wish is Wish.SKIP_ROWS and not no:
        _put_title(Path(call[0]))
    if wish is Wish.SHEET and source in (SourceKind.TEXT, SourceKind.COLUMNAR):
        return  # a file is known to be no workbook once it is opened: see test_main_errors_named
    if wish is Wish.NO_HEADER and not no:
        return  # columns are named by position then: see test_held_rows
    if not no and (wish is Wish.MESH or source is SourceKind.SPARK):
        return  # done in tests/mesh, and in test_spark_agrees
    if wish is Wish.VERIFY and not no:
        said = ndoo("verify", *proven, "--opted-out", "gone.txt", *when, "--json")
        assert said.json["verified"], said.told
        return
    said = ndoo("uphold", *call, *more, *when, "--json")
    if no:
        assert (said.status, said.json["error"]["code"]) == (2, no[0]), wish
        assert said.told.startswith(f"Error [{no[0]}]: {no[1]}"), wish
    else:
        assert said.status in (0, 6), (wish, said.told)
        assert said.json["people"]["removed"] in (1, 2), wish


def test_the_page_has_a_cell_for_everything() -> None:
    page = support_page(GENERATED)
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(Wish)
    assert {row.count(" yes ") + row.count(" no ") for row in rows} == {len(SourceKind)}
    assert sum(row.count(" no ") for row in rows) == sum(
        1 for source in SourceKind for wish in Wish if refused(source, wish)
    )
