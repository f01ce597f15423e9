"""A release whose manifest was renamed, saved again or packed is found by what the manifest says, or told of: never passed over.

The naive way is that of before: a manifest is what is called as one.
"""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ndoo.evidence import find_releases
from tests.conftest import TODAY, Ndoo, Said
from tests.support.releases import FILES, FOLDERS, GONE, LATER, LIST, PEOPLE, release

NOW = ("--opted-out", "now.txt", "--checked-at", TODAY)
MANIFEST = "out.csv.manifest.json"


@pytest.fixture(autouse=True)
def place(tmp_path: Path) -> Path:
    """A folder that is searched, with one release that is named as releases are and holds nobody withheld."""
    (tmp_path / "now.txt").write_text(f"{GONE}\n{LATER}\n")
    (tmp_path / "all").mkdir()
    return tmp_path / "all"


@pytest.fixture
def naive(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def turn() -> None:
        for name in ("may_be_renamed", "packed_manifests"):
            monkeypatch.setattr(find_releases, name, lambda _: False)

    return turn


@pytest.fixture
def made(ndoo: Ndoo, tmp_path: Path) -> tuple[bytes, bytes]:
    """A released file and its manifest."""
    release("csv", tmp_path, ndoo)
    return (tmp_path / "out.csv").read_bytes(), (tmp_path / MANIFEST).read_bytes()


def put_newer(place: Path, ndoo: Ndoo) -> None:
    """Another release beside it, made by the list of today."""
    said = ndoo("uphold", "in.csv", "-o", place / "new.csv", *NOW)
    assert said.status == 0, said.told


def answers(said: Said) -> dict[str, str]:
    return {Path(one["name"]).name: one["answer"] for one in said.json["releases"]}


def renamings() -> Iterator[tuple[str, str]]:
    """How the manifest and the file are called, as browsers, mail programs, backups and colleagues do."""
    for name in (
        "out.csv.manifest (1).json",
        "out.csv.manifest(2).json",
        "out.csv.manifest - Copy.json",
        "Copy of out.csv.manifest.json",
        "OUT.CSV.MANIFEST.JSON",
        "out.csv.Manifest.json",
        f"{MANIFEST}.txt",
        f"{MANIFEST}.bak",
        f"{MANIFEST}~",
        f"~${MANIFEST}",
        f".{MANIFEST}.swp",
        "out.csv.manifest",
        "manifest.json.download",
        "the proof.dat",
        "x",
    ):
        for file in ("out.csv", "out (1).csv", "OUT.CSV", "extract, final.txt"):
            yield name, file
    chance = random.Random(11)
    for _ in range(20):
        yield "".join(chance.choices("aM.j_ -(1)", k=9)) + "z", "".join(chance.choices("bN.c_ -(2)", k=9)) + "y"


@pytest.mark.parametrize("mixed", [False, True], ids=["alone", "beside another"])
def test_whatever_the_manifest_and_the_file_are_called_whoever_opted_out_is_found(
    made: tuple[bytes, bytes], place: Path, ndoo: Ndoo, mixed: bool
) -> None:
    if mixed:
        put_newer(place, ndoo)
    for at, (manifest, file) in enumerate(renamings()):
        folder = place / str(at)
        folder.mkdir()
        (folder / file).write_bytes(made[0])
        (folder / manifest).write_bytes(made[1])
    many = len(list(renamings()))
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, said.json["hold"], said.json["undecided"]) == (6, many, 0), said.told
    assert sorted(one["name"] for one in said.json["releases"] if one["people"]) == sorted(
        f"all/{at}/{file}" for at, (_, file) in enumerate(renamings())
    )
    clear = ndoo("recall", "all", *LIST, "--json")
    assert (clear.status, clear.json["clear"]) == (0, many + mixed), clear.told


def test_who_looks_for_names_alone_passes_it_over(
    made: tuple[bytes, bytes], place: Path, ndoo: Ndoo, naive: Callable[[], None]
) -> None:
    put_newer(place, ndoo)
    (place / "out (1).csv").write_bytes(made[0])
    (place / "out.csv.manifest (1).json").write_bytes(made[1])
    assert ndoo("recall", "all", *NOW).status == 6
    naive()
    assert ndoo("recall", "all", *NOW).status == 0


CHANGES: list[Callable[[str], str]] = [str.upper, "{} (1)".format, "{}.txt".format]


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_of_every_kind_is_found(kind: str, change: Callable[[str], str], place: Path, ndoo: Ndoo) -> None:
    path = release(kind, place.parent, ndoo).path
    path.with_name(f"{path.name}.manifest.json").rename(place / change(f"{path.name}.manifest.json"))
    path.rename(place / f"1 {path.name}")
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, said.json["hold"]) == (6, 1), said.told
    clear = ndoo("recall", "all", *LIST, "--json")
    assert (clear.status, clear.json["clear"]) == (0, 1), clear.told


@pytest.mark.parametrize("kind", FOLDERS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_of_every_kind_is_told(kind: str, change: Callable[[str], str], place: Path, ndoo: Ndoo) -> None:
    path = release(kind, place.parent, ndoo).path.rename(place / "renamed")
    (manifest,) = path.glob("*manifest.json")
    manifest.with_name(change(manifest.name)).write_bytes(manifest.read_bytes())
    for by, status in ((NOW, 6), (LIST, 3)):
        twice = ndoo("recall", "all", *by, "--json")
        assert (twice.status, len(twice.json["releases"])) == (status, 1), (
            "it holds a file that its manifest does not name"
        )
    manifest.unlink()
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, said.json["undecided"], len(said.json["releases"])) == (3, 1, 1), said.told
    assert "give it the name that ndoo gave it" in said.told


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_copy_of_the_manifest_of_a_table_is_told(kind: str, tmp_path: Path, ndoo: Ndoo) -> None:
    from ndoo.upholding.found_releases import find

    (found,) = find((release(kind, tmp_path, ndoo).place,)).releases
    assert found.manifest_name == found.name
    (tmp_path / "all" / "copy (1).json").write_bytes(found.manifest.written())
    said = ndoo("recall", "all", *LIST, "--json")
    assert (said.status, said.json["undecided"]) == (3, 1), said.told


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(lambda raw: b"\xef\xbb\xbf" + raw, id="UTF-8 with its mark"),
        pytest.param(lambda raw: raw.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(lambda raw: raw.decode().encode("utf-16-be"), id="UTF-16 without its mark"),
        pytest.param(lambda raw: json.dumps(json.loads(raw)).encode(), id="on one line"),
        pytest.param(lambda raw: json.dumps(json.loads(raw), sort_keys=True, indent="\t").encode(), id="sorted"),
        pytest.param(lambda raw: b"\r\n  " + raw.replace(b"\n", b"\r\n"), id="lines of Windows"),
    ],
)
def test_a_manifest_that_was_saved_again_is_read(
    again: Callable[[bytes], bytes], made: tuple[bytes, bytes], place: Path, ndoo: Ndoo
) -> None:
    (place / "a.csv").write_bytes(made[0])
    (place / "a.csv.proof").write_bytes(again(made[1]))
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, answers(said)) == (6, {"a.csv": "holds somebody withheld"}), said.told


def _zipped(packed: Path, *members: tuple[str, bytes]) -> None:
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members:
            archive.writestr(name, raw)


def _behind_a_password(packed: Path) -> None:
    """The sign of a password in both places where an entry has it."""
    raw = bytearray(packed.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    packed.write_bytes(raw)


def test_what_is_packed_or_broken_is_told(made: tuple[bytes, bytes], place: Path, ndoo: Ndoo) -> None:
    file, manifest = made
    put_newer(place, ndoo)
    _zipped(place / "a.zip", ("deep/out.csv", file), (f"deep/{MANIFEST}", manifest))
    _zipped(place / "b.dat", ("x", manifest), ("y", b"{" + manifest), ("z", file))
    _zipped(place / "c.zip", ("out.csv.manifest (1).json", manifest))
    _behind_a_password(place / "c.zip")
    (place / "d.zip").write_bytes((place / "a.zip").read_bytes()[:-40])
    (place / "e.gz").write_bytes(gzip.compress(manifest))
    (place / f"{MANIFEST}.gz").write_bytes(gzip.compress(manifest)[:30])
    (place / "f.txt").write_bytes(manifest[: len(manifest) // 2])
    (place / "g.txt").write_bytes(manifest + b"-- \nSent by mail")
    (place / "h.txt").write_bytes(manifest.replace(b'"rows": {', b'"lines": {'))
    (place / "out.csv.manifest (2).json").write_bytes(b"")
    (place / "i.txt").write_bytes(manifest)
    said = ndoo("recall", "all", *LIST, "--json")
    told = {"a.zip", "b.dat", "c.zip", "d.zip", "e.gz", f"{MANIFEST}.gz", "f.txt", "g.txt", "h.txt", "i.txt"}
    told.add("out.csv.manifest (2).json")
    assert said.status == 3
    assert {name for name, answer in answers(said).items() if answer == "cannot be decided"} == told
    because = {Path(one["name"]).name: one["because"] for one in said.json["releases"]}
    assert because["a.zip"] == "1 manifest of ndoo was packed in it: unpack it, and look into what it holds."
    assert because["b.dat"].startswith("2 manifests of ndoo were packed in it")
    assert because["d.zip"] == "It is a zip archive that cannot be read, so nobody can say what is in it."
    assert because["i.txt"] == "Only its manifest is here. Ask whoever holds it."


def test_what_was_changed_is_not_clear(made: tuple[bytes, bytes], place: Path, ndoo: Ndoo) -> None:
    (place / "out.csv").write_bytes(made[0].replace(b"\n", b"\r\n"))
    (place / f"{MANIFEST}.txt").write_bytes(made[1])
    assert ndoo("recall", "all", *NOW).status == 3


def test_copies_are_each_looked_into_once(made: tuple[bytes, bytes], place: Path, ndoo: Ndoo) -> None:
    for name in ("out.csv", "out (1).csv"):
        (place / name).write_bytes(made[0])
    for name in (MANIFEST, "out.csv.manifest (1).json", f"{MANIFEST}.bak", "moved.csv.manifest.json"):
        (place / name).write_bytes(made[1])
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, sorted(answers(said)), said.json["hold"]) == (6, ["out (1).csv", "out.csv"], 2)


def test_a_manifest_beside_a_file_that_was_renamed_finds_it(made: tuple[bytes, bytes], place: Path, ndoo: Ndoo) -> None:
    (place / "final_v2.csv").write_bytes(made[0])
    (place / "final_v3.csv").symlink_to(place / "final_v2.csv")
    (place / MANIFEST).write_bytes(made[1])
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, answers(said)) == (6, {"final_v2.csv": "holds somebody withheld"})


def test_a_renamed_manifest_can_be_named(made: tuple[bytes, bytes], place: Path, ndoo: Ndoo) -> None:
    (place / "a.csv").write_bytes(made[0])
    (place / "a (1).json").write_bytes(made[1])
    said = ndoo("recall", "all/a (1).json", *NOW, "--json")
    assert (said.status, answers(said)) == (6, {"a.csv": "holds somebody withheld"})
    assert ndoo("recall", "all/a.csv", *NOW).status == 3


def test_what_the_manifest_says_is_not_believed(made: tuple[bytes, bytes], place: Path, ndoo: Ndoo) -> None:
    (place / "out.csv").write_bytes(made[0])
    document = json.loads(made[1])
    document["output"]["bytes"] = "many"
    (place / "a.txt").write_text(json.dumps(document))
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, answers(said)) == (3, {"a.txt": "cannot be decided"})


def test_a_link_to_a_renamed_manifest_elsewhere_is_told(
    made: tuple[bytes, bytes], place: Path, tmp_path: Path, ndoo: Ndoo, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_newer(place, ndoo)
    (tmp_path / "elsewhere").write_bytes(made[1])
    _zipped(tmp_path / "packed", ("x", made[1]))
    (tmp_path / "notes").write_text("nothing")
    for name in ("elsewhere", "packed", "notes"):
        (place / name).symlink_to(tmp_path / name)
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, said.json["undecided"]) == (3, 2), said.told

    def closed(_: Path) -> str | None:
        raise PermissionError

    monkeypatch.setattr(find_releases, "database_kind", closed)
    unclear = [one.place.name for one in find_releases.find_releases(place).unclear]
    assert unclear.count("notes") == 1


def test_nothing_that_is_another_s_is_taken_for_one(ndoo: Ndoo, place: Path, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo)
    put_newer(place, ndoo)
    (tmp_path / "asked.txt").write_text("\n".join(PEOPLE) + "\n")
    assert ndoo("check", "asked.txt", "-o", "clean.dat", *LIST).status == 0
    (place / "clean.dat.manifest (1).json").write_bytes((tmp_path / "clean.dat.manifest.json").read_bytes())
    (place / "record.txt").write_bytes((tmp_path / "clean.dat.manifest.json").read_bytes())
    (place / "manifest (3).json").write_text('{"name": "page"}')
    (place / "notes.json").write_text('{"about": "ndoo", "ndoo": 1}')
    (place / "rows.ndjson").write_text('{"a": 1}\n{"a": "ndoo"}\n')
    (place / f"{MANIFEST}.sha256").write_text("0" * 64)
    (place / "empty.txt").write_text("")
    (place / "large.json").write_text("{" + " " * 100)
    _zipped(place / "page.zip", ("manifest.json", b'{"name": "page"}'), ("text", b"text"), ("folder/", b""))
    (place / "text.gz").write_bytes(gzip.compress(b"text"))
    (place / "cut.csv.gz").write_bytes(gzip.compress(b"text")[:12])
    said = ndoo("recall", "all", *NOW, "--json")
    assert (said.status, answers(said)) == (0, {"new.csv": "clear"}), said.told
    assert sorted(Path(name).name for name in said.json["left_aside"]) == [
        "clean.dat.manifest (1).json",
        "manifest (3).json",
    ]


def test_a_type_1_opt_out_and_the_evidence_of_a_review_are_found_in_it(
    made: tuple[bytes, bytes], place: Path, ndoo: Ndoo
) -> None:
    from ndoo.cli.found_evidence import found_evidence

    (place / "out (1).csv").write_bytes(made[0])
    (place / "out.csv.manifest (1).json").write_bytes(made[1])
    evidence, unclear = found_evidence(("all",))
    assert ([one.name for one in evidence], unclear) == (["out.csv.manifest (1).json"], [])
    (place.parent / "codes.csv").write_text(
        "nhs_number,code,date\n" + "".join(f"{number},9Nu0.,2026-01-01\n" for number in PEOPLE)
    )
    said = ndoo("type1", "rerun", "all", "--type1", "codes.csv", "--json")
    assert "out.csv" in said.out, said.told
