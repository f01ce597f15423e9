"""What a command writes takes the place of an earlier output of its own kind, and of nothing else that ndoo or anybody wrote."""

from __future__ import annotations

import itertools
import json
import shutil
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.cli.output_options import is_ledger_export, is_ledger_receipt
from ndoo.domain.errors import UsageFault
from ndoo.evidence.earlier_outputs import NOTHING, earlier_copy, earlier_file, earlier_folder
from ndoo.evidence.ledger.export import first_line
from ndoo.evidence.release import ReleaseKind
from ndoo.upholding.publication.folder_publication import FolderPublication
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.support.releases import FOLDERS, LIST, SYSTEM, release

ALLOWED = ("--allowed", "allowed.dat", "--checked-at", TODAY)
OTHERS = some(30, seed=5)
DATABASE = "sqlite:///d.sqlite"

OUTPUTS: dict[str, tuple[str, ...]] = {
    "file": ("uphold", "in.csv", "-o", "x.out"),
    "fhir": ("uphold", "in.ndjson", "-o", "x.out"),
    "list": ("check", "asked.txt", "-o", "x.out"),
    "copy": ("uphold", f"{DATABASE}#visits", "--into", "kept", "--replace", "--manifest", "x.out"),
    "copy of another": ("uphold", f"{DATABASE}#others", "--into", "kept2", "--replace", "--manifest", "x.out"),
    "held": ("uphold", "in.csv", "-o", "y.out", "--held", "x.out"),
    "held of a check": ("check", "asked.txt", "-o", "z.out", "--held", "x.out"),
    "mine": (),
}
"""What writes x.out, under a name that promises no format."""
IS_IT = {("held", "held of a check"), ("mine", "held of a check")}
"""What `ndoo check` holds are lines as they stand, which nothing tells from another private file."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "in.csv").write_text("nhs_number,ward\n" + "".join(f"{one},w\n" for one in OTHERS) + "damaged,w\n")
    pq.write_table(pa.table({"nhs_number": OTHERS}), tmp_path / "in.parquet")
    patients = [
        {"resourceType": "Patient", "id": f"p{at}", "identifier": [{"system": SYSTEM, "value": number}]}
        for at, number in enumerate(OTHERS)
    ]
    (tmp_path / "in.ndjson").write_text("".join(json.dumps(one) + "\n" for one in patients))
    (tmp_path / "asked.txt").write_text("\n".join((*OTHERS, "damaged", "")))
    (tmp_path / "allowed.dat").write_text("\n".join(OTHERS[1:]) + "\n")
    with sqlite3.connect(tmp_path / "d.sqlite") as database:
        database.execute("CREATE TABLE visits (nhs_number TEXT)")
        database.executemany("INSERT INTO visits VALUES (?)", [(one,) for one in OTHERS])
        database.execute("CREATE TABLE others AS SELECT * FROM visits")
    database.close()
    return tmp_path


def _made(kind: str, place: Path, ndoo: Ndoo) -> None:
    """x.out of this kind, private, so that nothing but its kind tells what it is."""
    if kind == "mine":
        (place / "x.out").write_text("the only copy")
    else:
        assert ndoo(*OUTPUTS[kind], *ALLOWED).status in (0, 6)
    for path in place.glob("*.out*"):
        path.chmod(0o600)


def _files(place: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in place.glob("x.out*")}


WRITTEN = [kind for kind in OUTPUTS if kind != "mine"]


@pytest.mark.parametrize(("there", "written"), [*itertools.product(OUTPUTS, WRITTEN)])
def test_an_output_of_another_kind_is_not_replaced(there: str, written: str, place: Path, ndoo: Ndoo) -> None:
    """A list took the place of a release, a manifest of a table that of data, and held rows that of another release."""
    if written in ("held", "held of a check"):  # there is an earlier output, whose held rows these could have been
        assert ndoo(*OUTPUTS[written][:4], *ALLOWED).status == 6
    _made(there, place, ndoo)
    before = _files(place)
    for dry in (("--dry-run",), ()):
        said = ndoo(*OUTPUTS[written], *ALLOWED, *dry, "--json")
        if there == written or (there, written) in IS_IT:
            assert said.status in (0, 6), said.told
        else:
            assert (said.status, said.json["error"]["code"]) == (2, "output-exists"), said.told
            assert _files(place) == before
    assert ndoo(*OUTPUTS[written], *ALLOWED, "--force").status in (0, 6), "it is theirs to say"


@pytest.mark.parametrize(("there", "written"), [*itertools.permutations(("file", "fhir", "list"), 2)])
def test_nor_is_what_is_sealed_of_one_that_was_moved_away(there: str, written: str, place: Path, ndoo: Ndoo) -> None:
    _made(there, place, ndoo)
    (place / "x.out").unlink()
    before = _files(place)
    said = ndoo(*OUTPUTS[written], *ALLOWED, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-exists"), said.told
    assert _files(place) == before
    assert ndoo(*OUTPUTS[there], *ALLOWED).status in (0, 6)


@pytest.mark.parametrize(
    "name", ["h.csv", "h.csv.gz", "h.csv.zst", "h.parquet", "h.ndjson", "h.ndjson.gz", "utf-16.csv", "h.no"]
)
def test_a_private_file_is_not_taken_for_rows_that_were_held(name: str, place: Path, ndoo: Ndoo) -> None:
    """A copy of a key is private too, and was replaced by held rows."""
    source = "in." + name.split(".")[1]
    more: tuple[str, ...] = ()
    if name == "utf-16.csv":
        (place / source).write_bytes((place / source).read_text().encode("utf-16"))
    elif name == "h.no":
        source, more = "in.csv", ("--no-header", "--nhs-number", "1")
        (place / source).write_text("".join((place / "in.csv").read_text().splitlines(keepends=True)[1:]))
    call = ("uphold", source, "-o", f"out.{name}", *ALLOWED, *more)
    for _ in range(2):
        said = ndoo(*call, "--held", name)
        assert said.status in (0, 6), said.told
    for content in (b"a key", b"\x1f\x8b and no more", b"\x28\xb5\x2f\xfd and no more"):
        if name == "h.no":
            break  # without a heading nothing tells it
        (place / "mine").write_bytes(content)
        (place / "mine").chmod(0o600)
        assert ndoo(*call, "--held", "mine", "--json").json["error"]["code"] == "output-exists"
        assert (place / "mine").read_bytes() == content


@pytest.mark.parametrize("there", ["file", "fhir", "list", "mine"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_the_copy_of_a_manifest_is_never_called_as_that_of_a_file_beside_it(
    there: str, force: tuple[str, ...], place: Path, ndoo: Ndoo
) -> None:
    """`show rel.csv` then gave a certificate of a table, and `recall` passed over rel.csv, which held somebody withheld."""
    _made(there, place, ndoo)
    before = _files(place)
    copy = (*OUTPUTS["copy"][:-1], "x.out.manifest.json", *ALLOWED, *force)
    for dry in ((), ("--dry-run",)):
        said = ndoo(*copy, *dry, "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "manifest-of-a-file"), said.told
        assert _files(place) == before


def test_but_it_may_be_called_as_that_of_its_database_or_of_a_folder(place: Path, ndoo: Ndoo) -> None:
    (place / "kept").mkdir()
    for name in ("d.sqlite.manifest.json", "kept.manifest.json", "kept/manifest.json"):
        for _ in range(2):
            assert ndoo(*OUTPUTS["copy"][:-1], name, *ALLOWED).status == 0
    said = ndoo("recall", "d.sqlite.manifest.json", DATABASE, *ALLOWED, "--json")
    assert (said.status, said.json["clear"]) == (0, 1), said.told


def test_the_manifest_of_a_released_folder_is_not_replaced_by_a_copy(place: Path, ndoo: Ndoo) -> None:
    release("linked", place, ndoo)
    (folder,) = (path.parent for path in place.glob("*/manifest.json"))
    before = (folder / "manifest.json").read_bytes()
    said = ndoo(*OUTPUTS["copy"][:-1], folder / "manifest.json", *ALLOWED, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-exists")
    assert (folder / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("named", [".", "x.csv", "x.csv.manifest.json"])
def test_a_file_under_the_manifest_of_a_table_is_never_passed_over(named: str, place: Path, ndoo: Ndoo) -> None:
    """Somebody put it there, or an earlier ndoo did. The table is in the same folder, so that its copy told nothing new."""
    assert ndoo("uphold", "in.csv", "-o", "x.csv", *ALLOWED).status == 6
    assert ndoo(*OUTPUTS["copy"], *ALLOWED).status == 0
    shutil.move(place / "x.out", place / "x.csv.manifest.json")
    said = ndoo("recall", named, DATABASE, *ALLOWED, "--json")
    assert (said.status, said.json["undecided"]) == (3, 1), said.told
    for command in ("show", "verify"):
        refused = ndoo(command, "x.csv", *(ALLOWED if command == "verify" else ()), "--json")
        assert (refused.status, refused.json["error"]["code"]) == (3, "manifest-of-database"), refused.told
    (place / "x.csv").unlink()
    (place / "x.csv").symlink_to("gone")
    assert ndoo("recall", ".", DATABASE, *ALLOWED).status == 3, "a link to nothing may lead to it elsewhere"
    (place / "x.csv").unlink()
    assert ndoo("recall", ".", DATABASE, *ALLOWED).status == 0


def test_a_file_beside_it_that_may_not_be_read_is_no_database(
    place: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Path) -> str | None:
        raise PermissionError

    _made("file", place, ndoo)
    monkeypatch.setattr("ndoo.evidence.release.database_kind", closed)
    said = ndoo(*OUTPUTS["copy"][:-1], "x.out.manifest.json", *ALLOWED, "--json")
    assert said.json["error"]["code"] == "manifest-of-a-file"


@pytest.mark.parametrize("there", FOLDERS)
def test_a_released_folder_makes_room_for_one_of_its_kind(there: str, place: Path, ndoo: Ndoo) -> None:
    found = release(there, place, ndoo).path
    kinds = {kind for kind in ReleaseKind if earlier_folder(kind).is_one(found)}
    assert len(kinds) == 1
    assert not any(earlier_file(kind).is_one(found) for kind in ReleaseKind)
    assert not earlier_copy(lambda: None).is_one(found)
    assert not NOTHING.is_one(found)
    inputs = {"linked": "in_linked", "fhir_folder": "in_fhir"}
    for kind, source in inputs.items():
        if there != kind:
            release(kind, place, ndoo)
        said = ndoo("uphold", source, "-o", found.name, *LIST, "--json")
        assert said.status == (0 if there == kind else 2), said.told
        assert there == kind or said.json["error"]["code"] == "output-of-others"


@pytest.mark.parametrize(("kind", "source"), [("linked", "in_linked"), ("fhir_folder", "in_fhir")])
def test_held_rows_take_the_place_of_no_folder_but_their_own(kind: str, source: str, place: Path, ndoo: Ndoo) -> None:
    """A copy of the extract has the very files that a folder of held rows has."""
    out = release(kind, place, ndoo).path
    shutil.copytree(place / source, place / "copy")
    call = ("uphold", source, *LIST, "--held")

    def refused(held: str, output: str) -> bool:
        return bool(ndoo(*call, held, "-o", output, "--json").json["error"]["code"] == "output-of-others")

    assert refused("copy", out.name)
    (place / "copy").chmod(0o700)
    assert refused("copy", "new"), "nothing is replaced whose held rows these could be"
    (place / "copy" / "more").write_text("")
    assert refused("copy", out.name)
    for _ in range(2):
        assert ndoo(*call, "held", "-o", out.name).status == 0
    said = ndoo(*call, "same", "-o", "same", "--json").json["error"]
    assert (said["code"], "--held" in said["message"]) == ("folders-within", True)


def test_an_engine_that_knows_no_held_rows_replaces_no_folder_by_them(place: Path, ndoo: Ndoo) -> None:
    """A release was taken for the held rows of another one."""
    out = release("parquet_folder", place, ndoo).path
    shutil.copytree(out, place / "held")
    (place / "held").chmod(0o700)
    with (
        pytest.raises(UsageFault, match="what was held"),
        FolderPublication(
            place / "held", out, replaceable=earlier_folder(ReleaseKind.PARQUET_FOLDER), held=place / "held"
        ),
    ):
        pass


@pytest.mark.parametrize(
    "call",
    [("mesh", "rehearse", "--profile", "x", "-o", "r.html"), ("mesh", "collect", "--profile", "x", "-o", "r.dat")],
)
def test_nor_is_what_is_written_beside_an_output(call: tuple[str, ...], place: Path, ndoo: Ndoo) -> None:
    """The report of a rehearsal is two files, and so is a list: only the one that was named was looked at."""
    for name in ("r.json", "r.dat.manifest.json"):
        (place / name).write_text('{"kind": "the only copy"}')
    said = ndoo(*call, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-exists"), said.told


def test_an_export_of_the_ledger_and_a_receipt_are_two_kinds(place: Path) -> None:
    head = {"kind": "ledger-head", "seal": {}}
    (place / "export").write_bytes(first_line(head) + b"entry\n")
    (place / "receipt").write_text(json.dumps({"kind": "ledger-receipt", "head": head}, sort_keys=True))
    assert [is_ledger_export(place / name) for name in ("export", "receipt")] == [True, False]
    assert [is_ledger_receipt(place / name) for name in ("export", "receipt")] == [False, True]
