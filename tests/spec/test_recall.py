"""`ndoo recall`: whoever opts out afterwards is found in every kind of release, wherever it lies, and none is passed over."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.attack.tampering import STRANGER
from tests.conftest import ROOT, TODAY, Ndoo
from tests.support.releases import GONE, KINDS, LATER, LIST, PEOPLE, TABLES, Released, release

NOW = ("--opted-out", "now.txt", "--checked-at", TODAY)


@pytest.fixture(autouse=True)
def lists(tmp_path: Path) -> None:
    (tmp_path / "now.txt").write_text(f"{GONE}\n{LATER}\n")
    codes = "".join(f"{number},C10..,2020-01-01\n" for number in PEOPLE if number != LATER)
    (tmp_path / "codes.csv").write_text(f"nhs_number,code,date\n{codes}{LATER},9Nu0.,2026-01-01\n")
    (tmp_path / "none.csv").write_text(f"nhs_number,code,date\n{codes}{GONE},9Nu0.,2026-01-01\n")


def entries(said: Any) -> list[tuple[str, str]]:
    return [(entry["name"], entry["answer"]) for entry in said.json["releases"]]


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_opts_out_afterwards_is_found_in_every_kind_of_release(kind: str, ndoo: Ndoo, tmp_path: Path) -> None:
    released = release(kind, tmp_path, ndoo)
    clear = ndoo("recall", released.place, *LIST, "--json")
    assert (clear.status, clear.json["hold"], clear.json["undecided"], clear.json["clear"]) == (0, 0, 0, 1)
    said = ndoo("recall", released.place, *NOW, "--json")
    assert (said.status, said.json["hold"]) == (6, 1)
    (entry,) = said.json["releases"]
    rows = 2 if kind in ("linked", "fhir", "fhir_folder") else 1
    assert (entry["people"], entry["rows"], entry["answer"]) == (1, rows, "holds somebody withheld")
    assert (entry["signer"], bool(entry["sealed_by"]), bool(entry["created"])) == ("this account", True, True)
    assert said.json["list"]["numbers"] == 2 and said.json["type1"] is None
    for codes, status in (("codes.csv", 6), ("none.csv", 0)):
        by_type1 = ndoo("recall", released.place, "--type1", codes, "--json")
        assert (by_type1.status, by_type1.json["hold"]) == (status, int(status == 6)), by_type1.told
    assert ndoo("recall", released.place, *LIST, "--type1", "codes.csv").status == 6
    manifest = {
        "linked": "linked/manifest.json",
        "csv": "out.csv.manifest.json",
        "parquet_folder": "spark/_manifest.json",
    }
    if kind in manifest:
        assert ndoo("recall", manifest[kind], *NOW, "--json").json["hold"] == 1, "by its manifest"


@pytest.fixture
def everything(tmp_path: Path, ndoo: Ndoo) -> dict[str, Released]:
    """A release of every kind, deep in folders, hidden ones too."""
    found = {}
    for at, kind in enumerate(KINDS):
        place = tmp_path / "made" / kind
        place.mkdir(parents=True)
        (tmp_path / "gone.txt").write_text(GONE + "\n")
        found[kind] = release(kind, tmp_path, ndoo)
        home = tmp_path / "all" / ("deep/er" if at % 2 else ".hidden")
        home.mkdir(parents=True, exist_ok=True)
        for path in (found[kind].path, tmp_path / f"{found[kind].path.name}.manifest.json"):
            if path.exists():
                path.rename(home / path.name)
    return found


def test_a_folder_is_looked_through_to_its_last_corner(everything: dict[str, Released], ndoo: Ndoo) -> None:
    clear = ndoo("recall", "all", *LIST, "--json")
    assert (clear.status, clear.json["clear"]) == (0, len(KINDS)), clear.told
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, said.json["hold"], said.json["clear"]) == (6, len(KINDS), 0), said.told
    assert sorted(entry["kind"] for entry in said.json["releases"]) == sorted(
        ["file"] * 3 + ["fhir"] * 2 + ["linked tables", "parquet folder", "delta table"] + ["table"] * 2
    )
    again = ndoo("type1", "rerun", "all", "--type1", "codes.csv", "--json")
    assert (again.status, len(again.json["clear"])) == (0, len(KINDS)), "none of them upheld Type 1 opt-outs"


def test_type1_rerun_looks_into_folders_and_databases_too(ndoo: Ndoo, tmp_path: Path) -> None:
    """It passed over them: whoever objected since stayed in."""
    for kind in ("linked", "fhir_folder", "csv", "sqlite"):
        released = release(kind, tmp_path, ndoo)
        source = {
            "linked": ("in_linked",),
            "fhir_folder": ("in_fhir",),
            "csv": ("in.csv",),
            "sqlite": ("sqlite:///released.sqlite#visits",),
        }[kind]
        into = ("--into", "again") if kind == "sqlite" else ("-o", released.place)
        assert ndoo("uphold", *source, *into, *LIST, "--type1", "none.csv").status == 0
    places = ("linked", "fhir", "out.csv", "sqlite:///released.sqlite#again")
    assert ndoo("type1", "rerun", *places, "--type1", "none.csv").status == 0
    said = ndoo("type1", "rerun", *places, "--type1", "codes.csv", "--json")
    assert (said.status, len(said.json["rerun"]), said.json["clear"]) == (6, 4, [])
    assert {"again", "linked", "fhir", "out.csv"} == {
        entry["dataset"].rpartition("#")[2] for entry in said.json["rerun"]
    }
    for entry in said.json["rerun"]:
        assert "1" not in entry["because"].replace("Type 1", ""), "not how many either"


BROKEN: dict[str, Callable[[Path], object]] = {
    "cut_off": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_bytes(b""),
    "an_empty_object": lambda path: path.write_text("{}"),
    "of_another_tool": lambda path: path.write_text('{"name": "page", "start_url": "/"}'),
    "not_sealed": lambda path: path.write_text(
        json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k != "seal"})
    ),
    "changed": lambda path: path.write_text(path.read_text().replace('"kept": 8', '"kept": 9')),
    "without_its_parts": lambda path: path.write_text(json.dumps({"kind": "uphold", "ndoo": "0.1.0"})),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("kind", ["csv", "linked", "parquet_folder"])
def test_a_release_whose_manifest_is_broken_is_never_passed_over(
    kind: str, what: str, ndoo: Ndoo, tmp_path: Path
) -> None:
    released = release(kind, tmp_path, ndoo)
    manifest = (
        tmp_path
        / {"csv": "out.csv.manifest.json", "linked": "linked/manifest.json", "parquet_folder": "spark/_manifest.json"}[
            kind
        ]
    )
    BROKEN[what](manifest)
    for place in (".", released.place):
        said = ndoo("recall", place, *LIST, "--json")
        assert (said.status, said.json["undecided"], said.json["left_aside"]) == (3, 1, []), said.told
        assert "cannot be decided" in said.told
    quiet = ndoo("recall", ".", *LIST, "--quiet")
    assert "cannot be decided" in quiet.told, "a warning is never hidden"
    assert ndoo("type1", "rerun", ".", "--type1", "codes.csv").status == 6


def test_what_was_changed_is_looked_into_and_never_clear(ndoo: Ndoo, tmp_path: Path) -> None:
    released = release("linked", tmp_path, ndoo)
    (released.path / ".DS_Store").write_text("x")
    said = ndoo("recall", "linked", *LIST, "--json")
    assert (said.status, entries(said)) == (3, [("linked", "cannot be decided")])
    assert ".DS_Store" in said.json["releases"][0]["because"]
    assert ndoo("recall", "linked", *NOW, "--json").json["hold"] == 1, "and yet it is known who is in it"
    shutil.rmtree(released.path / "deep")
    gone = ndoo("recall", "linked", *NOW, "--json")
    assert (gone.status, gone.json["undecided"]) == (3, 1)


def test_a_manifest_alone_says_nothing_about_who_is_in_what_it_describes(ndoo: Ndoo, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo).path.unlink()
    for place in (".", "out.csv", "out.csv.manifest.json"):
        said = ndoo("recall", place, *LIST, "--json")
        assert (said.status, entries(said)) == (3, [("out.csv", "cannot be decided")])


def test_what_is_no_release_of_ndoo_is_left_aside_and_named(ndoo: Ndoo, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo)
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "manifest.json").write_text('{"name": "page", "start_url": "/"}')
    (tmp_path / "page" / "export.manifest.json").write_text('{"transactionTime": "2026-11-20", "output": []}')
    (tmp_path / "asked.dat").write_text("\n".join(PEOPLE) + "\n")
    assert ndoo("check", "asked.dat", "-o", "cleaned.dat", *LIST).status == 0
    said = ndoo("recall", ".", *LIST, "--json")
    assert (said.status, said.json["clear"]) == (0, 1), said.told
    assert said.json["left_aside"] == ["cleaned.dat.manifest.json", "page/export.manifest.json", "page/manifest.json"]
    assert "left aside: page/manifest.json" in said.told


def test_a_link_is_not_followed_and_one_that_leads_out_is_said(ndoo: Ndoo, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo)
    (tmp_path / "here").mkdir()
    (tmp_path / "some.txt").write_text("text")
    (tmp_path / "here" / "round").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "nowhere").symlink_to(tmp_path / "none")
    (tmp_path / "here" / "text").symlink_to(tmp_path / "some.txt")
    assert ndoo("recall", "here", *LIST, "--json").json["error"]["code"] == "manifest-missing"
    for name, target in (("out", tmp_path), ("x.manifest.json", tmp_path / "some.txt")):
        (tmp_path / "here" / name).symlink_to(target)
        said = ndoo("recall", "here", *LIST, "--json")
        assert (said.status, entries(said)) == (3, [(f"here/{name}", "cannot be decided")])
        (tmp_path / "here" / name).unlink()
    (tmp_path / "out.csv").rename(tmp_path / "real.csv")
    (tmp_path / "out.csv").symlink_to(tmp_path / "real.csv")
    assert ndoo("recall", ".", *LIST, "--json").json["undecided"] == 1


def test_a_list_is_needed_and_what_is_not_there_is_said(ndoo: Ndoo, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo)
    for call, status, code in (
        (("out.csv",), 4, "list-missing"),
        (("none", *LIST), 2, "no-such-file"),
        (("sqlite:///none.db", *LIST), 2, "no-such-file"),
        (("made_up", "--mesh", "x"), 2, "mesh-and-recall"),
        (("out.csv", "--opted-out", "gone.txt", "--checked-at", "2020-01-01"), 4, "list-stale"),
    ):
        said = ndoo("recall", *call, "--json")
        assert (said.status, said.json["error"]["code"]) == (status, code)
    (tmp_path / "empty").mkdir()
    assert ndoo("recall", "empty", *LIST, "--json").json["error"]["code"] == "manifest-missing"
    assert ndoo("recall", "in.csv", *LIST, "--json").json["undecided"] == 1, (
        "a file without a manifest was released by nobody"
    )


@pytest.mark.parametrize("kind", TABLES)
def test_all_that_was_released_in_a_database_is_found(kind: str, ndoo: Ndoo, tmp_path: Path) -> None:
    released = release(kind, tmp_path, ndoo)
    address = released.place.partition("#")[0]
    assert ndoo("uphold", f"{address}#visits", "--into", "second", *LIST).status == 0
    by_file = ndoo("recall", released.path.name, *NOW, "--json")
    for said in (ndoo("recall", address, *NOW, "--json"), by_file, ndoo("recall", ".", *NOW, "--json")):
        assert (said.status, said.json["hold"]) == (6, 2), said.told
    import duckdb

    make = sqlite3.connect(released.path) if kind == "sqlite" else duckdb.connect(str(released.path))
    make.execute("CREATE TABLE ship_manifest (container TEXT)")
    make.execute("CREATE TABLE third_manifest (manifest TEXT)")
    make.execute("INSERT INTO third_manifest VALUES ('{}')")
    make.execute("DROP TABLE second")
    if kind == "sqlite":
        make.commit()
    make.close()
    said = ndoo("recall", address, *LIST, "--json")
    assert said.status == 3
    assert [(name.rpartition("#")[2].removeprefix("main."), answer) for name, answer in entries(said)] == [
        ("released", "clear"),
        ("second", "cannot be decided"),
        ("third_manifest", "cannot be decided"),
    ]
    assert ndoo("recall", f"{address}#nothing", *LIST, "--json").json["undecided"] == 1
    released.path.write_bytes(released.path.read_bytes()[:64])
    assert ndoo("recall", ".", *LIST).status == 3


def test_a_database_s_manifest_as_a_file_says_where_to_look(ndoo: Ndoo, tmp_path: Path) -> None:
    release("sqlite", tmp_path, ndoo)
    assert (
        ndoo(
            "uphold",
            "sqlite:///released.sqlite#visits",
            "--into",
            "second",
            "--manifest",
            "second.manifest.json",
            *LIST,
        ).status
        == 0
    )
    (tmp_path / "apart").mkdir()
    (tmp_path / "second.manifest.json").rename(tmp_path / "apart" / "second.manifest.json")
    for place in ("apart", "apart/second.manifest.json"):
        alone = ndoo("recall", place, *LIST, "--json")
        assert (alone.status, "name the address" in alone.told) == (3, True)
    both = ndoo("recall", "apart", "sqlite:///released.sqlite", *LIST, "--json")
    assert (both.status, both.json["clear"]) == (0, 2)
    verified = ndoo("verify", "apart/second.manifest.json", *LIST, "--json")
    assert (verified.status, verified.json["error"]["code"]) == (3, "manifest-of-database")


def test_a_release_to_which_the_opt_out_did_not_apply_is_judged_by_the_list_that_is_named(
    ndoo: Ndoo, tmp_path: Path
) -> None:
    released = release("csv", tmp_path, ndoo)
    flow = next((ROOT / "examples" / "flows").glob("7-*.toml"))
    assert ndoo("uphold", "in.csv", "-o", released.place, "--flow", flow).status == 0
    said = ndoo("recall", "out.csv", *LIST, "--json")
    assert (said.status, said.json["releases"][0]["people"]) == (6, 1)
    assert "does not apply to its flow" in said.told


def test_no_number_in_a_path_is_repeated(ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The house refuses such names when it releases; somebody may rename a file afterwards."""
    released = release("csv", tmp_path, ndoo)
    home = tmp_path.parent / f"{tmp_path.name}-apart" / PEOPLE[4]
    home.mkdir(parents=True)
    for path in (released.path, tmp_path / "out.csv.manifest.json"):
        shutil.copy(path, home / path.name)
    (home / "x.manifest.json").write_text("{")
    said = ndoo("recall", home, *LIST, "--json")
    assert (said.status, said.json["clear"], said.json["undecided"]) == (3, 1, 1)


def test_a_number_in_another_column_is_said_by_its_column(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text(GONE + "\n")
    rows = "".join(f"{number},note {at}\n" for at, number in enumerate(PEOPLE[2:]))
    (tmp_path / "in.csv").write_text(f"nhs_number,note\n{rows}{PEOPLE[2]},mother {LATER}\n")
    assert ndoo("uphold", "in.csv", "-o", "out.csv", *LIST).status == 0
    said = ndoo("recall", "out.csv", *NOW, "--json")
    assert (said.status, said.json["releases"][0]["people"]) == (6, 0)
    assert "'note'" in said.json["releases"][0]["because"]


def test_a_stranger_s_seal_is_no_reason_to_pass_over_who_is_in_it(ndoo: Ndoo, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo)
    path = tmp_path / "out.csv.manifest.json"
    path.write_text(json.dumps(STRANGER.seal(json.loads(path.read_text()))))
    said = ndoo("recall", "out.csv", *NOW, "--json")
    assert (said.status, said.json["releases"][0]["signer"]) == (6, None)


@pytest.mark.parametrize("kind", ["csv", "linked", "sqlite"])
def test_a_release_that_is_named_twice_is_one(kind: str, ndoo: Ndoo, tmp_path: Path) -> None:
    place = release(kind, tmp_path, ndoo).place
    named = (place, place, ".", "./.") if kind == "sqlite" else (place, f"./{place}", ".")
    said = ndoo("recall", *named, *LIST, "--json")
    assert (said.status, said.json["clear"], len(said.json["releases"])) == (0, 1, 1), said.told
    assert len(ndoo("show", *named, "--json").json["releases"]) == 1
    (tmp_path / "none.txt").write_text("")
    unread = ("none.txt", "none.txt", *named)
    said = ndoo("recall", *unread, *LIST, "--json")
    assert (said.status, said.json["undecided"]) == (3, 1)
    assert "[manifest-missing]" in said.told, "with the code that `ndoo explain` takes"
    assert [one["code"] for one in said.json["releases"] if one["code"]] == ["manifest-missing"]
    assert [one["code"] for one in ndoo("show", *unread, "--json").json["unclear"]] == ["manifest-missing"]


def test_the_copy_of_a_manifest_that_is_named_twice_is_one(ndoo: Ndoo, tmp_path: Path) -> None:
    release("sqlite", tmp_path, ndoo)
    call = ("--into", "again", "--manifest", "copy.json", *LIST)
    (address,) = (f"sqlite:///{path.name}#visits" for path in tmp_path.iterdir() if path.read_bytes()[:6] == b"SQLite")
    assert ndoo("uphold", address, *call).status == 0
    (tmp_path / "apart").mkdir()
    (tmp_path / "copy.json").rename(tmp_path / "apart" / "copy.json")
    said = ndoo("recall", "apart", "apart/copy.json", *LIST, "--json")
    assert (said.status, said.json["undecided"]) == (3, 1), said.told


def test_a_cleaned_list_is_called_so(ndoo: Ndoo, tmp_path: Path) -> None:
    """It was said that its record cannot be read as one of ndoo's."""
    release("csv", tmp_path, ndoo)
    (tmp_path / "asked.txt").write_text("\n".join(PEOPLE) + "\n")
    assert ndoo("check", "asked.txt", "-o", "clean.dat", *LIST).status == 0
    for name in ("clean.dat", "clean.dat.manifest.json"):
        for command in ("verify", "show"):
            said = ndoo(command, name, *(LIST if command == "verify" else ()), "--json")
            assert (said.status, said.json["error"]["code"]) == (3, "manifest-of-list"), said.told
        said = ndoo("recall", name, *LIST)
        assert (said.status, "[manifest-of-list]" in said.told) == (3, True)
    assert ndoo("recall", ".", *LIST, "--json").json["left_aside"] == ["clean.dat.manifest.json"]
