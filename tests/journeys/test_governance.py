"""Those who look after data, in a real browser, with JavaScript and without it: one journey for each role."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ndoo.assets.findings import read_findings
from ndoo.assets.record import read_record
from ndoo.assets.register import read_register
from ndoo.service.governance import overview, record_versions, sign_review
from ndoo.service.governance.demonstration import entry
from ndoo.service.governance.models import Published, Signed
from ndoo.service.staff.roles import Role
from tests.journeys.test_staff import given_signed_in, heading
from tests.support.registers_of_assets import PLACE, asset, document, facts, flow, scan
from tests.support.staff_accounts import account

pytestmark = pytest.mark.django_db(transaction=True)

Accessible = Callable[..., None]
EXEMPT = facts(purpose="national_audit", exemption="X-PICANET-AUDIT", gateway__optout_condition="does_not_apply")


def given_a_register(**changed: Any) -> None:
    now = timezone.now()
    record_versions.take_in(read_register(document(**changed)), entry, now)
    overview.decide_open(entry, now)
    told = scan(("visits", "yes", "nhs_number icd10"), ("copy", "yes", "nhs_number postcode"))
    overview.take_findings(read_findings(told, PLACE), PLACE, entry, now)


def from_the_menu(page: Page, name: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})  # on a phone the menu is folded
    page.get_by_role("link", name=name, exact=True).click()


def test_an_information_governance_officer_explains_a_finding(watched: Page, accessible: Accessible) -> None:
    given_a_register(flow=[flow(facts=EXEMPT)])
    given_signed_in(watched, account(Role.INFORMATION_GOVERNANCE))
    accessible(watched, widths=("phone",))

    # a table that nobody declared becomes an asset
    watched.get_by_role("link", name="Found by a scan, and explained by no asset").click()
    heading(watched, re.compile("What is open"))
    accessible(watched)
    watched.get_by_role("link", name="Write down an asset for it").click()
    heading(watched, "Add an asset")
    watched.get_by_role("button", name="Save").click()
    expect(watched).to_have_title(re.compile("^Error: "))
    accessible(watched, widths=("phone",))
    watched.get_by_label("A short reference").fill("A-2")
    watched.get_by_label("Is there confidential patient information").select_option("yes")
    watched.get_by_label("The owner").fill("oscar.owner")
    watched.get_by_role("button", name="Save").click()
    heading(watched, re.compile("copy"))
    accessible(watched)
    assert record_versions.register().assets["A-2"].tables[0].columns == ("nhs_number", "postcode")
    assert not overview.picture(timezone.now()).joined.undeclared

    # a changed fact leaves a decision that says it does not stand, until somebody decides
    from_the_menu(watched, "Flows")
    accessible(watched, widths=("phone", "desktop"))
    watched.get_by_role("link", name="Study F-1").click()
    watched.get_by_role("button", name="Change it").click()
    watched.get_by_label("What is the data used for?").select_option("planning")
    watched.get_by_role("button", name="Save").click()
    expect(watched.get_by_text("This decision does not stand any more")).to_be_visible()
    accessible(watched)
    watched.get_by_role("button", name="Decide again").click()
    expect(watched.get_by_text("This decision does not stand any more")).not_to_be_visible()

    # and the statement cannot be published while anything is open
    from_the_menu(watched, "Statement")
    expect(watched.get_by_role("heading", name=re.compile("gaps"))).to_be_visible()
    accessible(watched, widths=("phone", "desktop"))
    expect(watched.get_by_role("button", name="Publish it")).to_have_count(0)


def test_an_owner_and_then_the_caldicott_guardian_sign(watched: Page, accessible: Accessible) -> None:
    given_a_register(flow=[flow(facts=EXEMPT)])
    given_signed_in(watched, account(Role.ASSET_OWNER, "oscar.owner"))
    watched.get_by_role("link", name="Reviews that wait for your signature").click()
    watched.get_by_role("link", name="Study F-1").first.click()
    accessible(watched)
    watched.get_by_label("What did you look at?").fill("The letter and the columns.")
    watched.get_by_role("button", name="I have read it, and sign").click()
    expect(watched.get_by_text("the Caldicott Guardian", exact=True)).to_be_visible()
    expect(watched.get_by_role("button", name="I have read it, and sign")).to_have_count(0)
    watched.get_by_role("button", name="Sign out").click()

    given_signed_in(watched, account(Role.CALDICOTT_GUARDIAN, "cara.caldicott"))
    watched.get_by_role("link", name="Reviews that wait for your signature").click()
    watched.get_by_role("link", name="Study F-1").first.click()
    accessible(watched, widths=("phone",))
    watched.get_by_role("button", name="I have read it, and sign").click()
    expect(watched.get_by_text("Reviewed", exact=True)).to_be_visible()
    assert [(row.step, row.by) for row in Signed.objects.order_by("pk")] == [
        ("owner", "oscar.owner"),
        ("caldicott_guardian", "cara.caldicott"),
    ]


def test_what_is_published_is_read_by_the_public_and_the_auditor(watched: Page, accessible: Accessible) -> None:
    care = facts(purpose="individual_care", gateway__kind="implied_consent")
    copy = asset("A-2", tables=[{"name": "copy", "columns": ["nhs_number", "postcode"]}])
    given_a_register(asset=[asset(), copy], flow=[flow(facts=care)])
    owner, now = account(Role.ASSET_OWNER, "oscar.owner"), timezone.now()
    for kind, ident in (("asset", "A-1"), ("asset", "A-2"), ("flow", "F-1")):
        sign_review.sign(sign_review.ReadVersion(kind, ident, 1), owner, record_versions.register(), entry, now)
    watched.goto("/statement/")
    expect(watched.get_by_text("has not published its statement yet")).to_be_visible()
    accessible(watched, widths=("phone",))

    given_signed_in(watched, account(Role.INFORMATION_GOVERNANCE))
    from_the_menu(watched, "Statement")
    watched.get_by_role("button", name="Publish it").click()
    expect(watched.get_by_text("Published as version 1.")).to_be_visible()
    watched.get_by_role("link", name="Change what it says of the organisation").click()
    watched.get_by_label("Telephone number").fill("0113 496 0000")
    watched.get_by_role("button", name="Save").click()
    watched.get_by_role("button", name="Publish it").click()
    assert Published.objects.count() == 2
    watched.get_by_role("button", name="Sign out").click()

    watched.goto("/statement/")
    expect(
        watched.get_by_text("We do not use or share information in ways to which your choice applies.")
    ).to_be_visible()
    expect(watched.get_by_text("0113 496 0000")).to_be_visible()
    accessible(watched)

    # and when a gap opens, the page says so at once, and no longer that the organisation follows the opt-out
    register = record_versions.register()
    assert register.organisation
    told = register.organisation.document()
    record_versions.save(
        read_record("organisation", {one: told[one] for one in told if one != "how_applied"}, "it"), entry, now
    )
    watched.reload()
    expect(watched.get_by_text("We cannot say yet that we follow the national data opt-out.")).to_be_visible()
    expect(watched.get_by_text("We do not use or share information in ways")).to_have_count(0)
    accessible(watched)
    record_versions.save(read_record("organisation", told, "it"), entry, now)
    watched.reload()
    expect(watched.get_by_text("We do not use or share information in ways")).to_be_visible()
    watched.get_by_role("link", name="Earlier versions").click()
    accessible(watched, widths=("phone",))
    watched.get_by_role("link", name="What changed since version 1").click()
    expect(watched.get_by_text("The organisation: phone was “not said” and is “0113 496 0000”.")).to_be_visible()
    accessible(watched, widths=("phone",))

    given_signed_in(watched, account(Role.AUDITOR))
    from_the_menu(watched, "Statement")
    expect(watched.get_by_role("button", name="Publish it")).to_have_count(0)
    accessible(watched, widths=("phone", "desktop"))
    with watched.expect_download() as download:
        watched.get_by_role("link", name=re.compile("Evidence pack")).click()
    assert download.value.suggested_filename == "evidence.zip"
