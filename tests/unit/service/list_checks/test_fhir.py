"""The choice of one person is told and recorded without being turned round, and without a number in an address."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.utils import timezone

from ndoo.service.api_clients.scopes import Scope
from ndoo.service.audit.models import AuditEntry
from ndoo.service.choices.models import Choice, ChoiceEvent
from ndoo.service.list_checks.fhir import r4, stu3
from ndoo.service.list_checks.models import ConsentPlace
from tests.support.api_callers import System, chooses, people, system

pytestmark = pytest.mark.django_db

ANN, BEN, EVE = people(3, 77)
FORM = "application/x-www-form-urlencoded"
FHIR = "application/fhir+json"


@pytest.fixture
def caller() -> System:
    chooses(EVE, Choice.ALLOW)
    return system()


def search(caller: System, number: str, release: str = "R4", **headers: str) -> Any:
    name, value = (
        ("patient.identifier", f"{r4.IDENTIFIER}|{number}") if release == "R4" else ("patient", stu3.PATIENT + number)
    )
    return caller.post(f"/api/fhir/{release}/Consent/_search", urlencode({name: value}), content_type=FORM)


def consent(number: str, meaning: str, release: str = "R4", **changes: Any) -> dict[str, Any]:
    """A Consent that is the national opt-out; a change to None leaves the element out."""
    if release == "R4":
        made = {
            "status": "active",
            "scope": r4.SCOPE,
            "category": r4.CATEGORY,
            "policy": [{"uri": r4.POLICY}],
            "patient": {"identifier": {"system": r4.IDENTIFIER, "value": number}},
            "provision": {"type": meaning},
        }
    else:
        made = {
            "status": meaning,
            "meta": {"profile": [stu3.PROFILE]},
            "policy": [{"uri": stu3.POLICY}],
            "patient": {"reference": stu3.PATIENT + number},
        }
    whole = {"resourceType": "Consent", **made, **changes}
    return {name: value for name, value in whole.items() if value is not None}


def send(caller: System, resource: Any, release: str = "R4") -> Any:
    return caller.post(f"/api/fhir/{release}/Consent", json.dumps(resource), content_type=FHIR)


@pytest.mark.parametrize(
    ("choice", "r4_says", "stu3_says"), [(Choice.OPT_OUT, "deny", "active"), (Choice.ALLOW, "permit", "inactive")]
)
def test_active_means_opted_out_in_stu3_and_only_there(
    choice: Choice, r4_says: str, stu3_says: str, caller: System
) -> None:
    chooses(ANN, choice)
    [entry] = search(caller, ANN).json()["entry"]
    assert (entry["resource"]["status"], entry["resource"]["provision"]["type"]) == ("active", r4_says)
    [old] = search(caller, ANN, "STU3").json()["entry"]
    assert old["resource"]["status"] == stu3_says
    assert "provision" not in old["resource"]
    for release, says in (("R4", r4_says), ("STU3", stu3_says)):
        other = people(10, 500 + len(r4_says) + len(release))[5]
        made = send(caller, consent(other, says, release), release)
        assert made.status_code == 201, made.content
        assert ChoiceEvent.objects.get(nhs_number=other).choice == choice


def test_a_naive_reader_of_the_old_profile_would_turn_everybody_round(caller: System) -> None:
    """`active` read as "consent is active, so sharing is fine": the mistake that this edge exists for."""
    naive = {"active": Choice.ALLOW, "inactive": Choice.OPT_OUT}
    assert all(naive[word] != choice for word, choice in stu3.STATUSES.items())
    assert set(stu3.STATUSES.values()) == set(r4.TYPES.values()) == set(Choice)


def test_whoever_never_chose_is_an_empty_bundle_which_is_no_opt_out(caller: System) -> None:
    said = search(caller, ANN).json()
    assert (said["type"], said["total"]) == ("searchset", 0)
    assert "entry" not in said


def test_a_register_that_was_never_filled_says_nothing_of_anybody() -> None:
    answer = search(system(), ANN)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")


def test_no_address_ever_holds_a_number(caller: System) -> None:
    made = send(caller, consent(ANN, "deny"))
    place = made["Location"]
    assert place == f"http://testserver/api/fhir/R4/Consent/{ConsentPlace.objects.get(nhs_number=ANN).pk}"
    assert ANN[:6] not in place
    refused = caller.get("/api/fhir/R4/Consent")
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    assert ANN not in search(caller, ANN).json()["link"][0]["url"]
    assert uuid.UUID(place.rpartition("/")[2]).version == 4, "random, not made from the number"


def test_a_choice_is_recorded_by_the_one_way_with_its_audit(caller: System) -> None:
    made = send(caller, consent(ANN, "deny", extension=[{"url": "urn:ndoo:consent-channel", "valueCode": "phone"}]))
    assert (made.status_code, made["ETag"], made["Content-Type"]) == (201, 'W/"1"', FHIR)
    event = ChoiceEvent.objects.get(nhs_number=ANN)
    assert (event.choice, event.channel, event.by, event.actor) == (
        "opt_out",
        "phone",
        "self",
        "caller:research-platform",
    )
    entry = AuditEntry.objects.get(action="choice.set", subject=ANN)
    assert entry.actor == "caller:research-platform"


def test_a_choice_that_the_caller_has_is_not_sent_again_and_a_newer_one_is(caller: System) -> None:
    """A caller that kept an older choice for the one that stands would use somebody who opted out."""
    place = send(caller, consent(ANN, "permit"))["Location"].removeprefix("http://testserver")
    unchanged = caller.get(place, headers={"If-None-Match": 'W/"1"'})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", 'W/"1"')
    chooses(ANN, Choice.OPT_OUT)
    newer = caller.get(place, headers={"If-None-Match": 'W/"1"'})
    assert (newer.status_code, newer["ETag"]) == (200, 'W/"2"')


def test_a_proxy_is_named_by_their_power(caller: System) -> None:
    role = {"url": "urn:ndoo:consent-proxy-role", "valueCode": "attorney"}
    for release, number in (("R4", ANN), ("STU3", BEN)):
        made = send(
            caller, consent(number, "deny" if release == "R4" else "active", release, extension=[role]), release
        )
        event = ChoiceEvent.objects.get(nhs_number=number)
        assert (event.by, event.proxy_role) == ("proxy", "attorney")
        assert role in made.json()["extension"]
        assert "consentingParty" not in made.json()


WRONG = [
    ("consent-not-one", []),
    ("consent-not-one", {"resourceType": "Patient"}),
    ("consent-status", consent(ANN, "deny", status="inactive")),
    ("consent-status", consent(ANN, "deny", status=None)),
    ("consent-status", consent(ANN, "permit", status="rejected")),
    ("consent-meaning", consent(ANN, "allow")),
    ("consent-meaning", consent(ANN, "deny", provision=None)),
    ("consent-meaning", consent(ANN, "deny", provision={})),
    ("consent-meaning", consent(ANN, "deny", provision={"type": ["deny"]})),
    ("consent-more", consent(ANN, "permit", provision={"type": "permit", "provision": [{"type": "deny"}]})),
    ("consent-more", consent(ANN, "deny", provision={"type": "deny", "period": {"end": "2030"}})),
    ("consent-more", consent(ANN, "deny", modifierExtension=[{"url": "x"}])),
    ("consent-purpose", consent(ANN, "deny", provision={"type": "deny", "purpose": [{"code": "HMARKT"}]})),
    ("consent-patient", consent("9990004936", "deny")),
    ("consent-patient", consent("9999999999", "deny")),
    ("consent-patient", consent(ANN, "deny", patient={"reference": "Patient/1"})),
    ("consent-patient", consent(ANN, "deny", patient={"identifier": {"system": "other", "value": ANN}})),
    ("consent-patient", consent(ANN, "deny", patient=None)),
    ("consent-extension", consent(ANN, "deny", extension=[{"url": "x", "valueCode": "y"}])),
    ("consent-extension", consent(ANN, "deny", extension=[{"url": "urn:ndoo:consent-channel", "valueCode": "owl"}])),
    ("consent-extension", consent(ANN, "deny", extension=[{"url": ["x"]}])),
    ("consent-extension", consent(ANN, "deny", extension=3)),
    ("consent-time", consent(ANN, "deny", dateTime="2020-01-01T00:00:00+00:00")),
    ("consent-time", consent(ANN, "deny", dateTime="2020")),
    ("consent-time", consent(ANN, "deny", dateTime=5)),
]
WRONG_STU3 = [
    ("consent-meaning", consent(ANN, "entered-in-error", "STU3")),
    ("consent-meaning", consent(ANN, "", "STU3")),
    ("consent-purpose", consent(ANN, "active", "STU3", purpose=[])),
    ("consent-patient", consent("1", "active", "STU3")),
    ("consent-patient", consent(ANN, "active", "STU3", patient={"reference": 1})),
    ("consent-more", consent(ANN, "active", "STU3", provision={"type": "permit"})),
    ("consent-more", consent(ANN, "active", "STU3", **{"except": [{}]})),
]


@pytest.mark.parametrize(
    ("release", "code", "resource"), [*(("R4", *w) for w in WRONG), *(("STU3", *w) for w in WRONG_STU3)]
)
def test_a_choice_that_is_not_plain_is_never_recorded(release: str, code: str, resource: Any, caller: System) -> None:
    answer = send(caller, resource, release)
    assert answer.status_code in (400, 422)
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == code
    assert ANN[:6] not in answer.content.decode()
    assert ChoiceEvent.objects.count() == 1


def test_a_time_that_is_now_is_taken_as_now(caller: System) -> None:
    at = (timezone.now() - timedelta(minutes=2)).isoformat()
    assert send(caller, consent(ANN, "deny", dateTime=at)).status_code == 201


def test_a_second_choice_updates_the_first_and_names_what_it_saw(caller: System) -> None:
    place = send(caller, consent(ANN, "deny"))["Location"]
    assert (
        send(caller, consent(ANN, "permit")).json()["issue"][0]["details"]["coding"][0]["code"] == "consent-duplicate"
    )

    def put(resource: Any, **headers: str) -> Any:
        return caller.put(place, json.dumps(resource), content_type=FHIR, headers=headers)

    assert put(consent(ANN, "permit")).status_code == 428
    for stale in ('W/"0"', 'W/"2"', '"2"', "*", "1"):
        assert put(consent(ANN, "permit"), **{"If-Match": stale}).status_code == 412
    assert put(consent(BEN, "permit"), **{"If-Match": 'W/"1"'}).status_code == 422
    assert put(consent(ANN, "permit", id="x"), **{"If-Match": 'W/"1"'}).status_code == 400
    done = put(consent(ANN, "permit"), **{"If-Match": 'W/"1"'})
    assert (done.status_code, done["ETag"]) == (200, 'W/"2"')
    assert caller.get(place).json()["provision"]["type"] == "permit"
    history = caller.get(f"{place}/_history").json()
    assert [one["resource"]["provision"]["type"] for one in history["entry"]] == ["permit", "deny"]
    assert caller.get(f"{place}/_history/1").json()["provision"]["type"] == "deny"
    assert caller.get(f"{place}/_history/3").status_code == 404
    nowhere = f"/api/fhir/R4/Consent/{uuid.uuid4()}"
    assert caller.get(nowhere).status_code == 404
    assert (
        caller.put(
            nowhere, json.dumps(consent(ANN, "deny")), content_type=FHIR, headers={"If-Match": 'W/"1"'}
        ).status_code
        == 404
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"other": "x"}, 400),
        ({"patient": "x"}, 400),
        ({"patient.identifier": "x", "status": "active"}, 400),
        ({"patient.identifier": "x"}, 422),
        ({"patient.identifier": f"other|{ANN}"}, 422),
        ({"patient.identifier": ANN}, 200),
    ],
)
def test_a_search_asks_about_one_person(fields: dict[str, str], status: int, caller: System) -> None:
    answer = caller.post("/api/fhir/R4/Consent/_search", urlencode(fields), content_type=FORM)
    assert answer.status_code == status


def test_what_is_not_fhir_is_not_taken(caller: System) -> None:
    assert caller.post("/api/fhir/R4/Consent", "{}", content_type="text/plain").status_code == 415
    assert caller.post("/api/fhir/R4/Consent/_search", "{}", content_type=FHIR).status_code == 415


def test_every_look_is_in_the_audit_with_its_person(caller: System) -> None:
    chooses(ANN, Choice.OPT_OUT)
    place = f"/api/fhir/R4/Consent/{search(caller, ANN).json()['entry'][0]['resource']['id']}"
    caller.get(place)
    search(caller, BEN)
    rows = AuditEntry.objects.filter(action__startswith="consent.").order_by("pk").values_list("action", "subject")
    assert list(rows) == [("consent.searched", ANN), ("consent.read", ANN), ("consent.searched", BEN)]


def test_somebody_known_and_somebody_unknown_get_the_same_words(caller: System) -> None:
    chooses(ANN, Choice.ALLOW)
    known, unknown = search(caller, ANN), search(caller, BEN)
    assert known.status_code == unknown.status_code == 200
    assert set(known.headers) == set(unknown.headers)


def test_a_caller_that_asks_one_by_one_meets_its_allowance() -> None:
    chooses(EVE, Choice.OPT_OUT)
    caller = system("small", Scope.CONSENT_READ, population=20)
    statuses = [search(caller, number).status_code for number in people(40, 3)]
    assert statuses[:20] == [200] * 20
    assert statuses[-15:] == [429] * 15
    assert search(caller, people(40, 3)[0]).status_code == 429, "also about those whom it asked about before"


@pytest.mark.parametrize("release", ["R4", "STU3"])
def test_the_capability_statement_is_there_for_anybody(release: str) -> None:
    from django.test import Client

    said = Client().get(f"/api/fhir/{release}/metadata").json()
    assert said["resourceType"] == "CapabilityStatement"
    assert said["fhirVersion"] == {"R4": "4.0.1", "STU3": "3.0.1"}[release]
    assert said["implementation"]["url"] == f"http://testserver/api/fhir/{release}"
