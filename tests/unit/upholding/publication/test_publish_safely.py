"""Nothing of anybody's is overwritten without a word, a dry run leaves nothing behind, and several files appear together or not at all."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.unit.upholding.fhir.exports import GO as OF_FHIR
from tests.unit.upholding.linked_tables.scene import GO as OF_TABLES
from tests.unit.upholding.linked_tables.scene import scene

PEOPLE = some(12)
BY = ("--opted-out", "go.txt", "--checked-at", TODAY)


def table(path: Path, people: list[str]) -> None:
    path.write_text("nhs_number,ward\n" + "".join(f"{number},w{at}\n" for at, number in enumerate(people)))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two files, a list, and an input of every kind that is upheld without a server."""
    table(tmp_path / "a.csv", PEOPLE[:6])
    table(tmp_path / "b.csv", PEOPLE[6:])
    (tmp_path / "go.txt").write_text(f"{PEOPLE[0]}\n{PEOPLE[7]}\n{OF_TABLES}\n{OF_FHIR}\n")
    pq.write_table(pa.table({"nhs_number": PEOPLE[:6]}), tmp_path / "a.parquet")
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": PEOPLE[1]}],
    }
    (tmp_path / "p.ndjson").write_text(json.dumps(patient) + "\n")
    scene(tmp_path / "tables")
    with sqlite3.connect(tmp_path / "d.sqlite") as database:
        database.execute("CREATE TABLE visits (nhs_number TEXT)")
        database.executemany("INSERT INTO visits VALUES (?)", [(number,) for number in PEOPLE[:6]])
    database.close()
    return tmp_path


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path, and every folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


def stored(path: Path) -> list[Any]:
    """What stands in the database: SQLite may write its file anew without changing anything in it."""
    with sqlite3.connect(path) as database:
        found = [*database.execute("SELECT sql FROM sqlite_master"), *database.execute("SELECT * FROM visits")]
    database.close()
    return found


INPUTS = {
    "text": ("a.csv", "-o", "out.csv", "--held", "held.csv", "--shape", "shape.json", "--asset", "A"),
    "parquet": ("a.parquet", "-o", "out.parquet"),
    "linked tables": ("tables", "-o", "out", "--nhs-number", "patients.nhs_number", "--asset", "A"),
    "fhir": ("p.ndjson", "-o", "out.ndjson"),
    "database": ("sqlite:///d.sqlite", "--table", "visits", "--into", "kept", "--manifest", "m.json"),
    "a folder": ("a.csv", "-o", "new/"),
    "several": ("a.csv", "b.csv", "-o", "new/"),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_a_dry_run_says_what_would_happen_and_leaves_nothing_behind(
    kind: str, place: Path, ndoo: Ndoo, own_data_folder: Path
) -> None:
    before, rows = everything(place), stored(place / "d.sqlite")
    call = ("uphold", *INPUTS[kind], *BY, "--expect-removed", "0-100")
    dry = ndoo(*call, "--dry-run", "--json")
    assert everything(place) | {"d.sqlite": b""} == before | {"d.sqlite": b""}
    assert stored(place / "d.sqlite") == rows
    assert not own_data_folder.exists(), "not even a key is made"
    wet = ndoo(*call, "--json")
    assert dry.status == wet.status == 0, wet.told
    told, real = (one.json.get("releases", [one.json]) for one in (dry, wet))
    assert [one["dry_run"] for one in told] == [True] * len(told)
    assert not any("seal" in one for one in told), "nobody takes it for the manifest of a release"
    assert [(one["rows"], one["people"]) for one in told] == [(one["rows"], one["people"]) for one in real]
    assert everything(place) != before


def test_a_dry_run_has_the_exit_status_of_the_run(place: Path, ndoo: Ndoo) -> None:
    with (place / "a.csv").open("a") as file:
        file.write("not a number,w\n")
    assert ndoo("uphold", "a.csv", "-o", "out.csv", *BY, "--dry-run").status == 6
    assert ndoo("uphold", "a.csv", "-o", "out.csv", *BY, "--dry-run", "--undecided", "stop").status == 3
    (place / "out.csv").write_text("mine")
    assert ndoo("uphold", "a.csv", "-o", "out.csv", *BY, "--dry-run").status == 2
    said = ndoo("uphold", "a.csv", "-o", "o.csv", "--mesh", "x", "--dry-run", "--json")
    assert said.json["error"]["code"] == "dry-run-mesh"


@pytest.mark.parametrize("kind", ["text", "parquet", "fhir"])
def test_a_file_of_mine_is_not_overwritten_and_an_earlier_release_is(kind: str, place: Path, ndoo: Ndoo) -> None:
    source, _, output, *_ = INPUTS[kind]
    call = ("uphold", source, "-o", output, *BY, "--json")
    (place / output).write_text("the only copy")
    said = ndoo(*call)
    assert (said.status, said.json["error"]["code"]) == (2, "output-exists")
    assert output in said.json["error"]["message"]
    assert (place / output).read_text() == "the only copy"
    (place / f"{output}.manifest.json").write_text("{}")
    assert ndoo(*call).status == 2, "what is named as a manifest is not one"
    assert (place / output).read_text() == "the only copy"
    assert ndoo(*call, "--force").status == 0
    assert ndoo(*call).status == 0, "an earlier release, its manifest beside it, is replaced"


def test_held_rows_are_replaced_with_their_release_and_nothing_else_is(place: Path, ndoo: Ndoo) -> None:
    call = ("uphold", "a.csv", "-o", "out.csv", "--held", "held.csv", *BY, "--json")
    assert ndoo(*call).status == ndoo(*call).status == 0
    (place / "held.csv").chmod(0o644)  # never written so
    assert ndoo(*call).json["error"]["code"] == "output-exists"
    assert ndoo("uphold", "a.csv", "-o", "new.csv", "--held", "out.csv", *BY).status == 2, "a release is no held rows"
    (place / "held.csv").chmod(0o600)
    assert ndoo("uphold", "a.csv", "-o", "new2.csv", "--held", "held.csv", *BY).status == 2


def test_what_appears_under_the_name_meanwhile_is_not_overwritten(
    place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.upholding import uphold as procedure

    def judged(verification: object, manifest: object) -> None:
        (place / "out.csv").write_text("the only copy")

    monkeypatch.setattr(procedure, "judge_draft", judged)
    assert ndoo("uphold", "a.csv", "-o", "out.csv", *BY).status == 2
    assert (place / "out.csv").read_text() == "the only copy"


def test_a_folder_of_mine_is_not_replaced_and_a_home_never_is(
    place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = ("uphold", "tables", "-o", "out", "--nhs-number", "patients.nhs_number", *BY, "--json")
    (place / "out").mkdir()
    (place / "out" / "mine").write_text("the only copy")
    assert ndoo(*call).json["error"]["code"] == "output-of-others"
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: place / "out"))
    assert ndoo(*call, "--force").json["error"]["code"] == "output-is-home"
    assert (place / "out" / "mine").read_text() == "the only copy"
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: place / "home"))
    assert ndoo(*call, "--force").status == 0
    assert not (place / "out" / "mine").exists()


NAMES = [
    ("a.csv", "out.parquet"),
    ("a.csv", "out.json"),
    ("a.csv", "out.ndjson.gz"),
    ("a.csv", "out.xlsx"),
    ("a.csv", "out.zip"),
    ("a.csv", "out.tsv"),
    ("a.csv", "out.csv.bz2"),
    ("a.csv", "out.csv.manifest.json"),
    ("a.parquet", "out.csv"),
    ("a.parquet", "out.parquet.gz"),
    ("a.parquet", "out.csv.gz"),
    ("a.parquet", "out.arrow"),
    ("p.ndjson", "out.csv"),
    ("p.ndjson", "out.xml"),
    ("t.tsv", "out.csv"),
]


@pytest.mark.parametrize(("source", "output"), NAMES)
def test_a_name_that_promises_another_format_is_refused(source: str, output: str, place: Path, ndoo: Ndoo) -> None:
    (place / "t.tsv").write_text((place / "a.csv").read_text().replace(",", "\t"))
    for named in (("-o", output), ("-o", f"kept{Path(source).suffix}", "--held", output)):
        said = ndoo("uphold", source, *named, *BY, "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "output-format"), said.out
    assert not (place / output).exists()


@pytest.mark.parametrize("output", ["out.csv", "out", "out.2026", "out.txt", "out.dat.gz", "out.csv.zst"])
def test_a_name_that_promises_nothing_else_is_free(output: str, place: Path, ndoo: Ndoo) -> None:
    assert ndoo("uphold", "a.csv", "-o", output, *BY).status == 0


def piped(monkeypatch: pytest.MonkeyPatch, content: bytes, folder: Path) -> None:
    folder.mkdir()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: False))
    monkeypatch.setattr("tempfile.tempdir", str(folder))


def test_standard_input_is_read_and_no_copy_stays(
    place: Path, ndoo: Ndoo, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path_factory.mktemp("aside") / "tmp"
    piped(monkeypatch, (place / "a.csv").read_bytes(), aside)
    assert ndoo("uphold", "-", "-o", "out.csv", *BY).status == 0
    assert ndoo("uphold", "a.csv", "-o", "other.csv", *BY).status == 0
    assert (place / "out.csv").read_bytes() == (place / "other.csv").read_bytes()
    assert ndoo("verify", "out.csv", *BY).status == 0
    assert [*aside.iterdir()] == []
    (aside / ".ndoo-stdin-of-a-killed-run").mkdir()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(PEOPLE[3].encode() + b"\n")))
    assert ndoo("check", "-", "-o", "cleaned.txt", *BY).status == 0
    assert [*aside.iterdir()] == [], "what a killed run left is swept"
    assert ndoo("uphold", "-", "-o", "empty.csv", *BY, "--json").json["error"]["code"] == "input-empty"
    assert ndoo("uphold", "-", "-o", "new/", *BY, "--json").json["error"]["code"] == "output-unnamed"
    monkeypatch.setattr(
        sys, "stdin", SimpleNamespace(buffer=io.BytesIO((place / "a.csv").read_bytes() + b"(9 rows)\n"))
    )
    assert "[lines-below]: standard input: " in ndoo("uphold", "-", "-o", "foot.csv", *BY).err


@pytest.mark.parametrize(
    "call",
    [
        ("uphold", "a.csv", "-o", "-", *BY),
        ("check", "go.txt", "-o", "-", *BY),
        ("uphold", "a.csv", "-o", "o.csv", "--held", "-", *BY),
        ("type1", "status", "a.csv", "-o", "-"),
        ("register", "snapshot", "-o", "-"),
        ("statement", "-o", "-"),
    ],
)
def test_an_output_on_standard_output_is_refused(call: tuple[str, ...], place: Path, ndoo: Ndoo) -> None:
    said = ndoo(*call, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-standard")


@pytest.mark.parametrize(
    "call",
    [
        ("type1", "status", "a.csv", "-o", "mine.csv"),
        ("statement", "-o", "mine.csv"),
        ("register", "snapshot", "-o", "mine.csv"),
        ("statement", "--evidence-pack", "mine.csv"),
        ("check", "go.txt", "-o", "mine.csv", *BY),
        ("impact", "a.csv", "b.csv", "-o", "mine.csv"),
        ("ledger", "export", "-o", "mine.csv"),
        ("ledger", "receipt", "x", "-o", "mine.csv"),
        ("review", "--calendar", "mine.csv"),
        ("applies", "--ask", "-o", "mine.csv"),
        ("applies", "flow.toml", "--save", "mine.csv"),
        ("mesh", "rehearse", "--profile", "x", "-o", "mine.csv"),
        ("mesh", "collect", "--profile", "x", "-o", "mine.csv"),
    ],
)
def test_no_command_overwrites_a_file_of_mine(call: tuple[str, ...], place: Path, ndoo: Ndoo) -> None:
    (place / "mine.csv").write_text("the only copy")
    said = ndoo(*call, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-exists"), said.out
    assert (place / "mine.csv").read_text() == "the only copy"


def test_several_files_appear_together(place: Path, ndoo: Ndoo) -> None:
    said = ndoo("uphold", "a.csv", "b.csv", "-o", "out/", *BY, "--json")
    assert said.status == 0, said.out
    assert {path.name for path in (place / "out").iterdir()} == {
        "a.csv",
        "a.csv.manifest.json",
        "b.csv",
        "b.csv.manifest.json",
    }
    assert [one["rows"]["removed"] for one in said.json["releases"]] == [1, 1]
    for name in ("a.csv", "b.csv"):
        assert ndoo("verify", f"out/{name}", *BY).status == 0
    (place / "out" / "notes.txt").write_text("mine")
    again = ndoo("uphold", "a.csv", "b.csv", "-o", "out", *BY)
    assert again.status == 0, "earlier releases are replaced, whatever else stands there"
    assert (place / "out" / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("there", [False, True])
def test_of_several_files_none_appears_where_one_is_refused(there: bool, place: Path, ndoo: Ndoo) -> None:
    if there:
        (place / "out").mkdir()
        (place / "out" / "notes.txt").write_text("mine")
    before = everything(place)
    (place / "c.csv").write_text("nhs_number\nnot a number\n")
    before = everything(place)
    assert ndoo("uphold", "a.csv", "b.csv", "c.csv", "-o", "out/", *BY, "--undecided", "stop").status == 3
    assert everything(place) == before
    (place / "b.parquet").write_bytes((place / "a.parquet").read_bytes())
    before = everything(place)
    for more, code in (
        (("b.parquet",), "inputs-mixed"),
        (("tables",), "inputs-no-files"),
        (("./a.csv",), "outputs-same"),
        (("-",), "inputs-no-files"),
        (("b.csv", "--held", "held.csv"), "inputs-and-option"),
        (("b.csv", "--mesh", "x"), "inputs-and-option"),
    ):
        by = () if "--mesh" in more else BY
        said = ndoo("uphold", "a.csv", *more, "-o", "out/", *by, "--json")
        assert (said.status, said.json["error"]["code"]) == (2, code), said.out
        assert everything(place) == before
    assert ndoo("uphold", "a.csv", "b.csv", *BY, "--json").json["error"]["code"] == "output-missing"
    assert ndoo("uphold", "a.csv", "b.csv", "-o", "a.csv", *BY, "--json").json["error"]["code"] == "output-not-a-folder"
    assert ndoo("uphold", "a.csv", "b.csv", "-o", "./", *BY, "--json").json["error"]["code"] == "output-is-input"


def test_a_dry_run_of_a_check_writes_no_list(place: Path, ndoo: Ndoo, own_data_folder: Path) -> None:
    before = everything(place)
    said = ndoo("check", "go.txt", "-o", "cleaned.txt", *BY, "--expect-removed", "0-100", "--dry-run", "--json")
    assert (said.status, said.json["dry_run"], "seal" in said.json) == (0, True, False)
    assert "nothing was written" in said.err
    assert everything(place) == before
    assert not own_data_folder.exists()
    said = ndoo("check", "go.txt", "-o", "c.txt", "--mesh", "x", "--dry-run", "--json")
    assert said.json["error"]["code"] == "dry-run-mesh"


def test_a_dry_run_into_a_folder_that_holds_other_files_leaves_it_as_it_is(place: Path, ndoo: Ndoo) -> None:
    (place / "out").mkdir()
    (place / "out" / "notes.txt").write_text("mine")
    before = everything(place)
    assert ndoo("uphold", "a.csv", "b.csv", "-o", "out/", *BY, "--dry-run").status == 0
    assert everything(place) == before


def test_a_release_that_is_gone_before_it_got_its_name_is_no_release(tmp_path: Path) -> None:
    from ndoo.domain.errors import UsageFault
    from ndoo.upholding.publication.publish import Publication

    with Publication(tmp_path / "out.csv") as publication, pytest.raises(UsageFault):
        publication.adopt(tmp_path / "out.csv", tmp_path / "gone.csv")


def test_what_is_not_there_is_named_by_its_path(place: Path, ndoo: Ndoo) -> None:
    said = ndoo("uphold", "a.csv", "-o", "nodir/out.csv", *BY)
    assert (said.status, "The folder 'nodir' of the output does not exist" in said.err) == (2, True), said.err
    for call, path in (
        (("uphold", "none.csv", "-o", "out.csv", *BY), "none.csv"),
        (("scan", "nothing"), "nothing"),
        (("show", "no.csv"), "no.csv"),
        (("uphold", "a.csv", "-o", "out.csv", "--allowed", "no.dat", "--checked-at", TODAY), "no.dat"),
        (("check", "no.txt", "-o", "c", *BY), "no.txt"),
        (("uphold", "sqlite:///no.db", "--table", "t", "--into", "u", *BY), "no.db"),
        (("applies", "no.toml"), "no.toml"),
        (("type1", "status", "no.csv"), "no.csv"),
        (("uphold", "a.csv", "-o", "o.csv", "--snapshot", "nosnap"), "nosnap"),
    ):
        assert path in ndoo(*call).err, call


def test_a_record_of_any_size_is_not_read_to_see_whether_it_is_ours(
    place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.evidence import earlier_outputs

    call = ("uphold", "a.csv", "-o", "out.csv", *BY)
    assert ndoo(*call).status == 0
    monkeypatch.setattr(earlier_outputs, "LARGEST", 1)
    assert ndoo(*call).status == 2
