"""Whoever holds the people, the same questions have the same answers, and no answer is taken for somebody else's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey

from ndoo.domain.errors import UsageFault
from ndoo.domain.nhs_number import NHSNumber, read
from ndoo.service.choices.identity import directory, pds
from ndoo.service.choices.identity.embedded import EmbeddedDemographics
from ndoo.service.choices.identity.name_match import name_form, postcode_form
from ndoo.service.choices.identity.pds import PDSDemographics
from ndoo.service.choices.identity.people import Demographics, DemographicsDownError, Details, NoMatch, Person
from tests.support.http_peer import Asked, Peer, peer
from tests.support.patients import ANN, known, number

PEOPLE = (
    ANN,
    Person(number(1), "Zoë", "O’Neill", date(1985, 7, 5), "XX4 7QT", "", "07700900002"),
    Person(number(2), "Robin", "Hidden", date(1983, 3, 3), "XX6 6AG", "r@example.org", "07700900003", restricted=True),
    Person(number(3), "George", "Past", date(1931, 5, 1), "XX5 2AE", deceased=True),
    Person(number(4), "Jo", "Twin", date(1991, 7, 7), "XX8 8AL"),
    Person(number(5), "Jo", "Twin", date(1991, 7, 7), "XX8 8AL"),
)
OLD = number(50)


def patient(person: Person) -> dict[str, Any]:
    """The person as PDS sends one (FHIR R4 Patient)."""
    telecom = [
        {"system": "phone", "use": "home", "value": "01632960000"},
        {
            "system": "email",
            "use": "home",
            "value": "old@example.org",
            "period": {"start": "2001-01-01", "end": "2009-01-01"},
        },
    ]
    telecom += [{"system": "email", "use": "home", "value": person.email}] if person.email else []
    telecom += [{"system": "phone", "use": "mobile", "value": person.mobile}] if person.mobile else []
    found: dict[str, Any] = {
        "resourceType": "Patient",
        "id": person.number.reveal(),
        "meta": {"security": [{"code": "R" if person.restricted else "U"}]},
        "birthDate": person.born.isoformat(),
        "name": [
            {"use": "nickname", "given": ["Annie"], "family": "Else"},
            {"use": "usual", "given": person.given_name.split(), "family": person.family_name},
        ],
    }
    if not person.restricted:
        found |= {
            "telecom": telecom,
            "address": [{"use": "temp", "postalCode": "ZZ1 1ZZ"}, {"use": "home", "postalCode": person.postcode}],
        }
    if person.deceased:
        found["deceasedDateTime"] = "2010-10-22T00:00:00+00:00"
    return found


def outcome(code: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"details": {"coding": [{"code": code}]}}]}


def pds_answers(asked: Asked) -> tuple[int, Any]:
    """The documented shapes of PDS."""
    where = urlsplit(asked.path)
    if not asked.headers.get("x-request-id"):
        return 412, outcome("PRECONDITION_FAILED")
    if where.path.startswith("/Patient/"):
        digits = where.path.rpartition("/")[2]
        digits = ANN.number.reveal() if digits == OLD.reveal() else digits
        found = next((p for p in PEOPLE if p.number.reveal() == digits), None)
        return (200, patient(found)) if found else (404, outcome("RESOURCE_NOT_FOUND"))
    query = {name: values[0] for name, values in parse_qs(where.query).items()}
    fitting = [
        patient(p)
        for p in PEOPLE
        if name_form(p.family_name) == name_form(query["family"])
        and f"eq{p.born.isoformat()}" == query["birthdate"]
        and (p.restricted or postcode_form(p.postcode) == postcode_form(query["address-postalcode"]))
    ]
    return 200, {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(fitting),
        "entry": [{"resource": p} for p in fitting],
    }


@pytest.fixture
def pds_peer() -> Iterator[Peer]:
    with peer(pds_answers) as served:
        yield served


@pytest.fixture(params=["embedded", "pds"])
def people(request: pytest.FixtureRequest, db: None, pds_peer: Peer) -> Demographics:
    """Both implementations are held to the same tests."""
    if request.param == "pds":
        return PDSDemographics(pds_peer.url)
    for person in PEOPLE:
        known(person)
    return EmbeddedDemographics()


def details(person: Person, *, by: str = "number", **changes: Any) -> Details:
    said = Details(person.given_name, person.family_name, person.born)
    said = replace(said, number=person.number) if by == "number" else replace(said, postcode=person.postcode)
    return replace(said, **changes)


@pytest.mark.parametrize("by", ["number", "postcode"])
@pytest.mark.parametrize("person", [PEOPLE[0], PEOPLE[1], PEOPLE[3]], ids=["usual", "accents", "deceased"])
def test_a_person_is_found_by_either(people: Demographics, person: Person, by: str) -> None:
    assert people.find(details(person, by=by)) == person


@pytest.mark.parametrize("name", [("zoe", "ONEILL"), ("ZOË", "O'Neill"), (" Zoe", "O neill"), ("Zoë", "O-Neill")])
def test_a_name_is_known_again_however_it_is_written(people: Demographics, name: tuple[str, str]) -> None:
    found = people.find(details(PEOPLE[1], given_name=name[0], family_name=name[1]))
    assert found == PEOPLE[1]


@pytest.mark.parametrize(
    "change",
    [
        {"given_name": "Anna"},
        {"family_name": "Exempel"},
        {"born": date(1968, 2, 13)},
        {"number": PEOPLE[1].number},
        {"number": number(99)},
    ],
)
def test_one_wrong_detail_finds_nobody(people: Demographics, change: dict[str, Any]) -> None:
    assert people.find(details(ANN, **change)) is NoMatch.NOBODY


def test_a_number_and_a_postcode_that_disagree_find_nobody(people: Demographics) -> None:
    assert people.find(details(ANN, postcode="XX9 9XX")) is NoMatch.NOBODY
    assert people.find(details(ANN, by="postcode", postcode="XX9 9XX")) is NoMatch.NOBODY


def test_two_with_the_same_details_are_told_apart_by_number_only(people: Demographics) -> None:
    assert people.find(details(PEOPLE[4], by="postcode")) is NoMatch.SEVERAL
    assert people.find(details(PEOPLE[4])) == PEOPLE[4]


def test_a_restricted_record_gives_out_no_address_and_no_contact(people: Demographics) -> None:
    found = people.by_number(PEOPLE[2].number)
    assert found == replace(PEOPLE[2], postcode="", email="", mobile="")
    assert people.find(details(PEOPLE[2], by="postcode")) is NoMatch.NOBODY


def test_a_number_that_nobody_has_is_nobody_s(people: Demographics) -> None:
    assert people.by_number(number(98)) is None


def test_people_do_not_print() -> None:
    said = f"{ANN} {ANN!r} {details(ANN)!r}"
    assert "Ann" not in said
    assert ANN.number.reveal() not in said
    assert ANN.name == "Ann Example"


def test_an_old_number_leads_to_the_one_that_holds(pds_peer: Peer) -> None:
    found = PDSDemographics(pds_peer.url).by_number(OLD)
    assert found is not None
    assert found.number == ANN.number


def down(status: int, said: Any) -> Callable[[Asked], tuple[int, Any]]:
    return lambda asked: (status, said)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (500, "oops"),
        (429, outcome("TOO_MANY_REQUESTS")),
        (401, outcome("ACCESS_DENIED")),
        (200, "<html>"),
        (200, ""),
        (503, {}),
    ],
)
def test_a_register_that_fails_is_down_and_says_nothing_of_anybody(status: int, said: Any) -> None:
    with peer(down(status, said)) as served:
        for ask in (lambda p: p.by_number(ANN.number), lambda p: p.find(details(ANN, by="postcode"))):
            with pytest.raises(DemographicsDownError) as caught:
                ask(PDSDemographics(served.url))
            assert str(caught.value) == ""
            assert caught.value.__cause__ is None


def test_a_register_that_cannot_be_reached_is_down() -> None:
    with pytest.raises(DemographicsDownError):
        PDSDemographics("http://127.0.0.1:1").by_number(ANN.number)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_number_that_pds_refuses_is_nobody_s(status: int) -> None:
    with peer(down(status, outcome("INVALIDATED_RESOURCE"))) as served:
        assert PDSDemographics(served.url).by_number(ANN.number) is None
        assert PDSDemographics(served.url).find(details(ANN, by="postcode")) is NoMatch.NOBODY


def test_more_matches_than_pds_tells_are_several() -> None:
    with peer(down(200, outcome("TOO_MANY_MATCHES"))) as served:
        assert PDSDemographics(served.url).find(details(ANN, by="postcode")) is NoMatch.SEVERAL


@pytest.mark.parametrize(
    "change",
    [
        {"birthDate": "1968"},
        {"birthDate": None},
        {"id": "9000000000"},
        {"id": "x"},
        {"name": None},
        {"telecom": [{}]},
        {"telecom": "x"},
    ],
)
def test_a_record_that_cannot_be_read_is_nobody_s(change: dict[str, Any]) -> None:
    with peer(down(200, patient(ANN) | change)) as served:
        assert PDSDemographics(served.url).by_number(ANN.number) is None


def test_a_record_without_a_name_matches_nobody() -> None:
    with peer(down(200, patient(ANN) | {"name": []})) as served:
        assert PDSDemographics(served.url).find(details(ANN)) is NoMatch.NOBODY


@pytest.fixture(scope="module")
def key_pair() -> tuple[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return secret.decode(), public.decode()


def test_an_application_signs_for_itself_and_keeps_its_token(
    key_pair: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, public = key_pair
    tokens: list[str] = []

    def answers(asked: Asked) -> tuple[int, Any]:
        if asked.path == "/oauth2/token":
            form = parse_qs(asked.body)
            claims = jwt.decode(form["client_assertion"][0], RSAKey.import_key(public), algorithms=["RS512"])
            assert claims.header["kid"] == "key-1"
            assert (claims.claims["iss"], claims.claims["sub"]) == ("app", "app")
            assert claims.claims["aud"].endswith("/oauth2/token")
            assert form["grant_type"] == ["client_credentials"]
            tokens.append(claims.claims["jti"])
            return 200, {"access_token": f"token{len(tokens)}", "expires_in": "599", "token_type": "Bearer"}
        assert asked.headers["authorization"] == f"Bearer token{len(tokens)}"
        return pds_answers(asked)

    (tmp_path / "key.pem").write_text(secret)
    with peer(answers) as served:
        for name, said in {
            "url": served.url + "/",
            "token_url": f"{served.url}/oauth2/token",
            "key": "app",
            "key_id": "key-1",
            "private_key": str(tmp_path / "key.pem"),
        }.items():
            monkeypatch.setenv(f"NDOO_PDS_{name.upper()}", said)
        asked = pds.from_settings()
        assert asked.by_number(ANN.number) == ANN
        assert asked.by_number(ANN.number) == ANN
        assert len(tokens) == 1
        asked._token_until = 0
        assert asked.by_number(ANN.number) == ANN
        assert len(set(tokens)) == 2


def test_a_key_that_cannot_sign_is_a_register_that_is_down() -> None:
    application = pds.Application("http://127.0.0.1:1/token", "app", "key-1", "no key")
    with pytest.raises(DemographicsDownError):
        PDSDemographics("http://127.0.0.1:1", application).by_number(ANN.number)


def test_what_is_missing_in_the_settings_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="pds_url is missing"):
        pds.from_settings()
    monkeypatch.setenv("NDOO_PDS_URL", "https://pds.example")
    assert pds.from_settings().application is None
    monkeypatch.setenv("NDOO_PDS_KEY", "app")
    monkeypatch.setenv("NDOO_PDS_PRIVATE_KEY", str(tmp_path / "missing.pem"))
    with pytest.raises(UsageFault, match="pds_private_key"):
        pds.from_settings()


def test_one_setting_says_who_is_asked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(directory.demographics(), EmbeddedDemographics)
    settings.NDOO = replace(settings.NDOO, demographics="pds")
    monkeypatch.setenv("NDOO_PDS_URL", "https://pds.example")
    directory._pds.cache_clear()
    assert isinstance(directory.demographics(), PDSDemographics)
    assert directory.demographics() is directory.demographics(), "it keeps its token"
    directory._pds.cache_clear()


def test_every_made_up_person_has_a_number_that_nobody_is_given() -> None:
    text = (Path(pds.__file__).parent.parent / "demonstration.toml").read_text(encoding="utf-8")
    numbers = re.findall(r'nhs_number = "(\d+)"', text)
    assert len(numbers) == len(set(numbers)) == 36
    assert all(isinstance(read(digits), NHSNumber) and digits.startswith("999") for digits in numbers)
    assert set(re.findall(r'mobile = "(\d{5} \d{3})', text)) <= {"07700 900"}, "Ofcom keeps these for drama"
    assert json.dumps(sorted(set(re.findall(r"@([a-z.]+)", text)))) == '["example.org"]'
