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
from ndoo.service.asset_register import overview, record_versions
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.asset_register.models import Published, Signed
from ndoo.service.staff.roles import Role
from tests.journeys.test_staff import given_signed_in, heading
from tests.support.registers_of_assets import PLACE, document, facts, flow, scan
from tests.support.staff_accounts import account
from tests.support.statements import whole_register

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
    expect(watched.get_by_role("button", name="Check and publish")).to_have_count(0)


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


def published_by_two(page: Page, accessible: Accessible, version: int) -> None:
    """Asked for by who is signed in, and published by the Caldicott Guardian, who reads it first as the public will."""
    page.get_by_role("button", name="Check and publish").click()
    heading(page, "Check the statement before it is published")
    page.get_by_role("button", name="Ask for it to be published").click()
    expect(page).to_have_title(re.compile("^Error: "))
    accessible(page)
    page.get_by_label("What did you check").fill("Each use, beside its record.")
    page.get_by_role("button", name="Ask for it to be published").click()
    expect(page.get_by_text("Nothing is published until a second person")).to_be_visible()
    page.get_by_role("link", name="See what was asked for").click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    accessible(page, widths=("phone",))
    assert Published.objects.count() == version - 1
    page.get_by_role("button", name="Sign out").click()

    given_signed_in(page, account(Role.CALDICOTT_GUARDIAN))
    page.get_by_role("link", name="A statement that waits for a second person").click()
    accessible(page)
    page.get_by_role("link", name="Read it as the public will").click()
    expect(page.get_by_text("This is a preview. Nobody but staff can see it.")).to_be_visible()
    accessible(page)
    page.get_by_role("link", name="Back").click()
    page.get_by_label("Publish: everybody can read it").check()
    page.get_by_label("What did you check").fill("Each use again.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text(f"Published as version {version}.")).to_be_visible()


def test_what_is_published_is_read_by_the_public_and_the_auditor(watched: Page, accessible: Accessible) -> None:
    whole_register()
    now = timezone.now()
    watched.goto("/statement/")
    expect(watched.get_by_text("has not published its statement yet")).to_be_visible()
    accessible(watched, widths=("phone",))

    given_signed_in(watched, account(Role.INFORMATION_GOVERNANCE))
    from_the_menu(watched, "Statement")
    accessible(watched, widths=("phone",))
    published_by_two(watched, accessible, 1)
    watched.get_by_role("button", name="Sign out").click()
    given_signed_in(watched, account(Role.INFORMATION_GOVERNANCE))
    from_the_menu(watched, "Statement")
    watched.get_by_role("link", name="Change what it says of the organisation").click()
    watched.get_by_label("Telephone number").fill("0113 496 0000")
    watched.get_by_role("button", name="Save").click()
    published_by_two(watched, accessible, 2)
    assert Published.objects.count() == 2
    watched.get_by_role("button", name="Sign out").click()

    watched.goto("/statement/")
    expect(watched.get_by_text("At present none of our uses is one to which it applies.")).to_be_visible()
    expect(watched.get_by_text("0113 496 0000")).to_be_visible()
    accessible(watched)

    # and when a gap opens, the page says so at once, and no longer that the organisation complies
    register = record_versions.register()
    assert register.organisation
    told = register.organisation.document()
    record_versions.save(
        read_record("organisation", {one: told[one] for one in told if one != "how_applied"}, "it"), entry, now
    )
    watched.reload()
    expect(watched.get_by_text("We cannot say yet that we comply with the national data opt-out.")).to_be_visible()
    expect(watched.get_by_text("none of our uses is one to which")).to_have_count(0)
    accessible(watched)
    record_versions.save(read_record("organisation", told, "it"), entry, now)
    watched.reload()
    expect(watched.get_by_text("none of our uses is one to which")).to_be_visible()
    watched.get_by_role("link", name="Earlier versions").click()
    accessible(watched, widths=("phone",))
    watched.get_by_role("link", name="What changed since version 1").click()
    expect(watched.get_by_text("The organisation: phone was “not said” and is “0113 496 0000”.")).to_be_visible()
    accessible(watched, widths=("phone",))

    given_signed_in(watched, account(Role.AUDITOR))
    from_the_menu(watched, "Statement")
    expect(watched.get_by_role("button", name="Check and publish")).to_have_count(0)
    accessible(watched, widths=("phone", "desktop"))
    with watched.expect_download() as download:
        watched.get_by_role("link", name=re.compile("Evidence pack")).click()
    assert download.value.suggested_filename == "evidence.zip"
