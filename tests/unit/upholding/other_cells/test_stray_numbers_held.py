"""Rows whose other cells name somebody withheld are held back when that is asked for, and no other row is, in every kind of file."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from ndoo.domain.errors import NdooError, UnfitData
from ndoo.upholding.columns import MentionsFault, WhenMentioned
from ndoo.upholding.fhir import open_source, search
from tests.conftest import TODAY, Ndoo
from tests.support.numbers import some
from tests.unit.upholding.fhir import exports

PEOPLE = some(1_200, seed=61)
GO, STAY = PEOPLE[:60], PEOPLE[60:]
LIST = ("--opted-out", "gone.txt", "--checked-at", TODAY, "--expect-removed", "0-100")
ROWS = 3_000
NAMING = {
    7: f"mother {GO[1]}",
    1_500: f"see {GO[2][:3]}?{GO[2][3:6]}?{GO[2][6:]}",
    1_501: f"RX9{GO[3]}",
    2_999: f"Zoë, {GO[4]}",
}
"""What the remarks of some rows say."""
GOING = {11: GO[5], 1_501: GO[6]}
"""Rows of people who go themselves; one of them names somebody besides."""


@pytest.fixture(autouse=True)
def lists(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("".join(f"{n}\n" for n in GO))


def columns() -> dict[str, list[Any]]:
    return {
        "nhs_number": [GOING.get(at, STAY[at % len(STAY)]) for at in range(ROWS)],
        "remark": [NAMING.get(at, "seen in clinic") for at in range(ROWS)],
        "ward": [f"W{at % 7}" for at in range(ROWS)],
    }


def as_text(delimiter: str, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    table = columns()
    csv.writer(text, delimiter=delimiter).writerows([tuple(table), *zip(*table.values(), strict=True)])
    return text.getvalue().encode(encoding)


def write(path: Path) -> None:
    if path.suffix == ".parquet":
        pq.write_table(pa.table(columns()), path, row_group_size=1_000)
    elif path.suffix == ".arrow":
        feather.write_feather(pa.table(columns()), str(path), compression="uncompressed")
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(as_text(",", "utf-8")))
    else:
        path.write_bytes(
            as_text("\t" if path.suffix == ".tsv" else ",", "utf-16" if path.suffix == ".tsv" else "utf-8")
        )


@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.csv.gz", "in.parquet", "in.arrow"])
def test_rows_that_name_somebody_are_held_and_the_rest_is_released(name: str, ndoo: Ndoo, tmp_path: Path) -> None:
    write(tmp_path / name)
    to = f"to{name.removeprefix('in')}"
    assert ndoo("uphold", name, "-o", to, *LIST).status == 2
    assert not (tmp_path / to).exists()
    said = ndoo("uphold", name, "-o", to, *LIST, "--mentions", "hold", "--held", f"held_{to}", "--json")
    assert said.status == 6, said.told
    assert said.json["rows"]["held"] == {"mentions": 3}
    assert (said.json["rows"]["kept"], said.json["rows"]["removed"]) == (ROWS - 5, 2)
    assert said.json["mentions"] == {"mode": "hold", "columns": ["remark"], "by_chance": []}
    assert ndoo("verify", to, *LIST[:4]).status == 0
    released = (tmp_path / to).read_bytes()
    if name.endswith("csv"):
        kept = [
            line for at, line in enumerate(as_text(",", "utf-8").splitlines(True)[1:]) if at not in {*NAMING, *GOING}
        ]
        assert released.splitlines(True)[1:] == kept
        held = (tmp_path / f"held_{to}").read_bytes().splitlines(True)[1:]
        assert [line.split(b",")[1] for line in held] == [b"mentions"] * 3
        assert [line.split(b",")[3] for line in held] == [
            b"mother " + GO[1].encode(),
            NAMING[1_500].encode(),
            b'"Zo\xc3\xab',
        ]


def test_an_order_to_leave_nothing_out_is_kept(ndoo: Ndoo, tmp_path: Path) -> None:
    write(tmp_path / "in.csv")
    hold = ("--mentions", "hold")
    assert ndoo("uphold", "in.csv", "-o", "to.csv", *LIST, *hold, "--undecided", "exclude").status == 0
    assert ndoo("uphold", "in.csv", "-o", "no.csv", *LIST, *hold, "--undecided", "stop").status == 3
    assert not (tmp_path / "no.csv").exists()


def test_nothing_is_held_where_nobody_is_named(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("nhs_number,remark\n" + "".join(f"{n},seen with {STAY[3]}\n" for n in STAY))
    said = ndoo("uphold", "in.csv", "-o", "to.csv", *LIST, "--mentions", "hold", "--json")
    assert (said.status, said.json["rows"]["held"], said.json["mentions"]["columns"]) == (0, {}, [])


def test_a_column_of_numbers_that_nobody_classified_stops_the_run_all_the_same(ndoo: Ndoo, tmp_path: Path) -> None:
    rows = "".join(f"{n},RX{STAY[at + 9]}7\n" for at, n in enumerate(STAY[:900]))
    (tmp_path / "in.csv").write_text(f"nhs_number,key\n{rows}")
    said = ndoo("uphold", "in.csv", "-o", "to.csv", *LIST, "--mentions", "hold", "--json")
    assert (said.status, said.json["error"]["code"]) == (2, "column-unclassified")
    assert "'key'" in said.told


def test_a_row_without_a_number_that_names_somebody_is_held_although_such_rows_may_stay(
    ndoo: Ndoo, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text(f"nhs_number,remark\n{STAY[0]},fine\n,fine\n,mother {GO[1]}\n")
    said = ndoo(
        "uphold",
        "in.csv",
        "-o",
        "to.csv",
        *LIST,
        "--mentions",
        "hold",
        "--nhs-number",
        "nhs_number",
        "--undecided",
        "keep-missing",
        "--justification",
        "unknown patients",
        "--json",
    )
    assert (said.status, said.json["rows"]["held"], said.json["rows"]["kept_without_number"]) == (6, {"mentions": 1}, 1)


def test_what_chance_explains_is_in_the_manifest_and_stops_nobody(ndoo: Ndoo, tmp_path: Path) -> None:
    many = some(40_000, seed=5)
    (tmp_path / "gone.txt").write_text("".join(f"{n}\n" for n in many[:8_000]))
    spells = [f"999{at * 7_919_081 % 10**9:09}" for at in range(4_000)]
    rows = "".join(f"{n},{spell}\n" for n, spell in zip(many[8_000:12_000], spells, strict=True))
    (tmp_path / "in.csv").write_text(f"nhs_number,spell\n{rows}")
    said = ndoo("uphold", "in.csv", "-o", "to.csv", *LIST, "--json")
    assert said.status == 0, said.told
    (explained,) = said.json["mentions"]["by_chance"]
    assert explained["column"] == "spell"
    assert 1 <= explained["met"] <= 15
    assert 1 < explained["expected"] < 6
    assert ndoo("verify", "to.csv", *LIST[:4]).status == 0


# ---- linked tables -------------------------------------------------------------------------------------------------


def folder(path: Path, *, circle: bool = False, to_wards: bool = False) -> None:
    """People, their visits, what was tested there, and wards that lead to nobody; some of each name somebody.

    Args:
        circle: people have mothers among them; but the one that names somebody is nobody's mother.
        to_wards: visits refer to wards.
    """
    path.mkdir()
    tables: dict[str, list[list[Any]]] = {
        "people": [["id", "nhs_number", "note", *(["mother"] if circle else [])]]
        + [
            [at, n, f"child of {GO[1]}" if at == 4 else "", *([at - 1 if at % 2 and at != 5 else ""] if circle else [])]
            for at, n in enumerate(STAY[:20])
        ],
        "visits": [["visit", "id", "remark", "ward"]]
        + [[at, at % 20, f"with {GO[2]}" if at == 9 else "well", "AB"[at % 2]] for at in range(40)],
        "tests": [["test", "visit", "value"]] + [[at, at % 40, f"00{GO[3]}" if at == 30 else "1"] for at in range(80)],
        "wards": [["ward", "sister"], ["A", "none"], ["B", f"ask {GO[4]}"]],
    }
    links = {"visits": ("id", "people"), "tests": ("visit", "visits")}
    resources: list[dict[str, Any]] = []
    for name, rows in tables.items():
        with (path / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        schema: dict[str, Any] = {"fields": [{"name": field} for field in rows[0]], "primaryKey": rows[0][0]}
        if name in links:
            column, to = links[name]
            schema["foreignKeys"] = [{"fields": column, "reference": {"resource": to, "fields": column}}]
        if to_wards and name == "visits":
            schema["foreignKeys"].append({"fields": "ward", "reference": {"resource": "wards", "fields": "ward"}})
        if circle and name == "people":
            schema["foreignKeys"] = [{"fields": "mother", "reference": {"resource": "people", "fields": "id"}}]
        resources.append({"name": name, "path": f"{name}.csv", "schema": schema})
    (path / "datapackage.json").write_text(json.dumps({"name": "all", "resources": resources}))


@pytest.mark.parametrize("circle", [False, True])
def test_in_linked_tables_what_leads_to_a_held_row_is_held_with_it(circle: bool, ndoo: Ndoo, tmp_path: Path) -> None:
    folder(tmp_path / "in", circle=circle)
    assert ndoo("uphold", "in", "-o", "to", *LIST).status == 2
    said = ndoo("uphold", "in", "-o", "to", *LIST, "--mentions", "hold", "--json")
    assert said.status == 6, said.told
    held = {name: table["rows"]["held"].get("mentions", 0) for name, table in said.json["tables"].items()}
    visits = {at for at in range(40) if at % 20 == 4} | {9}
    tests = {at for at in range(80) if at % 40 in visits} | {30}
    assert held == {"people": 1, "visits": len(visits), "tests": len(tests), "wards": 1}
    assert set(said.json["mentions"]["columns"]) == {"people.note", "visits.remark", "tests.value", "wards.sister"}
    released = b"".join(path.read_bytes() for path in (tmp_path / "to").glob("*.csv"))
    assert not any(number.encode() in released for number in GO)
    assert ndoo("verify", "to", *LIST[:4]).status == 0


def test_in_linked_tables_no_row_of_nobody_is_held_to_which_others_refer(ndoo: Ndoo, tmp_path: Path) -> None:
    folder(tmp_path / "in", to_wards=True)
    call = ("uphold", "in", "-o", "to", *LIST, "--mentions", "hold", "--json")
    said = ndoo(*call)
    assert (said.status, said.json["error"]["code"]) == (2, "column-mentions"), "visits to ward B would lead nowhere"
    assert "'wards.sister'" in said.told
    assert not (tmp_path / "to").exists()
    assert ndoo(*call, "--ignore-column", "wards.sister").status == 6


# ---- FHIR ----------------------------------------------------------------------------------------------------------


def resources() -> dict[str, list[exports.Resource]]:
    """People, and what was noted of them; some of it names somebody who goes, and a report refers to that."""
    p0, named = exports.GO, {"note": [{"text": f"child of {exports.GO[:3]} {exports.GO[3:6]} {exports.GO[6:]}"}]}
    return {
        "Patient": [exports.patient(at) for at in range(4)],
        "Observation": [
            exports.of("Observation", f"o{at}", f"Patient/p{at % 4}", **(named if at == 5 else {})) for at in range(8)
        ],
        "DiagnosticReport": [
            exports.of("DiagnosticReport", f"r{at}", f"Patient/p{at % 4}", result=[{"reference": f"Observation/o{at}"}])
            for at in range(8)
        ],
        "DocumentReference": [
            exports.of(
                "DocumentReference", f"d{at}", "Patient/p2", content=[{"attachment": {"data": exports.packed(text)}}]
            )
            for at, text in enumerate((f"his mother, {p0}, came along", "nobody came along"))
        ],
    }


@pytest.mark.parametrize("folder", [True, False])
def test_resources_that_name_somebody_are_held_with_whatever_refers_to_them(
    folder: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_AT_ONCE", 100)  # bytes: they are looked at a few at a time
    kinds = resources()
    together = exports.lines(*(one for some in kinds.values() for one in some))
    source = {f"{kind}.ndjson": exports.lines(*some) for kind, some in kinds.items()} if folder else together
    with pytest.raises(MentionsFault) as stop:
        exports.upheld(tmp_path / "stop", source)
    assert stop.value.columns == ("DocumentReference", "Observation")
    held = tmp_path / "hold" / "held"
    released = exports.upheld(
        tmp_path / "hold", source, mentions=WhenMentioned.HOLD, held=held if folder else held.with_suffix(".json")
    )
    assert released.held == {"mentions": 3}
    assert sorted(released.kept) == sorted(
        [f"p{at}" for at in (1, 2, 3)] + [f"{kind}{at}" for kind in "or" for at in (1, 2, 3, 6, 7)] + ["d1"]
    )
    assert released.outcome.manifest.document["mentions"] == {
        "mode": "hold",
        "columns": ["DocumentReference", "Observation"],
        "by_chance": [],
    }
    aside = sorted(held.rglob("*.ndjson")) if folder else [held.with_suffix(".json")]
    assert sorted(json.loads(line)["id"] for path in aside for line in path.read_text().splitlines()) == [
        "d0",
        "o5",
        "r5",
    ]


def test_a_draft_that_cannot_be_searched_at_once_is_not_released_unsearched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*about: object, **more: object) -> None:
        raise UnfitData("fhir-unfit", "It is damaged.")

    monkeypatch.setattr(open_source, "inspected", damaged)
    named = exports.of("Observation", "o", "Patient/p1", note=[{"text": f"child of {exports.GO}"}])
    with pytest.raises(NdooError) as stop:
        exports.upheld(tmp_path, exports.lines(exports.patient(1), named))
    assert stop.value.code == "draft-not-verified"


def test_what_stands_around_a_bundle_and_names_somebody_stops_the_run_all_the_same(tmp_path: Path) -> None:
    whole = exports.bundle(exports.patient(1), exports.patient(2), id=f"of-{exports.GO}")
    with pytest.raises(NdooError) as stop:
        exports.upheld(tmp_path, json.dumps(whole), mentions=WhenMentioned.HOLD)
    assert stop.value.code == "fhir-bundle-names-somebody"


def test_what_chance_explains_in_fhir_is_in_the_manifest_and_stops_nobody(tmp_path: Path) -> None:
    many = some(40_000, seed=5)
    spells = [f"999{at * 7_919_081 % 10**9:09}" for at in range(4_000)]
    export = exports.lines(
        exports.patient(1),
        *(exports.of("Encounter", f"e{at}", "Patient/p1", status=spell) for at, spell in enumerate(spells)),
    )
    released = exports.upheld(tmp_path, export, go=(exports.GO, *many[:8_000]), expected_share=(0, 100))
    (explained,) = released.outcome.manifest.document["mentions"]["by_chance"]
    assert (explained["column"], explained["met"] > 0) == ("Encounter", True)
