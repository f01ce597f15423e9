"""Another system reads and changes the register of assets within its scope, sees what it changes, and proves what it says."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ndoo.assets.record import read_record
from ndoo.evidence.seal import Sealer
from ndoo.service.api_clients.scopes import OF_TOKENS, Scope
from ndoo.service.asset_register import demonstration, overview, record_versions, routes
from ndoo.service.asset_register.models import Manifest, Scanned
from ndoo.service.audit.models import AuditEntry
from ndoo.service.news.models import Update
from tests.support.api_callers import System
from tests.support.api_callers import system as caller
from tests.support.registers_of_assets import asset, flow
from tests.support.statements import published

pytestmark = pytest.mark.django_db

SEALER = Sealer(bytes(range(32)))
NEW = {"If-None-Match": "*"}
BASE = "/api/governance"


def plain(told: dict[str, Any]) -> str:
    return json.dumps(told, default=lambda value: value.isoformat() if isinstance(value, date) else str(value))


@pytest.fixture
def system() -> System:
    return caller()


def put(system: System, what: str, told: dict[str, Any], **headers: str) -> Any:
    return system.put(f"{BASE}/{what}/{told['id']}", plain(told), content_type="application/json", headers=headers)


@pytest.fixture
def filled(system: System) -> System:
    assert put(system, "assets", asset(), **NEW).status_code == 201
    assert put(system, "flows", flow(), **NEW).status_code == 201
    return system


def post(system: System, path: str, told: Any) -> Any:
    return system.post(f"{BASE}/{path}", plain(told), content_type="application/json")


def test_what_was_put_is_read_back_with_its_version_and_stands_in_the_audit(filled: System) -> None:
    shown = filled.get(f"{BASE}/assets/A-1")
    assert shown["ETag"] == '"1"'
    assert shown.json()["record"] == json.loads(plain(asset()))
    assert [row["id"] for row in filled.get(f"{BASE}/flows").json()["flows"]] == ["F-1"]
    assert AuditEntry.objects.get(action="asset.added").actor == "caller:research-platform"


def test_a_record_that_the_caller_has_is_not_sent_again_and_a_newer_one_is(filled: System) -> None:
    address = f"{BASE}/assets/A-1"
    for seen in ('"1"', 'W/"1"', '"0", "1"', "*"):
        answer = filled.get(address, headers={"If-None-Match": seen})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", '"1"'), seen
    assert filled.head(address, headers={"If-None-Match": '"1"'}).status_code == 304
    assert filled.get(address, headers={"If-None-Match": '"0"'}).json()["record"]
    put(filled, "assets", asset(notes="one"), **{"If-Match": '"1"'})
    assert filled.get(address, headers={"If-None-Match": '"1"'}).json()["record"]["notes"] == "one"
    assert filled.get(f"{BASE}/assets/A-9", headers={"If-None-Match": '"1"'}).status_code == 404
    stranger = System("no token").get(address, headers={"If-None-Match": '"1"'})
    assert stranger.status_code == 401, "who may not read it is not told that it is unchanged"


def test_a_change_that_the_caller_has_not_seen_is_not_overwritten(filled: System) -> None:
    first = put(filled, "assets", asset(notes="one"), **{"If-Match": '"1"'})
    assert (first.status_code, first["ETag"]) == (200, '"2"')
    assert put(filled, "assets", asset(notes="two"), **{"If-Match": '"1"'}).status_code == 412
    assert put(filled, "assets", asset(notes="two"), **NEW).status_code == 412
    assert put(filled, "assets", asset(notes="two")).status_code == 428
    same = put(filled, "assets", asset(notes="one"), **{"If-Match": '"2"'})
    assert (same.status_code, same["ETag"]) == (200, '"2"'), "nothing differs"


def test_what_is_taken_out_is_gone_and_can_be_added_again(filled: System) -> None:
    away = f"{BASE}/flows/F-1"
    assert filled.delete(f"{BASE}/assets/A-1", headers={"If-Match": '"1"'}).json()["code"] == "register-in-use"
    assert filled.delete(away).status_code == 428
    assert filled.delete(away, headers={"If-Match": '"7"'}).status_code == 412
    assert filled.delete(away, headers={"If-Match": '"1"'}).status_code == 204
    assert filled.get(away).status_code == 404
    assert filled.delete(away, headers={"If-Match": '"1"'}).status_code == 404
    assert put(filled, "flows", flow(), **NEW)["ETag"] == '"3"'


@pytest.mark.parametrize(
    ("what", "told", "status", "code"),
    [
        ("flows", flow("F-2", assets=["A-9"]), 422, "register-reference"),
        ("assets", asset(risk="none"), 422, "register-value"),
        ("assets", asset(colour="red"), 422, "register-field"),
        ("things", asset("A-2"), 404, "not-found"),
    ],
)
def test_what_cannot_be_meant_is_refused_whole(
    what: str, told: dict[str, Any], status: int, code: str, filled: System
) -> None:
    answer = put(filled, what, told, **(NEW if told["id"] != "A-1" else {"If-Match": '"1"'}))
    assert answer.status_code == status
    assert answer.json()["code"] == code
    assert filled.get(f"{BASE}/flows/F-2").status_code == 404
    assert filled.get(f"{BASE}/assets/A-1")["ETag"] == '"1"'


def test_a_body_of_another_kind_or_another_id_is_refused(filled: System) -> None:
    assert filled.put(f"{BASE}/assets/A-1", b"id=A-1", content_type="text/plain").status_code == 415
    other = filled.put(f"{BASE}/assets/A-2", plain(asset()), content_type="application/json", headers=NEW)
    assert other.json()["code"] == "record-id"
    for path in ("things", "things/A-1", "assets/A-9"):
        assert filled.get(f"{BASE}/{path}").status_code == 404


def test_a_decision_is_recorded_and_says_when_it_no_longer_stands(filled: System) -> None:
    path = f"{BASE}/flows/F-1/decision"
    assert filled.get(path).status_code == 404, "nothing was decided yet"
    assert filled.post(path).json()["outcome"] == "applies"
    assert filled.get(path).json()["stands"] is True
    changed = flow()
    changed["facts"]["purpose"] = "planning"
    assert put(filled, "flows", changed, **{"If-Match": '"1"'}).status_code == 200
    assert filled.get(path).json()["stale_because"] == ["Facts changed since the decision: purpose."]
    assert filled.post(f"{BASE}/flows/F-9/decision").status_code == 404


def test_a_scan_and_a_sealed_run_are_handed_over_and_close_what_was_open(filled: System) -> None:
    filled.post(f"{BASE}/flows/F-1/decision")
    assert [one["id"] for one in filled.get(f"{BASE}/review").json()["unproven"]] == ["F-1"]
    scan = {
        "target": "sqlite:///other.db",
        "tables": [
            {
                "name": "t",
                "confidential_patient_information": "yes",
                "because": "so",
                "columns": [{"name": "nhs_number"}],
            }
        ],
    }
    assert post(filled, "findings", scan).status_code == 201
    assert len(filled.get(f"{BASE}/review").json()["undeclared"]) == 1
    assert filled.get(f"{BASE}/findings").json()["tables"][0]["columns"] == ["nhs_number"]
    assert Scanned.objects.get().actor == "caller:research-platform"
    assert post(filled, "findings", {"tables": "x"}).status_code == 422


def test_a_run_counts_only_with_the_seal_of_the_organisation(filled: System, monkeypatch: pytest.MonkeyPatch) -> None:
    run = {
        "created": "2026-11-21T10:00:00+00:00",
        "decision": {"id": "F-1", "outcome": "applies"},
        "list": {"polarity": "allowed"},
        "people": {"read": 10, "kept": 9, "removed": 1},
    }
    sealed = SEALER.seal(run)
    assert post(filled, "evidence", sealed).json()["code"] == "evidence-foreign"
    monkeypatch.setattr(overview, "own_public_keys", lambda _: frozenset({SEALER.public_key}))
    assert post(filled, "evidence", sealed | {"people": {"read": 10, "kept": 10, "removed": 0}}).status_code == 422
    assert post(filled, "evidence", [sealed]).status_code == 422
    assert post(filled, "evidence", sealed).json() == {"flow": "F-1", "new": True}
    assert post(filled, "evidence", sealed).json() == {"flow": "F-1", "new": False}
    assert [one["flow"] for one in filled.get(f"{BASE}/evidence").json()["manifests"]] == ["F-1"]
    assert Manifest.objects.count() == 1


def test_the_statement_is_the_published_one_and_its_subscribers_are_told_what_changed() -> None:
    system, now = caller(), timezone.now()
    assert system.get(f"{BASE}/statement").status_code == 404
    register = demonstration.seed(now, SEALER, with_work=False)
    published(now)
    answer = system.get(f"{BASE}/statement").json()
    assert (answer["version"], answer["not_shown_since"]) == (1, None)
    assert register.organisation
    told = register.organisation.document() | {"phone": "0113 496 0001"}
    record_versions.save(read_record("organisation", told, "it"), demonstration.entry, now)
    published(now + timedelta(minutes=2))
    assert system.get(f"{BASE}/statement").json()["version"] == 2
    newest, first = Update.objects.all()
    assert (first.about, newest.about) == ("statement 1", "statement 2")
    assert "0113 496 0001" in newest.text
    assert AuditEntry.objects.filter(action="update.published").count() == 2


ROUTES = [
    ("get", "review"),
    ("get", "statement"),
    ("get", "findings"),
    ("get", "evidence"),
    ("get", "assets"),
    ("get", "flows/F-1"),
    ("get", "flows/F-1/decision"),
    ("post", "findings"),
    ("post", "evidence"),
    ("post", "flows/F-1/decision"),
    ("put", "assets/A-1"),
    ("delete", "assets/A-1"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_each_route_opens_to_its_own_scope_only(method: str, path: str) -> None:
    needed = Scope.GOVERNANCE_READ if method == "get" else Scope.GOVERNANCE_WRITE
    assert getattr(Client(), method)(f"{BASE}/{path}").status_code == 401
    for scope in OF_TOKENS:
        status = getattr(caller(f"only-{scope.name.lower()}".replace("_", "-"), scope), method)(
            f"{BASE}/{path}"
        ).status_code
        assert (status not in (401, 403)) == (scope is needed), scope


def test_a_page_leads_to_the_next_until_everything_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    system = caller()
    register = demonstration.seed(timezone.now(), SEALER, with_work=False)
    monkeypatch.setattr(routes, "PAGE", 50)
    told: dict[str, list[Any]] = {}
    for what, name in (("flows", "flows"), ("assets", "assets"), ("evidence", "manifests"), ("findings", "tables")):
        path = f"{BASE}/{what}"
        while path:
            page = system.get(path).json()
            told.setdefault(what, []).extend(page[name])
            path = page["next"]
    assert [one["id"] for one in told["flows"]] == list(register.flows)
    assert [one["id"] for one in told["assets"]] == list(register.assets)
    assert len(told["evidence"]) == Manifest.objects.count() and told["findings"]
    assert len(told["findings"]) == len(overview.findings())
