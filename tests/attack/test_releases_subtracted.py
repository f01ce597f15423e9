"""Two releases of one asset are subtracted from each other: nobody learns who opted out in between."""

from __future__ import annotations

import fcntl
import json
import random
from pathlib import Path
from typing import Any

import pytest

from ndoo.upholding.safeguards import differencing_guard, release_differences
from tests.conftest import ROOT, TODAY, Ndoo, Said
from tests.support.numbers import some

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
    consented = (ROOT / "examples" / "flows" / "7-consented-cohort.toml").read_text().replace("as_of", "# as_of")
    assert release(PEOPLE, [], flow=consented).status == 0
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


def test_a_second_person_may_release_it_by_name(
    release: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_data_folder: Path
) -> None:
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
    assert (said.status, said.json["asset"]["released_by"]) == (0, None)
    assert "Released by B. Guardian." in said.err
    assert "Guardian" not in (tmp_path / "out.csv.manifest.json").read_text(), "that it tells is told to nobody"
    assert json.loads(records(own_data_folder)[-1].read_text())["released_by"] == "B. Guardian"
    again = release(PEOPLE, CHOSEN[:51], "--released-by", "B. Guardian")
    assert again.status == 0, "again, because the first release is still there to subtract from"


def records(folder: Path) -> list[Path]:
    return sorted((folder / "assets" / "audit").glob("*.json"))


def test_the_records_name_nobody_and_are_of_no_use_without_the_key(release: Any, own_data_folder: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    (record,) = records(own_data_folder)
    assert record.stat().st_mode & 0o077 == 0
    text = record.read_text()
    assert not [n for n in PEOPLE if n in text or n[:9] in text]
    key = own_data_folder.parent / "assets.key"
    assert key.stat().st_mode & 0o077 == 0
    assert not list(own_data_folder.rglob(key.name)), "a copied data folder is of no use"
    moved = key.read_bytes()
    for other in (bytes(32), b"", None):
        key.unlink()
        if other is not None:
            key.write_bytes(other)
            key.chmod(0o600)
        said = release(PEOPLE, CHOSEN[:50])
        assert (said.status, said.json["error"]["code"]) == (5, "asset-records"), "another key opens nothing"
    key.write_bytes(moved)
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    key.chmod(0o644)
    assert release(PEOPLE, CHOSEN[:50]).json["error"]["code"] == "key-exposed"


GROWING = [PEOPLE[:600] + some(1000, seed=90)[: 50 * month] for month in range(7)]


def test_who_joins_is_no_cover_for_who_leaves(release: Any) -> None:
    """Six months, fifty more each, and two of the old ones opt out each month: by sums of both all twelve were named."""
    named = 0
    for month, people in enumerate(GROWING):
        said = release(people, CHOSEN[: 20 + 2 * month])
        named += 2 * (said.status == 0) * (month > 0)
        assert (said.status == 0) is (month == 0), said.err
    assert named == 0
    naive = [len(set(GROWING[month]) ^ set(GROWING[month - 1])) for month in range(1, 7)]
    assert min(naive) >= 10, "the old guard counted fifty who differ"


def test_two_parts_that_are_the_whole_together_are_judged_together(release: Any) -> None:
    """One release of all, and then two halves: nobody is missing from all of them but who opted out."""
    first, second = PEOPLE[:600], PEOPLE[600:]
    assert release(PEOPLE, CHOSEN[:20]).status == 0
    assert release(first, CHOSEN[:20]).status == 0, "a half tells nothing"
    said = release(second, [*CHOSEN[:20], PEOPLE[700]])
    assert (said.status, said.json["error"]["code"]) == (5, "asset-difference")


def test_who_came_back_is_not_told_by_two_releases_without_them(release: Any) -> None:
    assert release(PEOPLE[:620], CHOSEN[:20]).status == 0
    assert release(PEOPLE[610:] + PEOPLE[:15], CHOSEN[:20]).status == 0
    said = release([*PEOPLE[:620], *PEOPLE[620:1100]], CHOSEN[:17])
    assert said.status == 5


def test_an_asset_is_one_however_its_name_is_written(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number\n" + "".join(f"{n}\n" for n in PEOPLE))
    for at, (name, many) in enumerate((("Diabetes audit", 20), ("diabetes_AUDIT", 21), ("DIABETES--audit", 22))):
        (tmp_path / "list.txt").write_text("\n".join(CHOSEN[:many]))
        said = ndoo(
            "uphold", "in.csv", "-o", "out.csv", "--opted-out", "list.txt", "--checked-at", TODAY, "--asset", name
        )
        assert said.status == (5 if at else 0)


def test_the_last_record_is_missed_too(release: Any, own_data_folder: Path) -> None:
    """A folder whose newest record was taken away looked whole, and the next release was compared with the older ones only."""
    assert release(PEOPLE[:600], CHOSEN[:50]).status == 0
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    records(own_data_folder)[-1].unlink()
    said = release(PEOPLE, CHOSEN[:51])
    assert (said.status, said.json["error"]["code"]) == (5, "asset-records")
    for record in records(own_data_folder):
        record.unlink()
    assert release(PEOPLE, CHOSEN[:51]).status == 5, "nor does an empty folder begin anew"
    (own_data_folder.parent / "asset audit.count").write_text("many")
    assert release(PEOPLE, CHOSEN[:51]).json["error"]["code"] == "asset-records"


@pytest.mark.parametrize("how", ["gone", "changed", "swapped", "of another key", "no json"])
def test_records_that_are_not_whole_stop_the_release(how: str, release: Any, own_data_folder: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    assert release(PEOPLE[:600], CHOSEN[:50]).status == 0
    first, second = records(own_data_folder)
    if how == "gone":
        first.unlink()
    elif how == "changed":
        first.write_text(json.dumps({**json.loads(first.read_text()), "people": ""}))
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


def test_a_dry_run_leaves_no_key_and_no_count(release: Any, own_data_folder: Path) -> None:
    assert release(PEOPLE, CHOSEN[:50], "--dry-run").status == 0
    assert not [path for path in own_data_folder.parent.rglob("*") if "asset" in path.name]
    assert release(PEOPLE, CHOSEN[:50]).status == 0
    assert release(PEOPLE, CHOSEN[:51], "--dry-run").status == 5, "it says what would happen"
    assert release(PEOPLE, CHOSEN[:50], "--dry-run").status == 0
    assert (own_data_folder.parent / "asset audit.count").read_text() == "1\n"


def test_more_than_can_be_put_together_are_judged_one_by_one(release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_differences, "MANY", 0)
    assert release(PEOPLE, CHOSEN[:20]).status == 0
    assert release(PEOPLE[:600], CHOSEN[:20]).status == 0
    assert release(PEOPLE[600:], [*CHOSEN[:20], PEOPLE[700]]).status == 0, "what a limit costs: the two halves"
    assert release(PEOPLE, CHOSEN[:21]).status == 5


def test_where_the_count_cannot_be_kept_nothing_is_released(
    release: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(differencing_guard, "put_anew", refuses)
    assert release(PEOPLE, CHOSEN[:50]).status != 0
    assert not (tmp_path / "out.csv").exists()


def test_a_renamed_column_is_no_way_past_the_rows(ndoo: Ndoo, tmp_path: Path) -> None:
    """Twenty families left, and a mother whose child stays opted out: columns of other names were compared each by itself."""
    children, mothers = some(60, seed=51), some(60, seed=52)
    births = [*zip(children, mothers, strict=True), (children[0], mothers[1])]
    (tmp_path / "list.txt").write_text(f"{some(61, seed=52)[-1]}\n")

    def released(heading: str, rows: list[tuple[str, str]], *chosen: str) -> Said:
        first, second = heading.split(",")
        (tmp_path / "in.csv").write_text(f"{heading}\n" + "".join(f"{one},{other}\n" for one, other in rows))
        (tmp_path / "list.txt").write_text("\n".join([some(61, seed=52)[-1], *chosen]))
        said = ("--opted-out", "list.txt", "--checked-at", TODAY, "--asset", "births", "--json")
        return ndoo("uphold", "in.csv", "-o", "out.csv", "--nhs-number", first, "--also", second, *said)

    assert released("child,mother", births).status == 0
    stay = [births[0], births[1], *births[22:]]
    assert released("kid,mum", stay, mothers[1]).status == 5
    calm = released("kid,mum", [births[0], *births[22:60]])
    assert calm.status == 0, calm.told
    assert not [one for one in calm.json["warnings"] if one["code"] == "rows-not-compared"]
