"""The tutorial "From an undeclared finding to a published statement": every step as it stands there, on `ndoo serve --demo`."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import ROOT

pytestmark = pytest.mark.soak
EXTRACTS = {"F-001": "visits.csv", "F-009": "neonatal_visits.csv"}


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a demonstration of our own; stopped by its own process id."""
    monkeypatch.setenv("NDOO_DATA", str(tmp_path / "walk"))
    monkeypatch.delenv("NDOO_DATABASE_URL", raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("ndoo"), "serve", "--demo", "--port", str(port)]
    service = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urlopen(f"http://127.0.0.1:{port}/health").close()
                break
            except URLError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        service.terminate()
        service.wait(30)
        shutil.rmtree(tmp_path / "walk", ignore_errors=True)


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    context = browser.new_context(base_url=served, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def signs_in(page: Page, name: str) -> None:
    """As the page of accounts says: the password and the code of the moment, which counts once."""
    for _ in range(2):
        page.goto("/demo/staff")
        expect(page.get_by_text("four quiet tall lamps").first).to_be_visible()
        code = re.search(r"\b\d{6}\b", page.locator("tr", has_text=name).inner_text())
        assert code
        page.goto("/staff/")
        page.get_by_label("Account name").fill(name)
        page.locator("main input[type=password]").fill("four quiet tall lamps")
        page.get_by_role("button", name="Continue").click()
        page.locator("main input[type=text]").first.fill(code.group())
        with page.expect_navigation():
            page.get_by_role("button", name=re.compile("Sign in|Continue")).click()
        if page.url.endswith("/staff/"):
            return
        page.wait_for_timeout(31_000)  # the same person signed in a moment ago: the next code is another one
    raise AssertionError("nobody was let in")


def signs_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()


def from_what_is_open(page: Page, name: str, which: int = 0) -> None:
    page.goto("/staff/")
    page.get_by_role("link", name="What is open", exact=True).click()
    page.get_by_role("link", name=name).nth(which).click()


def declares_what_was_found(page: Page) -> None:
    for reference in ("A-101", "A-102", "A-103"):
        from_what_is_open(page, "Write down an asset for it")
        page.get_by_label("A short reference").fill(reference)
        page.get_by_label("The owner").fill("oscar.owner")
        page.get_by_label("Is there confidential patient information").select_option("yes")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("button", name="Change it")).to_be_visible()
    from_what_is_open(page, "Ambulance handovers")
    page.get_by_role("button", name="Change it").click()
    tables = page.get_by_label("Tables in it")
    tables.fill(re.sub(r"(?m)^(handovers.*)$", r"\1, waited_minutes", tables.input_value()))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Change it")).to_be_visible()


def proves(page: Page, flow: str) -> None:
    page.goto(f"/staff/register/record/flow/{flow}")
    page.get_by_role("button", name="Uphold an extract for it").click()
    page.locator("input[name=extract]").set_input_files(ROOT / "examples" / "data" / EXTRACTS[flow])
    page.get_by_role("radio", name="Ask this service’s register").check()
    page.get_by_role("radio", name="Leave them out").check()
    page.get_by_role("button", name="Uphold").click()
    for _ in range(60):
        if page.get_by_text("This proves that the opt-out was applied").count():
            return
        page.wait_for_timeout(1_000)
        page.reload()
    raise AssertionError("the job did not prove its flow")


def signs_all(page: Page, name: str) -> int:
    signs_in(page, name)
    signed = 0
    while waiting := _one_that_waits(page):
        waiting()
        signed += 1
    signs_out(page)
    return signed


def _one_that_waits(page: Page) -> Callable[[], None] | None:
    page.goto("/staff/")
    page.get_by_role("link", name="Reviews that wait for your signature").click()
    page.locator("#due_for_review").wait_for()
    for address in [link.get_attribute("href") for link in page.locator("#due_for_review + ul a").all()]:
        page.goto(str(address))
        button = page.get_by_role("button", name="I have read it, and sign")
        if button.count():
            return button.click
    return None


def test_a_newcomer_gets_from_a_finding_to_a_published_statement(page: Page) -> None:
    signs_in(page, "grace.governance")
    declares_what_was_found(page)
    for flow in EXTRACTS:
        proves(page, flow)
    signs_out(page)
    assert signs_all(page, "oscar.owner") == 8
    assert signs_all(page, "cara.caldicott") == 1
    page.goto("/statement/")
    expect(page.get_by_text("has not published its statement yet")).to_be_visible()

    signs_in(page, "grace.governance")
    page.get_by_role("link", name="Statement").first.click()
    expect(page.get_by_text("There are no gaps.")).to_be_visible()
    page.get_by_role("button", name="Check and publish").click()
    page.get_by_label("What did you check").fill("Every use, beside its record.")
    page.get_by_role("button", name="Ask for it to be published").click()
    signs_out(page)
    signs_in(page, "cara.caldicott")
    page.get_by_role("link", name="A statement that waits for a second person").click()
    page.get_by_role("link", name="Read it as the public will").click()
    expect(page.get_by_text("This is a preview.")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    page.get_by_label("Publish: everybody can read it").check()
    page.get_by_label("What did you check").fill("The same.")
    page.get_by_role("button", name="Decide").click()
    signs_out(page)
    page.goto("/statement/")
    expect(page.get_by_text("We comply with the national data opt-out.")).to_be_visible()

    signs_in(page, "anna.auditor")
    page.get_by_role("link", name="Search the evidence").click()
    page.get_by_label("Reference of the flow").fill("F-001")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("visits.csv").first).to_be_visible()
    page.goto("/staff/register/statement")
    with page.expect_download() as pack:
        page.get_by_role("link", name=re.compile("Evidence pack")).click()
    assert pack.value.suggested_filename.endswith(".zip")
