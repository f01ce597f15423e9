"""The published page of statistics in a real browser: a file, without scripts of its own, read from a disk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import ROOT

PAGE = ROOT / "examples" / "statistics" / "2026-11-01" / "index.html"


@pytest.fixture
def scripts() -> bool:
    """The page has none; axe is one."""
    return True


def test_the_page_of_statistics_can_be_read_by_everybody(browser: Browser, accessible: Callable[..., None]) -> None:
    context = browser.new_context()
    page, asked = context.new_page(), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(PAGE.as_uri())
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("img").first).to_be_visible()
    expect(page.get_by_role("table").first).to_be_visible()
    accessible(page)
    assert asked == [PAGE.as_uri()], "it asks nobody for anything"
    context.close()
