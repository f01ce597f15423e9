"""Nobody meets a dead link, a page without a heading, or two links that say the same and lead elsewhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse

from ndoo.service.guidance.pages import EASY, EVERY, START, TOPICS, Page, beside
from ndoo.service.guidance.views import PageView
from tests.unit.service.public import NAMES, fetched, html

each_page = pytest.mark.parametrize("shown", EVERY, ids=NAMES)


@each_page
def test_a_page_has_one_heading_and_its_headings_step_down_one_at_a_time(shown: Page) -> None:
    levels = [level for level, _ in fetched(shown).headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@each_page
def test_a_page_says_its_language_and_its_title_begins_with_its_heading(shown: Page) -> None:
    found = fetched(shown)
    assert found.lang == "en-gb"
    assert found.title == f"{found.headings[0][1]} – Your health data choice"


def test_no_two_pages_have_the_same_title_or_address() -> None:
    assert len({fetched(page).title for page in EVERY}) == len({page.path for page in EVERY}) == len(EVERY)


@pytest.mark.django_db  # a page may lead into the choice, which has a session
@each_page
def test_every_link_leads_somewhere(shown: Page) -> None:
    for link in fetched(shown).links:
        if link.href.startswith(("tel:", "mailto:")):
            continue
        if link.href == "#maincontent":
            assert 'id="maincontent"' in html(shown)
            continue
        assert link.href.startswith("/"), link
        assert Client().get(link.href).status_code in (200, 302), link


@each_page
def test_the_same_words_never_lead_to_two_places(shown: Page) -> None:
    places: dict[str, set[str]] = {}
    for link in fetched(shown).links:
        assert link.text.casefold() not in ("", "here", "click here", "more", "read more")
        places.setdefault(link.text.casefold(), set()).add(link.href)
    assert {words: at for words, at in places.items() if len(at) > 1} == {}


@each_page
def test_nothing_is_fetched_from_elsewhere(shown: Page) -> None:
    assert all(source.startswith("/static/") for source in fetched(shown).sources)
    assert not any(scheme in html(shown) for scheme in (' style="', " onclick=", "https://", 'src="//'))


@each_page
def test_the_telephone_number_stands_in_the_same_place(shown: Page) -> None:
    tail = html(shown).rpartition("</main>")[2]
    assert '<aside class="ndoo-help"' in tail
    assert tail.index("0300 303 5678") < tail.index("<footer")


@each_page
def test_every_page_but_the_first_has_a_way_back(shown: Page) -> None:
    backs = [link.href for link in fetched(shown).links if link.text == "Back"]
    assert backs == ([reverse(shown.back)] if shown is not START else [])


def test_every_page_is_reached_from_the_first_by_links_alone() -> None:
    by_address = {reverse(one.name): one for one in EVERY}
    seen, ahead = set(), [START]
    while ahead:
        shown = ahead.pop()
        if shown in seen:
            continue
        seen.add(shown)
        ahead += [by_address[link.href] for link in fetched(shown).links if link.href in by_address]
    assert seen == set(EVERY)


def test_pages_in_a_row_lead_to_each_other() -> None:
    for row in (TOPICS, EASY):
        assert beside(row[0]) == (None, row[1])
        assert beside(row[-1]) == (row[-2], None)
    assert beside(START) == (None, None)


def test_the_nine_topics_are_there() -> None:
    assert len(TOPICS) == 1 + 9
    assert PageView().page is START


def test_each_easy_read_page_has_pictures() -> None:
    """The first page promises them."""
    for page in EASY:
        assert html(page).count('<img class="ndoo-easy__picture"') > 1, page.name


def test_a_page_is_compressed_where_the_browser_can() -> None:
    answer = Client().get("/learn/overview", headers={"accept-encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.content) < 5000


def test_the_cookie_page_tells_how_the_cookies_really_are(settings: object) -> None:
    text = html(next(page for page in EVERY if page.name == "cookies"))
    for name in ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME"):
        assert f" </span>{getattr(settings, name)}</td>" in text
    assert 360 < getattr(settings, "CSRF_COOKIE_AGE", 0) / 86_400 < 370, "the page says one year"
    assert getattr(settings, "LANGUAGE_COOKIE_AGE", 0) is None, "the page says until the browser is closed"
    assert getattr(settings, "SESSION_EXPIRE_AT_BROWSER_CLOSE", False)


def test_reading_sets_no_cookie_and_asks_no_database() -> None:
    """Of a visitor without a session; with one, see `test_error_pages.py`."""
    for page in EVERY:
        assert not Client().get(f"/{page.path}").cookies


@pytest.mark.parametrize("shown", [page for page in EVERY if page.name.startswith("form-")], ids=lambda page: page.name)
def test_nothing_typed_on_a_printed_form_can_be_sent(shown: Page) -> None:
    assert "<form" not in html(shown)
    assert 'type="submit"' not in html(shown)


@pytest.mark.parametrize("shown", [page for page in EVERY if page.name.startswith("form-")], ids=lambda page: page.name)
def test_a_printed_form_says_in_words_what_yes_and_no_mean(shown: Page) -> None:
    text = " ".join(fetched(shown).everything)
    assert "can be used for research and planning. Tick one box:" in text
    assert "Yes , I allow this." in text
    assert "No , I do not allow this. I opt " in text


def test_the_privacy_notice_names_everybody_who_is_told_a_choice() -> None:
    """It once spoke of lists only, and promised every choice a number."""
    said = html(next(page for page in EVERY if page.name == "privacy"))
    assert "It can also ask for the choices of one person." in said
    assert "we may send you their choice and its reference number" in said
    assert "and any reference number" in said
    assert "each with a number" not in said
    assert "your email or phone number no longer, but your name for good" in said
