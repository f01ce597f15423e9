"""A FHIR export through the command line: whatever refers to somebody who opted out is gone, and doubt is held."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.checking.list_file import read_list
from ndoo.domain.answers import Polarity
from ndoo.domain.errors import Fault, UnfitData, UsageFault
from ndoo.evidence.release import ReleaseKind, release_at
from ndoo.evidence.seal import load_sealer
from ndoo.upholding.decision.row_decision import Undecidable
from ndoo.upholding.fhir import resources
from ndoo.upholding.fhir.verdicts import FileRead, ResourceVerdicts
from ndoo.upholding.people_asked import AskedDataset, people_about
from ndoo.upholding.request import Request
from ndoo.upholding.uphold import uphold
from ndoo.upholding.verify.verification import ReleaseQuestion
from ndoo.upholding.verify_release import verify_release
from tests.conftest import ROOT, TODAY, Ndoo
from tests.unit.upholding.fhir.exports import GO, PEOPLE, SYSTEM, lines, of, patient, upheld

BY = ("--opted-out", "go.txt", "--checked-at", TODAY)


@pytest.fixture
def run(ndoo: Ndoo, tmp_path: Path) -> Callable[..., Any]:
    (tmp_path / "go.txt").write_text(GO + "\n")

    def upheld(text: str, *more: object, by: tuple[object, ...] = BY) -> Any:
        (tmp_path / "in.ndjson").write_text(text)
        return ndoo("uphold", "in.ndjson", "-o", "out.ndjson", *by, *more, "--json")

    return upheld


def kept(tmp_path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in (tmp_path / "out.ndjson").read_text().splitlines() if line]


def test_whatever_refers_to_the_person_goes_with_them_and_the_rest_stays_byte_for_byte(
    run: Any, ndoo: Ndoo, tmp_path: Path
) -> None:
    stays = lines(patient(1), of("Observation", "o1", "Patient/p1"), of("Practitioner", "dr")) + "\n"
    goes = lines(
        patient(0),
        of("Observation", "o0", "https://a.test/fhir/Patient/p0/_history/3"),
        of("Observation", "both", "Patient/p1", "Patient/p0"),
        of("DiagnosticReport", "hop", "Observation/o0"),
        of("Device", "pacemaker", "Patient/p0"),
        of("RelatedPerson", "relative", "Patient/p1", identifier=[{"system": SYSTEM, "value": GO}]),
        of("Provenance", "by-number", "Patient/p1", target=[{"identifier": {"system": SYSTEM, "value": GO}}]),
        of("Observation", "inside", "#me", contained=[{**patient(0), "id": "me"}]),
    )
    said = run(goes + stays)
    assert said.status == 0, said.told
    assert (tmp_path / "out.ndjson").read_text() == stays
    assert said.json["resources"]["Observation"]["rows"]["removed"] == 3
    assert said.json["people"] == {"read": 2, "kept": 1, "removed": 1, "held": 0}
    proved = ndoo("verify", "out.ndjson", *BY, "--json")
    assert [promise["name"] for promise in proved.json["promises"]] == [
        "seal",
        "counts",
        "digest",
        "rows",
        "keys",
        "nobody",
    ]
    assert proved.status == 0


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (of("Observation", "x", "Patient/p9"), "orphan"),
        (of("Observation", "x", "Patient/p1", "Encounter/e9"), "orphan"),
        (of("Observation", "x", "Patient/p1", "#gone"), "orphan"),
        (of("Observation", "x", "Patient/p1", "who knows"), "orphan"),
        (of("Observation", "x", "urn:uuid:9"), "orphan"),
        (of("Observation", "x"), "missing"),
        (of("Novelty", "x"), "ambiguous"),
        (of("Novelty", "x", "Patient/p1"), "ambiguous"),
        (of("Observation", "x", "Observation/x"), "missing"),
        ({"resourceType": "Patient", "id": "x"}, "missing"),
        ({"resourceType": "Patient", "id": "x", "identifier": [{"system": SYSTEM}]}, "missing"),
        (
            {"resourceType": "Patient", "id": "x", "identifier": [{"system": SYSTEM, "value": "9990000000"}]},
            "check_digit",
        ),
    ],
)
def test_what_nobody_can_decide_on_is_held(
    resource: dict[str, Any], reason: str, run: Any, ndoo: Ndoo, tmp_path: Path
) -> None:
    said = run(lines(patient(1), of("Practitioner", "dr", "Organization/not-here"), resource), "--held", "held.ndjson")
    assert (said.status, said.json["rows"]["held"]) == (6, {reason: 1})
    assert kept(tmp_path) == ["p1", "dr"]
    assert (tmp_path / "held.ndjson").read_text() == lines(resource)
    assert ndoo("verify", "out.ndjson", *BY).status == 0


def test_patients_without_a_number_stay_only_with_a_reason(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    text = lines({"resourceType": "Patient", "id": "x"}, of("Observation", "o", "Patient/x"), patient(0))
    said = run(text, "--undecided", "keep-missing", "--justification", "A test.")
    assert (said.status, kept(tmp_path), said.json["rows"]["kept_without_number"]) == (0, ["x", "o"], 1)
    assert ndoo("verify", "out.ndjson", *BY).status == 0


def test_a_bundle_keeps_its_shape_and_loses_its_people(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    def bundle(*people: int) -> str:
        entry = [
            {"fullUrl": f"urn:uuid:{at}", "resource": {k: v for k, v in patient(at).items() if k != "id"}}
            for at in people
        ]
        return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry, "total": 3}, indent=2)

    for before, after in (((0, 1, 2), (1, 2)), ((1, 0, 2), (1, 2)), ((1, 2, 0), (1, 2)), ((1, 2), (1, 2))):
        assert run(bundle(*before)).status == 0
        assert json.loads((tmp_path / "out.ndjson").read_text()) == json.loads(bundle(*after))
        assert ndoo("verify", "out.ndjson", *BY).status == 0
    assert (tmp_path / "out.ndjson").read_text() == bundle(1, 2)
    assert run('{"resourceType": "Bundle"}').status == 0
    assert run('{"resourceType": "Bundle", "entry": []}').status == 0


def test_a_folder_of_files_is_one_export(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    run("")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "Patient.ndjson").write_text(lines(patient(0), patient(1)))
    (folder / "Observation.ndjson").write_text(
        lines(
            of("Observation", "a", "Patient/p0"),
            of("Observation", "b", "Patient/p1"),
            of("Observation", "c", "Patient/p9"),
        )
    )
    for _ in range(2):  # the second time over the first
        said = ndoo("uphold", "in", "-o", "out", "--held", "held", *BY)
        assert (said.status, "its manifest in it" in said.told) == (6, True)
    assert (tmp_path / "out" / "Observation.ndjson").read_text() == lines(of("Observation", "b", "Patient/p1"))
    assert (tmp_path / "held" / "Observation.ndjson").read_text() == lines(of("Observation", "c", "Patient/p9"))
    assert ndoo("verify", "out", *BY).status == 0
    (tmp_path / "go.txt").write_text(PEOPLE[1] + "\n")
    assert ndoo("verify", "out", *BY).status == 3
    (tmp_path / "out" / "more.ndjson").write_text("{}")
    assert ndoo("verify", "out", *BY).status == 3
    refused = ndoo("uphold", "in", "-o", "out", *BY, "--json")
    assert refused.json["error"]["code"] == "output-of-others"
    (tmp_path / "out" / "manifest.json").write_text("{}")
    assert ndoo("uphold", "in", "-o", "out", *BY, "--json").json["error"]["code"] == "output-of-others"
    (folder / "notes.txt").write_text("notes")
    refused = ndoo("uphold", "in", "-o", "out2", *BY, "--json")
    assert (refused.status, refused.json["error"]["code"]) == (3, "fhir-and-others")


def test_without_a_manifest_nothing_is_known(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    assert run(lines(patient(1))).status == 0
    (tmp_path / "out.ndjson.manifest.json").unlink()
    assert ndoo("verify", "out.ndjson", *BY, "--json").json["error"]["code"] == "manifest-missing"


def test_a_flow_to_which_the_opt_out_does_not_apply_keeps_everything(run: Any, ndoo: Ndoo) -> None:
    flow = ROOT / "examples" / "flows" / "7-consented-cohort.toml"
    said = run(lines(patient(0), of("Observation", "o", "Patient/p9")), by=("--flow", flow))
    assert (said.status, said.json["rows"]["kept"]) == (0, 2)
    assert ndoo("verify", "out.ndjson").status == 0
    assert ndoo("verify", "out.ndjson", *BY).status == 3, "a list that is named is always applied"


def test_type_1_opt_outs_go_along_references_too(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text(
        f"nhs_number,code,date,scheme\n{PEOPLE[2]},827241000000103,2024-01-02,snomed_ct\n"
    )
    text = lines(patient(0), patient(1), patient(2), of("Observation", "o", "Patient/p2"))
    said = run(text, "--type1", "codes.csv")
    assert (said.status, kept(tmp_path)) == (0, ["p1"])
    assert said.json["type1"]["rows"] == {"removed_by_it_alone": 2}
    assert ndoo("verify", "out.ndjson", *BY, "--type1", "codes.csv").status == 0
    assert run(text, "--type1", "codes.csv", by=()).status == 0
    assert ndoo("verify", "out.ndjson", "--type1", "codes.csv").status == 0
    (tmp_path / "codes.csv").write_text(
        f"nhs_number,code,date,scheme\n{PEOPLE[1]},827241000000103,2024-01-02,snomed_ct\n"
    )
    assert ndoo("verify", "out.ndjson", "--type1", "codes.csv").status == 3


DEEP = '{"a":' * 101 + "1" + "}" * 101


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}\n",
        '{"resourceType": 1}\n',
        lines(patient(0)) + "[]\n",
        lines(patient(0)) + '{"a": 1, "a": 2}\n',
        '{"resourceType": "Bundle", "entry": 3}',
        '{"resourceType": "Bundle", "entry": [3]}',
        lines(patient(0)) + "{oops\n",
        '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Bundle"}}]}',
        '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "List"}, "fullUrl": 3}]}',
        '{"resourceType": "List", "b": ' + DEEP + "}\n",
        '{"resourceType": "List", "id": 5}\n',
    ],
)
def test_what_is_no_whole_fhir_is_refused(text: str, run: Any, tmp_path: Path) -> None:
    said = run(text)
    assert (said.status, said.json["error"]["code"]) == (3, "fhir-unfit")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["go.txt", "in.ndjson"]


def test_fhir_has_no_columns(run: Any, ndoo: Ndoo) -> None:
    said = run(lines(patient(1)), "--nhs-number", "id")
    assert (said.status, said.json["error"]["code"]) == (2, "fhir-columns")
    assert run(lines(patient(1)), "--nhs-number", "Patient.identifier").status == 0
    assert ndoo("verify", "out.ndjson", *BY, "--nhs-number", "id").status == 2


def _request(tmp_path: Path) -> Request:
    (tmp_path / "go.txt").write_text(GO + "\n")
    (tmp_path / "in.ndjson").write_text(lines(patient(0), patient(1)))
    now = datetime.now(UTC)
    cleaned = read_list(tmp_path / "go.txt", Polarity.OPTED_OUT, checked_at=now, now=now)
    return Request(
        input=tmp_path / "in.ndjson", output=tmp_path / "out.ndjson", cleaned=cleaned, now=now, engine=ReleaseKind.FHIR
    )


def test_no_shape_of_fhir_is_pinned(tmp_path: Path) -> None:
    request = replace(_request(tmp_path), shape=tmp_path / "shape.json")
    with pytest.raises(UsageFault, match="its standard"):
        uphold(request, load_sealer(tmp_path / "keys"))
    assert not request.output.exists()


def test_a_file_that_changes_meanwhile_is_neither_released_nor_verified(tmp_path: Path) -> None:
    request = _request(tmp_path)
    with pytest.raises(UnfitData, match="changed while"):
        uphold(request, load_sealer(tmp_path / "keys"), lambda _: request.input.touch())
    uphold(request, load_sealer(tmp_path / "keys"))
    calls = itertools.count()

    def touch(_: int) -> None:
        next(calls)
        request.output.touch()

    result = verify_release(release_at(request.output), ReleaseQuestion(request.cleaned), touch)
    assert [promise.kept for promise in result.promises] == [True, True, False]


def test_a_forged_manifest_is_not_believed(tmp_path: Path) -> None:
    request = _request(tmp_path)
    sealer = load_sealer(tmp_path / "keys")
    uphold(request, sealer)
    path = tmp_path / "out.ndjson.manifest.json"
    manifest = json.loads(path.read_text())
    manifest["rows"]["kept_without_number"] = None
    manifest["output"]["sha256"] = None
    path.write_text(json.dumps(sealer.seal(manifest)))
    result = verify_release(release_at(request.output), ReleaseQuestion(request.cleaned))
    assert not result.verified


def test_what_does_not_fit_into_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = _request(tmp_path)
    with request.input.open("a") as file:
        file.write(lines(of("Practitioner", "x" * 60, about="y" * 600)))
    monkeypatch.setattr(resources, "LONGEST_LINE", 600)
    with pytest.raises(UnfitData, match=r"line 3: .* a line of more than"):
        uphold(request, load_sealer(tmp_path / "keys"))
    request.input.write_text('{"resourceType": "Bundle"}')
    monkeypatch.setattr(resources, "LARGEST_DOCUMENT", 10)
    with pytest.raises(UnfitData, match=r"the document: .* export it as NDJSON"):
        uphold(request, load_sealer(tmp_path / "keys"))
    assert not request.output.exists()


def test_a_person_who_is_only_spoken_of_stops_the_release(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    note = of(
        "Observation", "o1", "Patient/p1", note=[{"text": f"Her mother ({GO[:3]} {GO[3:6]} {GO[6:]}) came along."}]
    )
    said = run(lines(patient(1), note))
    assert (said.status, said.json["error"]["code"]) == (2, "fhir-mentions")
    assert "'Observation'" in said.told
    assert not (tmp_path / "out.ndjson").exists()
    assert run(lines(patient(1), note), "--ignore-column", "Patients").status == 2
    assert run(lines(patient(1), note), "--ignore-column", "Observation").json["columns"]["ignored"] == ["Observation"]
    assert ndoo("verify", "out.ndjson", *BY).status == 0


def test_a_bundle_is_looked_at_too(ndoo: Ndoo, tmp_path: Path) -> None:
    (tmp_path / "go.txt").write_text(GO + "\n")
    resource = patient(1, text={"div": f"<p>Mother: <b>{GO[:5]}</b><i>{GO[5:]}</i></p>"})
    (tmp_path / "in.json").write_text(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource}]}, indent=1)
    )
    assert ndoo("uphold", "in.json", "-o", "out.json", *BY).status == 2


def test_a_later_opt_out_of_somebody_spoken_of_is_found(run: Any, ndoo: Ndoo, tmp_path: Path) -> None:
    assert (
        run(lines(patient(1), of("Observation", "o1", "Patient/p1", note=[{"text": f"with {PEOPLE[2]}"}]))).status == 0
    )
    (tmp_path / "go.txt").write_text(PEOPLE[2] + "\n")
    proved = ndoo("verify", "out.ndjson", *BY, "--json")
    assert (proved.status, [p["name"] for p in proved.json["promises"] if not p["kept"]]) == (3, ["nobody"])


def test_a_draft_that_holds_somebody_who_must_go_is_never_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever went wrong before: what is released was read again, by the code that verifies it."""
    monkeypatch.setattr(ResourceVerdicts, "stays", lambda self, file: (True for _ in range(file.rows)))
    for source in (lines(patient(0), patient(1)), {"Patient.ndjson": lines(patient(0), patient(1))}):
        with pytest.raises(Fault, match="its own verification"):
            upheld(tmp_path, source)
    assert not (tmp_path / "out.json").exists()
    assert not (tmp_path / "out").exists()


def test_a_file_that_changes_between_its_readings_is_not_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stays(self: ResourceVerdicts, file: FileRead) -> Iterator[bool]:
        (tmp_path / "in.json").write_text(lines(patient(1), patient(2), patient(3)))
        return itertools.repeat(True, file.rows)

    monkeypatch.setattr(ResourceVerdicts, "stays", stays)
    with pytest.raises(UnfitData, match="changed while"):
        upheld(tmp_path, lines(patient(0), patient(1)))
    assert not (tmp_path / "out.json").exists()


def test_people_are_asked_about_wherever_an_export_names_them(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text(
        lines(patient(0), of("RelatedPerson", "r", identifier=[{"system": SYSTEM, "value": PEOPLE[3]}]))
    )
    met, count = people_about(AskedDataset(tmp_path / "in.ndjson", engine=ReleaseKind.FHIR), lambda _: None)
    assert (met.count(), count) == (2, 2)


def test_long_texts_are_searched_too(tmp_path: Path) -> None:
    long = [of("Observation", f"o{at}", "Patient/p1", note=[{"text": "x " * (1 << 18)}]) for at in range(3)]
    with pytest.raises(UsageFault, match="'Observation'"):
        upheld(
            tmp_path,
            lines(patient(0), patient(1), *long, of("Observation", "o", "Patient/p1", note=[{"text": f"y {GO}"}])),
        )
    assert upheld(tmp_path, lines(patient(0), patient(1), *long)).kept == ["p1", "o0", "o1", "o2"]


def test_what_leads_to_nobody_stays_only_with_a_reason_and_is_verified_so(tmp_path: Path) -> None:
    more = {"undecided": Undecidable.KEEP_MISSING, "justification": "A test."}
    found = upheld(
        tmp_path,
        lines(
            of("Group", "g"), patient(0), {"resourceType": "Location", "id": "h", "type": {"coding": {"code": "PTRES"}}}
        ),
        **more,
    )
    assert found.kept == ["g", "h"]
