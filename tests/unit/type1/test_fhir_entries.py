"""Entries in FHIR mean what they mean in a table, and one of a stranger, or of nobody, is not given to anybody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import NoUsableList, UnfitData
from ndoo.type1 import fhir_entries
from ndoo.type1.status import read_status
from tests.support.code_decorations import DECORATIONS, OF_NUMBERS, OF_READ_CODES, WITH_NUL
from tests.support.numbers import some

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
A, B, C, D = some(4, seed=41)
SNOMED = "http://snomed.info/sct"


def patient(name: str, number: str, system: str = fhir_entries.SYSTEMS[0]) -> dict[str, Any]:
    identifiers = [{"system": "urn:local", "value": "17"}, {"system": system, "value": number}]
    return {"resourceType": "Patient", "id": name, "identifier": identifiers}


def observation(
    reference: str | None, code: str = "827241000000103", day: Any = "2020-01-01", **more: Any
) -> dict[str, Any]:
    coding = [{"system": SNOMED if code.isdigit() else "http://read.info/ctv3", "code": code}]
    made = {"resourceType": "Observation", "code": {"coding": coding}, "effectiveDateTime": day, **more}
    return made if reference is None else {**made, "subject": {"reference": reference}}


def bundle(*resources: dict[str, Any]) -> str:
    entries = [{"fullUrl": f"urn:uuid:{r.get('id')}", "resource": r} for r in resources]
    return json.dumps({"resourceType": "Bundle", "entry": [*entries, {"search": {}}]}, indent=1)


def lines(*resources: dict[str, Any]) -> str:
    return "\n".join(json.dumps(r) for r in resources) + "\n\n"


def statuses(path: Path) -> dict[str, str]:
    told = b"".join(map(bytes, read_status([path], NOW).lines())).decode().splitlines()
    return {line.split(",")[0]: line.split(",")[1] for line in told}


PEOPLE = (patient("a", A), patient("b", B, fhir_entries.SYSTEMS[1]), patient("c", C), patient("d", D))


@pytest.mark.parametrize("written", [bundle, lines])
@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ([observation("Patient/a")], "dissent"),
        ([observation("https://gp.example/fhir/Patient/a")], "dissent"),
        ([observation("Patient/a", "XaZ89")], "dissent"),
        ([observation("Patient/a"), observation("Patient/a", "827261000000102", "2021-01-01")], "withdrawn"),
        ([observation("Patient/a", status="entered-in-error")], "not_recorded"),
        ([observation("Patient/a", verificationStatus={"coding": [{"code": "entered-in-error"}]})], "not_recorded"),
        ([observation("Patient/a", day=None)], "held"),
        ([observation("Patient/a", day="2020-05")], "held"),
        ([observation("Patient/a", day="2020-05-xxT10:00:00Z")], "held"),
        ([observation("Patient/a", day=None, effectivePeriod={"start": "2020-01-01"})], "dissent"),
        (
            [
                observation("Patient/a", "827261000000102", "2020-07-01"),
                observation("Patient/a", day="2020-06-30T23:30:00Z"),
            ],
            "dissent",
        ),
        ([observation("Patient/a", code="44054006")], "not_recorded"),
        ([observation(None, patient={"reference": "Patient/a"})], "dissent"),
        ([observation(None, subject={"identifier": {"system": fhir_entries.SYSTEMS[0], "value": A}})], "dissent"),
        ([{"resourceType": "Observation", "subject": "a", "code": [1]}], "not_recorded"),
    ],
)
def test_an_entry_means_what_it_means_in_a_table(
    written: Any, entries: list[dict[str, Any]], status: str, tmp_path: Path
) -> None:
    (tmp_path / "record.json").write_text(written(*PEOPLE, *entries))
    found = statuses(tmp_path / "record.json")
    assert found == {A: status, B: "not_recorded", C: "not_recorded", D: "not_recorded"}


WITHDRAWN = "827261000000102"
IDENTIFIER = {"system": fhir_entries.SYSTEMS[0], "value": A}


def concept(*codes: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"code": code, "system": SNOMED} for code in codes], "text": text}


@pytest.mark.parametrize(
    "entry",
    [
        observation("Patient/a", "'827241000000103"),
        observation("Patient/a", code="44054006", valueCodeableConcept=concept("827241000000103")),
        observation("Patient/a", code="44054006", component=[{"code": concept("XaZ89")}]),
        observation("Patient/a", code="44054006", note=[{"text": "9Nu0. was entered"}]),
        {
            "resourceType": "Observation",
            "subject": {"reference": "Patient/a"},
            "code": concept(text="Dissent from secondary use of GP data"),
        },
        {"resourceType": "Observation", "subject": {"reference": "Patient/a"}, "code": "827241000000103"},
        {
            "resourceType": "Observation",
            "subject": {"reference": "Patient/a"},
            "code": {"coding": [{"code": ["827241000000103"], "system": [SNOMED]}]},
            "effectiveDateTime": "2020-01-01",
        },
        {
            "resourceType": "Observation",
            "subject": {"reference": "Patient/a"},
            "code": {"coding": [{"code": "827241000000103", "system": [SNOMED]}]},
            "effectiveDateTime": "2020-01-01",
        },
        {
            "resourceType": "Observation",
            "subject": {"reference": "Patient/a"},
            "code": {"coding": [{"code": 8.27e14}]},
            "effectiveDateTime": "2020-01-01",
        },
        {
            "resourceType": "Consent",
            "patient": {"reference": "Patient/a"},
            "provision": {"code": [concept("827241000000103")]},
        },
        {
            "resourceType": "Flag",
            "status": "inactive",
            "subject": {"reference": "Patient/a"},
            "code": concept("827241000000103"),
        },
        {
            "resourceType": "List",
            "subject": {"reference": "Patient/a"},
            "contained": [{"resourceType": "Flag", "code": concept("XaZ89")}],
        },
        {
            "resourceType": "Patient",
            "identifier": [IDENTIFIER],
            "extension": [{"valueCodeableConcept": concept("9Nu0.")}],
        },
        observation("Patient/a", status="preliminary"),
        observation("Patient/a", clinicalStatus=concept("resolved")),
        observation("Patient/a", verificationStatus="refuted"),
        observation("Patient/a", WITHDRAWN, modifierExtension=[{"url": "urn:not"}]),
        observation("Patient/a", WITHDRAWN, valueBoolean=False),
        observation("Patient/a", WITHDRAWN, doNotPerform=True),
        observation("Patient/a", WITHDRAWN, status="cancelled"),
    ],
)
def test_a_code_that_is_no_plain_statement_is_held(entry: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(bundle(*PEOPLE, entry))
    assert statuses(tmp_path / "record.json") == {A: "held", B: "not_recorded", C: "not_recorded", D: "not_recorded"}


def _place(where: str, text: str) -> dict[str, Any]:
    match where:
        case "code":
            return {"code": concept(text)}
        case "second code":
            return {"code": concept("44054006", text)}
        case "term":
            return {"code": {"coding": [{"code": "44054006", "display": text}]}}
        case "value":
            return {"code": concept("44054006"), "valueCodeableConcept": concept(text)}
        case "translation":
            return {
                "code": concept("44054006"),
                "extension": [{"url": "urn:other", "extension": [{"url": "text", "valueString": text}]}],
            }
        case _:
            return {"code": concept("44054006"), "note": [{"text": f"Entered: {text}, by post"}]}


@pytest.mark.parametrize("where", ["code", "second code", "term", "value", "translation", "note"])
@pytest.mark.parametrize("code", ["827241000000103", "9Nu0", "XaZ89", WITHDRAWN, "9Nu1"])
def test_no_decoration_of_a_code_makes_its_entry_say_nothing(where: str, code: str, tmp_path: Path) -> None:
    decorated = [one(code) for one in (*DECORATIONS, *WITH_NUL, *(OF_NUMBERS if code.isdigit() else OF_READ_CODES))]
    numbers = some(len(decorated), seed=43)
    people = [patient(f"p{at}", number) for at, number in enumerate(numbers)]
    entries = [{**observation(f"Patient/p{at}"), **_place(where, text)} for at, text in enumerate(decorated)]
    (tmp_path / "record.ndjson").write_text(lines(*people, *entries))
    found = statuses(tmp_path / "record.ndjson")
    sure = {"dissent"} if "code" in where and code not in (WITHDRAWN, "9Nu1") else set()
    plain = {"withdrawn"} if "code" in where else set()
    for text, number in zip(decorated, numbers, strict=True):
        assert found[number] in {"held"} | sure | plain, text


@pytest.mark.parametrize(
    "more",
    [
        {"valueString": "8.27241000000103E14"},
        {"valueInteger": 827241000000103},
        {"valueQuantity": {"value": 827241000000103.0}},
        {"valueString": "Type one objection"},
        {"note": [{"text": "TYPE\u00a01 OPT\u2011OUT"}]},
        {"component": [{"valueString": "9NuO."}]},
        {"note": [{"text": "2020-01-01T10:00:00Z 827-241-000-000-103"}]},
    ],
)
def test_what_may_be_a_code_anywhere_in_an_entry_is_held(more: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(bundle(*PEOPLE, observation("Patient/a", "44054006", **more)))
    assert statuses(tmp_path / "record.json") == {A: "held", B: "not_recorded", C: "not_recorded", D: "not_recorded"}


@pytest.mark.parametrize("text", ["8.27241E+14", "entered 8,3e+14"])
def test_a_code_of_ours_whose_digits_are_lost_is_refused_anywhere_and_a_measurement_is_not(
    text: str, tmp_path: Path
) -> None:
    measured = observation("Patient/b", "44054006", valueString="5.6e+9 /L", note=[{"text": "8.27e+9 to 9.1E+14"}])
    (tmp_path / "record.json").write_text(bundle(*PEOPLE, measured))
    assert set(statuses(tmp_path / "record.json").values()) == {"not_recorded"}
    (tmp_path / "record.json").write_text(bundle(*PEOPLE, observation("Patient/a", "44054006", valueString=text)))
    with pytest.raises(UnfitData, match="power of ten"):
        read_status([tmp_path / "record.json"], NOW)


@pytest.mark.parametrize(
    "entry",
    [
        observation("Patient/a/_history/2"),
        observation("Patient/a", code="XaZ89", text={"div": "<div>Dissent withdrawn from secondary use</div>"}),
        observation(
            "Patient/a",
            status="final",
            clinicalStatus=concept("active"),
            verificationStatus="confirmed",
            valueBoolean=True,
        ),
        observation("#p", contained=[{"id": "q"}, {"resourceType": "Patient", "id": "p", "identifier": [IDENTIFIER]}]),
        observation(
            None, subject={"identifier": {**IDENTIFIER, "system": ["urn:local", "https://fhir.nhs.uk/id/nhs-number/"]}}
        ),
        {"resourceType": "Bundle", "entry": [{"resource": observation("Patient/a")}]},
    ],
)
def test_whose_entry_it_is_is_found_however_it_is_said(entry: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(bundle(*PEOPLE, entry))
    assert statuses(tmp_path / "record.json") == {A: "dissent", B: "not_recorded", C: "not_recorded", D: "not_recorded"}


def test_a_display_that_says_what_the_code_says_is_no_second_entry(tmp_path: Path) -> None:
    entry = observation("Patient/a", WITHDRAWN)
    entry["code"]["coding"][0]["display"] = "Dissent withdrawn from secondary use of GP data"
    (tmp_path / "record.json").write_text(
        bundle(*PEOPLE, entry, observation("#nobody"), observation("Patient/b", note="type 1 diabetes"))
    )
    found = read_status([tmp_path / "record.json"], NOW)
    assert (found.counts["withdrawn"], found.counts["entries"]["read"], found.counts["dissents_of_nobody"]) == (1, 7, 1)


def test_a_patient_with_two_numbers_is_held_under_both(tmp_path: Path) -> None:
    merged = patient("a", A)
    merged["identifier"].append({"system": fhir_entries.SYSTEMS[1], "value": B})
    (tmp_path / "record.json").write_text(bundle(merged, observation("Patient/a")))
    assert statuses(tmp_path / "record.json") == {A: "held", B: "held"}


def test_a_bundle_s_own_names_are_understood(tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(bundle(*PEOPLE, observation("urn:uuid:c")))
    assert statuses(tmp_path / "record.json")[C] == "dissent"


def test_an_export_keeps_patients_and_entries_in_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "Observation.ndjson").write_text(lines(observation("Patient/a"), observation("Patient/b", "XaZ89")))
    (tmp_path / "Patient.ndjson").write_text(lines(*PEOPLE))
    assert statuses(tmp_path) == {A: "dissent", B: "dissent", C: "not_recorded", D: "not_recorded"}


def test_an_entry_of_a_stranger_is_given_to_nobody_and_one_of_two_people_at_once_is_held_for_both(
    tmp_path: Path,
) -> None:
    (tmp_path / "one.json").write_text(bundle(patient("a", A), observation("Patient/nobody"), observation("Patient/x")))
    (tmp_path / "two.json").write_text(bundle(patient("x", B), observation("Group/1")))
    (tmp_path / "three.json").write_text(bundle(patient("x", C), {"resourceType": "Patient", "id": "y"}))
    found = read_status([tmp_path], NOW)
    assert (found.counts["dissent"], found.counts["people"]) == (0, 3)
    assert (found.counts["held"], found.counts["dissents_of_nobody"]) == ({"missing": 2, "code_unclear": 2}, 2)
    assert found.counts["people_held"] == 2


@pytest.mark.parametrize("part", [3, 4])
def test_many_entries_are_sent_in_parts(part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_entries, "_AT_ONCE", part)
    (tmp_path / "record.json").write_text("\ufeff" + lines(*PEOPLE, *(observation(f"Patient/{p}") for p in "abcd")))
    assert set(statuses(tmp_path / "record.json").values()) == {"dissent"}


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType": "Bundle", "entry": [',
        '{"a": 1}',
        lines(PEOPLE[0]) + "{",
        lines(PEOPLE[0]) + "[]",
        lines(PEOPLE[0]) + '{"code": {"coding": [{"code": "XaZ89"}]}, "resourceType": "Observation", "code": {}}\n',
    ],
)
def test_what_is_cut_off_or_no_fhir_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "record.json").write_text(text)
    with pytest.raises(UnfitData, match="not a complete FHIR"):
        read_status([tmp_path / "record.json"], NOW)


def test_a_file_that_may_not_be_read_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "record.json").write_text(bundle(*PEOPLE))

    def refuses(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr(Path, "open", refuses)
    with pytest.raises(NoUsableList, match="could not be read"):
        read_status([tmp_path / "record.json"], NOW)
