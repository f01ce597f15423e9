"""Exports as clients leave them: whatever the packing, nobody who must go stays, and nothing is released that was not looked at."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from pathlib import Path

import pytest
import zstandard

from ndoo.domain.errors import NdooError, UnfitData, UsageFault
from ndoo.upholding.columns import ColumnChoice
from ndoo.upholding.fhir.folder import holds_fhir
from tests.conftest import TODAY, Ndoo
from tests.unit.upholding.fhir.exports import GO, PEOPLE, bundle, lines, of, patient, upheld

MARK = b"\xef\xbb\xbf"
BOTH = lines(patient(0), patient(1)).encode()
ONE = lines(patient(1)).encode()


def test_a_folder_as_a_client_leaves_it(tmp_path: Path) -> None:
    found = upheld(
        tmp_path,
        {
            "Patient.000.ndjson": MARK + BOTH,
            "Patient.001.ndjson.gz": gzip.compress(lines(patient(2)).encode()),
            "more/Observation.jsonl": lines(
                of("Observation", "a", "Patient/p0"), of("Observation", "b", "Patient/p2")
            ).replace("\n", "\r\n\r\n"),
            "more/deep/Encounter.json": json.dumps(of("Encounter", "e", "Patient/p2"), indent=2),
            "Device.ndjson": "",
            "List.jsonl.gz": gzip.compress(b""),
            "more/Flag.ndjson.zst": zstandard.compress(lines(of("Flag", "f", "Patient/p1")).encode()),
            "manifest.json": '{"transactionTime": "2026-11-01", "output": [{"type": "Patient", "url": "https://a.test/1"}]}',
            "_SUCCESS": "",
            ".Patient.crc": "x",
            "log.ndjson": '{"eventId": "kickoff"}\n{"eventId": "done"}\n',
            "export.log": "done",
            "Gone_Goner.log": "x",
            "Gone_Goner.json": "{}",
            "README.md": "# Export",
            "SHA256SUMS": "0",
            ".DS_Store": "x",
            "attachments/a.pdf": "%PDF",
            "attachments/b/c.txt": "words",
            ".git/config": "x",
            "errors.txt": "none",
        },
    )
    assert found.texts["Patient.000.ndjson"] == ONE.decode()
    assert (tmp_path / "out" / "Patient.000.ndjson").read_bytes() == MARK + ONE
    assert json.loads(found.texts["Patient.001.ndjson.gz"])["id"] == "p2"
    assert found.texts["more/Observation.jsonl"] == "\r\n" + lines(of("Observation", "b", "Patient/p2")).replace(
        "\n", "\r\n\r\n"
    )
    assert json.loads(found.texts["more/deep/Encounter.json"])["id"] == "e"
    assert json.loads(found.texts["more/Flag.ndjson.zst"])["id"] == "f"
    assert set(found.texts) == {
        "Device.ndjson",
        "List.jsonl.gz",
        "Patient.000.ndjson",
        "Patient.001.ndjson.gz",
        "more/Flag.ndjson.zst",
        "more/Observation.jsonl",
        "more/deep/Encounter.json",
    }
    assert found.outcome.manifest.document["left_out"] == {
        "*.log": 2,
        ".*": 2,
        ".DS_Store": 1,
        "README.md": 1,
        "SHA256SUMS": 1,
        "_SUCCESS": 1,
        "attachments/": 2,
        "errors.txt": 1,
        "log.ndjson": 1,
        "manifest.json": 1,
        "*.json": 1,
    }, "by name where that says nothing of anybody"
    assert found.outcome.rows.read == 7
    upheld(tmp_path, {})  # and once more, over the first


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "Patient.csv",
        "Patient.parquet",
        "letter.pdf",
        "more/table.xlsx",
        "export.zip",
        "Patient.ndjson.bak",
    ],
)
def test_what_is_no_fhir_is_never_released(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitData, match=name) as refused:
        upheld(tmp_path, {"Patient.ndjson": BOTH, name: "some words"})
    assert refused.value.code == "fhir-and-others"
    assert not (tmp_path / "out").exists()


def test_an_archive_is_no_export(tmp_path: Path, ndoo: Ndoo) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("Patient.ndjson", BOTH)
    (tmp_path / "go.txt").write_text(GO)
    said = ndoo("uphold", "export.zip", "-o", "out.zip", "--opted-out", "go.txt", "--checked-at", TODAY)
    assert said.status in (2, 3)
    assert not (tmp_path / "out.zip").exists()


def test_links_and_pipes_are_no_files_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.ndjson").symlink_to("/etc/hostname")
    with pytest.raises(UnfitData, match=r"link\.ndjson"):
        upheld(tmp_path, {"Patient.ndjson": BOTH})
    (tmp_path / "in" / "link.ndjson").unlink()
    os.mkfifo(tmp_path / "in" / "pipe.ndjson")
    with pytest.raises(UnfitData, match=r"pipe\.ndjson"):
        upheld(tmp_path, {"Patient.ndjson": BOTH})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"a.ndjson": BOTH, "manifest.json": lines(patient(1))}, "fhir-named-manifest"),
        ({"log.ndjson": "{}"}, "fhir-none"),
        ({"a.ndjson": b"\x1f\x8b\x08broken"}, "input-damaged"),
        ({"a.ndjson.gz": gzip.compress(BOTH)[:-9]}, "input-cut"),
        ({f"{PEOPLE[1]}.ndjson": ONE}, "name-identifies"),
        ({f"of/{PEOPLE[1]}/a.ndjson": ONE}, "name-identifies"),
        ({f"log {PEOPLE[1]}.log": "x", "a.ndjson": ONE}, "name-identifies"),
        ({"a.ndjson": BOTH, "b.ndjson": ONE.replace(b"resourceType", b"resou", 1)[:-9]}, "fhir-unfit"),
        ({"a.ndjson": BOTH, "b.json": b'{"x": "y"}} ' + ONE}, "fhir-unfit"),
        ({"a.ndjson": lines({"eventId": "x"}) + BOTH.decode()}, "fhir-unfit"),
        ({"a.ndjson": BOTH + b'{"eventId": "x"}'}, "fhir-unfit"),
    ],
)
def test_a_folder_that_is_not_sound_is_refused(content: dict[str, str | bytes], code: str, tmp_path: Path) -> None:
    with pytest.raises(NdooError) as refused:
        upheld(tmp_path, content)
    assert refused.value.code == code
    assert not (tmp_path / "out").exists()


def test_a_file_of_which_nothing_stays_does_not_tell_by_its_name_whose_it_was(tmp_path: Path) -> None:
    """Generators of test data write a bundle for each person, and name it after them."""
    of_each = {
        f"bundles/{name}.json": json.dumps(bundle(patient(at), of("Observation", f"o{at}", f"Patient/p{at}")), indent=1)
        for at, name in enumerate(("Gone_Goner", "Stays_Stayer"))
    }
    found = upheld(
        tmp_path, {**of_each, "lost/Nobody_Knows.ndjson": lines(of("Flag", "f", "Patient/p9"))}, held=tmp_path / "held"
    )
    assert list(found.texts) == ["bundles/Stays_Stayer.json"]
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    assert "Goner" not in manifest and "Nobody" not in manifest
    assert (found.outcome.rows.read, found.outcome.rows.kept, found.held) == (5, 2, {"orphan": 1})
    assert (tmp_path / "held/lost/Nobody_Knows.ndjson").read_text() == lines(of("Flag", "f", "Patient/p9"))
    again = {**of_each, "lost/Nobody_Knows.ndjson": lines(of("Flag", "f", "Patient/p9"))}
    assert list(upheld(tmp_path, again, held=tmp_path / "held").texts) == ["bundles/Stays_Stayer.json"]


def test_what_is_left_of_a_file_without_its_people_has_a_name_of_its_own(tmp_path: Path) -> None:
    """A hospital stands in the bundle of each patient: what stays of one who goes is not released under their name."""
    hospital = {"resourceType": "Organization", "id": "h"}

    def of_one(at: int) -> str:
        return json.dumps(bundle(patient(at), hospital), indent=1)

    whole = {
        "rest-1.json": "",
        "of/Gone_Goner.json": of_one(0),
        "of/Stays_Stayer.json": of_one(1),
        "Gone_Goner.ndjson.gz": gzip.compress(lines(patient(0), hospital).encode()),
        "hospital.json.txt": lines(hospital),
        "a": json.dumps(patient(0)) + lines(hospital),
    }
    with pytest.raises(UnfitData, match="'a', the document"):
        upheld(tmp_path, whole)
    (tmp_path / "in" / "a").write_text(lines(patient(0), hospital))
    found = upheld(tmp_path, {})
    assert list(found.texts) == [
        "hospital.json.txt",
        "of/Stays_Stayer.json",
        "rest-1.json",
        "rest-2.ndjson.gz",
        "rest-3.ndjson",
        "rest-4.json",
    ]
    assert json.loads(found.texts["rest-4.json"])["entry"] == [{"resource": hospital}]
    manifest = (tmp_path / "out" / "manifest.json").read_text()
    assert "Goner" not in manifest
    assert json.loads(manifest)["files"]["rest-2.ndjson.gz"]["input"]["name"] == ""


def test_a_log_that_quotes_resources_is_a_log(tmp_path: Path) -> None:
    quoted = {"eventId": "error", "body": {"resourceType": "OperationOutcome"}, "text": json.dumps(patient(0))}
    found = upheld(
        tmp_path,
        {
            "a.ndjson": BOTH,
            "log.ndjson": lines({"eventId": "start"}, quoted),
            "manifest.json": json.dumps({"entry": [1], "x": quoted}, indent=1),
        },
    )
    assert (list(found.texts), found.outcome.manifest.document["left_out"]) == (
        ["a.ndjson"],
        {"log.ndjson": 1, "manifest.json": 1},
    )


@pytest.mark.parametrize(
    "broken",
    [
        '{"a": 1, "a": 2, "resourceType": "Patient"}\n',
        '{"x": NaN, "resourceType": "Patient"}\n',
        '{"resource\\u0054ype": "Patient", "id": "p0", "id": "p1"}\n',
    ],
)
def test_what_may_be_a_resource_and_cannot_be_read_is_no_log(broken: str, tmp_path: Path) -> None:
    with pytest.raises(UnfitData, match=r"log\.ndjson"):
        upheld(tmp_path, {"a.ndjson": BOTH, "log.ndjson": broken})


def test_bundles_a_line_each_lose_their_people_and_keep_their_shape(tmp_path: Path) -> None:
    first, both, goes = (
        bundle(patient(1), total=1),
        bundle(patient(0), of("Flag", "f", "Patient/p1"), patient(2)),
        bundle(patient(0)),
    )
    text = (
        lines(first)
        + "\n"
        + lines(both, goes, {"resourceType": "Bundle", "type": "searchset", "total": 0}, of("Flag", "g", "Patient/p0"))
    )
    found = upheld(tmp_path, text, held=tmp_path / "held.json")
    kept = bundle(of("Flag", "f", "Patient/p1"), patient(2))
    assert found.texts[""] == lines(first) + "\n" + lines(
        kept, {"resourceType": "Bundle", "type": "searchset", "total": 0}
    )
    assert (tmp_path / "held.json").read_text() == "\n"
    found = upheld(
        tmp_path, lines(bundle(patient(1), of("Flag", "f", "Patient/p9"))), held=tmp_path / "held.json", go=(PEOPLE[4],)
    )
    assert (tmp_path / "held.json").read_text() == lines(bundle(of("Flag", "f", "Patient/p9")))


def test_entries_and_the_mark_are_kept_byte_for_byte(tmp_path: Path) -> None:
    entries = [f'  {{ "resource" : {json.dumps(patient(at))} ,"x":1.50E+2 }}' for at in range(3)]
    for keep in ((0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 0, 1)):
        text = (
            '{ "type": "batch", "entry": [\n'
            + "\n ,\t".join(entries[at] for at in keep)
            + '\n ] , "resourceType":"Bundle"}\n\n'
        )
        kept = upheld(tmp_path, MARK + text.encode()).request.output.read_bytes()
        rest = (
            '{ "type": "batch", "entry": [\n'
            + "\n ,\t".join(entries[at] for at in keep if at)
            + '\n ] , "resourceType":"Bundle"}\n\n'
        )
        assert kept == MARK + rest.encode()


def test_one_resource_over_many_lines_is_a_document(tmp_path: Path) -> None:
    whole = json.dumps(patient(1), indent=2)
    assert upheld(tmp_path, whole).texts[""] == whole
    assert upheld(tmp_path, json.dumps(patient(0), indent=2)).texts[""] == ""


def test_a_file_that_is_packed_is_packed_again_as_its_name_says(tmp_path: Path, ndoo: Ndoo) -> None:
    (tmp_path / "go.txt").write_text(GO)
    (tmp_path / "in.ndjson.gz").write_bytes(gzip.compress(BOTH))
    by = ("--opted-out", "go.txt", "--checked-at", TODAY)
    for name, opened in (("out.ndjson.gz", gzip.decompress), ("out.ndjson", bytes)):
        assert ndoo("uphold", "in.ndjson.gz", "-o", name, *by).status == 0
        assert opened((tmp_path / name).read_bytes()) == ONE
        assert ndoo("verify", name, *by).status == 0
    assert ndoo("uphold", "in.ndjson.gz", "-o", "out.parquet", *by, "--json").json["error"]["code"] == "output-format"


def test_what_is_left_out_is_said(tmp_path: Path, ndoo: Ndoo) -> None:
    (tmp_path / "go.txt").write_text(GO)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "Patient.ndjson").write_bytes(BOTH)
    (tmp_path / "in" / "manifest.json").write_text('{"output": []}')
    said = ndoo("uphold", "in", "-o", "out", "--opted-out", "go.txt", "--checked-at", TODAY)
    assert (said.status, "Left out, because it is no FHIR: manifest.json." in said.told) == (0, True)


def test_a_file_that_is_missing_from_a_release_is_missed(tmp_path: Path) -> None:
    found = upheld(tmp_path, {"Patient.ndjson": BOTH, "Flag.ndjson": lines(of("Flag", "f", "Patient/p1"))})
    (tmp_path / "out" / "Flag.ndjson").unlink()
    assert found.broken() == ["paths", "digest"]


@pytest.mark.parametrize("name", ["note.txt", ".hidden", "more/.hidden", "log.ndjson", "attachments/x"])
def test_what_stands_in_a_release_besides_is_seen(name: str, tmp_path: Path) -> None:
    found = upheld(tmp_path, {"Patient.ndjson": BOTH})
    place = tmp_path / "out" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text('{"eventId": "x"}')
    assert found.broken() == ["paths"]


def test_a_folder_is_fhir_by_the_names_of_its_files_and_no_linked_tables(tmp_path: Path) -> None:
    for name in ("a.ndjson", "deep/a.jsonl.gz"):
        place = tmp_path / name[0] / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
        assert holds_fhir(tmp_path / name[0])
    (tmp_path / "a" / "datapackage.json").write_text("{}")
    assert not holds_fhir(tmp_path / "a")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text("{")
    assert not holds_fhir(tmp_path / "tables")


@pytest.mark.parametrize(
    "text", ["[" + json.dumps(patient(1)) + "]", json.dumps(patient(1)).encode("utf-16"), " " * 200 + "{"]
)
def test_json_of_another_form_is_refused_as_such_and_never_taken_for_a_table(
    text: str | bytes, tmp_path: Path, ndoo: Ndoo
) -> None:
    (tmp_path / "go.txt").write_text(GO)
    (tmp_path / "in.csv").write_bytes(text.encode() if isinstance(text, str) else text)
    said = ndoo("uphold", "in.csv", "-o", "out.csv", "--opted-out", "go.txt", "--checked-at", TODAY, "--json")
    assert (said.status, said.json["error"]["code"]) == (3, "fhir-unfit")


def test_no_resource_of_a_type_to_ignore(tmp_path: Path) -> None:
    for name in ("Flags", "Flags.data"):
        with pytest.raises(UsageFault, match="'Flags'"):
            upheld(tmp_path, BOTH, columns=ColumnChoice(ignored=(name,)))
