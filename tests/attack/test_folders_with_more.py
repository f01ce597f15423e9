"""Can anything travel with a released folder that was not released? Whatever else stands in it is named, and breaks a promise."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ndoo.domain.settings import data_folder
from ndoo.evidence.manifest import written
from ndoo.evidence.seal import load_sealer
from tests.attack.naive import paths_as_readers_see_them
from tests.conftest import Ndoo, Said
from tests.support.releases import FOLDERS, GONE, LIST, PEOPLE, Released, put_parquet_manifest, release


@pytest.fixture(params=FOLDERS)
def released(request: pytest.FixtureRequest, tmp_path: Path, ndoo: Ndoo) -> Released:
    return release(request.param, tmp_path, ndoo)


def verified(ndoo: Ndoo, released: Released) -> tuple[Said, list[str]]:
    said = ndoo("verify", released.place, *LIST, "--json")
    return said, [promise["name"] for promise in said.json["promises"] if not promise["kept"]]


def _first(folder: Path) -> Path:
    return next(path for path in sorted(folder.rglob("*")) if path.is_file() and "manifest" not in path.name)


def _moved(folder: Path) -> None:
    (folder / "Deep").mkdir()
    _first(folder).rename(folder / "Deep" / "moved")


Change = Callable[[Path], object]
MORE: dict[str, tuple[Change, str]] = {
    "hidden_file": (lambda out: (out / ".secret.csv").write_text(f"nhs_number\n{PEOPLE[0][:5]}x\n"), ".secret.csv"),
    "of_finder": (lambda out: (out / ".DS_Store").write_bytes(b"\0\0\0\1Bud1"), ".DS_Store"),
    "of_explorer": (lambda out: (out / "Thumbs.db").write_bytes(b"\xd0\xcf"), "Thumbs.db"),
    "of_a_mac_s_disk": (lambda out: (out / f"._{_first(out).name}").write_bytes(b"\0"), "._"),
    "empty_folder": (lambda out: (out / "empty").mkdir(), "empty/"),
    "hidden_folder": (lambda out: [(out / ".cache").mkdir(), (out / ".cache" / "x").write_text("")], ".cache/"),
    "mark_of_success": (lambda out: (out / "_SUCCESS").write_text(""), "_SUCCESS"),
    "sum_of_hadoop": (lambda out: (out / f".{_first(out).name}.crc").write_bytes(b"crc\0"), ".crc"),
    "sum_of_the_manifest": (lambda out: (out / ".manifest.json.crc").write_bytes(b"crc\0"), ".manifest.json.crc"),
    "another_table": (lambda out: (out / "more.csv").write_text("ward\na\n"), "more.csv"),
    "another_part": (
        lambda out: pq.write_table(pa.table({"nhs_number": PEOPLE[:1], "visit": [1]}), out / "more.parquet"),
        "more.parquet",
    ),
    "another_partition": (
        lambda out: [
            (out / "site=99").mkdir(),
            pq.write_table(pa.table({"nhs_number": PEOPLE[:1], "visit": [1]}), out / "site=99" / "p.parquet"),
        ],
        "site=99/",
    ),
    "another_resource": (
        lambda out: (out / "Group.ndjson").write_text('{"resourceType": "Group", "id": "g"}\n'),
        "Group.ndjson",
    ),
    "text_for_readers": (lambda out: (out / "README.md").write_text("read me"), "README.md"),
    "in_capitals": (lambda out: shutil.copy(_first(out), _first(out).with_name(_first(out).name.swapcase())), ""),
    "link_to_itself": (lambda out: (out / "link").symlink_to(_first(out)), "link"),
    "link_to_elsewhere": (lambda out: (out / "link").symlink_to("/etc"), "link"),
    "pipe": (lambda out: os.mkfifo(out / "pipe"), "pipe"),
    "manifest_of_another_kind": (
        lambda out: shutil.copy(next(out.glob("*manifest.json")), out / "x.manifest.json"),
        "x.manifest.json",
    ),
}


def test_a_folder_as_it_was_released_passes(released: Released, ndoo: Ndoo) -> None:
    assert verified(ndoo, released)[0].status == 0


@pytest.mark.parametrize("what", MORE)
def test_whatever_else_stands_in_a_released_folder_is_named_and_fails(
    what: str, released: Released, ndoo: Ndoo
) -> None:
    change, named = MORE[what]
    seen = paths_as_readers_see_them(released.path)
    change(released.path)
    said, broken = verified(ndoo, released)
    assert (said.status, broken) == (3, ["paths"])
    because = next(promise["because"] for promise in said.json["promises"] if promise["name"] == "paths")
    assert named in because
    if named.startswith((".", "_")) or named.endswith("empty/"):
        assert paths_as_readers_see_them(released.path) == seen, "a reader saw it: this is no attack"


@pytest.mark.parametrize("change", [_moved, lambda out: _first(out).unlink()], ids=["moved", "taken_away"])
def test_a_file_that_is_not_where_its_manifest_names_it_fails(change: Change, released: Released, ndoo: Ndoo) -> None:
    change(released.path)
    said, broken = verified(ndoo, released)
    assert (said.status, broken) == (3, ["paths", "digest"])


def test_a_file_of_the_release_is_not_read_through_a_link(released: Released, ndoo: Ndoo, tmp_path: Path) -> None:
    """The recipient would get the link."""
    file = _first(released.path)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    said, broken = verified(ndoo, released)
    assert (said.status, broken) == (3, ["paths", "digest"])


def test_a_folder_with_more_in_it_is_no_older_release_to_be_replaced(
    released: Released, ndoo: Ndoo, tmp_path: Path
) -> None:
    if released.kind == "parquet_folder":
        pytest.skip("written by hand here")
    source = {"linked": "in_linked", "fhir_folder": "in_fhir", "delta": "in_delta"}[released.kind]
    assert ndoo("uphold", source, "-o", released.place, *LIST).status == 0
    (released.path / ".notes").write_text("mine")
    said = ndoo("uphold", source, "-o", released.place, *LIST, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-of-others")
    assert (released.path / ".notes").read_text() == "mine"


def test_an_older_release_of_parquet_is_still_verified_and_takes_no_more_than_it_had(
    tmp_path: Path, ndoo: Ndoo
) -> None:
    old = release("parquet_folder", tmp_path, ndoo)
    (old.path / "_manifest.json").unlink()
    put_parquet_manifest(old.path, older=True)
    (old.path / "_SUCCESS").write_text("")
    assert verified(ndoo, old)[1] == []
    (old.path / "_SUCCESS").write_text(GONE[:9])
    assert verified(ndoo, old)[1] == ["paths"]
    (old.path / "_SUCCESS").unlink()
    assert verified(ndoo, old)[1] == []
    pq.write_table(pa.table({"nhs_number": PEOPLE[:1], "visit": [1]}), old.path / "site=00" / "more.parquet")
    assert verified(ndoo, old)[1] == ["digest", "rows", "nobody"]


def test_parts_that_are_not_those_of_the_manifest_break_the_digest(tmp_path: Path, ndoo: Ndoo) -> None:
    """Counts and sizes of each part are made anew, so that nobody reads there what is not so."""
    spark = release("parquet_folder", tmp_path, ndoo)
    document = json.loads((spark.path / "_manifest.json").read_text())
    document["files"]["site=00/part-00000.parquet"]["rows"] += 1
    (spark.path / "_manifest.json").write_bytes(written(load_sealer(data_folder()).seal(document)))
    assert verified(ndoo, spark)[1] == ["digest"]
