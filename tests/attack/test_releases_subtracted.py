"""Two releases of one asset are subtracted from each other: nobody learns who opted out in between."""

from __future__ import annotations

import fcntl
import json
import random
from pathlib import Path
from typing import Any

import pytest

from ndoo.evidence.seal import Sealer
from ndoo.numbers.number_set import NumberSet
from ndoo.upholding.differencing import tags
from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.numbers import some

PEOPLE = some(1200, seed=21)
CHOSEN = some(1200, seed=21)[:60]


@pytest.fixture
def release(ndoo: Ndoo, tmp_path: Path) -> Any:
    """Uphold one extract against one list, under the name of one asset."""

    def run(people: list[str], chosen: list[str], *options: str, flow: str = "") -> Said:
        (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in people))
        (tmp_path / "list.txt").write_text("\n".join(chosen))
        said = ["--opted-out", "list.txt", "--checked-at", TODAY, "--expect-removed", "0-50"]
        if flow:
            (tmp_path / "flow.toml").write_text(flow)
            said = ["--flow", "flow.toml"]
        return ndoo(
            "uphold",
            "in.csv",
            "-o",
            "out.csv",
            "--nhs-number",
            "nhs_number",
            *said,
            "--asset",
            "audit",
            "--json",
            *options,
        )

    return run


def kept(folder: Path) -> set[str]:
    return set((folder / "out.csv").read_text().split("\n"))


def test_without_an_asset_the_difference_names_them(ndoo: Ndoo, tmp_path: Path) -> None:
    """NAIVE: each release is upheld alone."""
    (tmp_path / "in.csv").write_text("nhs_number,x\n" + "".join(f"{n},1\n" for n in PEOPLE))
    releases = []
    for many in (50, 51):
        (tmp_path / "list.txt").write_text("\n".join(CHOSEN[:many]))
        said = ndoo("uphold", "in.csv", "-o", "out.csv", "--opted-out", "list.txt", "--checked-at", TODAY)
        assert said.status == 0
        assert "asset" not in json.loads((tmp_path / "out.csv.manifest.json").read_text())
        releases.append(kept(tmp_path))
    assert releases[0] - releases[1] == {f"{CHOSEN[50]},1"}


@pytest.mark.parametrize("more", [1, 2, 9])
def test_a_few_more_opt_outs_are_held(more: int, release: Any, tmp_path: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    before = kept(tmp_path)
    said = release(PEOPLE, CHOSEN[: 50 + more])
    assert (said.status, said.json["error"]["code"]) == (5, "asset-difference")
    assert kept(tmp_path) == before, "what was released stays, and nothing else appears"
    assert release(PEOPLE, CHOSEN[:50]).status == 0, (
        "what was not released is not compared with; the same again tells nothing"
    )


def test_whoever_came_back_is_held_too(release: Any) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    assert release(PEOPLE, CHOSEN[:48]).status == 5


def test_many_who_differ_by_their_choice_alone_are_held(release: Any) -> None:
    assert release(PEOPLE, CHOSEN[:20]).status == 0
    assert release(PEOPLE, CHOSEN).status == 5, "forty are missing, and all of them because they opted out"


def test_the_whole_and_the_upheld_extract_are_not_both_released(release: Any, tmp_path: Path) -> None:
    """The same data with and without opt-outs, as some recipients once got it."""
    anonymised = (ROOT / "examples" / "flows" / "8-anonymised-dashboards.toml").read_text().replace("as_of", "# as_of")
    assert release(PEOPLE, [], flow=anonymised).status == 0
    assert len(kept(tmp_path)) > len(PEOPLE), "nobody was left out"
    said = release(PEOPLE, CHOSEN)
    assert (said.status, said.json["error"]["code"]) == (5, "asset-difference")


def test_a_table_that_names_nobody_cannot_be_compared(ndoo: Ndoo, tmp_path: Path) -> None:
    anonymised = (ROOT / "examples" / "flows" / "8-anonymised-dashboards.toml").read_text().replace("as_of", "# as_of")
    (tmp_path / "flow.toml").write_text(anonymised)
    (tmp_path / "in.csv").write_text("band,x\n30-39,1\n40-49,2\n")
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--flow", "flow.toml", "--asset", "audit", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "asset-nobody")


def test_an_honest_refresh_passes(release: Any) -> None:
    """Some come, some go, one of them by choice: nobody can tell which."""
    draw = random.Random(5)
    for week in range(4):
        people = [n for n in PEOPLE if draw.random() > 0.05] + some(40, seed=40 + week)
        said = release(people, CHOSEN[: 50 + week])
        assert said.status == 0, said.told
        assert said.json["asset"] == {"name": "audit", "compared_with": week, "released_by": None}


def test_any_earlier_release_counts_not_only_the_last(release: Any) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    assert release(PEOPLE[:600] + some(300, seed=77), CHOSEN[:50]).status == 0
    assert release(PEOPLE, CHOSEN[:51]).status == 5


def test_a_second_person_may_release_it_by_name(release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndoo.cli.asset_named.account", lambda: "ann")
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    for name, code in (
        ("Ann", "asset-same-person"),
        (" ", "asset-second-person"),
        ("999 000 4935", "asset-second-person"),
    ):
        said = release(PEOPLE, CHOSEN[:51], "--released-by", name)
        assert (said.status, said.json["error"]["code"]) == (2, code)
    said = release(PEOPLE, CHOSEN[:51], "--released-by", "B. Guardian")
    assert (said.status, said.json["asset"]["released_by"]) == (0, "B. Guardian")
    assert "Released by B. Guardian." in said.told
    again = release(PEOPLE, CHOSEN[:51], "--released-by", "B. Guardian")
    assert again.status == 0, "and stands in the manifest again: the first release is still there to subtract from"


def records(folder: Path) -> list[Path]:
    return sorted((folder / "assets" / "audit").glob("*.json"))


def test_the_records_name_nobody_and_are_of_no_use_without_the_key(release: Any, own_data_folder: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    (record,) = records(own_data_folder)
    assert record.stat().st_mode & 0o077 == 0
    text = record.read_text()
    assert not [n for n in PEOPLE if n in text or n[:9] in text]
    people = NumberSet()
    lines = "\n".join(PEOPLE[:9]).encode()
    people.add_lines(bytearray(lines), len(lines), final=True)
    one, other = (tags(Sealer(bytes([at]) * 32).secret_for(b"asset releases"), b"kept", people) for at in (1, 2))
    assert one.isdisjoint(other)
    assert one.isdisjoint(tags(Sealer(bytes([1]) * 32).secret_for(b"asset releases"), b"everybody", people))


@pytest.mark.parametrize("how", ["gone", "changed", "swapped", "of another key", "no json"])
def test_records_that_are_not_whole_stop_the_release(how: str, release: Any, own_data_folder: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    assert release(PEOPLE[:600], CHOSEN[:50]).status == 0
    first, second = records(own_data_folder)
    if how == "gone":
        first.unlink()
    elif how == "changed":
        first.write_text(json.dumps({**json.loads(first.read_text()), "kept": ""}))
    elif how == "swapped":
        first.write_bytes(second.read_bytes())
    elif how == "no json":
        first.write_text("{")
    else:
        (own_data_folder / "seal.key").unlink()
    said = release(PEOPLE, CHOSEN[:51])
    assert (said.status, said.json["error"]["code"]) == (5, "asset-records")


def test_what_cannot_be_compared_is_refused(release: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    for name in ("", "../x", "a/b", "999 000 4935", "x" * 81, "x."):
        said = ndoo("uphold", "in.csv", "-o", "out.csv", "--asset", name or " ", "--opted-out", "l", "--json")
        assert said.status in (2, 4), name
    (tmp_path / "in.csv").write_text(f"nhs_number,x\n{PEOPLE[0]},1\n")
    (tmp_path / "list.txt").write_text(CHOSEN[1])
    call = ["uphold", "in.csv", "-o", "out.csv", "--opted-out", "list.txt", "--checked-at", TODAY, "--json"]
    assert ndoo(*call, "--asset", "../x").json["error"]["code"] == "asset-name"
    assert ndoo(*call, "--released-by", "B").json["error"]["code"] == "asset-missing"


def test_two_runs_at_once_are_one_after_the_other(release: Any, own_data_folder: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    with (own_data_folder / "assets" / "audit" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = release(PEOPLE[:500], CHOSEN[:50])
    assert (said.status, said.json["error"]["code"]) == (1, "asset-busy")
    (own_data_folder / "assets" / "audit" / ".lock").unlink()
    (own_data_folder / "assets" / "audit" / ".lock").mkdir()
    assert release(PEOPLE[:500], CHOSEN[:50]).status == 2
