"""In whatever form a resource names somebody who must go, it goes with them; and what names nobody anybody can find is held."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ndoo.domain.errors import UnfitData
from tests.unit.upholding.fhir.exports import GO, MRN, PEOPLE, SYSTEM, Resource, bundle, lines, of, patient, upheld

UUID = "2fa15bc7-8866-461a-9000-f739e425860a"
OTHER = "c8f0a5d2-7a1e-4a51-9d2b-0d6c3e1f7b11"
MINE = {"reference": "Patient/p1"}
HIS = {"reference": "Patient/p0"}


def observation(**more: Any) -> Resource:
    """One of somebody who stays, that names somebody who does not."""
    return of("Observation", "o", "Patient/p1", **more)


NAMING = {
    "a reference": observation(performer=[HIS]),
    "a version": observation(performer=[{"reference": "Patient/p0/_history/2"}]),
    "an address of its server": observation(performer=[{"reference": "https://a.test/fhir/Patient/p0"}]),
    "an address and a version": observation(performer=[{"reference": "https://a.test/fhir/Patient/p0/_history/2"}]),
    "a part of the resource": observation(performer=[{"reference": "Patient/p0#name"}]),
    "spaces around it": observation(performer=[{"reference": " Patient/p0 "}]),
    "a number": observation(performer=[{"identifier": {"system": SYSTEM, "value": GO}}]),
    "an older system": observation(
        performer=[{"identifier": {"system": "urn:oid:2.16.840.1.113883.2.1.4.1", "value": GO}}]
    ),
    "a system in capitals": observation(
        performer=[{"identifier": {"system": "HTTP://FHIR.NHS.UK/Id/NHS-Number/", "value": GO}}]
    ),
    "another identifier": observation(performer=[{"identifier": {"system": MRN, "value": "M0"}}]),
    "an identifier and its type": of(
        "Observation", "o", encounter=MINE, subject={"type": "Patient", "identifier": {"system": MRN, "value": "M0"}}
    ),
    "a search": observation(performer=[{"reference": f"Patient?identifier={MRN}|M0"}]),
    "a search for the number": observation(performer=[{"reference": f"Patient?identifier={SYSTEM}|{GO}"}]),
    "an address": observation(extension=[{"url": "https://x.test/about", "valueUri": "Patient/p0"}]),
    "an address of a document": observation(valueAttachment={"url": "https://a.test/fhir/Patient/p0"}),
    "a canonical": observation(instantiatesCanonical="Patient/p0|2"),
    "a canonical in a list": observation(instantiates=["http://x.test/ValueSet/v", "Patient/p0"]),
    "where it came from": observation(meta={"source": "https://a.test/fhir/Patient/p0"}),
    "the address of an extension": observation(
        extension=[{"url": "https://a.test/fhir/Patient/p0", "valueBoolean": True}]
    ),
    "an extension that changes the meaning": observation(
        modifierExtension=[{"url": "https://x.test/of", "valueReference": HIS}]
    ),
    "an extension of a property": observation(
        _status={"extension": [{"url": "https://x.test/of", "valueReference": HIS}]}
    ),
    "a text": observation(note=[{"text": "Copied from Patient/p0."}]),
    "a link in a narrative": observation(text={"div": '<div><a href="Patient/p0">he</a></div>'}),
    "a search in a text": observation(note=[{"text": "See https://a.test/fhir/Observation?patient=p0&code=x"}]),
    "an escaped search": observation(note=[{"text": "https://a.test/fhir/Observation?subject=Patient%2Fp0"}]),
    "a search by id": observation(note=[{"text": "https://a.test/fhir/Patient?_id=p1,p0"}]),
    "a chained search": observation(note=[{"text": "https://a.test/fhir/Encounter?subject:Patient=p0"}]),
    "a contained resource": observation(contained=[{"resourceType": "RelatedPerson", "id": "r", "patient": HIS}]),
    "a contained patient": observation(contained=[{**patient(0), "id": "c"}], performer=[{"reference": "#c"}]),
    "a list in place of a text": observation(performer=[{"reference": ["Patient/p0"]}]),
    "a reference in place of a text": observation(performer={"reference": HIS}),
    "over another": observation(hasMember=[{"reference": "Observation/his"}]),
}


HELD_EITHER_WAY = {
    "an address of its server",
    "an address and a version",
    "an address of a document",
    "where it came from",  # whose server is it?
    "spaces around it",
}


def named(forms: dict[str, Resource]) -> list[Resource]:
    """Each of them under its own name, as an id may be written."""
    return [{**resource, "id": form.replace(" ", "-")} for form, resource in forms.items()]


def test_whoever_is_named_in_any_form_takes_the_resource_with_them(tmp_path: Path) -> None:
    him = patient(0, name=[{"family": "Gone"}])
    him["identifier"].append({"system": MRN, "value": "M0"})
    rest = [of("Observation", "mine", "Patient/p1"), of("Observation", "his", "Patient/p0")]
    found = upheld(tmp_path, lines(him, patient(1), *rest, *named(NAMING)))
    assert (found.kept, found.held) == (["p1", "mine"], {})


def test_the_same_of_somebody_who_stays_is_not_lost(tmp_path: Path) -> None:
    other = patient(2, identifier=[{"system": SYSTEM, "value": PEOPLE[2]}, {"system": MRN, "value": "M0"}])
    turned = lines(*named(NAMING)).replace("p0", "p2").replace(GO, PEOPLE[2])
    found = upheld(tmp_path, lines(patient(0), patient(1), other, of("Observation", "his", "Patient/p2")) + turned)
    lost = {resource["id"] for resource in named(NAMING)} - set(found.kept)
    assert (lost, found.held) == (
        {form.replace(" ", "-") for form in HELD_EITHER_WAY},
        {"orphan": len(HELD_EITHER_WAY)},
    )


def test_a_reference_to_what_is_not_there_is_never_taken_for_somebody_who_is(tmp_path: Path) -> None:
    forms = (
        "Patient/p9",
        "https://b.test/fhir/Patient/p1",
        "Patient/P1",
        "patient/p1",
        f"urn:uuid:{UUID}",
        "Patient",
        "#other",
        "Encounter/e9",
        "Patient?identifier=x|1",
        "",
        "/",
        "Patient/p1/",
        "Patient/p1?x=1",
        "Patient/" + "p" * 65,
    )
    found = upheld(
        tmp_path, lines(patient(1), *(of("Observation", f"o{at}", "Patient/p1", form) for at, form in enumerate(forms)))
    )
    assert (found.kept, found.held) == (["p1"], {"orphan": len(forms)})


def test_an_address_or_identifier_of_somebody_unknown_is_a_doubt_too(tmp_path: Path) -> None:
    forms: list[Resource] = [
        {"extension": [{"url": "https://x.test/of", "valueUri": "Patient/p9"}]},
        {"valueAttachment": {"url": "https://a.test/fhir/Observation/o9"}},
        {"subject": {"type": "Patient", "identifier": {"system": MRN, "value": "M9"}}, "encounter": MINE},
        {"subject": {"identifier": {"system": MRN, "value": "M9"}}, "encounter": MINE},
    ]
    found = upheld(
        tmp_path, lines(patient(1), *({**observation(), **more, "id": f"o{at}"} for at, more in enumerate(forms)))
    )
    assert (found.kept, found.held) == (["p1"], {"orphan": len(forms)})


def test_what_need_not_be_in_an_export_holds_nobody_back(tmp_path: Path) -> None:
    forms: list[Resource] = [
        {"valueAttachment": {"url": "https://a.test/fhir/Binary/b9"}},
        {"performer": [{"reference": "Practitioner/x"}]},
        {"performer": [{"reference": "Location?identifier=https://x.test|7"}]},
        {"performer": [{"display": "Dr Who"}]},
        {"performer": [{"identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": "RXX"}}]},
        {
            "code": {
                "text": "Procedure/Surgery",
                "coding": [{"system": "http://terminology.hl7.org/CodeSystem/x", "code": "a"}],
            }
        },
        {"meta": {"profile": ["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Observation|2.0"], "source": "#1x"}},
        {"extension": [{"url": "http://x.test/fhir/Patient/importance", "valueCode": "a"}]},
    ]
    found = upheld(
        tmp_path, lines(patient(1), *({**observation(), **more, "id": f"o{at}"} for at, more in enumerate(forms)))
    )
    assert found.kept == ["p1", *(f"o{at}" for at in range(len(forms)))]


def test_an_export_that_names_its_own_server_throughout_is_read_as_one(tmp_path: Path) -> None:
    base = "https://a.test/fhir/"
    resources = [of("Observation", f"o{at}", f"{base}Patient/p{at}") for at in range(2)]
    assert upheld(tmp_path, lines(patient(0), patient(1), *resources)).kept == ["p1", "o1"]
    another = of("Observation", "o2", "https://b.test/fhir/Patient/p1")
    found = upheld(tmp_path, lines(patient(0), patient(1), *resources, another))
    assert (found.kept, found.held) == (["p1"], {"orphan": 2})


def test_the_full_addresses_of_a_bundle_say_who_is_meant(tmp_path: Path) -> None:
    """Two servers have a patient p1: one of them must go, and what refers to them by either way is told apart."""

    def entry(base: str, resource: Resource) -> Resource:
        return {"fullUrl": f"{base}{resource['resourceType']}/{resource['id']}", "resource": resource}

    a, b = "https://a.test/fhir/", "https://b.test/fhir/"
    goes = {**patient(0), "id": "p1"}
    found = upheld(
        tmp_path,
        json.dumps(
            bundle(
                entry(a, goes),
                entry(b, patient(1)),
                entry(a, of("Observation", "oa", "Patient/p1")),
                entry(b, of("Observation", "ob", "Patient/p1")),
                entry(b, of("Observation", "across", f"{a}Patient/p1")),
                entry(a, of("Observation", "other", f"{b}Patient/p1")),
                entry(b, of("Observation", "lost", "https://c.test/Patient/p1")),
            )
        ),
    )
    assert (found.kept, found.held) == (["p1", "ob", "other"], {})
    alone = json.dumps(
        bundle(
            entry(b, patient(1)),
            entry(b, of("Observation", "x", "https://c.test/Patient/p1")),
            entry(a, of("Observation", "y", "Patient/p1")),
        )
    )
    found = upheld(tmp_path, alone)
    assert (found.kept, found.held) == (["p1"], {"orphan": 2})


def test_addresses_that_are_no_resource_s_are_known_in_their_bundle_alone(tmp_path: Path) -> None:
    def of_a_bundle(at: int, *to: str) -> str:
        named = {key: value for key, value in patient(at).items() if key != "id"}
        entries = [{"fullUrl": "urn:uuid:1", "resource": named}, of("Observation", f"o{at}", *to)]
        return json.dumps(bundle(*entries)) + "\n"

    found = upheld(tmp_path, of_a_bundle(1, "urn:uuid:1") + of_a_bundle(0, "urn:uuid:1") + of_a_bundle(2, "urn:uuid:2"))
    assert (found.kept, found.held) == (["", "o1", ""], {"orphan": 1})


def test_uuids_are_known_everywhere_and_however_they_are_written(tmp_path: Path) -> None:
    goes = json.dumps(bundle({"fullUrl": f"urn:uuid:{UUID}", "resource": {**patient(0), "id": "x"}})) + "\n"
    text = goes + lines(
        {**patient(1), "id": OTHER},
        of("Observation", "a", f"urn:uuid:{UUID.upper()}"),
        of("Observation", "b", f"urn:uuid:{OTHER}"),
        of("Observation", "c", f"Patient/{OTHER}", identifier=[{"system": MRN, "value": UUID}]),
        of("Observation", "d", f"Patient/{OTHER}", note=[{"text": f"was {UUID}, now {OTHER}"}]),
    )
    assert upheld(tmp_path, text).kept == [OTHER, "b"]


LINKED = [
    ("replaced", [patient(0), patient(1, link=[{"other": HIS, "type": "replaces"}])]),
    ("replacing", [patient(0, link=[{"other": MINE, "type": "replaced-by"}]), patient(1)]),
    ("over a person", [patient(0), patient(1), of("Person", "x", link=[{"target": HIS}, {"target": MINE}])]),
    (
        "over a person with a number",
        [of("Person", "x", link=[{"target": MINE}], identifier=[{"system": SYSTEM, "value": GO}]), patient(1)],
    ),
    ("over a linkage", [patient(0), patient(1), of("Linkage", "x", item=[{"resource": HIS}, {"resource": MINE}])]),
    ("an older version", [{**patient(0), "id": "p1"}, patient(1)]),
    (
        "an old number",
        [
            patient(
                1,
                identifier=[
                    {"system": SYSTEM, "value": PEOPLE[1]},
                    {"system": SYSTEM, "value": GO, "use": "old", "period": {"end": "1999-01-01"}},
                ],
            )
        ],
    ),
]


@pytest.mark.parametrize(("how", "people"), LINKED)
def test_two_records_of_one_person_go_together(how: str, people: list[Resource], tmp_path: Path) -> None:
    found = upheld(tmp_path, lines(*people, of("Observation", "o", "Patient/p1"), patient(2)))
    assert found.kept == ["p2"], how


def test_a_doctor_stays_though_a_record_of_his_own_goes(tmp_path: Path) -> None:
    """A practitioner who is a patient too: the record of the person goes, and not everybody whom he treats."""
    him = of("Person", "x", link=[{"target": HIS}, {"target": {"reference": "Practitioner/dr"}}])
    treated = of("Encounter", "e", "Patient/p1", participant=[{"individual": {"reference": "Practitioner/dr"}}])
    assert upheld(tmp_path, lines(patient(0), patient(1), him, of("Practitioner", "dr"), treated)).kept == [
        "p1",
        "dr",
        "e",
    ]


def test_a_list_or_a_group_with_somebody_withheld_in_it_goes_whole(tmp_path: Path) -> None:
    group = of("Group", "g", member=[{"entity": MINE}, {"entity": HIS}])
    wards = of("List", "l", "Patient/p1", entry=[{"item": {"reference": "Observation/his"}}])
    about = [
        of("Provenance", "v", target=[{"reference": "Observation/his/_history/1"}]),
        of("AuditEvent", "a", entity=[{"what": HIS}]),
    ]
    text = lines(patient(0), patient(1), of("Observation", "his", "Patient/p0"), group, wards, *about)
    assert upheld(tmp_path, text).kept == ["p1"]


def test_an_entry_names_people_by_its_request_its_answer_and_its_links(tmp_path: Path) -> None:
    mine = {"resource": of("Observation", "o", "Patient/p1")}
    for more in (
        {"request": {"method": "PUT", "url": "Patient/p0"}},
        {"request": {"method": "POST", "url": "Observation", "ifNoneExist": "Observation?patient=p0"}},
        {"response": {"status": "201", "location": "Patient/p0/_history/1"}},
        {
            "response": {
                "outcome": {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Patient/p0 failed"}]}
            }
        },
        {"link": [{"relation": "alternate", "url": "https://a.test/fhir/Patient/p0"}]},
        {"search": {"extension": [{"url": "https://x.test/by", "valueReference": HIS}]}},
        {
            "fullUrl": "https://a.test/fhir/Observation/o",
            "extension": [{"url": "https://x.test", "valueUri": "Patient/p0"}],
        },
    ):
        found = upheld(tmp_path, json.dumps(bundle(patient(0), patient(1), {**mine, **more})))
        assert found.kept == ["p1"], more


@pytest.mark.parametrize(
    "around",
    [
        {"link": [{"relation": "self", "url": "https://a.test/fhir/Observation?patient=p0"}]},
        {"link": [{"relation": "self", "url": f"https://a.test/fhir/Patient?identifier={SYSTEM}|{GO}"}]},
        {"signature": {"who": HIS, "data": "MTIz"}},
        {"identifier": {"system": SYSTEM, "value": GO}},
        {"meta": {"source": "Patient/p0"}},
    ],
)
def test_what_stands_around_the_entries_names_nobody_who_goes(around: Resource, tmp_path: Path) -> None:
    whole = bundle(patient(0), patient(1), **around)
    with pytest.raises(UnfitData, match="around the entries of a bundle"):
        upheld(tmp_path, json.dumps(whole))
    assert not (tmp_path / "out.json").exists()
    both = {
        "a/gone.json": json.dumps(bundle(patient(0), **around), indent=1),
        "b.json": json.dumps(bundle(patient(1)), indent=1),
    }
    assert list(upheld(tmp_path / "folder", both).texts) == ["b.json"], (
        "a bundle of which nothing stays is not released at all"
    )
    told = bundle(patient(1), **around)
    upheld(tmp_path / "later", json.dumps(told).replace("p0", "p1"), go=(PEOPLE[3],))
    assert upheld(tmp_path / "later", json.dumps(told).replace("p0", "p1"), go=(PEOPLE[3],)).broken(GO) == (
        ["nobody"] if GO in json.dumps(around) else []
    )


def test_what_was_deleted_goes_with_whom_it_was_of_and_is_held_where_nobody_knows(tmp_path: Path) -> None:
    def gone(url: str) -> Resource:
        return {"request": {"method": "DELETE", "url": url}}

    text = lines(
        bundle(
            gone("Observation/o0"),
            gone("Patient/p1"),
            gone("Patient/p9"),
            gone("Device/d"),
            {"response": {"status": "204"}},
        )
    )
    found = upheld(tmp_path, text + lines(patient(0), patient(1), of("Observation", "o0", "Patient/p0")))
    assert found.kept == ["", "", "p1"]
    assert found.held == {"missing": 1, "orphan": 1}


def test_messages_of_an_export_stay_but_for_those_about_people_who_go(tmp_path: Path) -> None:
    def said(text: str) -> Resource:
        return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": text}]}

    text = lines(
        patient(0), patient(1), said("Patient/p0 could not be read"), said("Too many"), said("Patient/p1 is old")
    )
    assert "could not" not in (released := upheld(tmp_path, text).texts[""])
    assert "Too many" in released and "is old" in released
