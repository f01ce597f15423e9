"""Each guard is broken once, where it is decided: what it stands against happens. With it in its place the same is refused.

| part | the guard | broken by |
| --- | --- | --- |
| options | `refuse_repeated_options` | `test_an_option_given_twice` |
| lists | `plausibility._refuse_improbable` | `test_a_list_the_wrong_way_round` |
| Type 1 codes | `CodeReader.read` | `test_a_code_in_disguise` |
| undeclared keys | `undeclared` | `test_a_key_that_nobody_declared` |
| numbers in other cells | `MentionSearch.found` | `test_a_number_in_another_cell` |
| bytes that no row shows | `ShownRows` | `test_bytes_of_a_removed_row` |
| all of a release | `difference` | `test_a_hidden_file_in_a_release` |
| FHIR | `_Walk._text`, through which every text of a resource goes | `test_an_address_of_somebody` |
| the verifier | `judge_draft` | `test_drafts_faulty.test_without_the_verifier_it_would_be_published` |
| files that people have | `heading_below` | `test_a_title_above_the_heading` |
| robust | `_refuse_unwritable` | `test_a_name_that_nobody_can_read` |
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc
import pytest

from ndoo.cli import main
from ndoo.columnar import reader
from ndoo.evidence.release import Difference
from ndoo.type1.code_cell import CodeReader, CodeReading, CodeSays
from ndoo.upholding.fhir import statements
from ndoo.upholding.linked_tables import key_evidence
from ndoo.upholding.other_cells.stray_numbers import MentionSearch
from ndoo.upholding.parquet_and_arrow import columnar
from ndoo.upholding.safeguards import plausibility
from ndoo.upholding.table_links.undeclared import Undeclared
from ndoo.upholding.text import text_edges
from ndoo.upholding.verify import verification
from tests.attack.naive import codes_by_equality
from tests.attack.scene import GO, HEADING, MAY, MUST_GO, PEOPLE, STAY, Scene, row, table
from tests.conftest import TODAY, Ndoo
from tests.support.releases import LIST, release
from tests.unit.upholding.fhir.exports import lines, of, patient, upheld

OLD = "2020-01-01"


def test_an_option_given_twice(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two days only the last counts, and a list of years ago is one of today."""
    scene.put(table())
    days = ("--checked-at", OLD, "--checked-at", TODAY)
    scene.refuses(2, "option-repeated", *days, checked_at=None)
    monkeypatch.setattr(main, "refuse_repeated_options", lambda *about: None)
    scene.upholds(0, *days, checked_at=None)


def test_a_list_the_wrong_way_round(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve people, and those who opted out given as those who may stay: they alone are released."""
    scene.put(table([*map(row, STAY), *(row(number, MUST_GO) for number in GO)]))
    scene.put("".join(f"{number},\n" for number in GO), "allowed.dat")
    scene.refuses(4, "list-wrong-way-round")
    monkeypatch.setattr(plausibility, "_refuse_improbable", lambda removed, people: None)
    assert scene.uphold().status == 0
    released = (scene.folder / "out.csv").read_text()
    assert MUST_GO in released
    assert MAY not in released


def test_a_code_in_disguise(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spreadsheet's apostrophe makes the code some other code, and whoever has a Type 1 opt-out stays."""
    scene.put(table([*map(row, STAY), row(GO[0], MUST_GO)]))
    codes = [f"{GO[0]},'827241000000103,2020-01-01", *(f"{number},C10..,2020-01-01" for number in STAY)]
    scene.put("nhs_number,code,date\n" + "\n".join(codes) + "\n", "codes.csv")

    def upheld() -> str:
        said = scene.ndoo("uphold", "in.csv", "-o", "out.csv", "--type1", "codes.csv", "--expect-removed", "0-100")
        assert said.status in (0, 6), said.told
        return (scene.folder / "out.csv").read_text()

    def by_equality(self: CodeReader, cell: str) -> CodeReading:
        return CodeReading(sure=CodeSays.DISSENT) if codes_by_equality(cell) == "dissent" else CodeReading()

    assert MUST_GO not in upheld()
    monkeypatch.setattr(CodeReader, "read", by_equality)
    assert MUST_GO in upheld()


def test_a_key_that_nobody_declared(ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The visits of people who opted out are a table that leads to nobody, and are released whole."""
    folder = tmp_path / "in"
    folder.mkdir()
    people = "".join(f"{at},{number}\n" for at, number in enumerate(PEOPLE))
    visits = "".join(f"v{at}x,{at},{MUST_GO if number in GO else MAY}\n" for at, number in enumerate(PEOPLE))
    (folder / "patients.csv").write_text(f"patient_id,nhs_number\n{people}")
    (folder / "visits.csv").write_text(f"visit,patient_id,marker\n{visits}")
    resources = [{"name": name, "path": f"{name}.csv"} for name in ("patients", "visits")]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
    (tmp_path / "go.txt").write_text("\n".join(GO))
    call = ("uphold", "in", "-o", "out", "--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    assert ndoo(*call).json["error"]["code"] == "key-undeclared"
    monkeypatch.setattr(key_evidence, "undeclared", lambda *about: Undeclared())
    assert ndoo(*call).status == 0
    assert MUST_GO in (tmp_path / "out" / "visits.csv").read_text()


def test_a_number_in_another_cell(ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's mother opted out, and her number stands in a remark."""
    remarks = [f"{number},seen" for number in STAY] + [f"{STAY[0]},mother {GO[0]}"]
    (tmp_path / "in.csv").write_text("nhs_number,remark\n" + "\n".join(remarks) + "\n")
    (tmp_path / "go.txt").write_text("\n".join(GO))
    call = ("uphold", "in.csv", "-o", "out.csv", "--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    more = ("--expect-removed", "0-100")
    assert ndoo(*call, *more).json["error"]["code"] == "column-mentions"
    monkeypatch.setattr(MentionSearch, "found", property(lambda self: []))
    assert ndoo(*call, *more).status == 0
    assert GO[0] in (tmp_path / "out.csv").read_text()


class RowsDropped:
    """What `ShownRows` takes the place of: rows are left out, and what they stood in goes along."""

    def __init__(self, batch: Any, mask: Any, renewed: object) -> None:
        self.batch = batch.filter(pa.Array.from_buffers(pa.bool_(), batch.num_rows, [None, mask]))


def test_bytes_of_a_removed_row(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of list views keeps the bytes of everybody."""
    who = [*STAY, GO[0]]
    remarks = pa.array([[MUST_GO if number in GO else MAY] for number in who], pa.list_view(pa.string()))
    rows = pa.record_batch({"nhs_number": pa.array(who), "remark": remarks})
    with ipc.new_file(str(scene.folder / "in.arrow"), rows.schema) as file:
        file.write_batch(rows)

    def released() -> bytes:
        assert scene.uphold(source="in.arrow", output="out.arrow").status == 0
        assert scene.verify(output="out.arrow").status == 0
        return (scene.folder / "out.arrow").read_bytes()

    assert MUST_GO.encode() not in released()
    monkeypatch.setattr(columnar, "ShownRows", RowsDropped)
    assert MUST_GO.encode() in released()


def test_a_hidden_file_in_a_release(ndoo: Ndoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in it goes along with the folder, and it verifies."""
    made = release("fhir_folder", tmp_path, ndoo)
    (made.path / ".Patient.ndjson").write_text(json.dumps({"note": MUST_GO}))
    assert ndoo("verify", made.place, *LIST).status == 3
    monkeypatch.setattr(verification, "difference", lambda *about: Difference((), ()))
    assert ndoo("verify", made.place, *LIST).status == 0


def test_an_address_of_somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is one person's names another, who opted out, by their address and not by a reference."""
    names_him = {"extension": [{"url": "https://x.test", "valueUri": "Patient/p0"}], "note": [{"text": MUST_GO}]}
    export = lines(patient(0), patient(1), of("Task", "t", "Patient/p1", **names_him))
    assert MUST_GO not in upheld(tmp_path / "with", export).texts[""]
    read_all = statements._Walk._text

    def references_alone(walk: Any, text: str, name: str, key: str) -> None:
        if name == "reference":
            read_all(walk, text, name, key)

    monkeypatch.setattr(statements._Walk, "_text", references_alone)
    assert MUST_GO in upheld(tmp_path / "without", export).texts[""]


def test_a_title_above_the_heading(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The title is released as the heading, and the heading is somebody's row."""
    scene.put("Visits of 2026,,,\n" + table())
    assert scene.uphold().status == 3
    monkeypatch.setattr(text_edges, "heading_below", lambda *about: None)
    said = scene.upholds(6, "--nhs-number", "Visits of 2026")
    assert said.held == {"malformed": 1}
    assert HEADING.encode() not in said.output


def test_a_name_that_nobody_can_read(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence says so; without the guard it is a fault of which nobody can say what it was."""
    rows = pa.record_batch({"nhs_number": pa.array(STAY), "x12345": pa.array(range(len(STAY)))})
    with ipc.new_file(str(scene.folder / "plain.arrow"), rows.schema) as file:
        file.write_batch(rows)
    scene.put((scene.folder / "plain.arrow").read_bytes().replace(b"x12345", b"x12\xff45"), "in.arrow")
    scene.refuses(3, "column-name", source="in.arrow", output="out.arrow")
    monkeypatch.setattr(reader, "_refuse_unwritable", lambda schema: None)
    scene.refuses(1, "fault", source="in.arrow", output="out.arrow")
