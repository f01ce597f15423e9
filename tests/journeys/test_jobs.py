"""An information governance officer upholds an extract, and an auditor finds what proves it; with JavaScript and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from ndoo.assets.register import read_register
from ndoo.service.asset_register import overview, record_versions
from ndoo.service.asset_register.demonstration import entry
from ndoo.service.choices.models import Choice
from ndoo.service.staff.roles import Role
from ndoo.service.uphold_jobs.models import UpholdingJob
from ndoo.service.uphold_jobs.run_job import run
from tests.journeys.test_staff import given_signed_in, heading
from tests.support.numbers import some
from tests.support.registers_of_assets import document, flow
from tests.support.staff_accounts import account, chose, known

pytestmark = pytest.mark.django_db(transaction=True)

Accessible = Callable[..., None]


def test_an_extract_is_upheld_and_its_evidence_found(watched: Page, accessible: Accessible, tmp_path: Path) -> None:
    person = known()
    chose(person, Choice.OPT_OUT)
    staying = some(4, 9)
    extract = tmp_path / "visits.csv"
    extract.write_text("nhs_number,x\n" + "".join(f"{number},1\n" for number in (*staying, person.number.reveal())))
    given_a_flow_that_nothing_proves()
    given_signed_in(watched, account(Role.INFORMATION_GOVERNANCE, name="grace.governance"))

    # when nothing is chosen
    watched.get_by_role("link", name="Uphold an extract").click()
    accessible(watched)
    watched.get_by_role("button", name="Uphold").click()
    expect(watched.get_by_role("link", name="Choose the extract")).to_be_visible()
    accessible(watched, widths=("phone",))

    # and what is no table
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04" + b"\0" * 64)
    asks(watched, tmp_path / "book.xlsx")
    expect(watched.get_by_role("link", name="The input is a damaged archive")).to_be_visible()

    # then an extract for a flow that nothing proves yet, which waits, runs and is done
    watched.goto("/staff/register/open")
    watched.get_by_role("link", name="Study F-1").first.click()
    watched.get_by_role("button", name="Uphold an extract for it").click()
    expect(watched.get_by_label("Reference of the flow")).to_have_value("F-1")
    asks(watched, extract, "A data flow in the register")
    heading(watched, "visits.csv")
    expect(watched.get_by_text("Waiting")).to_be_visible()
    accessible(watched)
    job = UpholdingJob.objects.get()
    UpholdingJob.objects.update(state="running", read_bytes=job.size // 2)
    watched.get_by_role("link", name="Check again").click()
    expect(watched.get_by_text("of the file was read")).to_be_visible()
    accessible(watched)
    UpholdingJob.objects.update(state="waiting")
    run.call(str(job.pk))
    watched.get_by_role("link", name="Check again").click()
    expect(watched.get_by_text("Done", exact=True)).to_be_visible()
    expect(watched.get_by_text("This proves that the opt-out was applied")).to_be_visible()
    assert not overview.picture(timezone.now()).joined.unproven
    accessible(watched)
    with watched.expect_download() as download:
        watched.get_by_role("button", name="Download the upheld extract").click()
    assert download.value.suggested_filename == "visits-upheld.csv"
    assert Path(download.value.path()).read_text() == "nhs_number,x\n" + "".join(f"{number},1\n" for number in staying)

    # and its certificate says so
    watched.get_by_role("link", name="The certificate").click()
    heading(watched, "Certificate")
    expect(watched.get_by_text('ndoo verify "visits-upheld.csv" --register')).to_be_visible()
    accessible(watched)

    # until it is deleted
    watched.get_by_role("link", name="Uphold", exact=True).click()
    accessible(watched)
    watched.get_by_role("link", name="Open visits.csv").click()
    watched.get_by_role("button", name="Delete it now").click()
    accessible(watched)
    watched.get_by_label("Why?").fill("It was sent.")
    watched.get_by_role("button", name="Delete it now").click()
    expect(watched.get_by_text("The file was deleted. Its certificate stays.")).to_be_visible()

    # and the auditor finds it
    watched.get_by_role("button", name="Sign out").click()
    given_signed_in(watched, account(Role.AUDITOR, name="anna.auditor"))
    watched.get_by_role("link", name="Search the evidence").click()
    watched.get_by_label("Reference of the flow").fill("F-1")
    watched.get_by_role("button", name="Search").click()
    expect(watched.get_by_role("heading", name="1 manifest")).to_be_visible()
    accessible(watched)
    watched.get_by_role("link", name="Certificate of visits.csv").click()
    heading(watched, "Certificate")


def given_a_flow_that_nothing_proves() -> None:
    now = timezone.now()
    told = document(flow=[flow(last_run=timezone.localdate())])
    record_versions.take_in(read_register(told), entry, now)
    overview.decide_open(entry, now)


def asks(page: Page, extract: Path, released_for: str = "No flow: a private trial") -> None:
    page.locator("input[name=extract]").set_input_files(extract)
    page.get_by_role("radio", name=released_for).check()
    page.get_by_role("radio", name="Ask this service’s register").check()
    page.get_by_role("radio", name="Leave them out").check()
    page.get_by_role("button", name="Uphold").click()
