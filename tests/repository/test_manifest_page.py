"""Nobody reads a manifest by guessing: every field that a release of any kind writes is on the page, with where it is written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from handbook.manifest import parts

from tests.conftest import DATA, ROOT, TODAY, Ndoo
from tests.support.releases import KINDS, release

FIELDS = [one for part in parts() for one in part["fields"]]
WHOLE = {
    "input.dialect",
    "output.dialect",
    "rows.held",
    "list.lists",
    "decision",
    "type1",
    "warnings",
    "mentions",
    "asset",
}
WHOLE |= {"held_table", "malformed", "descriptor", "tables", "files", "resources", "left_out"}
"""Fields of which the page says in words what is in them."""


def fields_of(document: dict[str, object], above: str = "") -> set[str]:
    """The fields of a manifest, as the page names them."""
    found: set[str] = set()
    for name, value in document.items():
        path = f"{above}{name}"
        found |= fields_of(value, f"{path}.") if isinstance(value, dict) and path not in WHOLE else {path}
    return found


def test_every_field_that_is_written_is_on_the_page(ndoo: Ndoo, tmp_path: Path) -> None:
    for kind in KINDS:
        release(kind, tmp_path, ndoo)
    by = ("--checked-at", TODAY, "--opted-out", DATA / "pbcseq.opted_out.txt")
    extract = DATA / "pbcseq.csv"
    more = (
        "--type1",
        DATA / "pbcseq.codes.csv",
        "--asset",
        "trial",
        "--expect-removed",
        "0-50",
        "--ignore-column",
        "sex",
    )
    assert ndoo("uphold", extract, "-o", "a.csv", *by, *more, "--mentions", "hold").status == 6
    two = ("--opted-out", DATA / "flchain.opted_out.txt", "--flow", ROOT / "examples/flows/5-section-251-study.toml")
    assert ndoo("uphold", extract, "-o", "b.csv", *by, *two).status == 0
    assert ndoo("show", "b.csv", "--to-send", "sent.manifest.json").status == 0
    written = set()
    for path in tmp_path.rglob("*manifest.json"):
        written |= fields_of(json.loads(path.read_text(encoding="ascii")))
    told = {one["path"] for one in FIELDS}
    nulls = {"list"}  # where there is none, the field itself is null
    assert written - told - nulls == set()
    assert told - written <= {
        "list.limit_in_force",
        "list.sealed_by",
        "list.record_sealed_by",
        "held_table",
        "held_rows.columns",
        "malformed",
        "required",
        "table_version",
    }


@pytest.mark.parametrize("name", sorted({one["written"] for one in FIELDS}))
def test_a_field_is_written_where_the_page_says(name: str) -> None:
    text = (ROOT / "src" / "ndoo" / name).read_text(encoding="utf-8")
    for one in FIELDS:
        if one["written"] == name:
            last = one["path"].rpartition(".")[2]
            assert last in text, f"{one['path']} is not written in {name}"


@pytest.mark.parametrize("program", ["check_release.py", "check_release.mjs"])
def test_the_checks_of_the_page_pass_a_release_and_nothing_else(program: str, ndoo: Ndoo, tmp_path: Path) -> None:
    by = ("--checked-at", TODAY, "--allowed", DATA / "pbcseq.allowed.dat")
    assert ndoo("uphold", DATA / "pbcseq.csv", "-o", "released.csv", *by).status == 0
    manifest = tmp_path / "released.csv.manifest.json"
    text = manifest.read_text(encoding="ascii")
    key = json.loads(text)["seal"]["public_key"]
    start = [sys.executable] if program.endswith(".py") else [shutil.which("node") or "node"]

    def passes(key: str) -> bool:
        command = [*start, str(ROOT / "examples" / program), "released.csv", key]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300, check=False).returncode == 0

    assert len((ROOT / "examples" / program).read_text().splitlines()) <= 15
    assert passes(key)
    assert not passes("A" * 43 + "=")
    manifest.write_text(text.replace('"kept": 1797', '"kept": 1798', 1), encoding="ascii")
    assert not passes(key)
    manifest.write_text(text, encoding="ascii")
    with (tmp_path / "released.csv").open("a") as file:
        file.write("x")
    assert not passes(key)
