"""The statement as two people publish it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from ndoo.assets.findings import read_findings
from ndoo.assets.register import read_register
from ndoo.service.asset_register import overview, publication, record_versions, sign_review
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import Published
from ndoo.service.audit.entries import Entry
from ndoo.service.staff.roles import Role
from tests.support.registers_of_assets import PLACE, asset, document, facts, flow, scan
from tests.support.staff_accounts import account


def first_person(action: str, *, reason: str = "", **details: Any) -> Entry:
    return Entry("staff:grace", action, reason=reason, details=details)


def second_person(action: str, *, reason: str = "", **details: Any) -> Entry:
    return Entry("staff:cara", action, reason=reason, details=details)


def published(now: datetime, member: str = "") -> Published:
    """Asked for by one person and agreed to by another."""
    publication.ask(overview.picture(now), first_person, "Read.", member)
    return publication.agree(overview.picture(now), second_person, "Read too.", member)


def whole_register() -> dict[str, Any]:
    """Takes in a register of one use, with nothing open in it; the answer is what it says of the organisation."""
    now = timezone.now()
    care = facts(purpose="individual_care", gateway__kind="implied_consent")
    copy = asset("A-2", tables=[{"name": "copy", "columns": ["nhs_number", "postcode"]}])
    register = read_register(document(asset=[asset(), copy], flow=[flow(facts=care)]))
    record_versions.take_in(register, entry, now)
    overview.decide_open(entry, now)
    told = scan(("visits", "yes", "nhs_number icd10"), ("copy", "yes", "nhs_number postcode"))
    overview.take_findings(read_findings(told, PLACE), PLACE, entry, now)
    owner = account(Role.ASSET_OWNER, "oscar.owner")
    for kind, ident in (("asset", "A-1"), ("asset", "A-2"), ("flow", "F-1")):
        sign_review.sign(sign_review.ReadVersion(kind, ident, 1), owner, record_versions.register(), entry, now)
    assert register.organisation
    return register.organisation.document()
