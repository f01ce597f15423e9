"""Exit status 8, `ndoo key trust` and `verify --no-list`: what a recipient can prove, and what they are told that they cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.attack.tampering import STRANGER
from tests.conftest import Ndoo
from tests.support.releases import FOLDERS, KINDS, LIST, PEOPLE, Released, release


@pytest.fixture(params=KINDS)
def released(request: pytest.FixtureRequest, tmp_path: Path, ndoo: Ndoo) -> Released:
    return release(request.param, tmp_path, ndoo)


@pytest.fixture
def recipient(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> object:
    """Called, somebody else sits at the machine: their data folder knows nothing yet."""
    folder = tmp_path_factory.mktemp("recipient") / "data"
    return lambda: monkeypatch.setenv("NDOO_DATA", str(folder))


def test_a_recipient_proves_all_but_the_list_and_is_told_so(released: Released, ndoo: Ndoo, recipient: object) -> None:
    sender = ndoo("key", "show", "--json").json["public_key"]
    own = ndoo("verify", released.place, *LIST, "--json")
    assert (own.status, own.json["signer"], own.json["list_checked"]) == (0, "this account", True)
    assert ndoo("verify", released.place).status == 4, "a list is never left out by accident"
    recipient()  # type: ignore[operator]
    without = ndoo("verify", released.place)
    assert without.status == 4 and "or --no-list, to check everything but the list." in without.err
    unknown = ndoo("verify", released.place, "--no-list", "--json")
    assert (unknown.status, unknown.json["verified"], unknown.json["signer"]) == (8, True, None)
    assert unknown.json["sealed_by"] == sender
    assert ndoo("verify", released.place, *LIST).status == 8, "with a list too"
    named = ndoo("verify", released.place, "--no-list", "--signed-by", sender, "--json")
    assert (named.status, named.json["list_checked"], named.json["list"]) == (0, False, None)
    assert {"seal", "counts", "digest", "rows"} <= {promise["name"] for promise in named.json["promises"]}
    assert "nobody" not in {promise["name"] for promise in named.json["promises"]}, "it was not looked up"
    assert "was not checked" in named.told and "Verified, but for the list" in named.told
    quiet = ndoo("verify", released.place, "--no-list", "--signed-by", sender, "--quiet")
    assert (quiet.status, "was not checked" in quiet.told) == (0, True)
    assert ndoo("key", "trust", "The sender", sender).status == 0
    assert ndoo("verify", released.place, "--no-list", "--json").json["signer"] == "The sender"
    assert ndoo("verify", released.place, *LIST, "--signed-by", "The sender").status == 0
    assert ndoo("verify", released.place, "--no-list", "--signed-by", STRANGER.public_key).status == 3


def test_what_was_changed_fails_without_a_list_too(released: Released, ndoo: Ndoo) -> None:
    if released.kind in ("sqlite", "duckdb"):
        pytest.skip("changed in tests/engines")
    files = (
        [p for p in sorted(released.path.rglob("*")) if p.is_file() and "manifest" not in p.name]
        if released.kind in FOLDERS
        else [released.path]
    )
    for file in files:
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert ndoo("verify", released.place, "--no-list").status == 3
        file.write_bytes(whole)
    assert ndoo("verify", released.place, "--no-list").status == 0


def test_a_forger_with_a_key_of_their_own_is_nobody_here(ndoo: Ndoo, tmp_path: Path) -> None:
    """They put somebody back, made every digest fit, and sealed anew: without the list, the seal is all there is."""
    import hashlib

    released = release("csv", tmp_path, ndoo)
    content = released.path.read_bytes() + f"{PEOPLE[0]},0\n".encode()
    released.path.write_bytes(content)
    path = tmp_path / "out.csv.manifest.json"
    document = json.loads(path.read_text())
    document["output"] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "rows": 9}
    document["rows"] |= {"kept": 9, "removed": 0}
    document["people"] |= {"kept": 9, "removed": 0}
    path.write_text(json.dumps(STRANGER.seal(document)))
    said = ndoo("verify", "out.csv", "--no-list", "--json")
    assert (said.status, said.json["verified"]) == (8, True)
    assert "Nobody here knows whose seal it is" in said.told


def test_no_list_goes_with_no_list(ndoo: Ndoo, tmp_path: Path) -> None:
    release("csv", tmp_path, ndoo)
    for more in (
        LIST,
        ("--register",),
        ("--snapshot", "x"),
        ("--mesh", "x"),
        ("--type1", "codes.csv"),
        ("--allowed", "gone.txt"),
    ):
        said = ndoo("verify", "out.csv", "--no-list", *more, "--json")
        assert (said.status, said.json["error"]["code"]) == (2, "no-list-and-list")
    unknown = ndoo("verify", "out.csv", "--no-list", "--signed-by", "Nobody", "--json")
    assert (unknown.status, unknown.json["error"]["code"]) == (2, "key-unknown")


def test_a_column_of_numbers_that_nobody_classified_is_seen_without_a_list(ndoo: Ndoo, tmp_path: Path) -> None:
    import hashlib

    released = release("csv", tmp_path, ndoo)
    rows = "".join(f"{number},{at},{number}\n" for at, number in enumerate(PEOPLE[1:]))
    content = ("nhs_number,visit,mother\n" + rows).encode()
    released.path.write_bytes(content)
    document = json.loads((tmp_path / "out.csv.manifest.json").read_text())
    document["output"] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (tmp_path / "out.csv.manifest.json").write_text(json.dumps(STRANGER.seal(document)))
    assert ndoo("verify", "out.csv", "--no-list").status == 3


def test_keys_are_shown_named_listed_and_taken_back(ndoo: Ndoo, tmp_path: Path) -> None:
    assert ndoo("key", "list").told.startswith("No key is known here")
    key = ndoo("key", "show").out.strip()
    assert ndoo("key", "show", "--json").json == {"public_key": key}
    assert ndoo("key", "trust", "Research platform", STRANGER.public_key, "--json").json["new"] is True
    assert "as they did" in ndoo("key", "trust", "Research platform", STRANGER.public_key).told
    assert ndoo("key", "list").out == f"{key}  this account\n{STRANGER.public_key}  Research platform\n"
    listed = ndoo("key", "list", "--json").json["keys"]
    assert [(one["name"], one["own"]) for one in listed] == [("this account", True), ("Research platform", False)]
    assert ndoo("key", "distrust", "Research platform").status == 0
    assert ndoo("key", "distrust", "Research platform").status == 2
    assert ndoo("key", "backup", "copy.key").status == 0
    assert (tmp_path / "copy.key").stat().st_mode & 0o077 == 0
    assert ndoo("key", "backup", "copy.key", "--json").json["error"]["code"] == "backup-there"
    assert ndoo("key", "backup", f"{PEOPLE[0]}.key").status == 2


def test_no_output_takes_the_place_of_the_file_that_says_whom_to_trust(
    ndoo: Ndoo, tmp_path: Path, own_data_folder: Path
) -> None:
    release("csv", tmp_path, ndoo)
    assert ndoo("key", "trust", "Research platform", STRANGER.public_key).status == 0
    said = ndoo("uphold", "in.csv", "-o", own_data_folder / "trusted_keys.json", *LIST, "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "output-is-own")
