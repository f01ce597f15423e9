"""A decision, a review or a proof that somebody rewrote in the database is found, although no audit entry was touched."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from ndoo.assets.findings import read_findings
from ndoo.assets.register import read_register
from ndoo.evidence.seal import Sealer
from ndoo.policy import decide, load_pack
from ndoo.service.asset_register import made_up, overview, record_versions, sign_review
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import Signed
from ndoo.service.ledger.check_ledger import check
from ndoo.service.ledger.erase_value import erase
from ndoo.service.ledger.head_store import heads_folder
from ndoo.service.ledger.heads import begin, seal
from ndoo.service.ledger.models import LedgerLeaf
from ndoo.service.staff.roles import Role
from tests.support.registers import changeable
from tests.support.registers_of_assets import PLACE, document, facts, flow, scan
from tests.support.staff_accounts import account
from tests.support.statements import published

pytestmark = pytest.mark.usefixtures("register")

CHANGED = {
    "version": "actor = 'staff:other'",
    "decided": "outcome = 'applies'",
    "signed": "name = 'Somebody Else'",
    "scanned": "target = 'elsewhere'",
    "manifest": "flow = 'F-2'",
    "published": "number = 7",
}


def given_everything() -> None:
    now = timezone.now()
    begin(now)
    care = facts(purpose="individual_care", recipient="the ward", gateway__kind="implied_consent")
    record_versions.take_in(read_register(document(flow=[flow(facts=care)])), entry, now)
    overview.decide_open(entry, now)
    overview.take_findings(read_findings(scan(("visits", "yes", "nhs_number icd10")), PLACE), PLACE, entry, now)
    owner, register = account(Role.ASSET_OWNER, "oscar.owner"), record_versions.register()
    for kind, ident in (("asset", "A-1"), ("flow", "F-1")):
        sign_review.sign(sign_review.ReadVersion(kind, ident, 1), owner, register, entry, now)
    today = timezone.localdate()
    one = register.flows["F-1"]
    proof = made_up.manifest(one, decide(one.facts, load_pack(), today), Sealer(bytes(range(32))), today)
    overview.take_evidence([("F-1.manifest.json", proof)], entry, now)
    published(now)


def wrong() -> dict[str, int]:
    return dict(check(heads_folder().every(seal(timezone.now()).log)).wrong)


def test_whatever_is_rewritten_in_the_register_of_flows_is_found() -> None:
    given_everything()
    assert wrong() == {}
    kinds = set(LedgerLeaf.objects.values_list("kind", flat=True))
    assert {"record", "decision", "review", "scan", "manifest", "statement"} < kinds
    for many, (table, change) in enumerate(CHANGED.items(), 1):
        with changeable(), connection.cursor() as cursor:
            newest = f"(SELECT MAX(id) FROM governance_{table})"  # noqa: S608
            cursor.execute(f"UPDATE governance_{table} SET {change} WHERE id = {newest}")  # noqa: S608
        assert wrong() == {"value_changed": many}, table
    with changeable(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM governance_signed WHERE id = (SELECT MIN(id) FROM governance_signed)")
    assert wrong()["row_missing"] == 1


def test_who_reviewed_is_erased_and_the_review_still_proven() -> None:
    given_everything()
    key = LedgerLeaf.objects.filter(kind="review").order_by("pk")[0].key
    erase(key, "people", reason="asked for")
    first = Signed.objects.order_by("pk")[0].pk
    with changeable():
        Signed.objects.filter(pk=first).update(by="", name="", comment="")
    assert wrong() == {}
    with changeable():
        Signed.objects.filter(pk=first).update(step="caldicott_guardian")
    assert wrong() == {"value_changed": 1}
