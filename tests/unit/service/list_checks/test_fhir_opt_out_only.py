"""Only a Consent that is the national opt-out is taken for one; whoever chose is kept; what leaves passes a second opinion."""

from __future__ import annotations

import copy
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from ndoo.service.api_clients.problems import HTTPProblem
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.list_checks.fhir import r4, stu3
from ndoo.service.list_checks.fhir.words import FhirRelease, said
from tests.conftest import ROOT
from tests.support.api_callers import System, chooses, people, system
from tests.unit.service.list_checks.test_fhir import FHIR, FORM, consent, search, send

ANN, BEN, EVE = people(3, 77)
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
RELEASES: dict[str, FhirRelease] = {"R4": r4.R4(), "STU3": stu3.STU3()}
WORD = {"R4": "deny", "STU3": "active"}
_SCOPES = "http://terminology.hl7.org/CodeSystem/consentscope"
_CATEGORIES = "http://terminology.hl7.org/CodeSystem/consentcategorycodes"
_ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


@pytest.fixture
def caller(db: None) -> System:
    chooses(EVE, Choice.ALLOW)
    return system()


def concept(system: str, *codes: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code} for code in codes]}


def identified(**more: Any) -> dict[str, Any]:
    return {"identifier": {"system": r4.IDENTIFIER, "value": ANN, **more}}


def provision(**more: Any) -> dict[str, Any]:
    return {"type": "deny", **more}


OTHERS_R4 = [
    ("Consent.scope", {"scope": concept(_SCOPES, "treatment"), "category": [concept(_CATEGORIES, "dnr")]}),
    (
        "Consent.scope",
        {
            "scope": concept(_SCOPES, "research"),
            "policy": [{"uri": "https://trial.example/protocol"}],
            "provision": {"type": "permit"},
        },
    ),
    ("Consent.scope", {"scope": None, "policy": None}),
    ("Consent.scope", {"scope": concept(_SCOPES, "adr")}),
    ("Consent.scope", {"scope": concept(_SCOPES, "patient-privacy", "research")}),
    ("Consent.scope", {"scope": {"text": "privacy"}}),
    ("Consent.scope", {"scope": {**r4.SCOPE, "extension": [{"url": "x"}]}}),
    ("Consent.scope", {"scope": []}),
    ("Consent.category", {"category": [concept(_CATEGORIES, "dnr")]}),
    ("Consent.category", {"category": None}),
    ("Consent.category", {"category": [*r4.CATEGORY, concept(_CATEGORIES, "acd")]}),
    ("Consent.category", {"category": r4.CATEGORY[0]}),
    ("Consent.policy", {"policy": None}),
    ("Consent.policy", {"policy": []}),
    ("Consent.policy", {"policy": [{"uri": "https://x.example"}]}),
    ("Consent.policy", {"policy": [{"uri": r4.POLICY}, {"uri": "https://x.example"}]}),
    ("Consent.policyRule", {"policyRule": concept("x", "OPTOUT")}),
    ("Consent.implicitRules", {"implicitRules": "https://x.example"}),
    ("Consent.modifierExtension", {"modifierExtension": [{"url": "x", "valueBoolean": True}]}),
    ("Consent.provision.modifierExtension", {"provision": provision(modifierExtension=[{"url": "x"}])}),
    ("Consent.meta.security", {"meta": {"security": [_HTEST]}}),
    ("Consent.meta.tag", {"meta": {"tag": [_HTEST]}}),
    ("Consent.meta.extension", {"meta": {"extension": []}}),
    ("Consent.meta.profile", {"meta": []}),
    ("Consent.meta.profile", {"meta": {"profile": ["https://x.example/trial-consent"]}}),
    ("Consent.meta.profile", {"meta": {"profile": "x"}}),
    ("Consent.patient.identifier.use", {"patient": identified(use="old")}),
    ("Consent.patient.identifier.use", {"patient": identified(use="temp")}),
    ("Consent.patient.identifier.use", {"patient": identified(use=["old"])}),
    ("Consent.patient.identifier.period", {"patient": identified(period={"end": "2020"})}),
    ("Consent.patient.identifier.period", {"patient": identified(period={"start": "2999-01-01"})}),
    ("Consent.patient.identifier.period", {"patient": identified(period={"end": "2020-01-01T00:00:00Z"})}),
    ("Consent.patient.identifier.period", {"patient": identified(period={"end": "2999-01-01T00:00:00"})}),
    ("Consent.patient.identifier.period", {"patient": identified(period={"end": 5})}),
    ("Consent.patient.identifier.period", {"patient": identified(period={})}),
    ("Consent.patient.identifier.extension", {"patient": identified(extension=[])}),
    ("Consent.patient.type", {"patient": {**identified(), "type": "Group"}}),
    ("Consent.patient", {"patient": {**identified(), "reference": "Patient/1"}}),
    ("Consent.patient.identifier", {"patient": {"identifier": [1]}}),
    ("Consent.verification", {"verification": [{"verified": False}]}),
    ("Consent.sourceReference", {"sourceReference": {"reference": "x/1"}}),
    ("Consent.contained", {"contained": []}),
    ("Consent", {"_status": {"extension": []}}),
    ("Consent.organization", {"organization": []}),
    ("Consent.provision.period", {"provision": provision(period={"end": "2020"})}),
    ("Consent.provision.code", {"provision": provision(code=[])}),
    ("Consent.provision.data", {"provision": provision(data=[])}),
    ("Consent.provision.class", {"provision": provision(**{"class": []})}),
    ("Consent.provision.securityLabel", {"provision": provision(securityLabel=[])}),
    ("Consent.provision.type", {"provision": {}}),
    ("Consent.provision.purpose", {"provision": provision(purpose=r4.PURPOSES[:1])}),
    ("Consent.provision.purpose", {"provision": provision(purpose=[r4.PURPOSES[0]] * 2)}),
    ("Consent.provision.purpose", {"provision": provision(purpose=5)}),
    (
        "Consent.provision.purpose",
        {"provision": provision(purpose=[{**r4.PURPOSES[0], "extension": []}, r4.PURPOSES[1]])},
    ),
    (
        "Consent.provision.actor",
        {"provision": provision(actor=[{"role": concept("x", "IRCP"), "reference": {"reference": "Organization/1"}}])},
    ),
    (
        "Consent.provision.actor",
        {
            "provision": provision(
                actor=[{"role": concept(_ROLES, "GUARD"), "reference": {"reference": "Practitioner/1"}}]
            )
        },
    ),
    (
        "Consent.provision.actor",
        {
            "provision": provision(
                actor=[{"role": concept(_ROLES, "GUARD", "POWATT"), "reference": {"reference": "RelatedPerson/1"}}]
            )
        },
    ),
    ("Consent.provision.actor", {"provision": provision(actor=[{}])}),
    ("Consent.provision.actor", {"provision": provision(actor=3)}),
    (
        "Consent.provision.actor",
        {
            "performer": [{"reference": "RelatedPerson/2"}],
            "provision": provision(
                actor=[{"role": concept(_ROLES, "GUARD"), "reference": {"reference": "RelatedPerson/1"}}]
            ),
        },
    ),
    ("Consent.performer", {"performer": [{"reference": "Practitioner/1"}]}),
    ("Consent.performer", {"performer": [1]}),
    ("Consent.performer", {"performer": [{"reference": "RelatedPerson/1"}, {"reference": "RelatedPerson/2"}]}),
    ("Consent.performer", {"performer": [{"display": "his mother"}]}),
    ("Consent.performer", {"performer": [{"identifier": {"system": r4.IDENTIFIER, "value": BEN}}]}),
    ("Consent.performer", {"performer": [{"reference": f"RelatedPerson/{BEN}"}]}),
    ("Consent.performer", {"performer": [identified()], "provision": provision(actor=[{}])}),
    (
        "Consent.extension",
        {"performer": [identified()], "extension": [{"url": "urn:ndoo:consent-proxy-role", "valueCode": "parent"}]},
    ),
    ("Consent.extension", {"extension": [{"url": "urn:ndoo:consent-channel", "valueCode": "app", "extension": []}]}),
    (
        "Consent.extension",
        {
            "provision": provision(
                actor=[{"role": concept(_ROLES, "GUARD"), "reference": {"reference": "RelatedPerson/1"}}]
            ),
            "extension": [{"url": "urn:ndoo:consent-proxy-role", "valueCode": "deputy"}],
        },
    ),
]
OTHERS_STU3 = [
    ("Consent.meta.profile", {"meta": None}),
    ("Consent.meta.profile", {"meta": {}}),
    (
        "Consent.meta.profile",
        {"meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/CareConnect-Consent-1"]}},
    ),
    ("Consent.meta.security", {"meta": {"profile": [stu3.PROFILE], "security": [_HTEST]}}),
    ("Consent.policy", {"policy": None}),
    ("Consent.policy", {"policy": [{"uri": r4.POLICY}]}),
    ("Consent.category", {"category": []}),
    ("Consent.purpose", {"purpose": [{"system": "http://snomed.info/sct", "code": "425457005"}]}),
    ("Consent.purpose", {"purpose": 1}),
    ("Consent.organization", {"organization": [{"reference": "Organization/RX9"}]}),
    ("Consent.period", {"period": {"end": "2020"}}),
    ("Consent.actor", {"actor": []}),
    ("Consent.implicitRules", {"implicitRules": "x"}),
    ("Consent.status", {"status": "proposed"}),
    ("Consent.patient", {"patient": {"reference": ANN}}),
    ("Consent.patient", {"patient": {"reference": stu3.PATIENT + ANN, "identifier": {"use": "old"}}}),
    ("Consent.consentingParty", {"consentingParty": [{"reference": "Practitioner/1"}]}),
    ("Consent.consentingParty", {"consentingParty": {}}),
    ("Consent.consentingParty", {"consentingParty": [{"reference": stu3.PATIENT + BEN}]}),
]


def naive(release: str, resource: dict[str, Any]) -> Choice | None:
    """As many read a Consent: its type and one word."""
    if release == "STU3":
        return stu3.STATUSES.get(resource["status"])
    return r4.TYPES.get((resource["provision"] or {}).get("type"))


@pytest.mark.parametrize(
    ("release", "element", "changes"),
    [*(("R4", *other) for other in OTHERS_R4), *(("STU3", *other) for other in OTHERS_STU3)],
)
def test_a_consent_about_something_else_never_becomes_an_opt_out(
    release: str, element: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(HTTPProblem) as refused:
        said(RELEASES[release], consent(ANN, WORD[release], release, **changes), NOW)
    assert (refused.value.status, refused.value.element) == (422, element)


def test_a_reader_of_one_word_would_opt_out_whoever_declined_resuscitation() -> None:
    wrong = [naive("R4", consent(ANN, "deny", **changes)) for _, changes in OTHERS_R4]
    assert wrong.count(Choice.OPT_OUT) > 30 and Choice.ALLOW in wrong, "and share whoever joined a trial"


def test_the_refusal_names_the_element_and_repeats_nothing(caller: System) -> None:
    for release, changes in (("R4", {"scope": concept(_SCOPES, "research")}), ("STU3", {"policy": None})):
        answer = send(caller, consent(ANN, WORD[release], release, **changes), release)
        outcome = answer.json()
        assert (answer.status_code, outcome["issue"][0]["expression"][0].split(".")[0]) == (422, "Consent")
        validated(release, outcome)
        assert ANN[:6] not in answer.content.decode()
    assert not ChoiceEvent.objects.filter(nhs_number=ANN).exists()


def places(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from places(one)


NAMES = st.sampled_from(
    [
        "use",
        "period",
        "assigner",
        "type",
        "system",
        "code",
        "value",
        "class",
        "data",
        "actor",
        "provision",
        "except",
        "policyRule",
        "security",
        "tag",
        "profile",
        "implicitRules",
        "modifierExtension",
        "extension",
        "contained",
        "category",
        "scope",
        "status",
        "_status",
        "_type",
        "dataPeriod",
        "sourceReference",
        "verification",
        "identifier",
        "reference",
        "authority",
        "uri",
        "action",
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "permit", "deny", "active", "inactive", "old", "2020", "HTEST"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("release", ["R4", "STU3"])
@pytest.mark.parametrize("examples", [60, pytest.param(5_000, marks=pytest.mark.soak)])
def test_whatever_is_added_or_changed_somewhere_the_choice_is_the_same_or_refused(release: str, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(st.data())
    def one(data: st.DataObject) -> None:
        resource = copy.deepcopy(consent(ANN, WORD[release], release))
        place = data.draw(st.sampled_from(list(places(resource))))
        place[data.draw(NAMES)] = data.draw(VALUES)
        try:
            found = said(RELEASES[release], resource, NOW)
        except HTTPProblem:
            return
        turned = resource["provision"]["type"] == "permit" if release == "R4" else resource["status"] == "inactive"
        assert found.choice == (Choice.ALLOW if turned else Choice.OPT_OUT)
        assert found.number.reveal() == ANN

    one()


@pytest.mark.parametrize(
    "changes",
    [
        {"patient": identified(use="official")},
        {"patient": identified(use="usual", period={"start": "2000"})},
        {"patient": {**identified(period={"end": "2026"}), "type": "Patient", "display": "ANN"}},
        {"patient": identified(period={"start": "2026-11-29", "end": "2026-11-29"})},
        {"patient": identified(period={"start": "2026-11-29T11:00:00Z", "end": "2026-11-29T12:00:01+00:00"})},
        {"provision": provision(purpose=[{**one, "display": "x"} for one in reversed(r4.PURPOSES)])},
        {"meta": {"versionId": "1", "profile": list(r4.R4.profiles)}},
        {"text": {"status": "empty"}, "language": "en"},
        {"scope": {**r4.SCOPE, "text": "Privacy"}},
        {"performer": [identified(use="official")]},
    ],
)
def test_what_says_the_same_in_other_words_is_taken(changes: dict[str, Any]) -> None:
    assert said(RELEASES["R4"], consent(ANN, "deny", **changes), NOW).choice == Choice.OPT_OUT


# -- who chose -------------------------------------------------------------------------------------


def acting(code: str) -> dict[str, Any]:
    return {
        "provision": provision(actor=[{"role": concept(_ROLES, code), "reference": {"reference": "RelatedPerson/7"}}])
    }


@pytest.mark.parametrize(
    ("release", "changes", "role", "reference"),
    [
        ("STU3", {"consentingParty": [{"reference": "RelatedPerson/7"}]}, "not_stated", "RelatedPerson/7"),
        (
            "STU3",
            {
                "consentingParty": [{"reference": "https://x.example/STU3/RelatedPerson/7", "display": "her son"}],
                "extension": [{"url": "urn:ndoo:consent-proxy-role", "valueCode": "attorney"}],
            },
            "attorney",
            "https://x.example/STU3/RelatedPerson/7",
        ),
        ("R4", {"performer": [{"reference": "RelatedPerson/7"}]}, "not_stated", "RelatedPerson/7"),
        ("R4", {"performer": [{"type": "RelatedPerson", "display": "her son"}]}, "not_stated", ""),
        ("R4", acting("GUARD"), "parent", "RelatedPerson/7"),
        ("R4", acting("POWATT"), "attorney", "RelatedPerson/7"),
        ("R4", acting("RESPRSN"), "not_stated", "RelatedPerson/7"),
        ("R4", {**acting("GUARD"), "performer": [{"reference": "RelatedPerson/7"}]}, "parent", "RelatedPerson/7"),
        (
            "R4",
            {
                "extension": [{"url": "urn:ndoo:consent-proxy-role", "valueCode": "deputy"}],
                "performer": [{"reference": "RelatedPerson/7"}],
            },
            "deputy",
            "RelatedPerson/7",
        ),
    ],
)
def test_a_proxy_is_never_taken_for_the_person(
    release: str, changes: dict[str, Any], role: str, reference: str, caller: System
) -> None:
    made = send(caller, consent(ANN, WORD[release], release, **changes), release)
    assert made.status_code == 201, made.content
    event = ChoiceEvent.objects.get(nhs_number=ANN)
    assert (event.by, event.proxy_role, event.evidence) == ("proxy", role, reference)
    for other in RELEASES:
        [entry] = search(caller, ANN, other).json()["entry"]
        read = entry["resource"]
        assert {"url": "urn:ndoo:consent-proxy-role", "valueCode": role} in read["extension"]
        party = read.get("performer" if other == "R4" else "consentingParty", [{}])[0]
        assert party.get("reference", "") == reference and ANN not in json.dumps(party)
        validated(other, read)
        assert said(RELEASES[other], read, event.recorded_at).proxy is not None, "and it may be sent back"


def test_the_person_is_said_to_have_chosen_for_themself(caller: System) -> None:
    for release, number in (("R4", ANN), ("STU3", BEN)):
        send(caller, consent(number, WORD[release], release), release)
        [entry] = search(caller, number, release).json()["entry"]
        party = entry["resource"]["performer" if release == "R4" else "consentingParty"]
        assert party == [entry["resource"]["patient"]]


# -- as a client does it ---------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["R4", "STU3"])
def test_read_change_and_write_back_is_not_refused_for_its_old_date(release: str, caller: System) -> None:
    place = send(caller, consent(ANN, WORD[release], release), release)["Location"]
    with pytest.MonkeyPatch.context() as later:
        later.setattr(timezone, "now", lambda: datetime.now(UTC) + timedelta(days=30))
        caller = system("a-month-later")
        answer = caller.get(place)
        resource = answer.json()
        if release == "R4":
            resource["provision"]["type"] = "permit"
        else:
            resource["status"] = "inactive"
        resource["dateTime"] = resource["dateTime"].replace("+00:00", "Z")
        old = {**resource, "dateTime": "2020-01-01T00:00:00Z"}
        headers = {"If-Match": answer["ETag"]}
        assert caller.put(place, json.dumps(old), content_type=FHIR, headers=headers).status_code == 422
        done = caller.put(place, json.dumps(resource), content_type=FHIR, headers=headers)
        assert done.status_code == 200, done.content
        assert done.json()["dateTime"] > resource["dateTime"]
    assert ChoiceEvent.objects.filter(nhs_number=ANN).last().choice == Choice.ALLOW  # type: ignore[union-attr]


def validated(release: str, resource: dict[str, Any]) -> None:
    """By a library that nobody here wrote."""
    from importlib import import_module

    room = {"R4": "R4B", "STU3": "STU3"}[release]
    kind = resource["resourceType"]
    getattr(import_module(f"fhir.resources.{room}.{kind.lower()}"), kind).model_validate(resource)


def complaints(resources: list[dict[str, Any]]) -> list[list[str]]:
    """What a second validator says of each R4 resource: it knows the invariants of the standard too."""
    command = ["node", str(ROOT / "tests" / "peers" / "fhir" / "validate.mjs")]
    done = subprocess.run(command, input=json.dumps(resources), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: list[list[str]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("release", ["R4", "STU3"])
def test_everything_that_leaves_is_valid_to_a_validator_that_nobody_here_wrote(release: str, caller: System) -> None:
    place = send(caller, consent(ANN, WORD[release], release), release)["Location"]
    word = {"R4": "permit", "STU3": "inactive"}[release]
    again = json.dumps(consent(ANN, word, release))
    caller.put(place, again, content_type=FHIR, headers={"If-Match": '"1"'})
    answers = [
        search(caller, ANN, release),
        search(caller, BEN, release),
        caller.get(f"{place}/_history"),
        caller.get(place),
        caller.get(f"{place}/_history/1"),
        caller.get(f"/api/fhir/{release}/metadata"),
        caller.get(f"{place}x"),
        caller.get(f"/api/fhir/{release}/Consent?_id={place.rpartition('/')[2]}"),
    ]
    for answer in answers:
        assert answer["Content-Type"] == FHIR
        validated(release, answer.json())
    if release == "R4":
        left_out = {name: part for name, part in answers[3].json().items() if name != "policy"}
        assert complaints([*(answer.json() for answer in answers), left_out]) == [
            *([] for _ in answers),
            ["Consent: Constraint ppc-1 not met: Either a Policy or PolicyRule"],
        ]
    searched, _, history, *_ = (answer.json() for answer in answers)
    [entry] = searched["entry"]
    assert (entry["fullUrl"], entry["search"]) == (place, {"mode": "match"})
    assert [(one["request"]["method"], one["resource"]["meta"]["versionId"]) for one in history["entry"]] == [
        ("PUT", "2"),
        ("POST", "1"),
    ]
    assert history["total"] == 2 and all(one["fullUrl"] == place for one in history["entry"])
    assert all(("response" in one) is (release == "R4") for one in history["entry"]), "STU3 forbids it there"
    assert answers[3]["Last-Modified"].endswith("GMT")


def test_a_history_is_turned_page_by_page(caller: System) -> None:
    place = send(caller, consent(ANN, "deny"))["Location"]
    for seen in (1, 2):
        caller.put(place, json.dumps(consent(ANN, "permit")), content_type=FHIR, headers={"If-Match": f'W/"{seen}"'})
    versions, address = [], f"{place}/_history?_count=2"
    while address:
        page = caller.get(address).json()
        assert page["total"] == 3
        versions += [one["resource"]["meta"]["versionId"] for one in page.get("entry", [])]
        address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert versions == ["3", "2", "1"]
    assert "entry" not in caller.get(f"{place}/_history?_count=0").json()
    assert caller.get(f"{place}/_history?_count=x").status_code == 400


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({"Accept": "application/fhir+xml"}, "", 406),
        ({"Accept": "text/turtle, application/xml;q=0.5"}, "", 406),
        ({"Accept": "application/fhir+json; fhirVersion=3.0"}, "", 406),
        ({"Accept": "application/json;q=0"}, "", 406),
        ({}, "?_format=xml", 406),
        ({"Accept": "application/fhir+xml"}, "?_format=json", 200),
        ({}, "?_format=application/fhir+json", 200),
        ({"Accept": "application/fhir+json; fhirVersion=4.0"}, "", 200),
        ({"Accept": "application/xml, */*;q=0.1"}, "", 200),
        ({"Accept": ""}, "", 200),
        ({"Accept": "application/json;q=0.9;charset"}, "", 200),
    ],
)
def test_a_format_that_is_not_served_is_refused(
    headers: dict[str, str], address: str, status: int, caller: System
) -> None:
    answer = caller.get(f"/api/fhir/R4/metadata{address}", headers=headers)
    assert answer.status_code == status
    if status == 406:
        validated("R4", answer.json())


def test_a_parameter_that_is_not_known_is_ignored_only_by_leave(caller: System) -> None:
    from urllib.parse import urlencode

    fields = urlencode({"patient.identifier": ANN, "status": "inactive"})

    def ask(**headers: str) -> Any:
        return caller.post("/api/fhir/R4/Consent/_search", fields, content_type=FORM, headers=headers)

    assert [ask().status_code, ask(Prefer="handling=strict").status_code] == [400, 400]
    assert ask(Prefer="return=minimal; handling=lenient").status_code == 200
    chooses(ANN, Choice.OPT_OUT)
    counted = urlencode({"patient.identifier": ANN, "_count": "0"})
    said = caller.post("/api/fhir/R4/Consent/_search", counted, content_type=FORM).json()
    assert said["total"] == 1 and "entry" not in said
    twice = urlencode({"patient.identifier": ANN, "patient:identifier": ANN})
    assert caller.post("/api/fhir/R4/Consent/_search", twice, content_type=FORM).status_code == 400


def test_a_search_by_get_finds_by_id_and_takes_no_number(caller: System) -> None:
    place = send(caller, consent(ANN, "deny"))["Location"].rpartition("/")[2]
    assert caller.get(f"/api/fhir/R4/Consent?_id={place}").json()["total"] == 1
    for nobody in ("x", "9b2e1f8e-1111-4a4a-8a8a-222222222222"):
        assert caller.get(f"/api/fhir/R4/Consent?_id={nobody}").json()["total"] == 0
    assert caller.get(f"/api/fhir/R4/Consent?patient.identifier={ANN}").status_code == 405
    assert caller.get(f"/api/fhir/R4/Consent?_id={place}&patient.identifier={ANN}").status_code == 400
