"""Whoever comes to read can read: every page, at every width, with large text, in their own colours, and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ndoo.service.guidance.pages import EVERY, PAPERS
from tests.conftest import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
with_scripts = pytest.mark.parametrize("scripts", ["with scripts"], indirect=True)

_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_is_accessible_at_every_width(
    watched: Page, accessible: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_STATISTICS", str(ROOT / "examples" / "statistics"))
    watched.goto("/statistics/2026-10-01/")
    watched.get_by_role("link", name="See the newest one").click()
    expect(watched.get_by_role("heading", level=1)).to_contain_text("How many people have opted out")
    accessible(watched)
    for shown in EVERY:
        watched.goto(f"/{shown.path}")
        expect(watched.get_by_role("heading", level=1)).to_have_text(str(shown.title))
        accessible(watched)


def test_a_page_that_is_not_there_is_accessible(watched: Page, accessible: Callable[..., None]) -> None:
    missing = watched.request.get("/no/such/page")
    assert missing.status == 404
    # shown with status 200, for the browser's console tells of every 404 as an error
    watched.route("**/shown", lambda route: route.fulfill(body=missing.text(), content_type="text/html"))
    watched.goto("/shown")
    expect(watched.get_by_role("heading", level=1)).to_have_text("Page not found")
    accessible(watched)


@with_scripts
def test_text_of_twice_the_size_still_fits(watched: Page) -> None:
    watched.set_viewport_size({"width": 640, "height": 900})
    for shown in EVERY:
        watched.goto(f"/{shown.path}")
        watched.evaluate("document.documentElement.style.fontSize = '200%'")
        assert watched.evaluate(_WIDER) <= 0, shown.path


@with_scripts
def test_boxes_can_be_seen_in_colours_of_ones_own(watched: Page) -> None:
    watched.emulate_media(forced_colors="active")
    watched.goto("/forms/yourself")
    watched.get_by_label("No, I do not allow this. I opt out.").check()
    for box in watched.locator("main input, main textarea").all():
        width, style = box.evaluate(
            "box => { const s = getComputedStyle(box); return [s.borderTopWidth, s.borderTopStyle]; }"
        )
        assert (width, style) == ("2px", "solid")


@with_scripts
def test_a_form_fits_on_one_sheet_with_what_was_typed(watched: Page) -> None:
    for form in PAPERS:
        watched.goto(f"/{form.path}")
        watched.get_by_label("First names").first.fill("Zoë O’Neill")
        watched.get_by_label(re.compile("^No, I do not allow this")).check()
        assert not watched.get_by_label(re.compile("^Yes, I allow this")).is_checked()
        paper = watched.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1, form.path
        watched.emulate_media(media="print")
        expect(watched.get_by_role("contentinfo")).to_be_hidden()
        expect(watched.get_by_text("0300 303 5678")).to_be_visible()
        watched.emulate_media(media="null")


@with_scripts
def test_a_person_reads_from_page_to_page_by_keyboard(watched: Page) -> None:
    watched.goto("/learn/what-it-is")
    watched.keyboard.press("Tab")
    expect(watched.get_by_role("link", name="Skip to main content")).to_be_focused()
    watched.keyboard.press("Enter")
    for title in ("When it is used for your care", "When it is used beyond your care", "Examples of how it is used"):
        watched.get_by_role("link", name="Next page").focus()
        watched.keyboard.press("Enter")
        expect(watched.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.django_db(transaction=True)
def test_whoever_posts_a_form_follows_it_by_its_number_with_the_keys_alone(
    watched: Page, accessible: Callable[..., None]
) -> None:
    watched.goto("/forms")
    watched.get_by_role("link", name="get a number").press("Enter")
    expect(watched.get_by_role("heading", level=1, name="Get a number for your form")).to_be_visible()
    accessible(watched, widths=("phone",))
    number = watched.locator("main [translate=no]").inner_text()
    watched.get_by_role("link", name="See how far your form is").press("Enter")
    watched.get_by_label("What is the number of your form?").press("Enter")
    expect(watched.get_by_role("link", name="Enter the number of your form")).to_be_visible()
    watched.get_by_label("What is the number of your form?").fill(number)
    watched.keyboard.press("Enter")
    expect(watched.get_by_role("heading", level=1, name="We have no form with this number")).to_be_visible()
    accessible(watched, widths=("phone",))
