"""Attack 2, by whoever received a release: they hold the kept rows and the manifest, and try every row and every list until a digest fits.

The naive manifest, with the plain digests of before, gives the removed person in seconds; it is made here by leaving the cover out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from ndoo.evidence import seal
from ndoo.evidence.digest_commitments import nonce_of, staying
from ndoo.evidence.manifest import written
from tests.attack.scene import Scene
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.support.releases import KINDS, release

CANDIDATES = some(60, seed=161)
"""Everybody who could be meant, as the attacker sees it."""
GONE = CANDIDATES[17]
STAY = CANDIDATES[20:28]
LISTED = [CANDIDATES[3], GONE, CANDIDATES[41]]


def plain(document: dict[str, object], _: bytes) -> dict[str, object]:
    """What was sealed before: the digests as they are."""
    return document


@pytest.fixture(params=[False, True], ids=["covered", "naive"])
def naive(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With this the attack must work, and without it not."""
    if request.param:
        monkeypatch.setattr(seal, "cover_digests", plain)
    return bool(request.param)


def row(number: str) -> str:
    return f"{number},1966-05-01,B20\n"


def hexes(manifest: bytes) -> set[str]:
    """Everything in the manifest that could be a digest, wherever it stands."""
    return set(re.findall(r"[0-9a-f]{64}", manifest.decode()))


def extracts(kept: str) -> Iterator[tuple[str, bytes]]:
    """Every extract of one more row: whose it would be, and its bytes."""
    heading, *rows = kept.splitlines(keepends=True)
    for number in CANDIDATES:
        for at in range(len(rows) + 1):
            yield number, "".join((heading, *rows[:at], row(number), *rows[at:])).encode()


def lists() -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Every list of three, as lists are written: the attacker may well know that they are sorted."""
    for three in combinations(sorted(CANDIDATES), 3):
        for end in ("\n", ",\n", ",\r\n", "\r\n"):
            yield three, "".join(number + end for number in three).encode()


def test_the_removed_row_of_a_small_extract_is_not_found_by_trying_all(scene: Scene, naive: bool) -> None:
    rows = [*map(row, STAY[:5]), row(GONE), *map(row, STAY[5:])]
    scene.put("nhs_number,born,code\n" + "".join(rows))
    scene.put_lists(go=sorted(LISTED))
    scene.upholds(0, "--nhs-number", "nhs_number", by="opted_out")
    told = hexes((scene.folder / "out.csv.manifest.json").read_bytes())
    kept = (scene.folder / "out.csv").read_text()
    assert hashlib.sha256(kept.encode()).hexdigest() in told, "what was released is told as it is"
    rowed = {number for number, tried in extracts(kept) if hashlib.sha256(tried).hexdigest() in told}
    listed = {three for three, tried in lists() if hashlib.sha256(tried).hexdigest() in told}
    assert rowed == ({GONE} if naive else set())
    assert listed == ({tuple(sorted(LISTED))} if naive else set())


def test_the_record_of_a_cleaned_list_does_not_give_the_list_behind_it(scene: Scene, naive: bool) -> None:
    scene.put("\n".join([*STAY, GONE]) + "\n", "numbers.txt")
    scene.put_lists(go=sorted(LISTED))
    said = scene.ndoo("check", "numbers.txt", "-o", "clean.dat", "--opted-out", "opted_out.dat", "--checked-at", TODAY)
    assert said.status == 0, said.told
    told = hexes((scene.folder / "clean.dat.manifest.json").read_bytes())
    found = {three for three, tried in lists() if hashlib.sha256(tried).hexdigest() in told}
    assert found == ({tuple(sorted(LISTED))} if naive else set())


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_release_tells_the_digest_of_what_stayed_behind(kind: str, tmp_path: Path, ndoo: Ndoo) -> None:
    """Also not that two of the files that stayed behind are equal."""
    made = release(kind, tmp_path, ndoo)
    document = manifest(ndoo, made.place)
    assert nonce_of(document)
    said = [one for one in staying(document).values() if one]
    assert len(set(said)) == len(said)
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    out = {raw for path, raw in files.items() if path == made.path or made.path in path.parents}
    behind = {hashlib.sha256(raw).hexdigest() for raw in files.values() if raw not in out}
    assert behind and not behind & hexes(json.dumps(document).encode())
    assert ndoo("verify", made.place, "--no-list", "--json").status == 0


def manifest(ndoo: Ndoo, place: str) -> dict[str, object]:
    """The manifest as it lies beside what was released, in a database too."""
    from ndoo.upholding.found_releases import find_some

    (found,) = find_some((place,)).releases
    return {**found.manifest.document}


def test_two_manifests_of_one_list_do_not_show_that_it_is_one(scene: Scene) -> None:
    """Otherwise a recipient of both would see that nobody has opted out in between."""
    scene.put("nhs_number,born,code\n" + "".join(map(row, STAY)))
    scene.put_lists(go=LISTED)
    one, other = (
        scene.upholds(0, "--nhs-number", "nhs_number", output=name, by="opted_out").manifest for name in ("a", "b.csv")
    )
    assert not set(staying(one).values()) & set(staying(other).values())


def test_a_manifest_of_before_is_verified_as_it_was(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.put("nhs_number,born,code\n" + "".join(map(row, [*STAY, GONE])))
    scene.put_lists(stay=STAY)
    with monkeypatch.context() as before:
        before.setattr(seal, "cover_digests", plain)
        scene.upholds(0, "--nhs-number", "nhs_number")
    assert scene.verify().status == 0
    said = scene.ndoo("key", "open", "out.csv", "in.csv", "allowed.dat", "--json")
    assert (said.status, said.json["covered"]) == (0, False)
    assert said.json["files"] == {"in.csv": ["input"], "allowed.dat": ["list"]}
    assert (
        scene.ndoo("key", "open", "out.csv", "-o", "opening.json", "--json").json["error"]["code"]
        == "opening-not-needed"
    )


def test_an_auditor_opens_the_digests_and_nobody_else_does(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    scene.put("nhs_number,born,code\n" + "".join(map(row, [*STAY, GONE])))
    scene.put_lists(go=LISTED)
    scene.upholds(0, "--nhs-number", "nhs_number", by="opted_out")
    said = scene.ndoo("key", "open", "out.csv", "in.csv", "opted_out.dat", "-o", "opening.json", "--json")
    assert said.json["files"] == {"in.csv": ["input"], "opted_out.dat": ["list"]}
    assert (said.status, said.json["unopened"], said.json["without_digest"]) == (0, [], [])
    assert (scene.folder / "opening.json").stat().st_mode & 0o777 == 0o600
    again = scene.ndoo("key", "open", "out.csv", "-o", "opening.json", "--json")
    assert again.json["error"]["code"] == "opening-there"
    assert scene.ndoo("key", "open", "out.csv", "-o", "no/where", "--json").status != 0
    assert scene.ndoo("key", "open", "out.csv", "-o", "it.pdf", "--json").json["error"]["code"] == "output-format"
    other = scene.ndoo("key", "open", "out.csv", "allowed.dat", "--json")
    assert (other.status, other.json["files"]) == (3, {"allowed.dat": []})
    assert other.json["unopened"] == ["input", "list"]

    monkeypatch.setenv("NDOO_DATA", str(tmp_path_factory.mktemp("auditor") / "data"))
    assert scene.ndoo("key", "open", "out.csv", "in.csv", "--json").json["error"]["code"] == "opening-elsewhere"
    assert scene.ndoo("key", "show").status == 0
    assert scene.ndoo("key", "open", "out.csv", "in.csv", "--json").json["error"]["code"] == "opening-elsewhere"
    brought = scene.ndoo("key", "open", "out.csv", "in.csv", "--opening", "opening.json", "--json")
    assert (brought.status, brought.json["files"]) == (0, {"in.csv": ["input"]})
    for damaged in ({}, {"kind": "opening", "nonce": "other", "opening": ""}, {"kind": "opening"}):
        scene.put(json.dumps(damaged), "damaged.json")
        said = scene.ndoo("key", "open", "out.csv", "in.csv", "--opening", "damaged.json", "--json")
        assert (said.status, said.json["error"]["code"]) == (3, "opening-of-another")
    assert scene.ndoo("key", "open", "out.csv", "--opening", "none.json", "--json").status == 2
    assert scene.ndoo("key", "open", "out.csv", "none.csv", "--opening", "opening.json", "--json").status == 2
    assert scene.ndoo("key", "open", "in.csv", "--json").status == 2
    scene.put("{}", "x.manifest.json")
    assert (
        scene.ndoo("key", "open", "x.manifest.json", "in.csv", "--json").json["error"]["code"] == "manifest-unreadable"
    )


@pytest.mark.parametrize("kind", ["linked", "fhir_folder", "csv", "fhir"])
def test_whoever_released_it_can_show_what_it_was_made_of(kind: str, tmp_path: Path, ndoo: Ndoo) -> None:
    made = release(kind, tmp_path, ndoo)
    source = {"linked": "in_linked", "fhir_folder": "in_fhir", "csv": "in.csv", "fhir": "in.ndjson"}[kind]
    said = ndoo("key", "open", made.place, source, "--json")
    assert said.status == 0 and "input" in said.json["files"][source], said.told


def test_a_table_in_pieces_is_opened_whole(tmp_path: Path, ndoo: Ndoo) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for at, numbers in enumerate((STAY[:4], STAY[4:])):
        (source / f"p{at}.csv").write_text("nhs_number\n" + "".join(f"{number}\n" for number in numbers))
    (source / "datapackage.json").write_text(
        json.dumps({"name": "x", "resources": [{"name": "people", "path": ["p1.csv", "p0.csv"]}]})
    )
    (tmp_path / "gone.txt").write_text(GONE + "\n")
    assert ndoo("uphold", "in", "-o", "out", "--opted-out", "gone.txt", "--checked-at", TODAY).status == 0
    places = {"input", "tables/people/input", "tables/people/files/0/input", "tables/people/files/1/input"}
    assert set(ndoo("key", "open", "out", "in", "--json").json["files"]["in"]) == places


def test_a_document_that_anybody_may_have_written_covers_what_can_be_covered() -> None:
    odd = {
        "kind": "uphold",
        "input": 5,
        "tables": [1],
        "files": {"a": None},
        "list": {"lists": [None, {"sha256": "a"}]},
        "type1": {"status": {"sources": ["x"]}},
    }
    sealed = seal.Sealer(bytes(32)).seal(odd)
    assert sealed["list"]["lists"][1]["sha256"] not in ("a", None)
    assert written(sealed)
    assert seal.Sealer(bytes(32)).seal(sealed)["list"] == sealed["list"], "what is covered once stays as it is"
